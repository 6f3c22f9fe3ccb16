"""Figure 6: at each meta-validation the distribution over its problems, over the meta-steps at which it ran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from metalog import stats
from metalog.errors import UsageError
from metalog.plots import page
from metalog.plots.inputs import KEYS, each_run, meta_level, positions_in, rows_of
from metalog.plots.strokes import Floats, mark
from metalog.plots.style import line_style, themed

_QUARTILES: Final = {"low": 0.25, "median": 0.5, "high": 0.75}
#: With more runs than this only their medians are drawn.
_MOST_BANDS: Final = 4
_MOST_TICKS: Final = 8
#: Multiples of this spread points evenly over an interval, however many there are.
_GOLDEN: Final = 0.6180339887498949
METRICS: Final = ("loss", "accuracy")


@themed
def meta_validation(data: Any, *, metric: stats.Metric | None = None, ax: Any = None) -> Figure:
    """Draw the meta-validation summary: a point for each problem, their median, and the band of the middle half.

    Parameters
    ----------
    data
        A Run, a RunSet (median and band for each run, medians alone for more than four) or a frame like
        ``run.meta_validation``.
    metric
        ``"loss"`` or ``"accuracy"`` (a fraction); if not given, both, one above the other.
    ax
        Axes to draw on, for one metric (loss if not given); a new figure if not given.

    Returns
    -------
    matplotlib.figure.Figure
        Non-finite values are left out of median and band, and marked at the edge.

    Raises
    ------
    UsageError
        If no run has a meta-validation.
    """
    runs = dict(each_run(data))
    tables = numbered_results(runs)
    if not any(map(len, map(placed, tables.values()))):
        raise UsageError(f"{' and '.join(filter(None, runs)) or 'the frame'} logged no meta-validation")
    own = ax is None
    metrics = list(METRICS) if own and metric is None else [metric or "loss"]
    panels = _panels(len(metrics)) if own else [ax]
    for panel, what in zip(panels, metrics, strict=True):
        draw(panel, tables, what, {name: name for name in runs})
    panels[-1].set(xlabel="meta-step after which it ran")
    title = page.headline(next(iter(runs)) if len(runs) == 1 else "", "meta-validation")
    page.finish(panels, title, notes(tables), own=own, legend=panels[0])
    return page.figure_of(panels[0])


def _panels(number: int) -> list[Any]:
    figure = page.blank(7.2, 1.6 + 2.4 * number)
    return list(figure.subplots(number, 1, sharex=True, squeeze=False)[:, 0])


def numbered_results(runs: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return each run's results with ``event``, which meta-validation it was, and ``x``, its ``global_meta_step``.

    Where the meta-step isn't known, they are -1 and ``nan``.
    """
    tables = {}
    for name, run in runs.items():
        rows = rows_of(run, "meta_validation", *KEYS, "batch", *METRICS)
        table = meta_level(run, rows, name) if len(rows) else rows.assign(global_meta_step=[])
        at = positions_in(table, rows)
        steps = np.append(table["global_meta_step"].to_numpy(dtype=np.float64), np.nan)
        tables[name] = rows.assign(event=at, x=steps[at])
    return tables


def placed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the results whose meta-step is known."""
    return table[table["event"] >= 0]


def draw(ax: Any, tables: Mapping[str, pd.DataFrame], metric: str, labels: Mapping[str, str]) -> None:
    """Draw the distributions of one metric; no legend."""
    for number, (name, table) in enumerate(tables.items()):
        style = line_style(number)
        finite = placed(table)[np.isfinite(placed(table)[metric])]
        if len(tables) == 1:
            _draw_points(ax, finite, metric, style["color"])
        label = page.printable(labels[name]) if len(tables) > 1 else "median"
        _draw_quartiles(ax, finite, metric, style, label, band=len(tables) <= _MOST_BANDS)
    everything = pd.concat([placed(table) for table in tables.values() if len(table)])
    mark(ax, everything["x"].to_numpy(), everything[metric].to_numpy())
    ax.set(ylabel=f"meta-validation {metric}" + (" (fraction)" if metric == "accuracy" else ""))
    _tick_meta_validations(ax, everything["x"].unique())


def _tick_meta_validations(ax: Any, where: Floats) -> None:
    """Put the ticks where meta-validations ran, if they are few."""
    if len(where) <= _MOST_TICKS:
        ax.set_xticks(where, [f"{x:.0f}" for x in where])
    else:
        ax.xaxis.get_major_locator().set_params(integer=True)


def _draw_points(ax: Any, finite: pd.DataFrame, metric: str, colour: str) -> None:
    events = np.unique(finite["x"])
    spacing = np.diff(events).min() if len(events) > 1 else 1.0
    aside = ((np.arange(len(finite)) * _GOLDEN) % 1 - 0.5) * 0.2 * spacing
    ax.scatter(finite["x"] + aside, finite[metric], s=9, alpha=0.45, linewidths=0, color=colour, label="one problem")


def _draw_quartiles(
    ax: Any, finite: pd.DataFrame, metric: str, style: dict[str, str], label: str, *, band: bool
) -> None:
    """Draw median and middle half, each segment of the run apart."""
    groups = finite.groupby(["segment", "event", "x"], sort=False)[metric]
    quartiles = pd.DataFrame({name: groups.quantile(part) for name, part in _QUARTILES.items()}).reset_index()
    for turn, (_, rows) in enumerate(quartiles.groupby("segment", sort=False)):
        x, low, median, high = (rows[column].to_numpy() for column in ("x", "low", "median", "high"))
        ax.plot(x, median, marker="o", markersize=4, linewidth=1.6, label=label if turn == 0 else "", **style)
        if band:
            named = "middle half of the problems" if turn == 0 and label == "median" else ""
            _draw_band(ax, x, low, high, style["color"], named)


def _draw_band(ax: Any, x: Floats, low: Floats, high: Floats, colour: str, label: str) -> None:
    if len(x) > 1:
        ax.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0, label=label)
    else:  # a band needs two meta-validations
        ax.vlines(x, low, high, color=colour, alpha=0.3, linewidth=8, label=label)


def notes(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Say on how many problems each meta-validation rests, and what isn't drawn."""
    sizes = {int(size) for table in tables.values() for size in placed(table).groupby("event").size()}
    least, most = min(sizes), max(sizes)
    size = page.counted(most, "problem") if least == most else f"{least:,} to {most:,} problems"
    said = [f"Meta-validation: {size} at each"]
    if without := sum(not len(table) for table in tables.values()):
        said.append(f"{page.counted(without, 'run')} without")
    if lost := sum(len(table) - len(placed(table)) for table in tables.values()):
        said.append(f"Not drawn: {page.counted(lost, 'result')} without a known meta-step")
    if len(tables) > _MOST_BANDS:
        said.append("Medians alone")
    return said

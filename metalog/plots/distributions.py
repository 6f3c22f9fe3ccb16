"""The distribution over the problems of each meta-validation, for figures 6 and 7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from metalog.plots import names
from metalog.plots.inputs import KEYS, meta_level, positions_in, rows_of
from metalog.plots.strokes import Floats, mark, placeable
from metalog.plots.style import line_style
from metalog.runs.words import counted

_QUARTILES: Final = {"low": 0.25, "median": 0.5, "high": 0.75}
#: With more runs than this only their medians are drawn.
_MOST_BANDS: Final = 4
_MOST_TICKS: Final = 8
#: Multiples of this spread points evenly over an interval, however many there are.
_GOLDEN: Final = 0.6180339887498949
METRICS: Final = ("loss", "accuracy")


def numbered_results(runs: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return each run's results with ``event``, which meta-validation it was, and ``x``, its place.

    Places are those of :func:`metalog.stats.curves.axis_places`. Where the meta-step isn't known, the two are -1 and
    ``nan``.
    """
    tables = {}
    for name, run in runs.items():
        rows = rows_of(run, "meta_validation", *KEYS, "batch", *METRICS)
        if len(rows):
            table, _ = meta_level(run, rows, name)
            at = positions_in(table, rows)
            tables[name] = rows.assign(event=at, x=np.append(table["place"].to_numpy(), np.nan)[at])
        else:
            tables[name] = rows.assign(event=[], x=[])
    return tables


def placed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the results whose meta-step is known."""
    return table[table["event"] >= 0]


def draw(ax: Any, tables: Mapping[str, pd.DataFrame], metric: str, labels: Mapping[str, str]) -> None:
    """Draw the distributions of one metric; no legend."""
    texts = names.distinct([labels[name] for name in tables])
    for number, (text, table) in enumerate(zip(texts, tables.values(), strict=True)):
        style = line_style(number, 1)
        finite = placed(table)[np.isfinite(placed(table)[metric])]
        if len(tables) == 1:
            _draw_points(ax, finite[~np.isnan(placeable(finite[metric].to_numpy()))], metric, style["color"])
        label = names.label(text) if len(tables) > 1 else "median"
        _draw_quartiles(ax, finite, metric, style, label, band=len(tables) <= _MOST_BANDS)
    everything = pd.concat([placed(table) for table in tables.values() if len(table)])
    mark(ax, everything["x"].to_numpy(), everything[metric].to_numpy())
    label_axes(ax, everything["x"].unique(), metric)


def label_axes(ax: Any, where: Floats, metric: str) -> None:
    """Say what the values are, and put the ticks where meta-validations ran, if they are few."""
    ax.set(ylabel=f"meta-validation {metric}" + (" (fraction)" if metric == "accuracy" else ""))
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
    ax: Any, finite: pd.DataFrame, metric: str, style: dict[str, Any], label: str, *, band: bool
) -> None:
    """Draw median and middle half, each segment of the run apart."""
    groups = finite.groupby(["segment", "event", "x"], sort=False)[metric]
    quartiles = pd.DataFrame({name: groups.quantile(part) for name, part in _QUARTILES.items()}).reset_index()
    segments = [rows for _, rows in quartiles.groupby("segment", sort=False)]
    for turn, rows in enumerate(segments):
        x, low, median, high = (placeable(rows[column].to_numpy()) for column in ("x", "low", "median", "high"))
        own = {**style, "marker": style["marker"] or "o", "markersize": 4, "markevery": 1}
        ax.plot(x, median, linewidth=1.6, label=label if turn == len(segments) - 1 else "", **own)
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
    size = counted(most, "problem") if least == most else f"{least:,} to {most:,} problems"
    remarks = [f"Meta-validation: {size} at each"]
    if without := sum(not len(table) for table in tables.values()):
        remarks.append(f"{counted(without, 'run')} without")
    if lost := sum(len(table) - len(placed(table)) for table in tables.values()):
        remarks.append(f"Not drawn: {counted(lost, 'result')} without a known meta-step")
    if len(tables) > _MOST_BANDS:
        remarks.append("Medians alone")
    return remarks

"""Performance profiles: of how many problems a setting reaches each score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, overload

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metalog import stats
from metalog.errors import UsageError
from metalog.plots import names, page
from metalog.plots.drawing import drawn
from metalog.plots.group_lines import setting_style, settings_of, texts_of
from metalog.plots.inputs import Settings, listed
from metalog.plots.strokes import Floats
from metalog.runs.words import counted
from metalog.stats.reached import Spread
from metalog.stats.seeds import FEWEST, Profile

_POINTS: Final = 201


@overload
def profile(
    data: Settings,
    *,
    metric: stats.Metric | None = None,
    frame: str | None = None,
    y: Sequence[str] | str = (),
    ax: None = None,
    title: str | None = None,
    legend: bool = True,
) -> Figure: ...
@overload
def profile(
    data: Settings,
    *,
    metric: stats.Metric | None = None,
    frame: str | None = None,
    y: Sequence[str] | str = (),
    ax: Axes,
    title: str | None = None,
    legend: bool = True,
) -> Axes: ...
@drawn
def profile(
    data: Any,
    *,
    metric: stats.Metric | None = None,
    frame: str | None = None,
    y: Sequence[str] | str = (),
    ax: Any = None,
    title: str | None = None,  # noqa: ARG001 - `drawn` takes it
    legend: bool = True,  # noqa: ARG001 - and this
) -> Figure:
    """Draw performance profiles: the share of problems above each accuracy (below each loss), a line a setting.

    Parameters
    ----------
    data
        ``runs.groups()``, or a RunSet, which is grouped by default.
    metric
        Of the last meta-validation: ``"accuracy"`` (the default, a fraction) or ``"loss"``.
    frame, y
        Of a log of another format: a frame, and a column of it, all of whose values in a run are taken.
    ax
        Axes to draw on; a new figure if not given.
    title
        A title instead of the usual one, ``""`` for none; on Axes of the user there is none by default.
    legend
        Whether a legend is drawn, if there is one: beside or above the Axes, never over the data.

    Returns
    -------
    matplotlib.figure.Figure or matplotlib.axes.Axes
        `ax` if that is given, on which no small print is written.
        Shares from 0 to 1, means over the seeds, with 95 % intervals over them at each score; the higher a line, the
        better. What is not finite reaches no score.

    Raises
    ------
    UsageError
        If a run logged no meta-validation, or has a single value.

    Examples
    --------
    >>> figure = metalog.plots.profile(seeds.groups())
    """
    groups = settings_of(data)
    found = Spread.of_groups(groups, metric=metric or "accuracy", frame=frame, y=listed(y))
    texts = texts_of(groups)
    sign = 1 if found.higher else -1
    places = _places([seed for own in found.scores.values() for seed in own])
    own = ax is None
    ax = page.axes_on(ax, 6.4, 4.0)
    for number, group in enumerate(groups):
        scores = found.scores[group.label]
        table = Profile().of_seeds([sign * seed for seed in scores], np.sort(sign * places))
        label = names.label(f"{texts[group.label]}, n = {len(scores)}")
        _draw(ax, table.assign(score=sign * table["score"]), setting_style(number), label)
    side = "above" if found.higher else "below"
    unit = " (fraction)" if found.what == "meta-validation accuracy" else ""
    ax.set(xlabel=names.literal(found.what) + unit, ylabel=f"share of {found.of}s {side}", ylim=(-0.02, 1.02))
    page.finish([ax], f"Share of {found.of}s {side} each {found.what}", _notes(found), own=own, legend=ax)
    return page.figure_of(ax)


def _places(seeds: list[Floats]) -> Floats:
    values = np.concatenate(seeds)
    values = values[np.isfinite(values)]
    if not values.size:
        raise UsageError("no run has a finite value, so that there is no profile")
    return np.linspace(values.min(), values.max(), _POINTS)


def _draw(ax: Any, table: pd.DataFrame, style: dict[str, Any], label: str) -> None:
    x = table["score"].to_numpy()
    ax.fill_between(x, table["low"], table["high"], color=style["color"], alpha=0.2, linewidth=0)
    ax.plot(x, table["share"], linewidth=1.6, label=label, **style)


def _notes(found: Spread) -> list[str]:
    sizes = {seed.size for own in found.scores.values() for seed in own}
    least, most = min(sizes), max(sizes)
    size = counted(most, found.of) if least == most else f"{least:,} to {most:,} {found.of}s"
    seeds = {len(own) for own in found.scores.values()}
    over = counted(next(iter(seeds)), "seed") if len(seeds) == 1 else "n seeds"
    notes = [f"Mean share over {over}, {size} each; band: 95 % interval of it at each score"]
    if any(len(own) < FEWEST for own in found.scores.values()):
        notes.append(f"No band below {FEWEST} seeds")
    return notes

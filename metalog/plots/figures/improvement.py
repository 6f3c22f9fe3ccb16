"""P(A > B): how probable it is that a seed of a setting is better than one of the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metalog import stats
from metalog.errors import UsageError
from metalog.plots import page, rows
from metalog.plots.drawing import drawn
from metalog.plots.group_lines import settings_of, texts_of
from metalog.plots.inputs import Settings
from metalog.plots.style import line_style
from metalog.runs.words import rounded
from metalog.stats.group_reports import baseline_of
from metalog.stats.reached import Reached

#: Neither is better than the other.
_EVEN = 0.5


@overload
def improvement(
    data: Settings,
    *,
    baseline: str | None = None,
    metric: stats.Metric | None = None,
    split: stats.Split | None = None,
    frame: str | None = None,
    y: Sequence[str] | str = (),
    ax: None = None,
    title: str | None = None,
    legend: bool = True,
) -> Figure: ...
@overload
def improvement(
    data: Settings,
    *,
    baseline: str | None = None,
    metric: stats.Metric | None = None,
    split: stats.Split | None = None,
    frame: str | None = None,
    y: Sequence[str] | str = (),
    ax: Axes,
    title: str | None = None,
    legend: bool = True,
) -> Axes: ...
@drawn
def improvement(
    data: Any,
    *,
    baseline: str | None = None,
    metric: stats.Metric | None = None,
    split: stats.Split | None = None,
    frame: str | None = None,
    y: Sequence[str] | str = (),
    ax: Any = None,
    title: str | None = None,  # noqa: ARG001 - `drawn` takes it
    legend: bool = True,  # noqa: ARG001 - and this
) -> Figure:
    """Draw P(A > B) of each setting A and the baseline B: how probable it is that a seed of A is better than one of B.

    Parameters
    ----------
    data
        ``runs.groups()``, or a RunSet, which is grouped by default; two settings or more.
    baseline
        The setting B, by its label or the name of one of its runs; the first if not given.
    metric, split, frame, y
        As for :func:`forest`. Of losses the lower one is better.
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
        Probabilities from 0 to 1, with Newcombe's 95 % interval
        (:class:`metalog.stats.seeds.ProbabilityOfImprovement`). Hollow: the interval holds one half.

    Raises
    ------
    UsageError
        If there are fewer than two settings, or none called `baseline`.

    Examples
    --------
    >>> figure = metalog.plots.improvement(seeds.groups(), baseline="lr=0")
    """
    groups = settings_of(data)
    other = baseline_of(groups, baseline)
    if len(groups) < 2:
        raise UsageError("P(A > B) needs two settings or more; these runs are repetitions of one")
    found = Reached.of(groups, metric=metric, split=split, frame=frame, y=[y] if isinstance(y, str) else list(y))
    texts, drawn = texts_of(groups), []
    for place, group in enumerate(groups):
        if group is not other:
            one = found.improvement(group, other)
            clear = one.low > _EVEN or one.high < _EVEN
            colour, text = line_style(place)["color"], rounded(one.value, 2)
            drawn.append(rows.Row(texts[group.label], one, np.empty(0), colour, text, is_clear=clear))
    own = ax is None
    ax = rows.axes_for(ax, len(drawn))
    rows.draw(ax, drawn, f"P(better {found.what} than {texts[other.label]})", reference=_EVEN)
    ax.set(xlim=(-0.03, 1.03))
    notes = [
        "Share of pairs of seeds in which the setting is better, with Newcombe's 95 % interval; hollow: it holds ½"
    ]
    notes += rows.notes([row.estimate for row in drawn])
    page.finish([ax], f"Probability of being better than {texts[other.label]}", notes, own=own)
    return page.figure_of(ax)

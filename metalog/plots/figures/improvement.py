"""P(A > B): how probable it is that a seed of a setting is better than one of the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metalog import stats
from metalog.plots import rows
from metalog.plots.drawing import drawn
from metalog.plots.group_lines import texts_of, with_baseline
from metalog.plots.inputs import Settings, listed
from metalog.plots.style import line_style
from metalog.runs.words import rounded
from metalog.stats.reached import Reached

#: Neither is better than the other.
_EVEN = 0.5
_NOTE = "Share of pairs of seeds in which the setting is better, with Newcombe's 95 % interval; hollow: it holds ½"


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
    title: str | None = None,
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
    groups, other, others = with_baseline(data, baseline, "P(A > B)")
    found = Reached.of(groups, metric=metric, split=split, frame=frame, y=listed(y))
    texts, drawn = texts_of(groups), []
    for place, group in others:
        one = found.improvement(group, other)
        clear = one.low > _EVEN or one.high < _EVEN
        colour, text = line_style(place)["color"], rounded(one.value, 2)
        drawn.append(rows.Row(texts[group.label], one, np.empty(0), colour, text, is_clear=clear))
    what = f"P(better {found.what} than {texts[other.label]})"
    title = f"Probability of being better than {texts[other.label]}"
    return rows.figure(ax, drawn, what, title, [_NOTE], reference=_EVEN, limits=(-0.03, 1.03))

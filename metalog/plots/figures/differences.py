"""Differences of settings from one of them, seed by seed where both have the same seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metalog import stats
from metalog.plots import rows
from metalog.plots.drawing import drawn
from metalog.plots.group_lines import texts_of, with_baseline
from metalog.plots.inputs import Settings, listed
from metalog.plots.style import line_style
from metalog.stats.reached import Reached


@overload
def differences(
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
def differences(
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
def differences(
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
    """Draw the difference of each setting from the baseline: the mean over seeds, its 95 % interval, and each seed's.

    Parameters
    ----------
    data
        ``runs.groups()``, or a RunSet, which is grouped by default; two settings or more.
    baseline
        The setting that is subtracted, by its label or the name of one of its runs; the first if not given.
    metric, split, frame, y
        As for :func:`forest`.
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
        In the unit of the measure. Seeds are paired where both settings have the same; else there are no dots, and the
        interval is Welch's. Hollow: the interval holds 0.

    Raises
    ------
    UsageError
        If there are fewer than two settings, or none called `baseline`.

    Examples
    --------
    >>> figure = metalog.plots.differences(seeds.groups(), baseline="lr=0")
    """
    groups, other, others = with_baseline(data, baseline, "a difference")
    found = Reached.of(groups, metric=metric, split=split, frame=frame, y=listed(y))
    texts, drawn, unpaired = texts_of(groups), [], []
    for place, group in others:
        one, seeds, paired = found.against(group, other)
        unpaired += [] if paired else [texts[group.label]]
        clear = one.low > 0 or one.high < 0
        text = rows.plus_minus(one, signed=True)
        drawn.append(rows.Row(texts[group.label], one, seeds, line_style(place)["color"], text, is_clear=clear))
    side = "above" if found.higher else "below"
    what = f"{found.what} minus that of {texts[other.label]} ({side} 0: better)"
    notes = ["Mean difference over seeds and its 95 % interval; hollow: it holds 0"]
    if len(unpaired) < len(drawn):
        notes.append("Dots: the differences of the same seed")
    if unpaired:
        notes.append(f"Not the same seeds, so unpaired: {', '.join(unpaired)}")
    return rows.figure(ax, drawn, what, f"Difference from {texts[other.label]}", notes, reference=0)

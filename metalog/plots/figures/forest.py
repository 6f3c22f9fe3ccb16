"""Settings with their intervals, a row each: a forest plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metalog import stats
from metalog.plots import rows
from metalog.plots.drawing import drawn
from metalog.plots.group_lines import CENTRES, settings_of, texts_of
from metalog.plots.inputs import Settings, listed
from metalog.plots.style import line_style
from metalog.stats.reached import Reached
from metalog.stats.seeds import Centre, SeedInterval


@overload
def forest(
    data: Settings,
    *,
    metric: stats.Metric | None = None,
    split: stats.Split | None = None,
    frame: str | None = None,
    y: Sequence[str] | str = (),
    center: Centre = "mean",
    ax: None = None,
    title: str | None = None,
    legend: bool = True,
) -> Figure: ...
@overload
def forest(
    data: Settings,
    *,
    metric: stats.Metric | None = None,
    split: stats.Split | None = None,
    frame: str | None = None,
    y: Sequence[str] | str = (),
    center: Centre = "mean",
    ax: Axes,
    title: str | None = None,
    legend: bool = True,
) -> Axes: ...
@drawn
def forest(
    data: Any,
    *,
    metric: stats.Metric | None = None,
    split: stats.Split | None = None,
    frame: str | None = None,
    y: Sequence[str] | str = (),
    center: Centre = "mean",
    ax: Any = None,
    title: str | None = None,  # noqa: ARG001 - `drawn` takes it
    legend: bool = True,  # noqa: ARG001 - and this
) -> Figure:
    """Draw what each setting reached: the centre over its seeds, the 95 % interval, and the seeds as dots.

    Parameters
    ----------
    data
        ``runs.groups()``, or a RunSet, which is grouped by default.
    metric
        ``"loss"`` (the default) or ``"accuracy"`` (a fraction); of another format's log only such columns.
    split
        Of runs without meta-validation: ``"validation"`` (the default) or ``"train"``.
    frame, y
        A frame, and a column of it, whose last value is taken: see :func:`metalog.runs.series.series_of`.
    center
        ``"mean"``, ``"median"`` or ``"iqm"`` (interquartile mean).
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
        In the unit of the measure, of metalog's own logs the last meta-validation's mean over its problems.

    Raises
    ------
    UsageError
        If `data` holds no settings, or there is no such measure.

    Examples
    --------
    >>> figure = metalog.plots.forest(seeds.groups(), metric="accuracy")
    """
    groups = settings_of(data)
    found = Reached.of(groups, metric=metric, split=split, frame=frame, y=listed(y))
    texts = texts_of(groups)
    estimates = [SeedInterval(center)(found.scores[group.label]) for group in groups]
    drawn = [
        rows.Row(texts[group.label], one, found.scores[group.label], line_style(place)["color"], rows.plus_minus(one))
        for place, (group, one) in enumerate(zip(groups, estimates, strict=True))
    ]
    unit = " (fraction)" if found.what == "meta-validation accuracy" else ""
    notes = [f"{CENTRES[center]} over seeds and its 95 % interval; dots: the seeds"]
    return rows.figure(ax, drawn, found.what + unit, f"Settings: {found.what}", notes)

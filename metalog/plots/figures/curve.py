"""Figure 5, the meta-train curve: the validation loss after adaptation, a value a meta-step; or any columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metalog import stats
from metalog.errors import UsageError
from metalog.plots import columns, curve_lines, group_curves, page, panels
from metalog.plots.drawing import drawn
from metalog.plots.group_lines import groups_of, runs_in
from metalog.plots.inputs import Drawable, called, each_run, is_of_another_format, listed
from metalog.stats.readable import OF_RUNS
from metalog.stats.seeds import Centre


@overload
def curve(
    data: Drawable,
    *,
    split: stats.Split | None = None,
    metric: stats.Metric | None = None,
    frame: str | None = None,
    x: str | None = None,
    y: Sequence[str] | str = (),
    smooth: curve_lines.Smoothings = None,
    log_y: bool = False,
    center: Centre = "mean",
    ax: None = None,
    title: str | None = None,
    legend: bool = True,
) -> Figure: ...
@overload
def curve(
    data: Drawable,
    *,
    split: stats.Split | None = None,
    metric: stats.Metric | None = None,
    frame: str | None = None,
    x: str | None = None,
    y: Sequence[str] | str = (),
    smooth: curve_lines.Smoothings = None,
    log_y: bool = False,
    center: Centre = "mean",
    ax: Axes,
    title: str | None = None,
    legend: bool = True,
) -> Axes: ...
@drawn
def curve(
    data: Any,
    *,
    split: stats.Split | None = None,
    metric: stats.Metric | None = None,
    frame: str | None = None,
    x: str | None = None,
    y: Sequence[str] | str = (),
    smooth: curve_lines.Smoothings = None,
    log_y: bool = False,
    center: Centre = "mean",
    ax: Any = None,
    title: str | None = None,  # noqa: ARG001 - `drawn` takes it
    legend: bool = True,  # noqa: ARG001 - and this
) -> Figure:
    """Draw the meta-train curve, figure 5: the last epoch's validation loss, mean over the problems of a meta-step.

    Of a log of another format, and where `frame`, `x` or `y` is given, columns are drawn instead: losses in one panel,
    accuracies in another, over the number of the level that goes through the whole log (:mod:`metalog.runs.axes`). A
    column of words, such as a phase, gives a line for each.

    Parameters
    ----------
    data
        A Run, a RunSet (a line for each run, called by what differs in their configurations), a frame like
        ``run.meta_steps``, or ``runs.groups()`` (a line for each setting: the centre over its seeds, with a band).
    split
        ``"validation"`` (figure 5, the default) or ``"train"`` (figure 4).
    metric
        ``"loss"`` (the default) or ``"accuracy"`` (a fraction); of columns only those, by default both.
    frame, x, y
        A frame, and columns of it: see :func:`metalog.runs.series.series_of`.
    smooth
        One or several smoothings such as ``"centred:25"``, ``"ema:0.9"``, ``"gauss:5"``; ``"none"`` for the raw line
        alone. By default a centred mean over a tenth of the run, at most a hundred meta-steps: that of
        :func:`metalog.stats.summary`. Trailing means, as in the write-up, are ``["mean:50", "mean:300"]``.
    log_y
        Logarithmic axis.
    center
        Of settings: the centre over the seeds, ``"mean"``, ``"median"`` or ``"iqm"`` (interquartile mean).
    ax
        Axes to draw on; a new figure if not given.
    title
        A title instead of the usual one, ``""`` for none; on Axes of the user there is none by default.
    legend
        Whether a legend is drawn: beside or above the Axes, never over the data. Without it the lines keep their
        labels, for the user's own ``ax.legend()``.

    Returns
    -------
    matplotlib.figure.Figure or matplotlib.axes.Axes
        `ax` if that is given, on which no small print is written.
        Incomplete meta-steps are left out, and their number is said; segments of resumed runs are lines of their own,
        smoothed apart; missing meta-steps leave a gap; values that have no place on the axis are marked at its edge.

    Raises
    ------
    UsageError
        If there is no complete meta-step, no such frame or column, or `smooth` can't be understood.

    Examples
    --------
    >>> figure = metalog.plots.curve(run, smooth="mean:20")
    >>> metalog.plots.save(figure, "curve.pdf")

    On Axes of one's own, beside others:

    >>> import matplotlib.pyplot as plt
    >>> figure, (left, right) = plt.subplots(1, 2, layout="constrained")
    >>> ax = metalog.plots.curve(runs, ax=left, smooth="none", title="two runs")
    >>> ax = metalog.plots.curve(run, split="train", ax=right, legend=False)
    >>> ax.get_xlabel()
    'meta-step'
    """
    groups = groups_of(data)
    runs = dict(each_run(data)) if groups is None else runs_in(groups)
    if frame or x or y or any(map(is_of_another_format, runs.values())):
        if split:
            raise UsageError("a split means something for meta-steps alone; frame and y name other columns")
        wanted = {"frame": frame, "x": x, "y": listed(y)}
        if groups is not None:
            return group_curves.column_curves(groups, wanted, metric, smooth, center, log_y=log_y, ax=ax)
        return _columns(runs, wanted, metric, smooth, log_y, ax)
    if groups is not None:
        half: stats.Split = split or "validation"
        return group_curves.meta_curve(groups, half, metric or "loss", smooth, center, log_y=log_y, ax=ax)
    return _meta_curve(runs, split or "validation", metric or "loss", smooth, log_y, ax)


def _meta_curve(
    runs: Mapping[str, Any],
    split: stats.Split,
    metric: stats.Metric,
    smooth: curve_lines.Smoothings,
    log_y: bool,
    ax: Any,
) -> Figure:
    curves = curve_lines.meta_curves(runs, split, metric, called(runs))
    smoothings = curve_lines.chosen_smoothings(smooth, curves.window)
    own = ax is None
    ax = page.axes_on(ax, 7.2, 4.2)
    curve_lines.draw(ax, curves, smoothings, split, metric, log_y=log_y)
    whose = next(iter(runs)) if len(runs) == 1 else ""
    title = page.headline(whose, f"{split} {metric} at {curve_lines.PHASES[split]}, by meta-step")
    page.finish([ax], title, curve_lines.notes(curves, smoothings), own=own, legend=ax)
    return page.figure_of(ax)


def _columns(
    runs: Mapping[str, Any],
    wanted: Mapping[str, Any],
    metric: stats.Metric | None,
    smooth: curve_lines.Smoothings,
    log_y: bool,
    ax: Any,
) -> Figure:
    """Draw columns of any frames, one panel below the other; on Axes of the user only what one panel holds."""
    found = columns.panels_of(runs, metric, **wanted)
    smoothings = columns.smoothings_of(smooth, found)
    axes = panels.axes_for(found, ax)
    for own, panel in zip(axes, found.panels, strict=True):
        columns.draw(own, panel, smoothings, chosen=smooth is not None, log_y=log_y)
    panels.label_axis(axes[-1], found)
    title = page.headline(next(iter(runs)) if len(runs) == 1 else "", panels.what_is_drawn(found))
    legend = columns.JointLegend(axes, found)
    claimed = [OF_RUNS.rstrip(".")] if len(runs) > 1 else []  # this figure is what compares runs of other formats
    page.finish(axes, title, [*columns.notes(found, smoothings), *claimed], own=ax is None, legend=legend)
    return page.figure_of(axes[0])

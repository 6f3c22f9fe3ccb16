"""Figure 6: at each meta-validation the distribution over its problems, over the meta-steps at which it ran."""

from __future__ import annotations

from typing import Any, overload

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metalog import stats
from metalog.errors import UsageError
from metalog.plots import distributions, group_validation, page, panels
from metalog.plots.drawing import drawn
from metalog.plots.group_lines import groups_of
from metalog.plots.inputs import Drawable, called, each_run
from metalog.stats.seeds import Centre


@overload
def meta_validation(
    data: Drawable,
    *,
    metric: stats.Metric | None = None,
    center: Centre = "mean",
    ax: None = None,
    title: str | None = None,
    legend: bool = True,
) -> Figure: ...
@overload
def meta_validation(
    data: Drawable,
    *,
    metric: stats.Metric | None = None,
    center: Centre = "mean",
    ax: Axes,
    title: str | None = None,
    legend: bool = True,
) -> Axes: ...
@drawn
def meta_validation(
    data: Any,
    *,
    metric: stats.Metric | None = None,
    center: Centre = "mean",
    ax: Any = None,
    title: str | None = None,
    legend: bool = True,  # noqa: ARG001 - and this
) -> Figure:
    """Draw the meta-validation summary: a point for each problem, their median, and the band of the middle half.

    Parameters
    ----------
    data
        A Run, a RunSet (median and band for each run, medians alone for more than four), a frame like
        ``run.meta_validation``, or ``runs.groups()`` (of each run the mean over its problems; a line for each setting,
        with a band over its seeds).
    metric
        ``"loss"`` or ``"accuracy"`` (a fraction); if not given, both, one above the other.
    center
        Of settings: the centre over the seeds, ``"mean"``, ``"median"`` or ``"iqm"`` (interquartile mean).
    ax
        Axes to draw on, for one metric (loss if not given); a new figure if not given.
    title
        A title instead of the usual one, ``""`` for none; on Axes of the user there is none by default.
    legend
        Whether a legend is drawn: beside or above the Axes, never over the data. Without it the lines keep their
        labels, for the user's own ``ax.legend()``.

    Returns
    -------
    matplotlib.figure.Figure or matplotlib.axes.Axes
        `ax` if that is given, on which no small print is written.
        Non-finite values are left out of median and band, and marked at the edge.

    Raises
    ------
    UsageError
        If no run has a meta-validation.

    Examples
    --------
    >>> figure = metalog.plots.meta_validation(run, metric="accuracy")
    """
    if (groups := groups_of(data)) is not None:
        return group_validation.meta_validation(groups, metric, center, ax=ax)
    runs = dict(each_run(data))
    tables = distributions.numbered_results(runs)
    if not any(map(len, map(distributions.placed, tables.values()))):
        raise UsageError(f"{' and '.join(filter(None, runs)) or 'the frame'} logged no meta-validation")
    own = ax is None
    metrics = list(distributions.METRICS) if own and metric is None else [metric or "loss"]
    axes = panels.below_each_other(len(metrics), 1.6) if own else [ax]
    for panel, what in zip(axes, metrics, strict=True):
        distributions.draw(panel, tables, what, called(runs))
    axes[-1].set(xlabel="meta-step after which it ran")
    title = page.headline(next(iter(runs)) if len(runs) == 1 else "", "meta-validation")
    page.finish(axes, title, distributions.notes(tables), own=own, legend=axes[0])
    return page.figure_of(axes[0])

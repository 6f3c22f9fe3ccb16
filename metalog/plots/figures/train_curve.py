"""Figure 4, the train-loss meta-evolution: the last inner step's loss, a value a meta-step."""

from __future__ import annotations

from typing import Any, overload

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metalog import stats
from metalog.plots.curve_lines import Smoothings
from metalog.plots.drawing import drawn
from metalog.plots.figures.curve import curve
from metalog.plots.group_lines import groups_of, runs_in
from metalog.plots.inputs import Drawable, each_run, rows_of
from metalog.stats.seeds import Centre


@overload
def train_curve(
    data: Drawable,
    *,
    metric: stats.Metric = "loss",
    smooth: Smoothings = None,
    log_y: bool = False,
    center: Centre = "mean",
    ax: None = None,
    title: str | None = None,
    legend: bool = True,
) -> Figure: ...
@overload
def train_curve(
    data: Drawable,
    *,
    metric: stats.Metric = "loss",
    smooth: Smoothings = None,
    log_y: bool = False,
    center: Centre = "mean",
    ax: Axes,
    title: str | None = None,
    legend: bool = True,
) -> Axes: ...
@drawn
def train_curve(
    data: Any,
    *,
    metric: stats.Metric = "loss",
    smooth: Smoothings = None,
    log_y: bool = False,
    center: Centre = "mean",
    ax: Any = None,
    title: str | None = None,  # noqa: ARG001 - `drawn` takes it
    legend: bool = True,  # noqa: ARG001 - and this
) -> Figure:
    """Draw the train-loss meta-evolution, figure 4: the last inner step's train loss, mean over the problems.

        The parameters are those of :func:`curve`.

    Examples
    --------
    >>> figure = metalog.plots.train_curve(run, log_y=True)
    """
    groups = groups_of(data)
    for _, run in each_run(data) if groups is None else runs_in(groups).items():
        rows_of(run, "meta_steps")
    figure: Figure = curve(data, split="train", metric=metric, smooth=smooth, log_y=log_y, center=center, ax=ax)
    return figure

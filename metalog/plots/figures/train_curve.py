"""Figure 4, the train-loss meta-evolution: the last inner step's loss, a value a meta-step."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from metalog import stats
from metalog.plots.curve_lines import Smoothings
from metalog.plots.figures.curve import curve
from metalog.plots.group_lines import groups_of, runs_in
from metalog.plots.inputs import each_run, rows_of
from metalog.plots.style import themed
from metalog.stats.seeds import Centre


@themed
def train_curve(
    data: Any,
    *,
    metric: stats.Metric = "loss",
    smooth: Smoothings = None,
    log_y: bool = False,
    center: Centre = "mean",
    ax: Any = None,
) -> Figure:
    """Draw the train-loss meta-evolution, figure 4: the last inner step's train loss, mean over the problems.

    The parameters are those of :func:`curve`.
    """
    groups = groups_of(data)
    for _, run in each_run(data) if groups is None else runs_in(groups).items():
        rows_of(run, "meta_steps")
    return curve(data, split="train", metric=metric, smooth=smooth, log_y=log_y, center=center, ax=ax)

"""Figure 5, the meta-train curve: the validation loss after adaptation, a value a meta-step."""

from __future__ import annotations

from typing import Any, Final

from matplotlib.figure import Figure

from metalog import stats
from metalog.plots import curve_lines, page
from metalog.plots.inputs import each_run
from metalog.plots.style import themed

_PHASES: Final = {"train": "the last inner step", "validation": "the last epoch"}


@themed
def curve(
    data: Any,
    *,
    split: stats.Split = "validation",
    metric: stats.Metric = "loss",
    smooth: curve_lines.Smoothings = None,
    log_y: bool = False,
    ax: Any = None,
) -> Figure:
    """Draw the meta-train curve, figure 5: the last epoch's validation loss, mean over the problems of a meta-step.

    Parameters
    ----------
    data
        A Run, a RunSet (a line for each run) or a frame like ``run.meta_steps``.
    split
        ``"validation"`` (figure 5) or ``"train"`` (figure 4).
    metric
        ``"loss"`` or ``"accuracy"`` (a fraction).
    smooth
        One or several smoothings such as ``"mean:50"``, ``"ema:0.9"``, ``"gauss:5"``; ``"none"`` for the raw line
        alone. By default trailing means of 50 and 300 (train: 50), the latter only for runs longer than that.
    log_y
        Logarithmic axis.
    ax
        Axes to draw on; a new figure if not given.

    Returns
    -------
    matplotlib.figure.Figure
        Incomplete meta-steps are left out, and their number is said; segments of resumed runs are lines of their own,
        smoothed apart; missing meta-steps leave a gap; values that have no place on the axis are marked at its edge.

    Raises
    ------
    UsageError
        If there is no complete meta-step, or `smooth` can't be understood.
    """
    runs = dict(each_run(data))
    curves = curve_lines.meta_curves(runs, split, metric, {name: name for name in runs})
    smoothings = curve_lines.chosen_smoothings(smooth, split, curves.length)
    own = ax is None
    ax = page.axes_on(ax, 7.2, 4.2)
    curve_lines.draw(ax, curves, smoothings, split, metric, log_y=log_y)
    whose = next(iter(runs)) if len(runs) == 1 else ""
    title = page.headline(whose, f"{split} {metric} at {_PHASES[split]}, by meta-step")
    page.finish([ax], title, curve_lines.notes(curves, smoothings), own=own, legend=ax)
    return page.figure_of(ax)

"""Figure 9: whether a later initialisation adapts faster, or further."""

from __future__ import annotations

from typing import Any, Final, overload

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metalog import stats
from metalog.plots import page
from metalog.plots.colours import background
from metalog.plots.drawing import drawn
from metalog.plots.inputs import Drawable, is_plain, one_run, whole, without_meta_steps
from metalog.plots.strokes import Mask, mark, placeable, plot
from metalog.plots.style import shades
from metalog.runs.words import counted

_STAGES: Final = ("early", "middle", "late")
_MARKERS: Final = ("o", "s", "^")
#: An epoch is drawn if two problems of its stage reach it, and one in so many; of few problems one is enough.
_ENOUGH: Final = 4
_ONE_IN: Final = 100
#: What the point before adaptation is where the others are validations.
_BEFORE: Final = (
    "Hollow, at 0: train values of the first inner step, measured before its update; logs have no validation before "
    "adaptation"
)


@overload
def adaptation(
    data: Drawable,
    *,
    split: stats.Split = "validation",
    metric: stats.Metric | None = None,
    log_y: bool = False,
    ax: None = None,
    title: str | None = None,
    legend: bool = True,
) -> Figure: ...
@overload
def adaptation(
    data: Drawable,
    *,
    split: stats.Split = "validation",
    metric: stats.Metric | None = None,
    log_y: bool = False,
    ax: Axes,
    title: str | None = None,
    legend: bool = True,
) -> Axes: ...
@drawn
def adaptation(
    data: Any,
    *,
    split: stats.Split = "validation",
    metric: stats.Metric | None = None,
    log_y: bool = False,
    ax: Any = None,
    title: str | None = None,
    legend: bool = True,  # noqa: ARG001 - and this
) -> Figure:
    """Draw loss and accuracy before adaptation and after each epoch, for early, middle and late meta-steps.

    Parameters
    ----------
    data
        A Run or a RunSet of one; the numbers are those of :func:`metalog.stats.adaptation`.
    split
        ``"validation"`` or ``"train"``.
    metric
        ``"loss"`` or ``"accuracy"`` (a fraction); if not given, both, side by side.
    log_y
        Logarithmic axis for the loss.
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
        Bands are the standard error of the mean over problems.
        ``split="validation"`` the point at 0 shows what the first inner step measured before its update, and is hollow.

    Raises
    ------
    UsageError
        If there is no complete meta-step.

    Examples
    --------
    >>> figure = metalog.plots.adaptation(run, metric="accuracy")
    """
    name, run = one_run(data)
    whole(run)
    table = stats.adaptation(run, split=split)
    if is_plain(run.meta_steps) or not len(table):
        raise without_meta_steps(name, run.meta_steps)
    reached = _reached(table)
    notes = _notes(table, left_out=len(table) - int(reached.sum()))
    if split == "validation":
        notes.insert(0, _BEFORE)
    table = table[reached]
    own = ax is None
    metrics = ["loss", "accuracy"] if own and metric is None else [metric or "loss"]
    panels = (
        list(page.blank(0.6 + 4.4 * len(metrics), 4.0).subplots(1, len(metrics), squeeze=False)[0]) if own else [ax]
    )
    for panel, what in zip(panels, metrics, strict=True):
        panel.set_yscale("log" if log_y and what == "loss" else "linear")
        _draw(panel, table, what, otherwise=split == "validation")
        unit = " (fraction)" if what == "accuracy" else ""
        panel.set(xlabel="epoch of the inner training (0: before adaptation)", ylabel=f"{split} {what}{unit}")
        panel.xaxis.get_major_locator().set_params(integer=True)
    title = page.headline(name, f"adaptation of the {split} {' and '.join(metrics)}")
    page.finish(panels, title, notes, own=own, legend=panels[0])
    return page.figure_of(panels[0])


def _reached(table: pd.DataFrame) -> Mask:
    """Tell which rows rest on enough problems of their stage: one damaged number is no epoch."""
    here = (table["problems"] + table["non_finite"]).to_numpy()
    most = (table["problems"] + table["non_finite"]).groupby(table["stage"], observed=True).transform("max").to_numpy()
    reached: Mask = here >= np.where(most < _ENOUGH, 1, np.maximum(2, most / _ONE_IN))
    return reached


def _draw(ax: Any, table: pd.DataFrame, metric: str, *, otherwise: bool) -> None:
    """Draw a line a stage; `otherwise`: its first point, before adaptation, was measured otherwise than the rest."""
    for stage, marker, colour in zip(_STAGES, _MARKERS, shades(len(_STAGES)), strict=True):
        rows = table[table["stage"] == stage]
        if not len(rows):
            continue
        x, y = (rows[column].to_numpy(dtype=np.float64) for column in ("epoch", metric))
        error = rows[f"{metric}_sem"].to_numpy(dtype=np.float64)
        low, high = placeable(placeable(y) - error), placeable(placeable(y) + error)
        ax.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        style = {"color": colour, "marker": marker, "markersize": 4, "linewidth": 1.5}
        own = x > 0 if otherwise else x >= 0
        follows, label = np.diff(x[own], prepend=-1) == 1, _called(stage, rows["first"].iloc[0], rows["last"].iloc[0])
        if not own.all():
            start = placeable(y[:2], log=ax.get_yscale() == "log")
            ax.plot(x[:2], start, color=colour, linestyle=":", linewidth=1.5)
            ax.plot(x[:1], start[:1], markerfacecolor=background(ax), zorder=3, **style)
        plot(ax, x[own], y[own], follows, **style, label=label)
        mark(ax, x, y)


def _called(stage: str, first: Any, last: Any) -> str:
    if pd.isna(first):  # the numbers of all its meta-steps were lost
        return stage
    return f"{stage} (meta-step {first:,})" if first == last else f"{stage} (meta-steps {first:,} to {last:,})"


def _notes(table: pd.DataFrame, left_out: int) -> list[str]:
    problems = table["problems"]
    least, most = int(problems.min()), int(problems.max())
    over = counted(most, "problem") if least == most else f"{least:,} to {most:,} problems"
    notes = [f"Each point: mean over {over}; bands: standard error of the mean"]
    if left_out:
        notes.append(f"Not drawn: {counted(left_out, 'epoch')} that hardly any problem has")
    if non_finite := int(table.groupby("stage", observed=True)["non_finite"].max().sum()):
        notes.append(f"Left out: {counted(non_finite, 'problem')} with nan or infinite loss")
    return notes

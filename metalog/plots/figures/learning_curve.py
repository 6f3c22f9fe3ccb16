"""Figure 1: the learning curve of one problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metalog import stats
from metalog.curves.smoothing import as_smoothing
from metalog.errors import UsageError
from metalog.plots import curve_lines, group_drawing, group_lines, page
from metalog.plots.cells import FRAMES
from metalog.plots.drawing import drawn
from metalog.plots.group_lines import GroupLine, SettingsLegend, groups_of, setting_style, texts_of
from metalog.plots.inputs import KEYS, Drawable, is_plain, one_run, positions_in, rows_of, whole, without_meta_steps
from metalog.plots.places import Epochs, inner_places
from metalog.plots.strokes import Floats, Mask, mark, plot
from metalog.plots.style import RAW_ALPHA, split_colour
from metalog.runs.grouping import Group
from metalog.runs.words import counted
from metalog.stats.curves import axis_places, counts
from metalog.stats.seeds import Centre


@overload
def learning_curve(
    data: Drawable,
    meta_step: int | None = None,
    problem: int | None = None,
    *,
    metric: stats.Metric = "loss",
    smooth: stats.Smoothing | str = "none",
    log_y: bool = False,
    center: Centre = "mean",
    ax: None = None,
    title: str | None = None,
    legend: bool = True,
) -> Figure: ...
@overload
def learning_curve(
    data: Drawable,
    meta_step: int | None = None,
    problem: int | None = None,
    *,
    metric: stats.Metric = "loss",
    smooth: stats.Smoothing | str = "none",
    log_y: bool = False,
    center: Centre = "mean",
    ax: Axes,
    title: str | None = None,
    legend: bool = True,
) -> Axes: ...
@drawn
def learning_curve(
    data: Any,
    meta_step: int | None = None,
    problem: int | None = None,
    *,
    metric: stats.Metric = "loss",
    smooth: stats.Smoothing | str = "none",
    log_y: bool = False,
    center: Centre = "mean",
    ax: Any = None,
    title: str | None = None,  # noqa: ARG001 - `drawn` takes it
    legend: bool = True,  # noqa: ARG001 - and this
) -> Figure:
    """Draw one problem's learning curve: train values of every inner step, validation values over them.

    Parameters
    ----------
    data
        A Run, a RunSet of one, or ``runs.groups()`` of plain learning logs: a line for each setting, with a band.
    meta_step, problem
        Which one: the meta-step by its ``global_meta_step``, or where no log line tells that as the other figures count
        it (:func:`metalog.stats.curves.axis_places`), and the problem in its meta-batch. Not given for a plain learning
        log, which has only one.
    metric
        ``"loss"`` or ``"accuracy"`` (a fraction).
    smooth
        A smoothing of the train line, such as ``"mean:5"``; the raw line then stays faintly visible.
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

    Raises
    ------
    UsageError
        If the run has no such problem, or there are many and none was chosen.

    Examples
    --------
    >>> figure = metalog.plots.learning_curve(run, meta_step=260, problem=1, smooth="mean:5")
    """
    if (groups := groups_of(data)) is not None:
        return _of_settings(groups, metric, as_smoothing(smooth), center, log_y=log_y, ax=ax)
    name, run = one_run(data)
    whole(run)
    rows, notes = _chosen(name, run, meta_step, problem)
    epochs = Epochs.of(run.steps)
    own = ax is None
    ax = page.axes_on(ax, 6.4, 4.0)
    ax.set_yscale("log" if log_y else "linear")
    train, lost = _points(rows["train"], "train", metric, epochs)
    after, unplaced = _points(rows["validation"], "validation", metric, epochs)
    notes += _unplaced(lost + unplaced)
    _draw_train(ax, train, as_smoothing(smooth))
    style = {"color": split_colour("validation"), "linewidth": 1.8, "marker": "s", "markersize": 3.5, "zorder": 3}
    plot(ax, after.x, after.y, after.follows, label="validation, after each epoch", **style)
    mark(ax, np.concatenate([train.x, after.x]), np.concatenate([train.y, after.y]))
    _label_axes(ax, epochs.length, metric)
    which = "" if meta_step is None else f" of problem {problem} in meta-step {meta_step:,}"
    page.finish([ax], page.headline(name, f"learning curve{which}"), notes, own=own, legend=ax)
    return page.figure_of(ax)


def _of_settings(
    groups: Sequence[Group[Any]], metric: str, smoothing: stats.Smoothing, center: Centre, *, log_y: bool, ax: Any
) -> Figure:
    """Draw plain learning logs by setting: a line for training and one for validation each."""
    own = ax is None
    ax = page.axes_on(ax, 6.4, 4.0)
    ax.set_yscale("log" if log_y else "linear")
    lines: list[GroupLine] = []
    texts = texts_of(groups)
    for number, group in enumerate(groups):
        for split, kind in (("validation", "-"), ("train", "--")):
            runs = {name: _line(name, run, split, metric, smoothing) for name, run in group.runs.items()}
            text, style = texts[group.label], {**setting_style(number, marked=True), "linestyle": kind}
            line = GroupLine.of(f"{text}: {split}", group, runs, center, style=style, whole=False)
            lines.append(replace(line, setting=text if len(groups) > 1 else "", series=split))
    group_drawing.draw(ax, lines, group_lines.bounds_of(metric))
    longest = max((Epochs.of(run.steps).length for group in groups for run in group.runs.values()), default=1)
    _label_axes(ax, longest, metric)
    told = curve_lines.describe(smoothing) + " (train)" if smoothing.kind != "none" else ""
    title = page.headline(group_lines.whose(groups), "learning curve")
    page.finish([ax], title, group_lines.notes(lines, center, told), own=own, legend=SettingsLegend([ax], lines))
    return page.figure_of(ax)


def _line(name: str, run: Any, split: str, metric: str, smoothing: stats.Smoothing) -> tuple[Floats, Floats]:
    if not is_plain(whole(run).meta_steps):
        raise UsageError(f"{name} has meta-steps, whose problems differ from seed to seed; draw a run's own problem")
    rows, _ = _chosen(name, run, None, None)
    points, _ = _points(rows[split], split, metric, Epochs.of(run.steps))
    return points.x, smoothing(points.y) if split == "train" else points.y


def _label_axes(ax: Any, steps: int, metric: str) -> None:
    ax.set(xlabel=f"inner step ({counted(steps, 'step')} an epoch)")
    ax.set(ylabel=metric + (" (fraction)" if metric == "accuracy" else ""))
    ax.xaxis.get_major_locator().set_params(integer=True)


@dataclass(frozen=True)
class _Points:
    """Places in the inner training, values, and whether each place follows the one before; shape (n,) each."""

    x: Floats
    y: Floats
    follows: Mask


def _draw_train(ax: Any, points: _Points, smoothing: stats.Smoothing) -> None:
    x, y, follows = points.x, points.y, points.follows
    colour = split_colour("train")
    label = "train, every inner step"
    if smoothing.kind != "none":
        plot(ax, x, y, follows, color=colour, alpha=RAW_ALPHA, linewidth=0.9)
        label += f" ({curve_lines.describe(smoothing)})"
    plot(ax, x, smoothing(y), follows, color=colour, linewidth=1.2, marker=".", markersize=4, label=label)


def _chosen(
    name: str, run: Any, meta_step: int | None, problem: int | None
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return what was logged of the problem, by split, and what is to be said about it."""
    frames = {split: rows_of(run, frame, *counters) for split, (frame, counters) in FRAMES.items()}
    known = rows_of(run, "meta_steps", *KEYS, "global_meta_step", "complete")
    if is_plain(known):
        if meta_step is not None or problem is not None:
            raise UsageError(f"{name} is a plain learning log: it is one problem, without meta-steps to choose from")
        copies = counting = known
    else:
        known = known.assign(place=axis_places(known)[0], counts=counts(known)).dropna(subset="place")
        copies = known[known["place"] == meta_step]
        counting = copies[copies["counts"]] if copies["counts"].any() else copies
        frames = {split: rows[_of_problem(rows, counting.tail(1), problem)] for split, rows in frames.items()}
    if not any(map(len, frames.values())):
        raise UsageError(_choices(name, known, run.steps, meta_step, problem))
    segments, drawn = copies["segment"].tolist(), counting["segment"].iloc[-1]
    latest = {split: rows[rows["segment"] == drawn] for split, rows in frames.items()}
    repeated = f"Logged in segments {' and '.join(map(str, segments))}; drawn is that of segment {drawn}"
    return latest, [repeated] if len(segments) > 1 else []


def _of_problem(rows: pd.DataFrame, meta_step: pd.DataFrame, problem: int | None) -> Mask:
    """Tell which rows belong to a problem of the meta-step in the frame's only row, if it has one."""
    if not len(meta_step) or problem is None:
        return np.zeros(len(rows), np.bool_)
    number = rows["problem"].to_numpy(dtype=np.int64, na_value=-1)
    here: Mask = (number == problem) & (positions_in(meta_step, rows) == 0)
    return here


def _choices(name: str, known: pd.DataFrame, rows: pd.DataFrame, meta_step: int | None, problem: int | None) -> str:
    if not len(known):
        return str(without_meta_steps(name, known))
    first, last = f"{known['place'].min():.0f}", f"{known['place'].max():.0f}"
    there = f"meta-steps {first} to {last} of problems {rows['problem'].min()} to {rows['problem'].max()}"
    if meta_step is None or problem is None:
        return f"{name} has {there}: say whose learning curve to draw, such as --problem {first} 1"
    return f"{name} has no problem {problem} in meta-step {meta_step}, only {there}"


def _points(rows: pd.DataFrame, split: str, metric: str, epochs: Epochs) -> tuple[_Points, int]:
    """Return the points of one split, and how many rows have no place."""
    place = inner_places(rows, FRAMES[split][1], epochs)
    known = place > 0
    follows = np.diff(place[known], prepend=-1) == 1
    x = place[known] if split == "train" else epochs.end(place[known])
    values = rows[metric].to_numpy(dtype=np.float64)[known]
    return _Points(x.astype(np.float64), values, follows), int((~known).sum())


def _unplaced(number: int) -> list[str]:
    return [f"Not drawn: {counted(number, 'row')} with a counter missing or out of range"] if number else []

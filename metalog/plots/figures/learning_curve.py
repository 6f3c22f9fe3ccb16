"""Figure 1: the learning curve of one problem."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from metalog import stats
from metalog.errors import UsageError
from metalog.plots import curve_lines, page
from metalog.plots.cells import FRAMES, inner_place
from metalog.plots.inputs import KEYS, is_plain, one_run, rows_of, whole, without_meta_steps
from metalog.plots.strokes import Floats, Mask, mark, plot
from metalog.plots.style import RAW_ALPHA, split_colour, themed
from metalog.runs.words import counted


@themed
def learning_curve(
    data: Any,
    meta_step: int | None = None,
    problem: int | None = None,
    *,
    metric: stats.Metric = "loss",
    smooth: stats.Smoothing | str = "none",
    log_y: bool = False,
    ax: Any = None,
) -> Figure:
    """Draw one problem's learning curve: train values of every inner step, validation values over them.

    Parameters
    ----------
    data
        A Run or a RunSet of one.
    meta_step, problem
        Which one: the meta-step counted through the meta-epochs (``global_meta_step``), and the problem in its
        meta-batch. Not given for a plain learning log, which has only one.
    metric
        ``"loss"`` or ``"accuracy"`` (a fraction).
    smooth
        A smoothing of the train line, such as ``"mean:5"``; the raw line then stays faintly visible.
    log_y
        Logarithmic axis.
    ax
        Axes to draw on; a new figure if not given.

    Raises
    ------
    UsageError
        If the run has no such problem, or there are many and none was chosen.
    """
    name, run = one_run(data)
    whole(run)
    records, notes = _records(name, run, meta_step, problem)
    per_epoch = int(records["train"]["step"].max()) if len(records["train"]) else 1
    own = ax is None
    ax = page.axes_on(ax, 6.4, 4.0)
    ax.set_yscale("log" if log_y else "linear")
    x, y, follows = _points(records["train"], "train", metric)
    smoothing = stats.parse_smoothing(str(smooth))
    label = "train, every inner step"
    if smoothing.kind != "none":
        plot(ax, x, y, follows, color=split_colour("train"), alpha=RAW_ALPHA, linewidth=0.9)
        label += f" ({curve_lines.describe(smoothing)})"
    plot(
        ax, x, smoothing(y), follows, color=split_colour("train"), linewidth=1.2, marker=".", markersize=4, label=label
    )
    after, score, follows = _points(records["validation"], "validation", metric)
    style = {"color": split_colour("validation"), "linewidth": 1.8, "marker": "s", "markersize": 3.5}
    plot(ax, after * per_epoch, score, follows, label="validation, after each epoch", zorder=3, **style)
    mark(ax, np.concatenate([x, after * per_epoch]), np.concatenate([y, score]))
    ax.set(xlabel=f"inner step ({counted(per_epoch, 'step')} an epoch)")
    ax.set(ylabel=metric + (" (fraction)" if metric == "accuracy" else ""))
    ax.xaxis.get_major_locator().set_params(integer=True)
    which = "" if meta_step is None else f" of problem {problem} in meta-step {meta_step:,}"
    page.finish([ax], page.headline(name, f"learning curve{which}"), notes, own=own, legend=ax)
    return page.figure_of(ax)


def _records(
    name: str, run: Any, meta_step: int | None, problem: int | None
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return what was logged of the problem, by split, and what is to be said about it."""
    frames = {split: rows_of(run, frame, *counters) for split, (frame, counters) in FRAMES.items()}
    known = rows_of(run, "meta_steps", *KEYS, "global_meta_step")
    if is_plain(known):
        if meta_step is not None or problem is not None:
            raise UsageError(f"{name} is a plain learning log: it is one problem, without meta-steps to choose from")
        copies = known
    else:
        known = known.dropna(subset=[*KEYS, "global_meta_step"])
        copies = known[known["global_meta_step"] == meta_step]
        frames = {split: rows[_of_problem(rows, copies.tail(1), problem)] for split, rows in frames.items()}
    if not any(map(len, frames.values())):
        raise UsageError(_choices(name, known, run.steps, meta_step, problem))
    segments = copies["segment"].tolist()
    repeated = f"Logged in segments {' and '.join(map(str, segments))}; drawn is the last"
    latest = {split: rows[rows["segment"] == segments[-1]] for split, rows in frames.items()}
    return latest, [repeated] if len(segments) > 1 else []


def _of_problem(rows: pd.DataFrame, meta_step: pd.DataFrame, problem: int | None) -> Mask:
    """Tell which rows belong to a problem of the meta-step in the frame's only row, if it has one."""
    here = np.full(len(rows), len(meta_step) > 0 and problem is not None)
    for column, number in {**meta_step[KEYS].max().to_dict(), "problem": problem}.items() if here.any() else ():
        here &= (rows[column] == number).to_numpy(dtype=np.bool_, na_value=False)
    return here


def _choices(name: str, known: pd.DataFrame, rows: pd.DataFrame, meta_step: int | None, problem: int | None) -> str:
    if not len(known):
        return str(without_meta_steps(name, known))
    first, last = known["global_meta_step"].min(), known["global_meta_step"].max()
    there = f"meta-steps {first} to {last} of problems {rows['problem'].min()} to {rows['problem'].max()}"
    if meta_step is None or problem is None:
        return f"{name} has {there}: say whose learning curve to draw, such as --problem {first} 1"
    return f"{name} has no problem {problem} in meta-step {meta_step}, only {there}"


def _points(rows: pd.DataFrame, split: str, metric: str) -> tuple[Floats, Floats, Mask]:
    """Return place in the inner training, value, and whether the place follows the one before; shape (n,) each."""
    place = inner_place(rows, FRAMES[split][1])
    known = place > 0
    x = place[known].astype(np.float64)
    return x, rows[metric].to_numpy(dtype=np.float64)[known], np.diff(x, prepend=-1.0) == 1

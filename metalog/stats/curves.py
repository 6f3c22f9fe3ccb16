"""One value a meta-step, or a problem: what the figures draw and the other statistics start from."""

from __future__ import annotations

from typing import Any, Final, Literal, Protocol

import numpy as np
import pandas as pd

from metalog.errors import UsageError

Split = Literal["train", "validation"]
Metric = Literal["loss", "accuracy"]

#: What tells one meta-step of a log from another.
META_STEP: Final = ["segment", "meta_epoch", "meta_step"]


class Frames(Protocol):
    """What the statistics ask of a Run."""

    @property
    def steps(self) -> pd.DataFrame: ...  # noqa: D102 - as in Run
    @property
    def validations(self) -> pd.DataFrame: ...  # noqa: D102 - as in Run
    @property
    def meta_steps(self) -> pd.DataFrame: ...  # noqa: D102 - as in Run
    @property
    def config(self) -> dict[str, Any]: ...  # noqa: D102 - as in Run


def check(split: str, metric: str) -> None:
    """Raise UsageError unless there is such a split and metric."""
    if split not in ("train", "validation"):
        raise UsageError(f"split must be train or validation, not {split!r}")
    if metric not in ("loss", "accuracy"):
        raise UsageError(f"metric must be loss or accuracy, not {metric!r}")


def meta_curve(
    run: Frames | pd.DataFrame, *, split: Split = "validation", metric: Metric = "loss", incomplete: bool = False
) -> pd.DataFrame:
    """Return one value a meta-step, averaged over its problems: figures 4 (train) and 5 (validation).

    Parameters
    ----------
    run
        A Run, a RunSet or a frame like ``run.meta_steps``.
    split
        ``"train"``: the last inner step's training value of each problem. ``"validation"``: the validation after its
        last epoch, which is what a meta-learner should improve.
    metric
        ``"loss"`` or ``"accuracy"`` (a fraction).
    incomplete
        Keep the meta-steps that can't be compared with the others (cut off, or with problems missing).

    Returns
    -------
    pandas.DataFrame
        ``segment, meta_epoch, meta_step, global_meta_step, value, problems, complete`` in the log's order (of a
        RunSet behind ``run``). ``value`` is the mean over ``problems`` problems, ``nan`` or ``inf`` if one of them is.

    Raises
    ------
    UsageError
        If there is no such split or metric.
    """
    check(split, metric)
    column = f"{split}_{metric}"
    rows = run if isinstance(run, pd.DataFrame) else run.meta_steps
    if not incomplete:
        rows = rows[rows["complete"]]
    keys = [key for key in ("run", *META_STEP, "global_meta_step") if key in rows]
    return rows[[*keys, column, "problems", "complete"]].rename(columns={column: "value"}).reset_index(drop=True)


def history(meta_steps: pd.DataFrame) -> pd.DataFrame:
    """Keep the meta-steps that led to the run's last state.

    A resumed run repeats the meta-steps between its last checkpoint and its end; a restart repeats all. A meta-step
    counts if all that come later in the log have higher numbers: whatever a later segment went back behind is left out,
    and so is a meta-step whose number was lost. A log without any number, such as a plain learning log, counts as one
    meta-step, its last.

    Parameters
    ----------
    meta_steps
        A frame of one run with ``segment`` and ``global_meta_step``: ``run.meta_steps`` or a :func:`meta_curve`.

    Returns
    -------
    pandas.DataFrame
        The rows kept, in order; ``global_meta_step`` rises throughout.
    """
    if meta_steps["global_meta_step"].isna().all():
        return meta_steps.tail(1).reset_index(drop=True)
    rows = meta_steps[meta_steps["global_meta_step"].notna()]
    steps = rows["global_meta_step"].to_numpy(dtype=np.float64)
    lowest_from_here = np.minimum.accumulate(steps[::-1])[::-1]
    return rows[steps < np.append(lowest_from_here[1:], np.inf)[: steps.size]].reset_index(drop=True)


def final_values(run: Frames, *, split: Split = "validation", metric: Metric = "loss") -> pd.DataFrame:
    """Return each problem's value after adaptation: its last inner step or last validation, as in the meta-curve.

    Parameters
    ----------
    run
        A Run.
    split, metric
        As for :func:`meta_curve`.

    Returns
    -------
    pandas.DataFrame
        ``segment, meta_epoch, meta_step, global_meta_step, problem, value``, one row a problem of a complete
        meta-step, in the log's order.

    Raises
    ------
    UsageError
        If there is no such split or metric.
    """
    check(split, metric)
    records = run.steps if split == "train" else run.validations
    keys = [*META_STEP, "problem"]
    codes = records[keys].to_numpy(dtype=np.int64, na_value=-1)
    ends = np.ones(len(records), dtype=bool)
    ends[:-1] = (codes[1:] != codes[:-1]).any(axis=1)
    finals = records.loc[ends, [*keys, metric]].rename(columns={metric: "value"})
    meta_steps = run.meta_steps
    complete = meta_steps.loc[meta_steps["complete"], [*META_STEP, "global_meta_step"]]
    merged = finals.merge(complete, on=META_STEP, how="inner")
    return merged[[*META_STEP, "global_meta_step", "problem", "value"]]

"""One value a meta-step: the curves that the figures draw and the other statistics start from."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd

from metalog.errors import UsageError

Split = Literal["train", "validation"]
Metric = Literal["loss", "accuracy"]

_KEYS = ("segment", "meta_epoch", "meta_step", "global_meta_step")
_COUNTS = ("problems", "complete")


def table(source: Any, name: str) -> pd.DataFrame:
    """Return the frame `name` of a Run or RunSet; a frame is taken as that frame itself."""
    return source if isinstance(source, pd.DataFrame) else getattr(source, name)


def measured(split: Split, metric: Metric) -> str:
    """Name the column of ``run.meta_steps`` that holds `metric` of `split`.

    Raises
    ------
    UsageError
        If there is no such split or metric.
    """
    if split not in ("train", "validation"):
        raise UsageError(f"split must be train or validation, not {split!r}")
    if metric not in ("loss", "accuracy"):
        raise UsageError(f"metric must be loss or accuracy, not {metric!r}")
    return f"{split}_{metric}"


def meta_curve(
    run: Any, *, split: Split = "validation", metric: Metric = "loss", incomplete: bool = False
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
    column = measured(split, metric)
    rows = table(run, "meta_steps")
    if not incomplete:
        rows = rows[rows["complete"]]
    keys = [key for key in ("run", *_KEYS) if key in rows]
    return rows[[*keys, column, *_COUNTS]].rename(columns={column: "value"}).reset_index(drop=True)

"""One value a meta-step, or a problem: what the figures draw and the other statistics start from."""

from __future__ import annotations

from typing import Any, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from metalog.columns import Columns
from metalog.curves.counted import PLACE_IN_LOG, CountedCurve, Floats, Mask, places_of
from metalog.errors import UsageError
from metalog.runs.restarts import UNKNOWN, counting
from metalog.runs.run import Run

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
    @property
    def beside(self) -> dict[str, Any]: ...  # noqa: D102 - as in Run


def check(split: str, metric: str) -> None:
    """Raise UsageError unless there is such a split and metric."""
    if split not in ("train", "validation"):
        raise UsageError(f"split must be train or validation, not {split!r}")
    if metric not in ("loss", "accuracy"):
        raise UsageError(f"metric must be loss or accuracy, not {metric!r}")


def nested(rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return rows that have the columns of metalog's own format which are asked for.

    Raises
    ------
    UsageError
        If one is missing, as in a frame of another format that happens to be called the same.
    """
    missing = [name for name in columns if name not in rows]
    if missing:
        raise UsageError(
            f"this frame has no column {missing[0]!r} (it has {', '.join(map(str, rows.columns))}): it is not one of "
            "metalog's own format; metalog.stats.courses tells of the columns of any format"
        )
    return rows


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

    Examples
    --------
    >>> metalog.stats.meta_curve(run)["value"].round(3).tolist()[-3:]
    [0.202, 0.196, 0.198]
    """
    check(split, metric)
    column = f"{split}_{metric}"
    rows = nested(run if isinstance(run, pd.DataFrame) else run.meta_steps, *META_STEP, column, "problems", "complete")
    if not incomplete:
        rows = rows[rows["complete"]]
    keys = [key for key in ("run", *META_STEP, "global_meta_step") if key in rows]
    return rows[[*keys, column, "problems", "complete"]].rename(columns={column: "value"}).reset_index(drop=True)


def history(meta_steps: pd.DataFrame) -> pd.DataFrame:
    """Keep the meta-steps that led to the run's last state.

    A resumed run repeats the meta-steps between its last checkpoint and its end; a restart repeats all. What a later
    segment went back behind is left out. A meta-step whose number nobody knows is no copy of another and is kept. The
    rule is that of ``Run.choose("last")`` (:func:`metalog.runs.restarts.counting`).

    Parameters
    ----------
    meta_steps
        A frame of one run with ``meta_epoch`` and ``meta_step``: ``run.meta_steps`` or a :func:`meta_curve`. Without
        a column ``complete`` all are taken to be complete.

    Returns
    -------
    pandas.DataFrame
        The rows kept, in order; ``global_meta_step`` rises throughout where it is known.

    Examples
    --------
    >>> len(metalog.stats.history(run.meta_steps))  # nothing is repeated here
    260
    """
    return meta_steps[counts(meta_steps)].reset_index(drop=True)


def counts(meta_steps: pd.DataFrame) -> Mask:
    """Tell which rows :func:`history` keeps: bool, shape (M,)."""
    columns: Columns = {name: integers(meta_steps, name) for name in ("meta_epoch", "meta_step")}
    whole = meta_steps["complete"].to_numpy() if "complete" in meta_steps else np.ones(len(meta_steps), np.bool_)
    return counting({**columns, "complete": whole})


def integers(rows: pd.DataFrame, name: str) -> npt.NDArray[np.int64]:
    """Return a counter as int64, ``UNKNOWN`` where it is ``<NA>``; shape (rows,)."""
    return rows[name].to_numpy(dtype=np.int64, na_value=UNKNOWN)


def axis_places(meta_steps: pd.DataFrame) -> tuple[Floats, str]:
    """Say where meta-steps stand on the axis of a curve, for statistics and figures alike.

    Parameters
    ----------
    meta_steps
        All meta-steps of one run: ``segment``, ``meta_step``, ``global_meta_step``.

    Returns
    -------
    places
        float64, shape (M,): the ``global_meta_step``, ``nan`` where it is missing, and where a single one lies so far
        beyond all others that it must be damaged. Where it is missing throughout, as in a log that begins in mid-run,
        the ``meta_step`` if it rises in each segment, else the place in the log.
    axis
        What that is, in words; empty for the ``global_meta_step``.
    """
    total, number = (
        meta_steps[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("global_meta_step", "meta_step")
    )
    return places_of(total, number, integers(meta_steps, "segment"))


def axis_numbers(meta_steps: pd.DataFrame) -> Floats:
    """Return the places of :func:`axis_places` where they are numbers that the log gives, else ``nan``; shape (M,)."""
    places, axis = axis_places(meta_steps)
    return np.full_like(places, np.nan) if axis == PLACE_IN_LOG else places


def counted_curve(run: Frames | pd.DataFrame, split: Split, metric: Metric) -> CountedCurve:
    """Return the curve of one run that statistics are computed from; parameters and errors as for :func:`meta_curve`.

    Plain arrays: a frame for each of some ten steps would take a hundred times as long as the sums.
    """
    check(split, metric)
    column = f"{split}_{metric}"
    rows = nested(run if isinstance(run, pd.DataFrame) else run.meta_steps, *META_STEP, column, "complete")
    complete = rows["complete"].to_numpy(dtype=np.bool_)
    counted = complete & counts(rows)
    places = axis_places(rows)[0][counted]
    value = rows[column].to_numpy(dtype=np.float64)[counted]
    whole = int(complete.sum())
    return CountedCurve(places, axis_numbers(rows)[counted], value, len(rows) - whole, whole - value.size)


def last_meta_validation(run: Run, metric: Metric) -> Floats:
    """Return the scores of the problems of a run's last meta-validation, float64 of shape (n,); none without any."""
    columns = run.columns("meta_validation")
    keys = np.column_stack([columns[name] for name in META_STEP])
    others = np.flatnonzero((keys != keys[-1:]).any(axis=1))
    return np.asarray(columns[metric][others[-1] + 1 if others.size else 0 :], np.float64)


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

    Examples
    --------
    >>> finals = metalog.stats.final_values(run, metric="accuracy")
    >>> finals.groupby("problem")["value"].mean().round(2).tolist()
    [0.93, 0.92, 0.92, 0.92, 0.93, 0.91, 0.91, 0.92]
    """
    check(split, metric)
    keys = [*META_STEP, "problem"]
    rows = nested(run.steps if split == "train" else run.validations, *keys, metric)
    codes = rows[keys].to_numpy(dtype=np.int64, na_value=-1)
    ends = np.ones(len(rows), dtype=bool)
    ends[:-1] = (codes[1:] != codes[:-1]).any(axis=1)
    finals = rows.loc[ends, [*keys, metric]].rename(columns={metric: "value"})
    meta_steps = run.meta_steps
    complete = meta_steps.loc[meta_steps["complete"], [*META_STEP, "global_meta_step"]].drop_duplicates(META_STEP)
    merged = finals.merge(complete, on=META_STEP, how="inner")
    return merged[[*META_STEP, "global_meta_step", "problem", "value"]]

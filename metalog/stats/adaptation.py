"""How problems are adapted to: the loss before, after each epoch, and what was gained."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from metalog.curves.means import restored, scaled
from metalog.stats.curves import META_STEP, Frames, Split, check, history

#: The parts of a run that are compared, in order.
STAGES: Final = ("early", "middle", "late")


def adaptation(run: Frames, *, split: Split = "validation") -> pd.DataFrame:
    """Average the course of the inner training over the problems of the early, middle and late meta-steps: figure 9.

    Epoch 0 stands for *before adaptation*. The format has no validation there, but the first inner step's loss is
    measured before its update, with the initial weights, on a batch to which nothing has been adapted yet. Where a
    trainer measures both splits alike and deals them out alike (stratified, or at random), it estimates what a
    validation before adaptation would have shown. So that every row is one state of the weights, "after epoch e" is

    - ``split="validation"``: the validation after epoch e;
    - ``split="train"``: the first step of epoch e + 1, likewise measured before its update (by then on drawings
      already trained on); the last epoch has no such row.

    Parameters
    ----------
    run
        A Run. Incomplete meta-steps are left out, and of repeated ones all but the last (:func:`history`).
    split
        Which drawings.

    Returns
    -------
    pandas.DataFrame
        One row a stage and epoch: ``stage`` (``early``, ``middle``, ``late``: thirds of the meta-steps; with fewer
        than three meta-steps the later ones are absent), ``epoch`` (0, 1, …), ``loss``, ``accuracy`` (means over
        problems), ``loss_sem``, ``accuracy_sem`` (standard errors of these means over problems, ``nan`` for one
        problem), ``loss_gain``, ``accuracy_gain`` (against epoch 0 of the stage, positive is better), ``problems``
        (averaged over), ``non_finite`` (problems left out because their loss is ``nan`` or ``inf``), ``first`` and
        ``last`` (``global_meta_step`` of the stage).

    Raises
    ------
    UsageError
        If there is no such split.

    Examples
    --------
    >>> table = metalog.stats.adaptation(run)
    >>> table.groupby("stage", observed=True)["loss"].last().round(3).to_dict()
    {'early': 0.322, 'middle': 0.194, 'late': 0.185}
    """
    check(split, "loss")
    stages = _stages(history(run.meta_steps[run.meta_steps["complete"]]))
    states = _states(run, split).merge(stages, on=META_STEP, how="inner")
    states["non_finite"] = ~np.isfinite(states["loss"])
    states.loc[states["non_finite"], ["loss", "accuracy"]] = np.nan
    values, factor = scaled(states[["loss", "accuracy"]].to_numpy(dtype=np.float64))
    states[["loss", "accuracy"]] = values
    groups = states.groupby(["stage", "epoch"], observed=True)
    result = groups.agg(
        loss=("loss", "mean"),
        accuracy=("accuracy", "mean"),
        loss_sem=("loss", "sem"),
        accuracy_sem=("accuracy", "sem"),
        problems=("loss", "count"),
        non_finite=("non_finite", "sum"),
        first=("global_meta_step", "min"),
        last=("global_meta_step", "max"),
    )
    result = result.reset_index()
    means = ["loss", "accuracy", "loss_sem", "accuracy_sem"]
    result[means] = restored(result[means].to_numpy(dtype=np.float64), factor)
    before = result[result["epoch"] == 0].set_index("stage").reindex(result["stage"])
    result.insert(6, "loss_gain", before["loss"].to_numpy() - result["loss"])
    result.insert(7, "accuracy_gain", result["accuracy"] - before["accuracy"].to_numpy())
    return result


def _stages(meta_steps: pd.DataFrame) -> pd.DataFrame:
    """Deal the meta-steps, in order, into stages as even as can be."""
    sizes = [part.size for part in np.array_split(np.arange(len(meta_steps)), len(STAGES))]
    stage = pd.Categorical(np.repeat(STAGES, sizes), categories=STAGES, ordered=True)
    stages = meta_steps[[*META_STEP, "global_meta_step"]].assign(stage=stage)
    return stages.drop_duplicates(META_STEP)  # those without numbers can't be told apart in the other frames


def _states(run: Frames, split: Split) -> pd.DataFrame:
    """One row a problem and state: the epoch that ended there, 0 before the first, and what was measured."""
    columns = [*META_STEP, "problem", "epoch", "loss", "accuracy"]
    first_steps = run.steps.loc[run.steps["step"] == 1, columns]
    starts: pd.DataFrame = first_steps.assign(epoch=first_steps["epoch"] - 1)
    if split == "train":
        return starts
    return pd.concat([starts[starts["epoch"] == 0], run.validations[columns]], ignore_index=True)

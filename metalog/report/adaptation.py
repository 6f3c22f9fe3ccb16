"""Adaptation early, in the middle and late in a run, from plain columns: what ``metalog.stats.adaptation`` gives.

That needs pandas, whose import takes longer than all else that a report needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from metalog.columns import Array, Columns
from metalog.report.cells import Cells
from metalog.runs.means import mean
from metalog.runs.restarts import counting

Floats = npt.NDArray[np.float64]
STAGES = ("early", "middle", "late")


def adaptation(turns: Columns, train: Cells, validation: Cells, metric: str) -> list[dict[str, Any]]:
    """Return the mean over problems before adaptation and after each epoch, by thirds of the meta-steps.

    Parameters
    ----------
    turns
        The columns of the frame of meta-steps. Incomplete ones are left out, and of repeated ones all but the last.
    train, validation
        The cells of both splits.
    metric
        ``"loss"`` or ``"accuracy"``. Problems whose loss isn't finite are left out.

    Returns
    -------
    list
        For each stage that there is: its ``stage``, ``epoch`` (0 before adaptation), ``mean``, and ``problems`` counted
        at each epoch.
    """
    complete = np.flatnonzero(turns["complete"].astype(bool))
    kept = complete[counting({name: turns[name][complete] for name in ("meta_epoch", "meta_step", "complete")})]
    rows = [_rows(train, before=True, metric=metric), _rows(validation, before=False, metric=metric)]
    turn, epoch, value = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return [
        {"stage": name, **_means(epoch[here], value[here])}
        for name, own in zip(STAGES, np.array_split(kept, len(STAGES)), strict=True)
        for here in [np.isin(turn, own) & np.isfinite(value)]
        if here.any()
    ]


def _rows(cells: Cells, *, before: bool, metric: str) -> tuple[Array, Array, Floats]:
    """Return the meta-step, the epoch and the value of each row; `before`: of the first step of all, as epoch 0."""
    columns = cells.columns
    turn = np.repeat(cells.turn, cells.stop() - cells.start)
    value = np.where(np.isfinite(columns["loss"]), columns[metric], np.nan)
    if not before:
        return turn, columns["epoch"], value
    first = (columns["epoch"] == 1) & (columns["step"] == 1)
    return turn[first], columns["epoch"][first] - 1, value[first]


def _means(epoch: Array, value: Floats) -> dict[str, Any]:
    epochs = np.unique(epoch)
    means = [mean(value[epoch == one]) for one in epochs]
    return {"epoch": epochs.tolist(), "mean": means, "problems": [int((epoch == one).sum()) for one in epochs]}

"""Which copy of a meta-step counts where a resumed run has repeated some."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from metalog.columns import Array, Columns
from metalog.formats.template import MISSING
from metalog.runs.run import Segment

_KEY = ("segment", "meta_epoch", "meta_step")


def superseded(meta_steps: Columns, segments: Sequence[Segment], *, keep: str) -> Callable[[Columns], Array]:
    """Return a function that tells which rows of a table belong to a copy that doesn't count.

    Parameters
    ----------
    meta_steps
        The columns of the run's meta-steps.
    segments
        The run's segments, which tell the writers apart.
    keep
        ``"first"`` or ``"last"``: which copy of each writer's meta-step counts. One that is complete comes before one
        that is not: where a run was killed, it has left a part of a meta-step.
    """
    writers = {segment.number: segment.writer for segment in segments}
    complete = np.logical_or.reduceat(meta_steps["complete"], _starts(meta_steps)).tolist()
    best: dict[tuple[str, int, int], tuple[bool, int]] = {}
    for (segment, meta_epoch, meta_step), whole in zip(_keys(meta_steps), complete, strict=True):
        number = (writers[segment], meta_epoch, meta_step)
        rank = (whole, segment if keep == "last" else -segment)
        best[number] = max(best.get(number, rank), rank)
    counted = {(abs(segment), *number[1:]) for number, (_, segment) in best.items()}

    def tell(columns: Columns) -> Array:
        told = [key not in counted and MISSING not in key[1:] for key in _keys(columns)]
        return np.repeat(np.array(told, bool), np.diff(_starts(columns), append=len(columns["segment"])))

    return tell


def _starts(columns: Columns) -> Array:
    """Return where a stretch of rows of the same meta-step begins."""
    keys = np.column_stack([columns[name] for name in _KEY])
    return np.flatnonzero(np.concatenate([np.ones(min(len(keys), 1), bool), (keys[1:] != keys[:-1]).any(axis=1)]))


def _keys(columns: Columns) -> list[tuple[int, int, int]]:
    """Return segment, meta-epoch and meta-step of each such stretch."""
    starts = _starts(columns)
    return list(zip(*(columns[name][starts].tolist() for name in _KEY), strict=True))

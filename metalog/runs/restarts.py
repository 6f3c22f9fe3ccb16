"""Which copy of a meta-step counts where a resumed or restarted run has repeated some."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Literal, Protocol

import numpy as np

from metalog.columns import Array, Columns
from metalog.formats.template import MISSING

Keep = Literal["first", "last"]

#: Stands for a number that a log does not give.
UNKNOWN: Final = MISSING
_KEY: Final = ("segment", "meta_epoch", "meta_step")
#: More than any meta-step's number.
_BEYOND: Final = np.iinfo(np.int64).max


class SegmentOfWriter(Protocol):
    """What is asked of a run's segments: their number, and who wrote them."""

    @property
    def number(self) -> int: ...  # noqa: D102 - as in Segment
    @property
    def writer(self) -> str: ...  # noqa: D102 - as in Segment


def counting(meta_steps: Columns, keep: Keep = "last", writers: Array | None = None) -> Array:
    """Say which meta-steps count: the one answer for :meth:`metalog.Run.choose`, statistics and figures.

    Parameters
    ----------
    meta_steps
        ``meta_epoch``, ``meta_step`` (integers, ``UNKNOWN`` where unknown) and ``complete`` (bool), each of shape (M,),
        in the log's order.
    keep
        ``"last"``: what led to the run's last state. A complete meta-step counts if all complete ones behind it have
        higher numbers, so whatever the run went back behind is left out. An incomplete one counts where no complete one
        stands for its number. ``"first"``: the first copy of each number, a complete one if there is any.
    writers
        Who wrote each, shape (M,); copies are looked for among the meta-steps of one writer. One writer if not given.

    Returns
    -------
    numpy.ndarray
        bool, shape (M,). A meta-step whose meta-epoch or number is missing is no copy of any other: it counts.
    """
    meta_epoch, meta_step = (meta_steps[name].astype(np.int64) for name in ("meta_epoch", "meta_step"))
    known = (meta_epoch != UNKNOWN) & (meta_step != UNKNOWN)
    number = (meta_epoch << 32) + meta_step
    complete = meta_steps["complete"]
    counts: Array = ~known
    choose = _last_copies if keep == "last" else _first_copies
    for writer in (None,) if writers is None else sorted(set(writers.tolist())):
        own = np.flatnonzero(known if writer is None else known & (writers == writer))
        counts[own] = choose(number[own], complete[own])
    return counts


def superseded(meta_steps: Columns, segments: Iterable[SegmentOfWriter], *, keep: Keep) -> Callable[[Columns], Array]:
    """Return a function that says which rows of a table belong to a copy that doesn't count.

    Parameters
    ----------
    meta_steps
        The columns of the run's meta-steps.
    segments
        The run's segments, which tell the writers apart.
    keep
        As for :func:`counting`.
    """
    writer_of = {segment.number: segment.writer for segment in segments}
    writers = np.array([writer_of[number] for number in meta_steps["segment"].tolist()], object)
    counts = counting(meta_steps, keep, writers)
    keys = list(zip(*(meta_steps[name].tolist() for name in _KEY), strict=True))
    kept = {key for key, counted in zip(keys, counts.tolist(), strict=True) if counted}
    dropped = set(keys) - kept

    def is_superseded(columns: Columns) -> Array:
        starts = _starts(columns)
        stretches = zip(*(columns[name][starts].tolist() for name in _KEY), strict=True)
        answers = np.fromiter((key in dropped for key in stretches), bool, len(starts))
        return np.repeat(answers, np.diff(starts, append=len(columns["segment"])))

    return is_superseded


def _last_copies(number: Array, complete: Array) -> Array:
    """Say which numbers led to the last state; both of shape (M,)."""
    whole, part = np.flatnonzero(complete), np.flatnonzero(~complete)
    counts = np.zeros(len(number), bool)
    counts[whole] = _below_all_behind(number[whole])
    lowest_whole = np.minimum.accumulate(np.where(complete, number, _BEYOND)[::-1])[::-1]
    part = part[(number[part] < lowest_whole[part]) & ~np.isin(number[part], number[counts])]
    counts[part] = _below_all_behind(number[part])
    return counts


def _below_all_behind(number: Array) -> Array:
    """Say where all later numbers are higher."""
    lowest_from_here = np.minimum.accumulate(np.append(number, _BEYOND)[::-1])[::-1]
    below: Array = number < lowest_from_here[1:]
    return below


def _first_copies(number: Array, complete: Array) -> Array:
    """Say which is the first of each number, a complete one if there is any."""
    order = np.lexsort((~complete, number))  # stable: the log's order among equals
    first = np.ones(len(number), bool)
    first[1:] = number[order][1:] != number[order][:-1]
    counts = np.zeros(len(number), bool)
    counts[order[first]] = True
    return counts


def _starts(columns: Columns) -> Array:
    """Return where a stretch of rows of the same meta-step begins."""
    keys = np.column_stack([columns[name] for name in _KEY])
    return np.flatnonzero(np.concatenate([np.ones(min(len(keys), 1), bool), (keys[1:] != keys[:-1]).any(axis=1)]))

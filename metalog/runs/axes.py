"""Where the rows of a frame stand on an axis that goes through the whole log.

Of a frame with one level that is its number, as the log prints it; likewise of one with several whose innermost never
starts over; where no line shows a number, that of a value called so (``epoch``, ``step``). Else the outermost number
and the part of its turn that is done: with the 50th of 100 steps of epoch 3, two and a half epochs are done, so it
stands at 2.5, and what was measured at the end of epoch 3 at 3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from metalog.columns import Array
from metalog.runs.measures import COUNTERS, words_of
from metalog.runs.table import Table

Floats = npt.NDArray[np.float64]

#: What the axis is where rows have no number.
ROW: Final = "row"
#: The least part of the rows that must have a number of their own.
_LEAST_DISTINCT: Final = 0.1


@dataclass(frozen=True)
class Axis:
    """Where rows stand.

    Attributes
    ----------
    place
        float64, shape (rows,), ``nan`` where the log doesn't say.
    label
        What that is.
    name, number
        The level, or the column, that it is made of, and its number in each row as the log prints it.
    within
        Whether parts of the turns of a level are counted.
    """

    place: Floats
    label: str
    name: str
    number: Floats
    within: bool = False

    @classmethod
    def plain(cls, table: Table, name: str) -> Axis:
        """Return a column as it is as an axis."""
        return cls(table.numbers(name), name, name, table.numbers(name))

    @classmethod
    def done(cls, table: Table) -> Axis:
        """Return how many turns of the outermost level are done with each row."""
        outer = table.levels[0]
        return cls(_parts_done(table), outer, outer, table.numbers(outer), within=True)


def axis_of(table: Table, *, alone: bool = True) -> Axis:
    """Return where the rows of a frame stand, each group of rows with the same words by itself.

    Beside others, if it is not `alone`, a single turn of its outermost level doesn't tell that inner numbers go on.
    """
    if table.total and not np.isnan(table.numbers(table.total)).all():
        return Axis.plain(table, table.total)
    if table.is_placed:
        for name in table.measured:
            if words_of(name)[-1:] and words_of(name)[-1] in COUNTERS and _counts(table, table.numbers(name)):
                return Axis.plain(table, name)
    levels = table.levels
    if not levels:
        rows = _counted(table)
        return Axis(rows, ROW, ROW, rows)
    goes_on = alone or np.unique(table.numbers(levels[0])).size > 1
    if len(levels) == 1 or (goes_on and _rises(table, table.numbers(levels[-1]), strictly=True)):
        return Axis.plain(table, levels[-1])
    return Axis.done(table)


def beside(table: Table, main: Table, axis: Axis) -> tuple[Axis, bool]:
    """Return where the rows of a frame stand on another's axis, and whether they are placed by their lines alone.

    A frame of the same outermost level has places of its own. Rows of any other stand at the last row above them.
    """
    own = axis_of(table, alone=False)
    if axis.within and table.levels[:1] == main.levels[:1]:
        return Axis.done(table), False
    if own.label == axis.label and own.within == axis.within:
        return own, False
    above = np.maximum(np.searchsorted(main.line, table.line) - 1, 0)
    return replace(axis, place=axis.place[above], number=axis.number[above]), True


def _counted(table: Table) -> Floats:
    place = np.empty(len(table), np.float64)
    for rows in table.groups.values():
        place[rows] = np.arange(1.0, len(rows) + 1)
    return place


def _counts(table: Table, numbers: Floats) -> bool:
    """Tell whether a value tells rows apart and never goes back; one that is printed too coarsely doesn't."""
    return np.unique(numbers).size > _LEAST_DISTINCT * len(numbers) and _rises(table, numbers)


def _rises(table: Table, numbers: Floats, *, strictly: bool = False) -> bool:
    """Tell whether a number is known and goes up through each segment of each group."""
    for rows in table.groups.values():
        own = numbers[rows]
        known = ~np.isnan(own)
        steps = np.diff(own[known])[np.diff(table.segment[rows][known]) == 0]
        if not known.any() or (steps < 0).any() or (strictly and (steps == 0).any()):
            return False
    return True


def _parts_done(table: Table) -> Floats:
    place = np.empty(len(table), np.float64)
    for rows in table.groups.values():
        place[rows] = parts_done([table.numbers(level)[rows] for level in table.levels], table.segment[rows])
    return place


def parts_done(levels: list[Floats], segment: Array) -> Floats:
    """Return how many turns of the outermost level are done with each row.

    Parameters
    ----------
    levels
        The numbers of each level, outermost first; shape (rows,) each, ``nan`` where unknown.
    segment
        The segment of each row.

    Returns
    -------
    numpy.ndarray
        float64, shape (rows,): in the turn numbered n from above n - 1 to n; the last row of a turn stands at n, unless
        the turn is shorter than most. Inner numbers may start over with each turn or go on through all.
    """
    done = levels[-1]
    for depth in range(len(levels) - 1, 0, -1):
        outer = [segment.astype(np.float64), *levels[:depth]]
        before_first = -1.0 if (levels[depth] < 1).any() else 0.0
        done = levels[depth - 1] - 1 + _share(done, outer, before_first)
    return done


def _share(done: Floats, outer: list[Floats], before_first: float) -> Floats:
    """Return `done` as a share of the turn around it, which rows with the same numbers in `outer` belong to."""
    if not done.size:
        return done
    keys = np.nan_to_num(np.stack(outer), nan=-1.0)
    starts = np.flatnonzero(np.append(True, (keys[:, 1:] != keys[:, :-1]).any(axis=0)))
    sizes = np.diff(np.append(starts, done.size))
    least = np.minimum.reduceat(np.where(np.isnan(done), np.inf, done), starts)
    most = np.maximum.reduceat(np.where(np.isnan(done), -np.inf, done), starts)
    before = np.append(-np.inf, most[:-1])
    goes_on = (least > before) & (before >= 0) & np.append(False, keys[0, starts[1:]] == keys[0, starts[:-1]])
    base = np.where(goes_on, before, before_first)
    length = most - base
    known = length[np.isfinite(length)]
    length = np.maximum(length, np.median(known) if known.size else 1.0)
    share: Floats = (done - np.repeat(base, sizes)) / np.repeat(length, sizes)
    return share

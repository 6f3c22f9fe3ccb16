"""Where the wheels stand, and the rows that a block gives: plain memory that both engines and the judge write."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike

from metalog.columns import Array, Columns
from metalog.formats.model import LINE, SEGMENT
from metalog.formats.template import MISSING
from metalog.odometer.tables import Tables
from metalog.scan.tokens import Tokens

#: Gives the columns of a frame for so many rows, to be filled in.
Reserve = Callable[[str, Mapping[str, DTypeLike], int], Columns]
#: Where the scalars of a state stand in it: the kind of the line above, the segment, whether the log lacks the optional
#: level and those around it, the phase, whether no number was read in it yet.
ABOVE, NUMBER_OF_SEGMENT, PARTIAL, PHASE, IS_NEW_PHASE = range(5)
#: What a row of turns begins with: token, level, segment, number through the turns of the level around it. Behind these
#: stand the numbers of all levels, and the rows of each frame so far.
AT, LEVEL, OF_SEGMENT, TOTAL, NUMBERS = range(5)
#: Stands for the segment where a level could stand.
SEGMENT_LEVEL: Final = -2
#: Turns for which there is memory at least.
_SPARE: Final = 64


class State:
    """The numbers of all levels.

    Attributes
    ----------
    first
        The number that each level starts with, as the format says or the log has shown.
    last
        The number of each level that was read last within the level around it; one less than its first before any.
    lost
        How many turns without a number came since.
    known
        Whether the number of the present turn is known.
    shown
        The number of the present turn, ``MISSING`` if there is none.
    totals
        For a level whose inner one is counted through its turns: how many of these came before, ``MISSING`` if unknown.
    again
        Whether the present turn has come before in an earlier segment.
    steady
        How many turns are usual within the level around, -1 where that is to be asked.
    seen
        For a level that several kinds of line turn: which of them its present turn has seen, a bit each.
    phases
        What was shown last in each phase, but for the present one.
    scalars
        See :data:`ABOVE`.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        number = len(tables.levels)
        self.first = array("q", [level.first for level in tables.levels])
        self.last = array("q", map(self.reset, range(number)))
        self.lost = array("q", [0] * number)
        self.known = array("q", [1] * number)
        self.shown = array("q", [MISSING] * number)
        self.totals = array("q", [MISSING] * number)
        self.again = array("q", [0] * number)
        self.steady = array("q", [-1] * number)
        self.seen = array("q", [0] * number)
        self.phases: dict[int, list[int]] = {}
        self.scalars = array("q", [tables.start, 0, 0, MISSING, 0])

    def reset(self, level: int) -> int:
        """Return where a level stands before its first turn."""
        return -1 if self.tables.levels[level].any_stride else self.first[level] - 1

    def is_before_first(self, level: int) -> bool:
        """Tell whether a level has had no turn yet within the one around it."""
        return self.last[level] == self.reset(level) and not self.lost[level]

    def begin_phase(self, phase: int) -> None:
        """Let another phase begin, in which the same levels may count anew."""
        self.phases[self.scalars[PHASE]] = self.shown.tolist()
        self.scalars[PHASE], self.scalars[IS_NEW_PHASE] = phase, 1

    def place(self, level: int) -> int:
        """Return how far a level has come, as far as the numbers tell."""
        return self.last[level] + self.lost[level]

    def count(self, level: int) -> int:
        """Return how many turns of a level there were within the level around it, as far as the numbers tell."""
        return self.place(level) - self.first[level] + 1

    def is_fresh(self, level: int) -> bool:
        """Tell whether nothing has begun inside a level yet."""
        return all(self.place(inner) == self.reset(inner) for inner in self.tables.inside[level])

    def turn(self, level: int, number: int) -> None:
        """Let a level begin its next turn, with this number or ``MISSING``; all inside starts over."""
        if number == MISSING:
            self.lost[level] += 1
            self.known[level] = 0
        else:
            self.last[level], self.lost[level], self.known[level] = number, 0, 1
        self.shown[level], self.seen[level] = number, 0
        for inner in self.tables.inside[level]:
            self.forget(inner)

    def forget(self, level: int) -> None:
        """Let a level start over."""
        self.last[level], self.lost[level], self.known[level] = self.reset(level), 0, 1
        self.shown[level], self.seen[level] = MISSING, 0

    def total(self, level: int) -> int:
        """Return the number of the present turn of a level counted through the level around it, if it is known."""
        parent = self.tables.parent(level)
        before, number = self.totals[parent] if parent >= 0 else MISSING, self.shown[level]
        return MISSING if MISSING in (before, number) else before + number


class Output:
    """The rows of a block.

    Attributes
    ----------
    columns
        Those of each frame, in the order of the tables.
    rows
        How many rows each frame has so far.
    turns
        int64, 2-D: one row a turn of a level that is kept; see :data:`AT`. There may be spare ones behind them.
    turned
        One number: how many turns there are.
    segments
        The tokens at which a new segment begins.
    """

    def __init__(self, tables: Tables, tokens: Tokens, reserve: Reserve) -> None:
        tally = tokens.tally(len(tables.kinds))
        self.columns = [
            reserve(name, dtypes(tables, frame), sum(tally[code] for code in kinds_of(tables, frame)))
            for frame, name in enumerate(tables.frames)
        ]
        self.rows = array("q", [0] * max(len(self.columns), 1))
        opening = sum(tally[code] for code, kind in enumerate(tables.kinds) if kind.level in tables.kept)
        width = NUMBERS + len(tables.levels) + len(tables.frames)
        self.turns = np.empty((opening + _SPARE, width), np.int64)
        self.turned = array("q", [0])
        self.segments: list[int] = []

    def add_turn(self, at: int, level: int, state: State) -> None:
        """List a turn that begins at a token; there must be memory for it."""
        row = (at, level, state.scalars[NUMBER_OF_SEGMENT], state.total(level), *state.shown, *self.rows)
        self.turns[self.turned[0]] = row[: self.turns.shape[1]]
        self.turned[0] += 1

    def renumber_segments(self, numbers: Array) -> None:
        """Give each segment the number that it has among those of all writers."""
        for columns in self.columns:
            columns[SEGMENT][:] = numbers[columns[SEGMENT]]
        turned = self.turns[: self.turned[0]]
        turned[:, OF_SEGMENT] = numbers[turned[:, OF_SEGMENT]]

    def is_full(self) -> bool:
        """Tell whether there may be too little memory for what a token can turn."""
        return self.turned[0] + _SPARE // 2 > len(self.turns)

    def grow(self) -> None:
        """Double the memory for turns."""
        self.turns = np.concatenate([self.turns, np.empty_like(self.turns)])


@cache
def kinds_of(tables: Tables, frame: int) -> list[int]:
    """Return the kinds of line that are rows of a frame."""
    return [code for code, kind in enumerate(tables.kinds) if kind.frame == frame]


@cache
def dtypes(tables: Tables, frame: int) -> dict[str, DTypeLike]:
    """Return the columns of a frame of rows."""
    values = {name for code in kinds_of(tables, frame) for name in tables.format.lines[code].values}
    columns: dict[str, DTypeLike] = {}
    for name in tables.format.parts[tables.frames[frame]]:
        columns[name] = np.int64 if name == LINE else np.float64 if name in values else np.int32
    return columns


@cache
def sources(tables: Tables, kind: int) -> dict[str, tuple[str, int]]:
    """Return for each column of a row where its value comes from.

    It is ``("segment", 0)``, ``("shown", level)``, ``("counter", slot)``, ``("last", level)``, ``("value", slot)`` or
    ``("line", 0)``.
    """
    form, own = tables.format, tables.kinds[kind]
    slots = {level: slot for slot, (level, _) in enumerate(own.counters)}
    levels = {form.levels[level].name: level for level in form.path(own.level)}
    found: dict[str, tuple[str, Any]] = {}
    for name in form.parts[tables.frames[own.frame]]:
        if name in (SEGMENT, LINE):
            found[name] = name, 0
        elif name in form.lines[kind].values:
            found[name] = "value", form.lines[kind].values.index(name)
        elif name not in levels:
            continue  # filled in later
        elif levels[name] in slots:
            found[name] = "counter", slots[levels[name]]
        else:
            found[name] = "last" if form.levels[levels[name]].counted else "shown", levels[name]
    return found


@cache
def from_above(tables: Tables, frame: int) -> list[tuple[int, int]]:
    """Return which integer columns of a frame take what stands above its lines: their place, and the level.

    The level is :data:`SEGMENT_LEVEL` for the segment, and -1 for a column that stays missing. All kinds of line that
    are rows of a frame must agree on it, but for those that show the number themselves.
    """
    codes = kinds_of(tables, frame)
    integers = [name for name, dtype in dtypes(tables, frame).items() if dtype == np.int32]
    found = []
    for place, name in enumerate(integers):
        for code in codes:
            source, level = sources(tables, code).get(name, ("nothing", -1))
            if source in (SEGMENT, "shown", "nothing"):
                found.append((place, SEGMENT_LEVEL if source == SEGMENT else level))
                break
    return found

"""The loop over the tokens in plain Python, for installs without the compiled one (:mod:`.native`), and its oracle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metalog.columns import Array
from metalog.formats.model import SEGMENT
from metalog.formats.template import MISSING
from metalog.odometer.kinds import Check, Role
from metalog.odometer.state import ABOVE, IS_NEW_PHASE, NUMBER_OF_SEGMENT, PARTIAL, PHASE, Output, State, sources
from metalog.odometer.tables import Tables
from metalog.scan.tokens import Tokens


@dataclass(slots=True)
class _Column:
    """A column of a frame, and where its value comes from for each kind of line that is a row of it."""

    values: Array
    sources: dict[int, tuple[str, int]]


class Loop:
    """Turns the wheels of one writer, token by token, and writes the rows.

    Parameters
    ----------
    tables
        Those of the format.
    state
        Where the wheels stand; it is changed.
    """

    def __init__(self, tables: Tables, state: State) -> None:
        self._tables, self._state = tables, state
        self._sources = {code: sources(tables, code) for code, kind in enumerate(tables.kinds) if kind.frame >= 0}

    def begin(self, tokens: Tokens, out: Output, first_line: int) -> None:
        """Take the next block; `first_line` is added to the lines of its tokens."""
        self._kinds, self._counters = tokens.kind.tolist(), tokens.counters.T.tolist()
        self._tokens, self._out, self._first_line = tokens, out, first_line
        self._columns = [
            [
                _Column(values, {code: own[name] for code, own in self._sources.items() if name in own})
                for name, values in columns.items()
            ]
            for columns in out.columns
        ]

    def run(self, at: int, judged: bool) -> int:
        """Go on with the token `at`, which has been judged or not.

        Returns
        -------
        int
            The token that must be judged before the loop can go on, or the number of tokens at their end.
        """
        while at < len(self._kinds):
            this, counters = self._this(self._kinds[at]), self._counters[at]
            joins = self._joins(this, counters, judged=judged)
            if not (judged or joins or self._fits(this, counters)):
                return at
            self._apply(at, this, counters, joins=joins)
            if not joins and self._tables.kinds[this].role not in (Role.VALUE, Role.NONE):
                self._state.scalars[ABOVE] = this
            judged = False
            at += 1
        return at

    def this(self, at: int) -> int:
        """Return the kind of a token, as the tables call it."""
        return self._this(self._kinds[at])

    def _this(self, kind: int) -> int:
        upper = self._tables.kinds[self._state.scalars[ABOVE]]
        is_below = upper.role is Role.OPEN and upper.level == self._tables.kinds[kind].level
        return self._tables.below[kind] if is_below and kind in self._tables.below else kind

    def _joins(self, this: int, counters: list[int], *, judged: bool) -> bool:
        """Tell whether a line belongs to the present turn of its level, which another line has begun."""
        kind, state = self._tables.kinds[this], self._state
        if not kind.joins or (state.seen[kind.level] >> this & 1 and not judged):
            return False
        if not judged and (kind.phase not in (MISSING, state.scalars[PHASE]) or state.scalars[IS_NEW_PHASE]):
            return False
        return all(
            counters[slot] != MISSING and state.known[level] and counters[slot] + kind.plus == state.shown[level]
            for slot, (level, _) in enumerate(kind.counters)
            if level >= 0
        )

    def _fits(self, this: int, counters: list[int]) -> bool:
        state = self._state
        kind = self._tables.kinds[this]
        if kind.phase not in (MISSING, state.scalars[PHASE]) or (state.scalars[IS_NEW_PHASE] and kind.counters):
            return False
        pair = self._tables.pair(state.scalars[ABOVE], this)
        if not pair.fits or (pair.counted and pair.last):
            return False
        if any(state.count(level) != state.steady[level] for level in pair.counted):
            return False
        return all(
            self._checks(level, check, counters[slot], kind.plus) for slot, (level, check) in enumerate(kind.counters)
        )

    def _checks(self, level: int, check: Check, number: int, plus: int) -> bool:
        state = self._state
        if check is Check.FREE:
            return True
        if number == MISSING:
            return False
        if check is Check.SAME:
            return bool(state.known[level]) and number == state.shown[level]
        if check is Check.GROW:
            return bool(state.known[level]) and number + plus > state.last[level]
        return number + plus == state.place(level) + 1

    def _apply(self, at: int, this: int, counters: list[int], *, joins: bool) -> None:
        """Turn the wheels, unless the line joins a turn, and write the row if it is one."""
        tables, state, kind = self._tables, self._state, self._tables.kinds[this]
        if joins:
            state.seen[kind.level] |= 1 << this
            if kind.frame >= 0:
                self._write(at, this, counters)
            return
        own = MISSING
        for slot, (level, check) in enumerate(kind.counters):
            if check in (Check.NEXT, Check.GROW):
                own = counters[slot] if counters[slot] == MISSING else counters[slot] + kind.plus
            elif check is Check.SAME and counters[slot] == MISSING:
                state.known[level] = 0
            elif check is Check.SAME:
                state.last[level], state.lost[level], state.known[level] = counters[slot], 0, 1
                state.shown[level] = counters[slot]
        if kind.level >= 0 and tables.levels[kind.level].counted:
            own = state.last[kind.level] + 1
        if kind.role in (Role.OPEN, Role.ROW) and kind.level >= 0:
            state.turn(kind.level, own)
            if kind.joins:
                state.seen[kind.level] = 1 << this
        if kind.role is Role.OPEN:
            if kind.level in tables.format.path(tables.optional):
                state.scalars[PARTIAL] = 0
            if kind.level in tables.kept:
                self._out.add_turn(at, kind.level, state)
        if kind.frame >= 0:
            self._write(at, this, counters)

    def _write(self, at: int, this: int, counters: list[int]) -> None:
        state, frame = self._state, self._tables.kinds[this].frame
        row = self._out.rows[frame]
        for column in self._columns[frame]:
            source, index = column.sources.get(this, ("nothing", 0))
            if source == "counter":
                value: float = counters[index]
            elif source == "value":
                value = self._tokens.values[index, at]
            elif source == SEGMENT:
                value = state.scalars[NUMBER_OF_SEGMENT]
            elif source == "line":
                value = int(self._tokens.line[at]) + self._first_line
            elif source == "nothing":
                value = np.nan if column.values.dtype == np.float64 else MISSING
            else:
                value = state.shown[index] if source == "shown" else state.last[index]
            column.values[row] = value
        self._out.rows[frame] = row + 1

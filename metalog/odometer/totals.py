"""Counts the turns of a level through the turns of the level around it."""

from __future__ import annotations

from metalog.formats.template import MISSING
from metalog.odometer.state import State
from metalog.odometer.tables import Tables


class Totals:
    """Keeps how many turns came before the present one of the level around, as far as anybody can know."""

    def __init__(self, tables: Tables, state: State) -> None:
        self._tables, self._state = tables, state
        self._noted: dict[tuple[int, int], int] = {}

    def go_on(self, level: int, number: int) -> None:
        """Count on: a level turns to its next number, or to one that is missing."""
        inner = self._tables.carried.get(level, -1)
        if inner < 0:
            return
        before = self._state.totals[level]
        if number == self._state.first[level]:
            self._state.totals[level] = 0
        elif before != MISSING:
            self._state.totals[level] = before + self._state.count(inner)

    def lose(self, level: int, *, begins: bool) -> None:
        """Count on over a lost header; `begins` tells that the first turn inside begins at once."""
        if level not in self._tables.carried:
            return
        if self._state.place(level) == self._state.first[level] - 1 and not self._state.lost[level]:
            self._state.totals[level] = 0 if begins else MISSING
        else:
            self.go_on(level, MISSING)

    def forget(self) -> None:
        """Nobody knows how many turns came before."""
        for level in self._tables.carried:
            self._state.totals[level] = MISSING

    def recall(self, level: int, number: int) -> None:
        """Go back to a number that may have come before."""
        if level in self._tables.carried:
            first = self._state.first[level]
            self._state.totals[level] = 0 if number == first else self._noted.get((level, number), MISSING)

    def note(self, level: int, number: int) -> None:
        """Remember how many turns came before a number."""
        if level in self._tables.carried:
            self._noted[level, number] = self._state.totals[level]

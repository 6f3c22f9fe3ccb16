"""How many are usual: the turns of a level within the level around it."""

from __future__ import annotations

from dataclasses import dataclass

from metalog.odometer.state import State
from metalog.odometer.tables import Tables


@dataclass(slots=True)
class Consensus:
    """The usual count, learnt as the counts come in.

    The first count is taken for usual; a different one is unusual, but two equal ones in a row are the new usual. So
    one odd count is reported once, and a log that changes its shape for good is reported once too.
    """

    usual: int | None = None
    last: int | None = None

    def differs(self, count: int) -> int | None:
        """Take the next count; return the usual one if it differs from that."""
        usual, last = self.usual, self.last
        self.last = count
        if usual is None or count in (usual, last):
            self.usual = count
            return None
        return usual


class Counts:
    """The usual shape of a log: how many there are of every level that is counted.

    The last ones before an outer level is closed may be fewer, so they are held against other last ones, and only the
    first of them against those before. A level that rows are numbered by is expected to have as many turns as the level
    of that name.
    """

    def __init__(self, tables: Tables, state: State) -> None:
        self._tables, self._state = tables, state
        counted = [level for level in range(len(tables.levels)) if tables.is_counted(level)]
        self._usual = {(level, last): Consensus() for level in counted for last in (False, True)}
        names = {tables.levels[level].name: level for level in counted if not tables.levels[level].counted}
        self._namesakes = {
            names[tables.levels[level].name]: level
            for level in counted
            if tables.levels[level].counted and tables.levels[level].name in names
        }

    def usual(self, level: int) -> int | None:
        """Return how many turns of a level are usual, None while that is unknown."""
        return self._usual[level, False].usual

    def take(self, level: int, count: int, *, last: bool) -> int | None:
        """Take how many turns of a level there were; return the usual number if it differs from that."""
        if level in self._namesakes and count > 0:
            self._expect(level, self._namesakes[level], count)
        consensus = self._usual[level, last]
        if last and consensus.usual is None:
            consensus.usual = self._usual[level, False].usual
        differs = consensus.differs(count)
        if not last:
            self._state.steady[level] = count if consensus.usual == consensus.last == count else -1
        return differs

    def _expect(self, level: int, namesake: int, count: int) -> None:
        known = (self._usual[level, False], self._usual[namesake, False], self._usual[namesake, True])
        if all(consensus.usual is None for consensus in known):
            self._usual[namesake, False].usual = count

    def what(self, level: int, *, last: bool = False) -> str:
        """Say what is counted: ``steps in the epoch``."""
        around = self._tables.levels[self._tables.parent(level)].word
        return f"{self._tables.levels[level].word}s in the {'last ' * last}{around}"

"""A token that must be judged, with all that a decision needs, and what a decision can do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

from metalog.formats.model import Level
from metalog.formats.template import MISSING
from metalog.odometer import words
from metalog.odometer.kinds import Kind, Pair, Role
from metalog.odometer.state import NUMBER_OF_SEGMENT, PARTIAL, Output, State
from metalog.odometer.tables import Tables
from metalog.odometer.totals import Totals


@cache
def _starting(level: Level, first: int) -> Level:
    return level if level.first == first else replace(level, first=first)


#: A token, a code and a message.
Finding = tuple[int, str, str]


@dataclass(slots=True)
class Case:
    """A token out of order.

    Attributes
    ----------
    tables, state, totals
        Those of the odometer; the wheels still stand as the line above has left them.
    out
        The rows of the block, to which lost turns and new segments are added.
    at
        The token's index.
    above, this
        The kinds of the line above and of its own.
    shown
        The numbers that its line shows, by level.
    found
        What is to be reported.
    """

    tables: Tables
    state: State
    totals: Totals
    out: Output
    at: int
    above: int
    this: int
    shown: dict[int, int]
    found: list[Finding] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return self.tables.kinds[self.this]

    @property
    def upper(self) -> Kind:
        """The kind of the line above."""
        return self.tables.kinds[self.above]

    @property
    def pair(self) -> Pair:
        """What it means below the line above."""
        return self.tables.pair(self.above, self.this)

    @property
    def number(self) -> int:
        """The number that its line shows of the level that it turns."""
        return self.shown.get(self.kind.level, MISSING)

    @property
    def is_below_frame_line(self) -> bool:
        """Whether a line stands above that announces the opening line of a level."""
        return self.upper.role is Role.AROUND and self.above not in self.tables.below.values()

    @property
    def is_closed(self) -> bool:
        """Whether the line above closes a level."""
        return self.tables.closes(self.above)

    @property
    def is_again(self) -> bool:
        """Whether the line above is the same opening line."""
        if self.above != self.this or self.kind.role is not Role.OPEN:
            return False
        level = self.kind.level
        return level not in self.shown or (self.state.known[level] == 1 and self.number == self.state.last[level])

    def own(self, level: int) -> Level:
        """Return a level, with the number that it starts with in this log."""
        return _starting(self.tables.levels[level], self.state.first[level])

    def word(self, level: int) -> str:
        """Name a level."""
        return self.tables.levels[level].word

    def report(self, code: str, message: str) -> None:
        """Report something."""
        self.found.append((self.at, code, message))

    def report_unclosed(self, but: int = -1) -> None:
        """Report levels that end here without the line that closes them."""
        for level in self.pair.unclosed:
            if level != but:
                number = self.state.last[level] if level in self.tables.format.numbered else MISSING
                self.report("unfinished", words.unclosed(self.tables, level, number))

    def lose(self, level: int, *, begins: bool = False) -> None:
        """Open a level without a number; `begins` tells that the first turn inside it begins here."""
        self.totals.lose(level, begins=begins)
        self.state.turn(level, MISSING)
        if level in self.tables.kept:
            self.out.add_turn(self.at, level, self.state)

    def begin_segment(self) -> None:
        """Begin a new segment."""
        self.state.scalars[NUMBER_OF_SEGMENT] += 1
        self.state.scalars[PARTIAL] = 0
        self.state.phases.clear()
        self.out.segments.append(self.at)
        for level in range(len(self.tables.levels)):  # what is counted beside the level that has gone back
            if self.kind.level < 0 or self.tables.format.path(level)[0] != self.tables.format.path(self.kind.level)[0]:
                self.state.forget(level)

    def start_over(self, message: str) -> None:
        """Begin a new segment that nobody can number."""
        self.report("restart", f"the log starts over: {message}")
        self.totals.forget()
        self.begin_segment()

    def lose_parent(self, level: int) -> None:
        """Report that a level begins anew, but not the one around it: its header is lost, or the log has none."""
        parent = self.tables.parent(level)
        word, last = self.word(level), self.state.place(level)
        lost: tuple[int, ...] = (parent,)
        if self.state.scalars[PARTIAL] and self.tables.optional >= parent >= 0:
            self.start_over(f"{word} {self.state.first[level]} after {word} {last}")
            self.state.scalars[PARTIAL] = 1
            lost = self.tables.format.path(parent)
        else:
            self.report("lost-header", words.parent_lost(self.tables, level, self.state.first[level], last))
        for around in lost:
            self.lose(around)

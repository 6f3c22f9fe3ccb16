"""Tokens of one writer to rows that know where they belong, whatever the size of the pieces.

The loop (:mod:`.native`, or its twin :mod:`.portable`) turns the wheels and writes the rows on the way; only where a
wheel turns otherwise than by one does it ask the :mod:`~metalog.odometer.judge`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from numpy.typing import DTypeLike

from metalog.columns import Columns, allocate
from metalog.formats.model import Format, Summary
from metalog.odometer import words
from metalog.odometer.case import Finding
from metalog.odometer.judge import Judge
from metalog.odometer.kinds import Role
from metalog.odometer.state import ABOVE, PARTIAL, Output, Reserve, State
from metalog.odometer.tables import tables
from metalog.odometer.usual import Counts
from metalog.scan.engines import load
from metalog.scan.tokens import Tokens


class Loop(Protocol):
    """What :class:`metalog.odometer.portable.Loop` does."""

    def begin(self, tokens: Tokens, out: Output, first_line: int) -> None:
        """Take the next block."""

    def run(self, at: int, judged: bool) -> int:
        """Go on until a token must be judged."""
        ...

    def this(self, at: int) -> int:
        """Return the kind of a token, as the tables call it."""
        ...


def own_columns(_: str, dtypes: Mapping[str, DTypeLike], rows: int) -> Columns:
    """Give columns of their own to the rows of each block."""
    return allocate(dtypes, rows)


class Odometer:
    """The wheels of one writer of a log.

    Parameters
    ----------
    form
        The log's format.
    engine
        ``"native"`` or ``"portable"``.
    """

    def __init__(self, form: Format, engine: str) -> None:
        self.tables = tables(form)
        self.state = State(self.tables)
        self._last = -1  # kind of the last line, which may stand beside the levels
        self._counts = Counts(self.tables, self.state)
        self._judge = Judge(self.tables, self.state, self._counts)
        self._loop: Loop = load("odometer", engine).Loop(self.tables, self.state)

    def take(self, tokens: Tokens, first_line: int, reserve: Reserve = own_columns) -> tuple[Output, list[Finding]]:
        """Take the next tokens, in order.

        Parameters
        ----------
        tokens
            A block's.
        first_line
            The number of the block's first line.
        reserve
            Says where the rows' columns go.

        Returns
        -------
        Output
            The rows.
        list of (int, str, str)
            Token, code and message of each thing to be reported.
        """
        out = Output(self.tables, tokens, reserve)
        self._last = int(tokens.kind[-1]) if len(tokens) else self._last
        self._loop.begin(tokens, out, first_line)
        found: list[Finding] = []
        at = self._loop.run(0, False)
        while at < len(tokens):
            found += self._judge.visit(at, self._loop.this(at), tokens.counters[:, at].tolist(), out)
            if out.is_full():
                out.grow()
            at = self._loop.run(at, True)
        return out, found

    def end(self) -> list[tuple[str, str]]:
        """Return what is to be said of the end: codes and messages."""
        closed = self.tables.closes(self.state.scalars[ABOVE])
        if closed and self._lacks_optional():
            ends = [line.shape for line in self.tables.format.lines if line.without]
            return [("no-finish", f"the log ends without '{shape}'") for shape in ends[:1]]
        where = self._unfinished()
        found = [("unfinished", f"the log ends {where}")] if where else []
        return found + (self._more_than_usual() if closed else [])

    def cuts(self, summary: Summary) -> bool:
        """Tell whether the log ends inside a row of a summary."""
        above = self.state.scalars[ABOVE]
        kind = self.tables.kinds[above]
        if self.tables.closes(above) and self._lacks_optional():
            return False
        inside = summary.over in kind.path or (kind.role is Role.OPEN and kind.level == summary.level)
        return inside and bool(self._unfinished())

    def _lacks_optional(self) -> bool:
        return bool(self.state.scalars[PARTIAL])

    def _more_than_usual(self) -> list[tuple[str, str]]:
        """Compare what the end closes with the usual numbers; too few are reported as unfinished."""
        found = []
        for level in reversed(self.tables.kinds[self.state.scalars[ABOVE]].path):
            usual = self._counts.usual(level) if self.tables.is_counted(level) else None
            if usual is not None and self.state.count(level) > usual:
                what = self._counts.what(level)
                found.append(("uneven", f"{what} above: {self.state.count(level)}, usually {usual}"))
        return found

    def _unfinished(self) -> str:
        """Return where the log ends if it is not where a log may end."""
        above = self.state.scalars[ABOVE]
        kind, levels = self.tables.kinds[above], self.tables.levels
        if kind.role is Role.AROUND or (kind.role is Role.OPEN and kind.level in self.tables.framed):
            return f"at {words.opener(self.tables, kind.level)}"
        unclosed = [level for level in kind.path if level in self.tables.closable]
        if self.tables.closes(above):
            return self._fewer_than_usual(kind.path)
        if unclosed and unclosed[0] not in self.tables.format.numbered:
            return f"inside {words.a(levels[unclosed[0]].word)}"
        if kind.role is Role.OPEN and self._last == above:
            return "at the beginning of " + self._place(kind.path)
        return "after " + self._place(kind.path) if unclosed else ""

    def _fewer_than_usual(self, path: tuple[int, ...]) -> str:
        for place in range(len(path), 0, -1):
            level = path[place - 1]
            usual = self._counts.usual(level) if self.tables.is_counted(level) else None
            if usual is not None and self._is_known(level) and self.state.count(level) < usual:
                word = self.tables.levels[level].word
                outside = self._place(path[: place - 1])
                return f"after {word} {self.state.place(level)} of the usual {usual} of {outside}"
        return ""

    def _is_known(self, level: int) -> bool:
        return bool(self.state.known[level] or self.state.lost[level])

    def _place(self, path: tuple[int, ...]) -> str:
        """Name the innermost levels of a path up to the one that a resumed run repeats."""
        levels = self.tables.levels
        begin = max((place for place, level in enumerate(path) if levels[level].resumes), default=0)
        return words.place([(levels[level].word, self.state.shown[level]) for level in reversed(path[begin:])])

"""Collects the diagnostics of a log, in the order of their lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from metalog.diagnostics import IN_STRETCHES, MOST_ALIKE, MOST_KEPT
from metalog.errors import Diagnostic


@dataclass(slots=True)
class DiagnosticLog:
    """Diagnostics, each with the writer in whose lines it was found (None where the line is nobody's).

    Of each code the first thousand are kept, and of damaged lines of the same sort the first ten; all are counted. Of
    values that are not finite the first of each column is kept.
    """

    done: list[tuple[Diagnostic, str | None]] = field(default_factory=list)
    stretch: Diagnostic | None = None
    counts: Counter[str] = field(default_factory=Counter)
    last: dict[str, Diagnostic] = field(default_factory=dict)
    alike: dict[str, list[Diagnostic]] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)

    def add(self, diagnostic: Diagnostic, writer: str | None) -> None:
        """Take the next one."""
        first = self.stretch
        if first is not None:
            if diagnostic.code == first.code in IN_STRETCHES and diagnostic.line == first.line + first.lines:
                self.stretch = replace(first, lines=first.lines + diagnostic.lines)
                return
            self.end_stretch()
        if diagnostic.code in (*IN_STRETCHES, "traceback"):
            self.stretch = diagnostic
        else:
            self._keep(diagnostic, writer)

    def extend(self, last: int, message: str) -> None:
        """Let a traceback go on to the line `last`."""
        if self.stretch is not None:
            self.stretch = replace(self.stretch, lines=last - self.stretch.line + 1, message=message)

    def take(self, lines: int, *, ended: bool, goes_on: bool = False) -> list[tuple[Diagnostic, str | None]]:
        """Return what is complete and forget it.

        A stretch that reaches the last of the `lines` read so far may go on, unless the input has `ended`; and so does
        a traceback that `goes_on`.
        """
        if (
            self.stretch is not None
            and (ended or not goes_on)
            and (ended or self.stretch.line + self.stretch.lines <= lines)
        ):
            self.end_stretch()
        taken, self.done = self.done, []
        return taken + [(one, None) for one in self._rests()] if ended else taken

    def _keep(self, diagnostic: Diagnostic, writer: str | None) -> None:
        if diagnostic.code == "not-finite":
            column = diagnostic.message.partition(" is ")[0]
            if column in self.columns:
                return
            self.columns.add(column)
        self.counts[diagnostic.code] += 1
        if diagnostic.code == "malformed" and self._is_one_more(diagnostic):
            return
        if self.counts[diagnostic.code] <= MOST_KEPT:
            self.done.append((diagnostic, writer))
        else:
            self.last[diagnostic.code] = diagnostic

    def _is_one_more(self, diagnostic: Diagnostic) -> bool:
        """Count a damaged line, if enough of its sort were listed; say no if not, or where sorts are too many."""
        seen = self.alike.get(diagnostic.message)
        if seen is None:
            if len(self.alike) < MOST_KEPT:
                self.alike[diagnostic.message] = [diagnostic, replace(diagnostic, lines=1)]
            return False
        seen[1] = replace(diagnostic, lines=seen[1].lines + 1)
        return seen[1].lines > MOST_ALIKE

    def _rests(self) -> Iterator[Diagnostic]:
        for first, last in self.alike.values():
            if (more := last.lines - MOST_ALIKE) > 0:
                yield replace(last, lines=more, message=f"{more:,} more lines like line {first.line}: {last.message}")
        yield from map(self._rest, self.last)

    def _rest(self, code: str) -> Diagnostic:
        last, more = self.last[code], self.counts[code] - MOST_KEPT
        return replace(last, message=f"{more:,} more of this code up to here; the first {MOST_KEPT:,} are listed")

    def end_stretch(self) -> None:
        """Take the lines that the last diagnostic stands for to be all of them."""
        first, self.stretch = self.stretch, None
        if first is None:
            return
        if first.lines > 1:
            last = first.line + first.lines - 1
            first = replace(first, message=f"{first.message} (lines {first.line} to {last})")
        self._keep(first, None)

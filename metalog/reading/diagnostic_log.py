"""Collects the diagnostics of a log, in the order of their lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from metalog.diagnostics import IN_STRETCHES, MOST_KEPT
from metalog.errors import Diagnostic


@dataclass(slots=True)
class DiagnosticLog:
    """Diagnostics, each with the writer in whose lines it was found (None where the line is nobody's).

    Of each code the first thousand are kept; all are counted.
    """

    done: list[tuple[Diagnostic, str | None]] = field(default_factory=list)
    stretch: Diagnostic | None = None
    counts: Counter[str] = field(default_factory=Counter)
    last: dict[str, Diagnostic] = field(default_factory=dict)

    def add(self, diagnostic: Diagnostic, writer: str | None) -> None:
        """Take the next one."""
        first = self.stretch
        if first is not None:
            if diagnostic.code == first.code and diagnostic.line == first.line + first.lines:
                self.stretch = replace(first, lines=first.lines + diagnostic.lines)
                return
            self._end_stretch()
        if diagnostic.code in IN_STRETCHES:
            self.stretch = diagnostic
        else:
            self._keep(diagnostic, writer)

    def take(self, lines: int, *, ended: bool) -> list[tuple[Diagnostic, str | None]]:
        """Return what is complete and forget it.

        A stretch that reaches the last of the `lines` read so far may go on, unless the input has `ended`.
        """
        if self.stretch is not None and (ended or self.stretch.line + self.stretch.lines <= lines):
            self._end_stretch()
        taken, self.done = self.done, []
        return taken + [(self._rest(code), None) for code in self.last] if ended else taken

    def _keep(self, diagnostic: Diagnostic, writer: str | None) -> None:
        self.counts[diagnostic.code] += 1
        if self.counts[diagnostic.code] <= MOST_KEPT:
            self.done.append((diagnostic, writer))
        else:
            self.last[diagnostic.code] = diagnostic

    def _rest(self, code: str) -> Diagnostic:
        last, more = self.last[code], self.counts[code] - MOST_KEPT
        return replace(last, message=f"{more:,} more of this code up to here; the first {MOST_KEPT:,} are listed")

    def _end_stretch(self) -> None:
        first, self.stretch = self.stretch, None
        if first is None:
            return
        if first.lines > 1:
            last = first.line + first.lines - 1
            first = replace(first, message=f"{first.message} (lines {first.line} to {last})")
        self._keep(first, None)

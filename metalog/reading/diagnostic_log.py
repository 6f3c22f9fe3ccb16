"""Collects the diagnostics of a log, in the order of their lines."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from metalog.errors import Diagnostic

#: Of these, a stretch of neighbouring lines is one diagnostic.
IN_STRETCHES = frozenset({"noise", "text-before"})


@dataclass(slots=True)
class DiagnosticLog:
    """Diagnostics, each with the writer in whose lines it was found (None where the line is nobody's)."""

    done: list[tuple[Diagnostic, str | None]] = field(default_factory=list)
    stretch: tuple[Diagnostic, int] | None = None

    def add(self, diagnostic: Diagnostic, writer: str | None) -> None:
        """Take the next one."""
        if self.stretch is not None:
            first, lines = self.stretch
            if diagnostic.code == first.code and diagnostic.line == first.line + lines:
                self.stretch = (first, lines + 1)
                return
            self._end_stretch()
        if diagnostic.code in IN_STRETCHES:
            self.stretch = (diagnostic, 1)
        else:
            self.done.append((diagnostic, writer))

    def take(self, lines: int, *, ended: bool) -> list[tuple[Diagnostic, str | None]]:
        """Return what is complete and forget it.

        A stretch that reaches the last of the `lines` read so far may go on, unless the input has `ended`.
        """
        if self.stretch is not None and (ended or self.stretch[0].line + self.stretch[1] <= lines):
            self._end_stretch()
        taken, self.done = self.done, []
        return taken

    def _end_stretch(self) -> None:
        if self.stretch is None:
            return
        first, lines = self.stretch
        self.stretch = None
        if lines > 1:
            first = replace(first, message=f"{first.message} (lines {first.line} to {first.line + lines - 1})")
        self.done.append((first, None))

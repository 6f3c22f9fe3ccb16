"""The lines of a block that belong to tracebacks, or may belong to one that began in the block before."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from metalog.diagnostics import CODES
from metalog.errors import Diagnostic
from metalog.scan.block import ScannedBlock, excerpt
from metalog.scan.failures import Traceback

#: So many lines at the begin of a block may go on with a traceback.
_MOST: Final = 2000


def message_of(traceback: Traceback) -> str:
    """Return what is said of a traceback."""
    said = excerpt(traceback.said)
    return f"the program failed: {said}" if said else "the program failed; the last line of its traceback is missing"


class FailureLines:
    """Takes the lines of a block that were not understood, in order."""

    def __init__(self, into: ScannedBlock) -> None:
        self._into = into
        self._open: Traceback | None = None
        self._first = 0
        self._end, self._leads = 0, True

    def take(self, line: int, start: int, end: int, raw: bytes) -> bool:
        """Take a line if it belongs to a traceback; else say no."""
        if self._open or self._leads:
            follows = not bytes(self._into.block[self._end : start]).strip()
            self._leads &= follows
            if self._open and not (follows and self._open.take(raw)):
                self._open = None
        if self._open:
            self._goes_on(line)
        elif (begun := Traceback.begun(raw)) is not None:
            self._open, self._first = begun, line
            self._into.end_stretch()
            code = CODES["traceback"].severity
            self._into.diagnostics.append(Diagnostic(line, 1, "traceback", code, message_of(begun), excerpt(raw)))
        else:
            return False
        self._into.counts["noise"] += 1
        self._into.rejected.append((start, end))
        self.lead(line, end, raw)
        return True

    def lead(self, line: int, end: int, raw: bytes) -> None:
        """Note a line that was not understood."""
        self._end = end
        if self._leads:
            self._into.leading.append((line, raw))
            self._leads = len(self._into.leading) < _MOST

    def close(self) -> None:
        """Note whether a traceback reaches to the end of the block."""
        if self._open and not bytes(self._into.block[self._end :]).strip():
            self._into.open_traceback = self._open

    def _goes_on(self, line: int) -> None:
        assert self._open is not None
        last = self._into.diagnostics[-1]
        self._into.diagnostics[-1] = replace(last, lines=line - self._first + 1, message=message_of(self._open))

"""Tracebacks that were cut where one block ends and the next begins."""

from __future__ import annotations

from dataclasses import replace

from metalog.errors import Diagnostic
from metalog.scan.block import ScannedBlock, excerpt
from metalog.scan.failure_lines import message_of
from metalog.scan.failures import Traceback


class FailureJoiner:
    """Looks at blocks in order, and lets a traceback go on at the begin of the next one."""

    def __init__(self) -> None:
        self._open: Traceback | None = None

    @property
    def is_open(self) -> bool:
        """Whether a traceback reaches to the end of what was read."""
        return self._open is not None

    @property
    def is_said(self) -> bool:
        """Whether that traceback has its last line: the exception."""
        return self._open is not None and bool(self._open.said)

    def join(self, scanned: ScannedBlock) -> tuple[int, str] | None:
        """Return how the open traceback goes on in a block, None if it doesn't: to which line, and what is said of it.

        What was said of these lines is taken out of the block.
        """
        open_before, self._open = self._open, scanned.open_traceback
        if open_before is None:
            return None
        if not scanned.leading:
            self._open = self._open if bytes(scanned.block).strip() else open_before
            return None
        taken = 0
        for _, raw in scanned.leading:
            if not open_before.take(raw):
                break
            taken += 1
        if not taken:
            return None
        last = scanned.leading[taken - 1][0]
        if last == scanned.leading[-1][0] and _reaches_end(scanned, last):
            self._open = open_before
        scanned.diagnostics = _behind(scanned, last, dict(scanned.leading))
        return last, message_of(open_before)


def _reaches_end(scanned: ScannedBlock, last: int) -> bool:
    return not b"".join(bytes(scanned.block).splitlines()[last + 1 :]).strip()


def _behind(scanned: ScannedBlock, last: int, leading: dict[int, bytes]) -> list[Diagnostic]:
    """Return the diagnostics of a block without those of its lines up to `last`."""
    kept = []
    for one in scanned.diagnostics:
        if one.line > last:
            kept.append(one)
        elif (more := one.line + one.lines - 1 - last) > 0:
            kept.append(replace(one, line=last + 1, lines=more, text=excerpt(leading.get(last + 1, b""))))
    return kept

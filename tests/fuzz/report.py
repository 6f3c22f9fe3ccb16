"""How much was tried, how fast, and whether memory grows."""

from __future__ import annotations

import resource
import sys
import time

_EVERY = 10.0


class Progress:
    """Counts inputs, lines and bytes, and says on stderr every ten seconds how far it is."""

    def __init__(self) -> None:
        self.inputs = self.lines = self.bytes = 0
        self._begin = self._said = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._begin

    def add(self, lines: int, size: int, note: str) -> None:
        """Count one input."""
        self.inputs += 1
        self.lines += lines
        self.bytes += size
        if time.monotonic() - self._said > _EVERY:
            self._said = time.monotonic()
            print(f"{self}; {note}", file=sys.stderr, flush=True)

    def __str__(self) -> str:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return (
            f"{self.inputs:,} inputs, {self.lines:,} lines, {self.bytes / 1e6:,.0f} MB in {self.seconds:.0f} s, "
            f"peak memory {peak:.0f} MB"
        )

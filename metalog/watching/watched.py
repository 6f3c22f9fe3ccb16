"""A log that is looked at again and again, and how long it has been silent."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import Final

from metalog.printable import printable
from metalog.reading.finding_parser import FindingParser
from metalog.reading.follow import Update
from metalog.reading.known import AnyFormat
from metalog.runs.verdict import Verdict
from metalog.sources.tail import Tail
from metalog.watching.live import Live

#: By so much a curve must have grown before a rise that began while it was watched is believed.
_GROWTH: Final = 1.1


class Watched:
    """One log that is watched; a context manager.

    Parameters
    ----------
    path
        A plain text log on disk, which need not exist yet.
    patience
        Seconds without a line after which it is stalled; three times the longest silence that ended, if that is more.
    format
        As for :func:`metalog.read`.

    Attributes
    ----------
    live
        Where it is.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        patience: float = 180.0,
        format: AnyFormat | None = None,  # noqa: A002 - what a log has
    ) -> None:
        self.path = Path(path)
        self.live = Live(printable(str(path)))
        self._patience, self._format = patience, format
        self._tail = Tail(path)
        self._parser = self._begin()
        self._seen: float | None = None
        self._longest = 0.0
        self._diverged: float | None = None

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self._tail.__exit__()

    def look(self, now: float | None = None) -> bool:
        """Read what is new; tell whether there was something. Errors are those of :func:`metalog.follow`."""
        now = time.time() if now is None else now
        generation, came = self._tail.generation, False
        for data in iter(self._tail.read, b""):
            if self._tail.generation != generation:
                self._parser, generation = self._begin(), self._tail.generation
            self._parser.feed(data)
            came = True
        if not came:  # enough time for a format that must be guessed, and for a traceback to be written
            self._parser.settle()
            self._parser.settle_failure()
        if (rows := self._parser.take()) is not None and (rows.counts or rows.diagnostic_records):
            self.live.add(Update(rows, generation), now)
        if came:
            self._note(now)
        return came

    def close(self) -> None:
        """Take the log as it is: what waits for its end too. Nothing more can be read then."""
        self.live.add(Update(self._parser.close(), self._tail.generation))

    @property
    def idle(self) -> float | None:
        """Seconds since the last sign of life, None before the first."""
        return None if self._seen is None else max(time.time() - self._seen, 0.0)

    def judge(self) -> Verdict:
        """Return the verdict as of now."""
        return self.live.judge(self.idle, max(self._patience, 3 * self._longest))

    def bad(self, judged: Verdict) -> tuple[str, ...]:
        """Return what is bad about the run: see :attr:`metalog.runs.verdict.Verdict.bad`.

        Whoever looks often sees many a rise that is none. So one that was not there at the first look must last until
        the curve has grown by a tenth.
        """
        turns = self.live.turns
        if judged.course != "diverged":
            self._diverged = None if self._seen is None else math.inf
            return judged.bad
        if self._diverged is None:  # at the first look
            self._diverged = 0.0
        self._diverged = min(self._diverged, _GROWTH * turns)
        return tuple(word for word in judged.bad if word != "diverged" or turns >= self._diverged)

    def _begin(self) -> FindingParser:
        return FindingParser(printable(str(self.path)), self._format, self.path)

    def _note(self, now: float) -> None:
        """Note a sign of life: what was there before the first look came when the file was written last."""
        if self._seen is None:
            self._seen = min(self.path.stat().st_mtime, now) if self.path.exists() else now
        else:
            self._longest, self._seen = max(self._longest, now - self._seen), now

"""Lines that a terminal, a notebook or numpy has wrapped: put together again where that gives a record."""

from __future__ import annotations

import re

from metalog.formats.line import Line
from metalog.formats.model import Format

#: Lines that one record may be wrapped over.
MOST_LINES = 8
_PIECE = tuple[int, int, int]


def heads(form: Format) -> re.Pattern[bytes]:
    """Return the pattern of what a record begins with, at the begin of a line."""
    return re.compile(rb"^[ \t]*(?:" + b"|".join(sorted(filter(None, map(_head, _lines(form))))) + rb")", re.MULTILINE)


class Joiner:
    """Finds the lines that are a record together."""

    def __init__(self, form: Format) -> None:
        self._heads = heads(form)
        self._patterns = [pattern for line in _lines(form) for pattern in line.patterns]

    def join(self, pieces: list[_PIECE], raws: list[bytes]) -> dict[int, tuple[bytes, int]]:
        """Return for the first line of each record, by its place, the record and how many lines it takes.

        Parameters
        ----------
        pieces
            Number, start and end of lines that are no record.
        raws
            Their bytes.
        """
        found: dict[int, tuple[bytes, int]] = {}
        place = 0
        while place < len(raws):
            joined = self._joined(pieces, raws, place)
            if joined is not None:
                found[place] = joined
            place += joined[1] if joined else 1
        return found

    def _joined(self, pieces: list[_PIECE], raws: list[bytes], begin: int) -> tuple[bytes, int] | None:
        if not self._heads.match(raws[begin]):
            return None
        text = raws[begin]
        for place in range(begin + 1, min(begin + MOST_LINES, len(raws))):
            follows = pieces[place][0] == pieces[place - 1][0] + 1
            if not follows or self._heads.match(raws[place]):
                return None
            text += raws[place]
            if any(pattern.fullmatch(text) for pattern in self._patterns):
                return text, place - begin + 1
        return None


def _lines(form: Format) -> list[Line]:
    return [line for line in form.lines if not line.comment]


def _head(line: Line) -> bytes:
    return re.escape(line.parts[0].encode()) if isinstance(line.parts[0], str) else b""

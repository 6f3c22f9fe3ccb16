"""Sorts the lines that match no template as they are: prefixed records, comments, and what is reported."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from metalog.diagnostics import CODES, IN_STRETCHES
from metalog.errors import Diagnostic
from metalog.scan.block import Comment, ScannedBlock, excerpt
from metalog.scan.cutter import shorten
from metalog.scan.nearest import NearestKind
from metalog.scan.prefixes import PrefixStripper, Stripped
from metalog.scan.tokens import OddLines, Tokens


@dataclass(slots=True)
class Records:
    """Lines of the format that stood behind something else, in order.

    ``texts`` are the lines without it, ``places`` their numbers and starts in the block, ``writers`` who wrote them.
    """

    texts: list[bytes] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    writers: list[int] = field(default_factory=list)

    def place(self, tokens: Tokens) -> None:
        """Give the tokens of these lines their places in the block."""
        tokens.line[:], tokens.start[:] = np.array(self.places, np.int32).T


class OddLineSorter:
    """Sorts the odd lines of one block after the other."""

    def __init__(self, stripper: PrefixStripper, nearest: NearestKind) -> None:
        self._stripper, self._nearest = stripper, nearest

    def sort(self, odd: OddLines, into: ScannedBlock) -> Records:
        """Add what the lines turn out to be to the block; return the records, which are to be scanned yet."""
        records, writers = Records(), {"": 0}
        for line, start, end in zip(odd.line.tolist(), odd.start.tolist(), odd.end.tolist(), strict=True):
            raw = shorten(bytes(into.block[start:end]))
            stripped = self._stripper.strip(raw)
            writer = writers.setdefault(stripped.writer, len(writers))
            if stripped.kind == "record":
                records.texts.append(stripped.text)
                records.places.append((line, start))
                records.writers.append(writer)
                _record(into, line, raw, stripped)
            elif stripped.kind == "comment":
                into.counts["comment"] += 1
                into.comments.append(Comment(line, writer, stripped.text[2:].decode("utf-8", "replace")))
            elif stripped.kind == "other":
                self._other(into, line, raw, stripped.text)
                into.rejected.append((start, end))
            else:
                into.counts[stripped.kind] += 1
            if b"\0" in raw:
                _nul(into, line, raw)
        into.end_stretch()
        into.writers = tuple(writers)
        return records

    def _other(self, into: ScannedBlock, line: int, raw: bytes, text: bytes) -> None:
        into.counts["noise"] += 1
        if nearest := self._nearest.find(text):
            kind, follows = nearest
            part = f"no {kind} line from column {_column(raw, text, follows)} on"
            message = part if follows < len(text) else f"no whole {kind} line: cut, or behind other text"
            _report(into, line, _column(raw, text, follows), "malformed", message, raw)
        else:
            _report(into, line, 1, "noise", "not a line of the format", raw)


def _record(into: ScannedBlock, line: int, raw: bytes, stripped: Stripped) -> None:
    into.counts["decorated"] += 1
    if stripped.before:
        column = _column(raw, stripped.before + stripped.text, len(stripped.before))
        _report(into, line, column, "text-before", "a record follows other text on its line", raw)


def _nul(into: ScannedBlock, line: int, raw: bytes) -> None:
    if b"\0[... " in raw and b" bytes left out ...]\0" in raw:
        _report(into, line, 1, "long-line", "the line is too long; its middle was not looked at", raw)
    else:
        column = raw.find(b"\0") + 1
        _report(into, line, column, "nul-bytes", "NUL bytes in the line", raw.replace(b"\0", "␀".encode()))


def _report(into: ScannedBlock, line: int, column: int, code: str, message: str, raw: bytes) -> None:
    """Report something, or let the last diagnostic stand for this line too."""
    last = into.diagnostics[-1] if into.diagnostics else None
    if code in IN_STRETCHES and last is not None and (last.code, last.line + into.more) == (code, line - 1):
        into.more += 1
        return
    into.end_stretch()
    into.diagnostics.append(Diagnostic(line, column, code, CODES[code].severity, message, excerpt(raw)))


def _column(raw: bytes, bare: bytes, place: int) -> int:
    """Return the column of a place in a bare line, counted in the raw one; colours in it can't be counted."""
    return len(raw[: max(raw.find(bare), 0) + place].decode("utf-8", "replace")) + 1

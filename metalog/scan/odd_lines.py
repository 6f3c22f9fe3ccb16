"""Sorts the lines that match no template as they are: prefixed records, comments, and what is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from metalog.diagnostics import CODES, IN_STRETCHES
from metalog.errors import Diagnostic
from metalog.formats.model import Format
from metalog.scan.block import Comment, ScannedBlock, excerpt
from metalog.scan.cutter import shorten
from metalog.scan.failure_lines import FailureLines
from metalog.scan.failures import says_killed
from metalog.scan.nearest import NearestKind
from metalog.scan.prefix_shapes import PrefixShapes
from metalog.scan.prefixes import PrefixStripper, Stripped, is_utf_16
from metalog.scan.tokens import Block, OddLines, Scanned, Tokens
from metalog.scan.wraps import Joiner

#: Lines that are sorted at a time.
_FIRST, _LATER = 64, 1 << 13


@dataclass(slots=True)
class Records:
    """Lines of the format that stood behind something else, in order.

    ``texts`` are the lines without it, ``places`` their numbers and starts in the block, ``writers`` who wrote them.
    """

    texts: list[bytes] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    writers: list[int] = field(default_factory=list)

    def add(self, text: bytes, line: int, start: int, writer: int) -> None:
        """Take the next one."""
        self.texts.append(text)
        self.places.append((line, start))
        self.writers.append(writer)

    def place(self, tokens: Tokens) -> None:
        """Give the tokens of these lines their places in the block."""
        tokens.line[:], tokens.start[:] = np.array(self.places, np.int32).T


class OddLineSorter:
    """Sorts the odd lines of one block after the other; may be used by several threads at once."""

    def __init__(self, form: Format, scan: Callable[[Block], Scanned]) -> None:
        self._format, self._scan = form, scan
        self._shapes = PrefixShapes()

    @cached_property
    def _stripper(self) -> PrefixStripper:
        return PrefixStripper(self._format)

    @cached_property
    def _joiner(self) -> Joiner:
        return Joiner(self._format)

    @cached_property
    def _nearest(self) -> NearestKind:  # its patterns take long to compile, and a sound log needs none
        return NearestKind(self._format)

    def sort(self, odd: OddLines, into: ScannedBlock) -> Records:
        """Add what the lines turn out to be to the block; return the records, which are to be scanned yet."""
        records, writers, failures = Records(), {"": 0}, FailureLines(into)
        lines = list(zip(odd.line.tolist(), odd.start.tolist(), odd.end.tolist(), strict=True))
        begin, size = 0, _FIRST
        while begin < len(lines):  # what the first lines have in front is looked for behind them
            self._sort(lines[begin : begin + size], into, records, writers, failures)
            begin, size = begin + size, _LATER
        failures.close()
        into.end_stretch()
        into.writers = tuple(writers)
        return records

    def _sort(
        self,
        lines: list[tuple[int, int, int]],
        into: ScannedBlock,
        records: Records,
        writers: dict[str, int],
        failures: FailureLines,
    ) -> None:
        raws = [shorten(bytes(into.block[start:end])) for _, start, end in lines]
        guessed = self._guess(raws)
        wrapped = self._joiner.join(lines, raws) if self._format.wraps else {}
        goes_on = 0  # so many lines belong to the record above
        for place, (line, start, end) in enumerate(lines):
            if goes_on:
                goes_on -= 1
            elif place in wrapped:
                text, size = wrapped[place]
                goes_on = size - 1
                into.counts["wrapped"] += goes_on
                records.add(text, line, start, 0)
            elif place in guessed:
                text, name = guessed[place]
                into.counts["decorated"] += 1
                records.add(text, line, start, writers.setdefault(name, len(writers)))
            elif not failures.take(line, start, end, raws[place]):
                stripped = self._stripper.strip(raws[place])
                writer = writers.setdefault(stripped.writer, len(writers))
                if stripped.kind == "record":
                    records.add(stripped.text, line, start, writer)
                    self._record(into, line, raws[place], stripped)
                elif stripped.kind == "comment":
                    into.counts["comment"] += 1
                    into.comments.append(Comment(line, writer, stripped.text[2:].decode("utf-8", "replace")))
                else:
                    self._no_record(into, (line, start, end), raws[place], stripped, failures)
                if b"\0" in raws[place] and not is_utf_16(raws[place]):
                    _nul(into, line, raws[place])

    def _guess(self, raws: list[bytes]) -> dict[int, tuple[bytes, str]]:
        """Return the lines that are records behind a prefix that was seen before: their text and their writer."""
        guesses = {place: guess for place, raw in enumerate(raws) if (guess := self._shapes.guess(raw)) is not None}
        if not guesses:
            return {}
        places = list(guesses)
        found = self._scan(b"\n".join(text for text, _ in guesses.values()) + b"\n").tokens.line.tolist()
        return {places[index]: guesses[places[index]] for index in found}

    def _record(self, into: ScannedBlock, line: int, raw: bytes, stripped: Stripped) -> None:
        into.counts["decorated"] += 1
        if stripped.before:
            column = _column(raw, stripped.before + stripped.text, len(stripped.before))
            _report(into, line, column, "text-before", "a record follows other text on its line", raw)
        elif raw.rstrip(b" \t").endswith(stripped.text):
            self._shapes.learn(raw.rstrip(b" \t").removesuffix(stripped.text))

    def _no_record(
        self, into: ScannedBlock, place: tuple[int, int, int], raw: bytes, stripped: Stripped, failures: FailureLines
    ) -> None:
        if stripped.kind != "other":
            into.counts[stripped.kind] += 1
            return
        line, start, end = place
        self._other(into, line, raw, stripped.text)
        into.rejected.append((start, end))
        failures.lead(line, end, raw)

    def _other(self, into: ScannedBlock, line: int, raw: bytes, text: bytes) -> None:
        into.counts["noise"] += 1
        if says_killed(text):
            _report(into, line, 1, "killed", f"the program was ended: {excerpt(text.strip())}", raw)
        elif nearest := self._nearest.find(text):
            _report(into, line, _column(raw, text, nearest.follows), "malformed", nearest.message, raw)
        else:
            _report(into, line, 1, "noise", "not a line of the format", raw)


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

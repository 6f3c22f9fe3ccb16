"""The scan engine in plain Python, from the format's patterns: needs no compiler; oracle of the compiled one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from metalog.formats.model import Format, Line
from metalog.formats.template import MAX_COUNTER, MISSING
from metalog.scan.tokens import LONGEST_LINE, Block, OddLines, Scanned, Tokens

_LINE = re.compile(rb"[^\n\r]*(?:\r\n|\n|\r)")
_DIGITS_OF_MAX = len(str(MAX_COUNTER))
#: Kind, counters and values of a line.
Row = tuple[int, tuple[int, ...], tuple[float, ...]]


def counter(digits: bytes) -> int:
    """Return the number, or ``MISSING`` if it is larger than a frame can hold."""
    if len(digits) > _DIGITS_OF_MAX:
        digits = digits.lstrip(b"0") or b"0"
    if len(digits) > _DIGITS_OF_MAX:
        return MISSING
    number = int(digits)
    return number if number <= MAX_COUNTER else MISSING


class Engine:
    """Scans blocks for the lines of a format."""

    def __init__(self, form: Format) -> None:
        self.format = form

    def match_line(self, line: bytes) -> Row | None:
        """Return what a line without its line end says, or None."""
        if len(line) > LONGEST_LINE:
            return None
        for code, kind in self.format.matched:
            if found := kind.pattern.fullmatch(line):
                return self._row(code, kind, found)
        return None

    def _row(self, code: int, kind: Line, found: re.Match[bytes]) -> Row:
        counters, values = [], []
        for field, text in zip(kind.fields, found.groups(), strict=True):
            if field.type == "int":
                counters.append(counter(text))
            else:
                values.append(float(text))
        counters += [MISSING] * (self.format.counter_slots - len(counters))
        values += [0.0] * (self.format.value_slots - len(values))
        return code, tuple(counters), tuple(values)

    def scan(self, block: Block) -> Scanned:
        """Cut a block of whole lines (each with its line end) and match each line."""
        block = bytes(block)
        rows: list[Row] = []
        places: list[tuple[int, int]] = []
        odd: list[tuple[int, int, int]] = []
        number, blank = -1, 0
        for number, (start, end) in enumerate(_lines(block)):
            line = block[start:end]
            row = self.match_line(line)
            if row is not None:
                rows.append(row)
                places.append((number, start))
            elif not line.strip(b" \t"):
                blank += 1
            else:
                odd.append((number, start, end))
        columns = np.array(odd, np.int32).reshape(-1, 3).T
        return Scanned(self._tokens(rows, places), OddLines(*map(np.ascontiguousarray, columns)), number + 1, blank)

    def _tokens(self, rows: list[Row], places: list[tuple[int, int]]) -> Tokens:
        tokens = Tokens.reserve(self.format, len(rows))
        for index, ((kind, counters, values), (line, start)) in enumerate(zip(rows, places, strict=True)):
            tokens.kind[index], tokens.line[index], tokens.start[index] = kind, line, start
            tokens.counters[:, index], tokens.values[:, index] = counters, values
        return tokens


def _lines(block: bytes) -> Iterator[tuple[int, int]]:
    for found in _LINE.finditer(block):
        end = found.end()
        end -= 2 if block.endswith(b"\r\n", found.start(), end) else 1
        yield found.start(), end

"""The scan engine in plain Python, from the format's patterns: needs no compiler; oracle of the compiled one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

import numpy as np

from metalog.formats.line import Line
from metalog.formats.model import Format
from metalog.formats.template import MAX_COUNTER, MISSING, Part, fields
from metalog.scan.numbers import to_float, to_percent, to_seconds
from metalog.scan.tokens import LONGEST_LINE, Block, OddLines, Scanned, Tokens

_LINE = re.compile(rb"[^\n\r]*(?:\r\n|\n|\r)")
_DIGITS_OF_MAX = len(str(MAX_COUNTER))
#: Kind, counters, values, and where texts begin and end.
Row = tuple[int, list[int], list[float], list[int]]
_READ: dict[str, Callable[[bytes], float]] = {
    "float": to_float,
    "whole": to_float,
    "percent": to_percent,
    "duration": to_seconds,
}


def counter(digits: bytes) -> int:
    """Return the number, or ``MISSING`` if it is larger than a frame can hold, or negative."""
    digits = digits.removeprefix(b"+")
    if digits[:1] == b"-":
        return MISSING
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
        self._nothing = 0.0 if form.exact else math.nan

    def match_line(self, line: bytes) -> Row | None:
        """Return what a line without its line end says, or None."""
        if len(line) > LONGEST_LINE:
            return None
        for code, kind in self.format.matched:
            for parts, pattern in zip(kind.variants, kind.patterns, strict=True):
                if found := pattern.fullmatch(line):
                    return self._row(code, kind, parts, found)
        return None

    def _row(self, code: int, kind: Line, parts: tuple[Part, ...], found: re.Match[bytes]) -> Row:
        form, size = self.format, self.format.text_slots
        counters, values = [MISSING] * form.counter_slots, [self._nothing] * form.value_slots
        texts = [MISSING] * (2 * size)
        for group, field in enumerate(fields(parts), 1):
            text = found[group]
            if text is None or not field.is_kept:
                continue
            if field.type == "int":
                counters[kind.counters.index(field.name)] = counter(text)
            elif field.type in _READ:
                values[kind.values.index(field.name)] = _READ[field.type](text)
            else:
                slot = kind.texts.index(field.name)
                texts[slot], texts[size + slot] = found.span(group)
        return code, counters, values, texts

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
        for index, ((kind, counters, values, texts), (line, start)) in enumerate(zip(rows, places, strict=True)):
            tokens.kind[index], tokens.line[index], tokens.start[index] = kind, line, start
            tokens.counters[:, index], tokens.values[:, index] = counters, values
            tokens.texts[:, index] = [place + start if place >= 0 else place for place in texts]
        return tokens


def _lines(block: bytes) -> Iterator[tuple[int, int]]:
    for found in _LINE.finditer(block):
        end = found.end()
        end -= 2 if block.endswith(b"\r\n", found.start(), end) else 1
        yield found.start(), end

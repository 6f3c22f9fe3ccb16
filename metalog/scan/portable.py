"""The scan engine in plain Python, from the grammar's patterns: needs no compiler; oracle of the compiled one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from metalog.formats.grammar import KINDS, MAX_COUNTER, MISSING, Kind
from metalog.scan.tokens import LONGEST_LINE, Block, Matches, Odd, Scanned

_LINE = re.compile(rb"[^\n\r]*(?:\r\n|\n|\r)")
_DIGITS_OF_MAX = len(str(MAX_COUNTER))
Row = tuple[int, int, int, float, float]


def matchable(kind: Kind) -> bool:
    """Tell whether the engines match `kind`; comments, whose text is free, are told apart later."""
    return all(field.type != "text" for field in kind.fields)


#: Longest templates first, as in the compiled engine: the most frequent kinds have the most fields.
_ORDERED = sorted(filter(matchable, KINDS), key=lambda kind: -len(kind.fields))


def counter(digits: bytes) -> int:
    """Return the number, or ``MISSING`` if it is larger than a frame can hold."""
    if len(digits) > _DIGITS_OF_MAX:
        digits = digits.lstrip(b"0") or b"0"
    if len(digits) > _DIGITS_OF_MAX:
        return MISSING
    number = int(digits)
    return number if number <= MAX_COUNTER else MISSING


def match_line(line: bytes) -> Row | None:
    """Return code, two counters and two floats of a line without its line end, or None."""
    if len(line) > LONGEST_LINE:
        return None
    for kind in _ORDERED:
        if found := kind.pattern.fullmatch(line):
            return _row(kind, found)
    return None


def _row(kind: Kind, found: re.Match[bytes]) -> Row:
    counters, floats = [MISSING, MISSING], [0.0, 0.0]
    seen_counters = seen_floats = 0
    for field, text in zip(kind.fields, found.groups(), strict=True):
        if field.type == "int":
            counters[seen_counters] = counter(text)
            seen_counters += 1
        else:
            floats[seen_floats] = float(text)
            seen_floats += 1
    return kind.code, counters[0], counters[1], floats[0], floats[1]


def _lines(block: bytes) -> Iterator[tuple[int, int]]:
    for found in _LINE.finditer(block):
        end = found.end()
        end -= 2 if block.endswith(b"\r\n", found.start(), end) else 1
        yield found.start(), end


def scan(block: Block) -> Scanned:
    """Cut a block of whole lines (each with its line end) and match each line."""
    block = bytes(block)
    rows: list[Row] = []
    places: list[tuple[int, int]] = []
    odd: list[tuple[int, int, int]] = []
    number = -1
    for number, (start, end) in enumerate(_lines(block)):
        row = match_line(block[start:end])
        if row is None:
            odd.append((number, start, end))
        else:
            rows.append(row)
            places.append((number, start))
    return Scanned(_matches(rows, places), _odd(odd), number + 1)


def _matches(rows: list[Row], places: list[tuple[int, int]]) -> Matches:
    kind, first, second, loss, accuracy = zip(*rows, strict=True) if rows else ((),) * 5
    line, start = zip(*places, strict=True) if places else ((),) * 2
    return Matches(
        np.array(kind, np.uint8),
        np.array(first, np.int32),
        np.array(second, np.int32),
        np.array(loss, np.float64),
        np.array(accuracy, np.float64),
        np.array(line, np.int32),
        np.array(start, np.int32),
    )


def _odd(odd: list[tuple[int, int, int]]) -> Odd:
    columns = np.array(odd, np.int32).reshape(-1, 3).T
    return Odd(*(np.ascontiguousarray(column) for column in columns))

"""Values that are not finite, or less than the least, or more than the greatest, that a format says they can be."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metalog.diagnostics import CODES
from metalog.errors import Diagnostic
from metalog.formats.line import Line
from metalog.formats.model import Format
from metalog.formats.template import fields
from metalog.scan.block import ScannedBlock

_CODE, _NOT_FINITE = "out-of-range", "not-finite"
#: How a value that is no number is written; what is missing in a line is nan too, but nobody wrote it.
_NAN: Final = re.compile(rb"\bnan\b", re.IGNORECASE)
#: So many lines of a block are looked at for a column, and so much of each.
_MOST_TRIED, _LONGEST = 100, 1 << 12
_SPELLINGS: Final = (b"nan", b"NaN", b"NAN")


def check_ranges(form: Format, scanned: ScannedBlock) -> None:
    """Add a diagnostic for each value of a block that is out of its range; the value itself stays as it is."""
    for name, least, greatest in form.ranges:
        for slot in sorted({line.values.index(name) for line in form.lines if name in line.values}):
            values = scanned.tokens.values[slot]
            if not len(values) or (values.min() >= least and values.max() <= greatest):
                continue  # as a rule; one that is nan makes both comparisons false
            outside = np.flatnonzero((values < least) | (values > greatest)).tolist()
            scanned.diagnostics += _found(form, scanned, outside, (name, slot), (least, greatest))


def _found(
    form: Format, scanned: ScannedBlock, outside: list[int], value: tuple[str, int], bounds: tuple[float, float]
) -> Iterator[Diagnostic]:
    name, slot = value
    span = "from {:g} to {:g}".format(*bounds)
    for token in outside:
        line = form.lines[scanned.tokens.kind[token]]
        if line.values[slot : slot + 1] == (name,):
            message = f"{name} {_told(float(scanned.tokens.values[slot, token]), bounds)} is not {span}"
            number, text = int(scanned.tokens.line[token]), scanned.text(token)
            yield Diagnostic(number, 1, _CODE, CODES[_CODE].severity, message, text)


def _told(value: float, bounds: tuple[float, float]) -> str:
    """Return a value in few digits, but not so few that it would seem to lie within the bounds."""
    short = f"{value:g}"
    return repr(value) if bounds[0] <= float(short) <= bounds[1] else short


def check_finite(form: Format, scanned: ScannedBlock) -> None:
    """Add a diagnostic for the first value of each column in a block that is nan or infinite."""
    tokens = scanned.tokens
    odd = ~np.isfinite(tokens.values)
    if not odd.any():
        return
    if not form.exact:
        odd &= np.isinf(tokens.values) | _has_nan(scanned)
    first: dict[str, tuple[int, int]] = {}
    for code, line in enumerate(form.lines):
        for slot, name in enumerate(line.values):
            places = np.flatnonzero(odd[slot] & (tokens.kind == code)).tolist()
            if not form.exact:
                places = [token for token in places[:_MOST_TRIED] if name in _printed(scanned, line, token)]
            if places:
                first[name] = min(first.get(name, (len(tokens), 0)), (places[0], slot))
    for name, (token, slot) in sorted(first.items(), key=lambda pair: pair[1]):
        message, number = f"{name} is {tokens.values[slot, token]:g}", int(tokens.line[token])
        severity = CODES[_NOT_FINITE].severity
        scanned.diagnostics.append(Diagnostic(number, 1, _NOT_FINITE, severity, message, scanned.text(token)))


def _printed(scanned: ScannedBlock, line: Line, token: int) -> Collection[str]:
    """Return the values that a line shows: all that it may have where something stands in front of it."""
    start = int(scanned.tokens.start[token])
    text = re.split(rb"[\r\n]", bytes(scanned.block[start : start + _LONGEST]), maxsplit=1)[0]
    for parts, pattern in zip(line.variants, line.patterns, strict=True):
        if found := pattern.fullmatch(text):
            return {field.name for group, field in enumerate(fields(parts), 1) if found[group] is not None}
    return line.values


def _has_nan(scanned: ScannedBlock) -> NDArray[np.bool_]:
    """Tell which tokens have the word in their lines."""
    block, found = bytes(scanned.block), np.zeros(len(scanned.tokens), np.bool_)
    if any(spelling in block for spelling in _SPELLINGS):
        places = [match.start() for match in _NAN.finditer(block)]
        found[np.searchsorted(scanned.tokens.start, places, side="right") - 1] = True
    return found

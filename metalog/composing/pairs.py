"""Free pairs: ``key: value, other=value`` to columns. Each key becomes one."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from metalog.columns import Array, Columns
from metalog.formats.model import LINE, SEGMENT
from metalog.scan.numbers import to_float, to_percent, to_seconds

#: Keys of one frame that become columns; each takes memory for every row.
MOST_KEYS: Final = 1000

_PAIR = re.compile(
    r"""(?P<quote>['"]?)(?P<key>[A-Za-z_](?:[^:='"{}\[\](),;|\t\n]|,(?=\d))*?)(?P=quote)[ ]*(?::(?![/\\])|=)[ \t]*
        (?:(?P<string>'[^']*'|"[^"]*")|(?P<value>\[[^\[\]]*\]|[^\s,;|}]+(?:[ ]days?,[ ][\d:.]+)?))
        (?:[ \t]*\((?P<average>[^()]*)\))?""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf(?:inity)?|nan)", re.IGNORECASE)
_GLUED = re.compile(r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?P<unit>[A-Za-z/]+)")
_TENSOR = re.compile(r"tensor\(([^(),]+)")
_DURATION = re.compile(r"(?:\d+ days?, )?\d+:\d\d(?::\d\d)?(?:\.\d+)?|(?:\d+(?:\.\d*)?(?:ms|min|[smhd])(?![A-Za-z]))+")


def to_pairs(text: str) -> dict[str, float | str]:
    """Return the pairs of a text, in order: numbers as floats, percentages as fractions, durations in seconds."""
    found: dict[str, float | str] = {}
    for pair in _PAIR.finditer(text):
        key = re.sub(r"\s+", "_", pair["key"].strip())
        if not key or key in found:
            continue
        found[key] = pair["string"][1:-1] if pair["string"] is not None else to_value(pair["value"])
        if pair["average"] and _NUMBER.fullmatch(pair["average"].strip()):
            found[f"{key}_average"] = float(pair["average"])
    return found


def to_value(text: str) -> float | str:
    """Return what a value says: a number if it is one, with or without a unit, else the text itself."""
    text = text.rstrip(".") if text.count(".") > 1 else text
    if _NUMBER.fullmatch(text):
        return float(text)
    if text.endswith("%") and _NUMBER.fullmatch(text[:-1]):
        return to_percent(text.encode())
    if _DURATION.fullmatch(text):
        return to_seconds(text.encode())
    if glued := _GLUED.fullmatch(text):
        return float(glued["number"])
    if tensor := _TENSOR.match(text):
        return to_float(tensor[1].encode())
    return text


def write_pairs(into: Columns, codes: Array, rows: Array, known: Array, number: int) -> None:
    """Add the columns that the free pairs of lines give: of numbers if all their values are, else of texts.

    Parameters
    ----------
    into
        The columns so far; new ones are added.
    codes, rows
        Of each line the code of its text, and its row.
    known
        The texts by code.
    number
        How many rows there are.
    """
    found: dict[str, list[tuple[int, float | str]]] = {}
    parsed = {code: to_pairs(known[code] or "") for code in set(codes.tolist())}
    for code, row in zip(codes.tolist(), rows.tolist(), strict=True):
        for key, value in parsed[code].items():
            if key in found or len(found) < MOST_KEYS:
                found.setdefault(key, []).append((row, value))
    for key, values in found.items():
        name = f"{key}_" if key in (SEGMENT, LINE) else key
        numbers = all(isinstance(value, float) for _, value in values)
        column = into.setdefault(name, np.full(number, np.nan) if numbers else np.full(number, None, object))
        if column.dtype == float and not numbers:
            into[name] = column = np.array([None if value != value else str(value) for value in column], object)
        for row, value in values:
            column[row] = value if column.dtype == float else str(value)

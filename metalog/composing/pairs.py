"""Free pairs: ``key: value, other=value`` to columns. Each key becomes one.

A text is read once from left to right. Words before a ``:`` or ``=`` make its key, back to the last comma, tab, ``;``,
``|``, lone ``-`` or value; what is no pair is stepped over. In a text cut by ``|``, ``word number`` is a pair too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from metalog.columns import Array, Columns
from metalog.formats.model import LINE, SEGMENT
from metalog.scan.numbers import to_float, to_percent, to_seconds

#: Keys of one frame that become columns; each takes memory for every row.
MOST_KEYS: Final = 1000

_TOKEN = re.compile(
    r"""(?P<end>[,;|\t]|(?<![^\s])-(?=\s))|(?P<is>[:=](?!//))|(?P<quoted>'[^']{0,200}'|"[^"]{0,200}")
        |(?P<aside>\([^()]{0,200}\))|(?P<word>[^\s:=,;|(){}\[\]"]+)|.""",
    re.VERBOSE | re.DOTALL,
)
_VALUE = re.compile(
    r"""[ \t]*(?:'(?P<single>[^']{0,200})'|"(?P<double>[^"]{0,200})"|(?P<list>\[[^\[\]]{0,400}\])
        |(?P<days>\d+\ days?,\ [\d:.]+)|(?P<plain>tensor\([^()]{0,200}\)|[^\s,;|{}()\[\]'"]+))""",
    re.VERBOSE,
)
_AVERAGE = re.compile(r"[ \t]*\([ \t]*([^()\s]{1,40})[ \t]*\)")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf(?:inity)?|nan)", re.IGNORECASE)
_GLUED = re.compile(r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?P<unit>[A-Za-z/]+)")
_TENSOR = re.compile(r"tensor\(([^(),]+)")
_DURATION = re.compile(
    r"(?:\d+ days?, )?\d+:\d\d(?::\d\d)?(?:\.\d+)?|(?:\d+(?:\.\d*)?(?:ms|us|min|[smhd])(?![A-Za-z]))+"
)


def to_pairs(text: str) -> dict[str, float | str]:
    """Return the pairs of a text, in order: numbers as floats, percentages as fractions, durations in seconds."""
    found: dict[str, float | str] = {}
    cells = " | " in text
    words: list[str] = []
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        assert token is not None  # any character is one
        place = token.end()
        if token["aside"] or (token["word"] and token["word"][0] in "+-.0123456789" and not cells):
            words = []  # no key begins with a number
        elif token["word"] or token["quoted"]:
            words.append((token["quoted"] or token["word"]).strip("'\""))
        elif token["end"]:
            _add_cell(found, words, cells)
            words = []
        elif token["is"] and words and (value := _VALUE.match(text, place)):
            key, words, place = "_".join(words), [], value.end()
            found.setdefault(key, _value(value))
            if average := _AVERAGE.match(text, place):
                if _NUMBER.fullmatch(average[1]):
                    found.setdefault(f"{key}_average", float(average[1]))
                place = average.end()
    _add_cell(found, words, cells)
    return found


def _add_cell(found: dict[str, float | str], words: list[str], cells: bool) -> None:
    """Take ``word number`` for a pair where a text is cut by ``|``."""
    if cells and len(words) == 2 and not _NUMBER.fullmatch(words[0]) and isinstance(value := to_value(words[1]), float):
        found.setdefault(words[0], value)


def _value(found: re.Match[str]) -> float | str:
    text = next(text for text in found.groups() if text is not None)
    if found["list"] and "," not in text:
        text = text[1:-1].strip()
    return to_value(text)


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


def column_name(key: str, names: Sequence[tuple[str, str]]) -> str:
    """Return what a key is called as a column: as the first pattern says that fits it, else as it is."""
    for pattern, name in names:
        before, star, behind = pattern.partition("*")
        if not star and key == pattern:
            return name
        fits = len(key) >= len(before) + len(behind) and key.startswith(before) and key.endswith(behind)
        if star and fits:
            return name.replace("*", key[len(before) : len(key) - len(behind)], 1)
    return f"{key}_" if key in (SEGMENT, LINE) else key


def write_pairs(
    into: Columns, texts: Sequence[str], rows: Array, number: int, names: Sequence[tuple[str, str]] = ()
) -> None:
    """Add the columns that the free pairs of lines give: of numbers if most of their values are, else of texts.

    A damaged value among numbers is missing.

    Parameters
    ----------
    into
        The columns so far; new ones are added.
    texts, rows
        Of each line its pairs, and its row.
    number
        How many rows there are.
    names
        What keys are called as columns; see :func:`column_name`.
    """
    found: dict[str, list[tuple[int, float | str]]] = {}
    for text, row in zip(texts, rows.tolist(), strict=True):
        for key, value in to_pairs(text).items():
            if key in found or len(found) < MOST_KEYS:
                found.setdefault(key, []).append((row, value))
    for key, values in found.items():
        _write(into, column_name(key, names), values, number)


def _write(into: Columns, name: str, values: list[tuple[int, float | str]], number: int) -> None:
    numbers = 2 * sum(isinstance(value, float) for _, value in values) > len(values)
    column = into.setdefault(name, np.full(number, np.nan) if numbers else np.full(number, None, object))
    if column.dtype == float and not numbers:
        into[name] = column = np.array([None if value != value else str(value) for value in column], object)
    for row, value in values:
        if column.dtype != float:
            column[row] = str(value)
        elif isinstance(value, float):
            column[row] = value

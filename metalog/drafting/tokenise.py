"""A line as literal text and numbers, in turns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: Signs that stand for a number of each sort in a shape.
SIGNS: Final = {"number": "\0", "percent": "\1", "duration": "\2", "list": "\3", "date": "\4"}
_WORDS = (
    "epoch ep step iter iteration it batch minibatch episode round update trial fold task generation cycle timestep"
)
#: Words before a number that count something.
COUNTERS: Final = frozenset((*_WORDS.split(), "global_step"))

_COUNT = r"(?i:epoch|episode|step|iteration|iter|batch|round)"
_DIGITS = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
_NOT_FINITE = r"[+-]?(?:nan|NaN|inf|Infinity)(?!\w)"
_LOOSE = rf"(?:{_DIGITS}|{_NOT_FINITE})"
_GAP = r"(?:\s*,\s*|\s+)"
#: Two or three integers are a place, as in [1, 2000], and no list.
_LIST = rf"(?!\[\s*\d+(?:\s*,\s*\d+){{1,2}}\s*\])\[\s*{_LOOSE}(?:{_GAP}{_LOOSE})+\s*,?\s*\]"
_PIECE = re.compile(
    rf"""
    (?P<date>\d{{4}}[-/]\d\d[-/]\d\d(?=[ T,_]))
  | (?P<duration>(?:\d+\ days?,\ )?\d+:\d\d(?::\d\d(?:\.\d+)?)?(?![\w:])|(?:\d+(?:\.\d+)?(?:ms|min|[smhd]))+(?!\w))
  | (?P<list>{_LIST})
  | (?P<plain>(?<![\w.]){_NOT_FINITE}|tensor\({_LOOSE}[^()]*\))
  | (?P<number>(?>{_DIGITS}))(?P<percent>\ ?%)?(?![A-Za-z_]*\d|\.\d)
  | (?P<text>{_COUNT}[-_\#]?(?=\d)|[A-Za-z_][\w@.'-]*[^\w\[.+-]*|\d[\w.]*|[^\w\[.+-]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was printed: its sort is a key of :data:`SIGNS`."""

    text: str
    sort: str = "number"


Piece = str | Number


def tokenise(line: str) -> list[Piece]:
    """Return the pieces of a line, in order; no two literal ones follow each other."""
    pieces: list[Piece] = []
    begin = 0
    for found in _PIECE.finditer(line):
        sort = found.lastgroup or "text"
        if sort == "text" or (sort in ("number", "percent") and _is_hyphen(found, line)):
            continue
        if found.start() > begin:
            pieces.append(line[begin : found.start()])
        pieces.append(_number(found, sort))
        begin = found.end()
    if begin < len(line):
        pieces.append(line[begin:])
    return pieces


def _is_hyphen(found: re.Match[str], line: str) -> bool:
    """Tell whether a sign stands between two things, and so is none: 5-way, 1-2."""
    before = line[found.start() - 1 : found.start()]
    return found[0][0] in "+-" and (before.isalnum() or before in ("_", ")", "]"))


def _number(found: re.Match[str], sort: str) -> Number:
    if sort in ("number", "percent"):
        return Number(found["number"], sort)
    return Number(found[0], "number" if sort == "plain" else sort)


def shape(pieces: list[Piece]) -> str:
    """Return what all lines of one kind have in common: the text, with a sign for each number.

    Runs of blanks count as one, and between a bracket or another sign and a number as none: ``[ 10/782]``.
    """
    text = "".join(_BLANKS.sub(" ", piece) if isinstance(piece, str) else SIGNS[piece.sort] for piece in pieces)
    return re.sub(r"(?<=[\[(:=|/,#]) (?=[\0-\4])", "", text).strip()

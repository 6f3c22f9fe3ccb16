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
  | (?P<counted>{_COUNT}[-_\#]?(?=\d))
  | (?P<plain>(?<![\w.]){_NOT_FINITE}|tensor\({_LOOSE}[^()]*\))
  | (?P<word>[A-Za-z_][\w@.'-]*)
  | (?P<number>(?>{_DIGITS}))(?P<percent>\ ?%)?(?![A-Za-z_]*\d|\.\d)
  | (?P<glued>\d[\w.]*)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SIGN = re.compile(r"[-+]\Z")
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was printed: its sort is a key of :data:`SIGNS`."""

    text: str
    sort: str = "number"


Piece = str | Number


def tokenise(line: str) -> list[Piece]:
    """Return the pieces of a line: literal text and numbers, in order; text of every sort is joined."""
    pieces: list[Piece] = []
    for found in _PIECE.finditer(line):
        piece = _piece(found, line)
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _piece(found: re.Match[str], line: str) -> Piece:
    sort, text = found.lastgroup or "other", found[0]
    if sort in ("number", "percent"):
        before = line[found.start() - 1 : found.start()]
        if (before.isalnum() or before in "_)]") and before and _SIGN.match(text[:1]):
            return text  # a hyphen between two things is no sign: 5-way, 1-2
        return Number(found["number"], "percent" if found["percent"] else "number")
    if sort == "plain":
        return Number(text)
    return Number(text, sort) if sort in ("date", "duration", "list") else text


def shape(pieces: list[Piece]) -> str:
    """Return what all lines of one kind have in common: the text, with a sign for each number.

    Runs of blanks count as one, and between a bracket or another sign and a number as none: ``[ 10/782]``.
    """
    text = "".join(_BLANKS.sub(" ", piece) if isinstance(piece, str) else SIGNS[piece.sort] for piece in pieces)
    return re.sub(r"(?<=[\[(:=|/,#]) (?=[\0-\4])", "", text).strip()

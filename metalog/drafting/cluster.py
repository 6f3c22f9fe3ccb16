"""Lines of one shape: a kind of line, with what stood in each of its fields."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from metalog.drafting.clean import strip_prefix
from metalog.drafting.tokenise import Number, Piece, shape, tokenise
from metalog.drafting.wholes import whole_lines

#: So many shapes are told apart; a log that shows more prints something else than records.
_MOST_SHAPES: Final = 20_000
#: So many lines of each kind are kept as they were, for the declaration's sample.
SAMPLES: Final = 3
#: Of a longer line, the begin tells the shape.
_LONGEST: Final = 4000
_LONGEST_HEAD: Final = 400
_LAST_WORDS = re.compile(r"[^,;|\t(){}\[\]:]*[:=\s(\[]*\Z")


@dataclass(slots=True)
class Column:
    """A field of a kind of line: what was printed there, and what the draft makes of it.

    ``role`` is ``"value"``, ``"counter"`` (then ``name`` is a level), ``"key"``
    (it names the number behind it), or ``"unused"``. ``padded`` tells that some of
    the numbers stand behind blanks that others lack.
    """

    sort: str
    texts: list[str] = field(default_factory=list)
    before: str = ""
    after: str = ""
    padded: bool = False
    name: str = ""
    role: str = "value"

    @property
    def integers(self) -> bool:
        """Whether it never showed anything but integers without a sign."""
        return self.sort == "number" and all(text.isdecimal() and text.isascii() for text in self.texts)

    @property
    def constant(self) -> bool:
        """Whether all lines show the same."""
        return len(set(self.texts)) == 1


@dataclass(slots=True)
class Kind:
    """All lines of one shape, in order.

    ``literals`` has one part more than ``columns``: the text before, between and behind them. ``lines`` are the
    numbers of the lines, ``firsts`` is how the first ones looked.
    """

    shape: str
    firsts: list[str] = field(default_factory=list)
    literals: list[str] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    @property
    def first(self) -> str:
        """How the first line looked."""
        return self.firsts[0]

    @property
    def head(self) -> str:
        """What stands before the words of the first value."""
        place = next((number for number, column in enumerate(self.columns) if column.role == "value"), -1)
        text = "".join(self.literals[: place + 1] if place >= 0 else self.literals)[:_LONGEST_HEAD]
        return _LAST_WORDS.sub("", text)

    @property
    def counters(self) -> list[Column]:
        """The columns that count, in the order of the line."""
        return [column for column in self.columns if column.role == "counter"]

    @property
    def values(self) -> list[Column]:
        """The columns that are kept as values."""
        return [column for column in self.columns if column.role == "value"]


@dataclass(slots=True)
class Shapes:
    """What a log is made of.

    ``kinds`` are those with numbers, in the order of their first lines; ``texts`` are lines without numbers: where
    each of them stood. ``numbered`` counts the lines with numbers.
    """

    kinds: list[Kind]
    texts: dict[str, list[int]]
    numbered: int
    bars: bool
    wraps: bool


def cluster(lines: Iterable[str]) -> Shapes:
    """Sort the lines of a log by their shapes."""
    kinds: dict[str, Kind] = {}
    texts: dict[str, list[int]] = {}
    numbered, bars, wraps = 0, False, False
    for whole in whole_lines(lines):
        text = strip_prefix(whole.text)
        pieces = tokenise(text[:_LONGEST])
        if any(isinstance(piece, Number) for piece in pieces):
            numbered, bars, wraps = numbered + 1, bars or whole.is_bar, wraps or whole.parts > 1
            own = shape(pieces)
            if own not in kinds and len(kinds) < _MOST_SHAPES:
                kinds[own] = _kind(own, pieces)
            if own in kinds:
                _add(kinds[own], whole.number, text, pieces)
        elif text and (text in texts or len(texts) < _MOST_SHAPES):
            texts.setdefault(text, []).append(whole.number)
    return Shapes(list(kinds.values()), texts, numbered, bars, wraps)


def _kind(own: str, pieces: list[Piece]) -> Kind:
    literals, numbers = [""], []
    for piece in pieces:
        if isinstance(piece, str):
            literals[-1] = piece
        else:
            numbers.append(piece)
            literals.append("")
    columns = [
        Column(number.sort, before=before, after=after)
        for number, before, after in zip(numbers, literals, literals[1:], strict=False)
    ]
    return Kind(own, literals=literals, columns=columns)


def _add(kind: Kind, line: int, text: str, pieces: list[Piece]) -> None:
    kind.lines.append(line)
    if len(kind.firsts) < SAMPLES:
        kind.firsts.append(text)
    before, place = "", 0
    for piece in pieces:
        if isinstance(piece, str):
            before = piece
            continue
        column = kind.columns[place]
        column.texts.append(piece.text)
        if _blank_end(before) != _blank_end(kind.literals[place]):
            column.padded = True
        before, place = "", place + 1


def _blank_end(text: str) -> bool:
    return text[-1:] in (" ", "\t")

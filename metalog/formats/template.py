"""Templates of lines: text with fields in it, cut into parts that can be matched and written. Standard library only.

docs/format.md tells the fields. A line is matched from left to right, every part takes as much as it can, and nothing
is tried twice: so the time that a line takes grows with its length only, whatever the template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from metalog.errors import UsageError

#: The largest counter that a frame can hold; a line with a larger one is kept, its counter missing.
MAX_COUNTER: Final = 2**31 - 2
#: Stands for "no counter" or "a counter that could not be read" wherever counters are plain integers.
MISSING: Final = -1
#: Types of field that are a level's number, floats, and text.
COUNTERS: Final = ("int",)
VALUES: Final = ("float", "whole", "percent", "duration")
TEXTS: Final = ("word", "choice", "list", "pairs")

_PLACEHOLDER = re.compile(
    r"(?P<doubled>\{\{|\}\}|<<|>>)|\(\?(?P<optional>)|\{(?P<pairs>\*)\}"
    r"|\{(?P<int>\w+)(?::(?:(?P<width>\d+)|(?P<words>[^{}:]+)))?\}"
    r"|<(?P<float>\w+)(?P<sort>%|~|\[\])?>|(?P<text>…)"
)
_NOT_IN_A_LINE = re.compile("[^\t -\x7e\xa0-\u2027\u202a-\U0010ffff]")
_EXACT_FLOAT = rb"-?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|inf|nan)"
_WORDS = rb"[iI][nN][fF](?:[iI][nN][iI][tT][yY])?+|[nN][aA][nN]"
_BLANKS = rb"[ \t]*+"
_UNIT = rb"(?:ms|us|min|[smhd])(?![A-Za-z])"
_NAMED = rb"[A-Za-z_][\w@./'-]*+[\"']?[ \t]*+[:=](?!//)[ \t]*+[^\s:=]"
_CELL = rb"\w++ [\d.]"
#: What free pairs can't do without: ``name: value``, ``name=value``, or ``name value`` in a cell of its own.
_A_PAIR = rb"[ \t]*+(?:%b|%b|[^\n\r]*?(?:(?<![\w@./-])%b|\| %b))" % (_CELL, _NAMED, _NAMED, _CELL)


def _number(point: bytes = rb"\.[0-9]*+") -> bytes:
    return rb"(?>[+-]?(?:(?:[0-9]++(?:" + point + rb")?+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+|" + _WORDS + rb"))"


_CLOCK = rb"(?>(?:[0-9]++ days?, )?+[0-9]++:[0-9][0-9](?::[0-9][0-9])?+(?:\.[0-9]++)?+)"
_SPAN = rb"(?>(?:[0-9]++(?:\.[0-9]*+)?+" + _UNIT + rb")++)"


@dataclass(frozen=True, slots=True)
class Field:
    """A variable part of a line.

    Attributes
    ----------
    name
        Its name; one that begins with ``_`` is matched, and not kept.
    type
        ``"int"`` (a level's number), ``"whole"`` (another integer), ``"float"``, ``"percent"``, ``"duration"``,
        ``"list"``, ``"word"``, ``"choice"``, ``"pairs"`` or ``"text"`` (the rest of the line, kept in a comment only).
    width
        Of a right-aligned integer.
    exact
        Whether it matches only what metalog itself writes.
    words
        The choices, the longest first.
    full_stop
        Whether a point follows, which then is no part of a number.
    """

    name: str
    type: str
    width: int = 0
    exact: bool = True
    words: tuple[str, ...] = ()
    full_stop: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether it gives a column."""
        return not self.name.startswith("_")

    @property
    def pattern(self) -> bytes:
        """The regular expression, with one group, that matches this field's bytes."""
        if self.exact and self.type == "int":
            return (rb" *" if self.width else rb"") + rb"([0-9]+)"
        if self.exact and self.type == "float":
            return rb"(" + _EXACT_FLOAT + rb")"
        return (b"" if self.type in ("text", "word", "choice") else _BLANKS) + b"(" + self._loose() + b")"

    def _loose(self) -> bytes:
        number = _number(rb"\.[0-9]++" if self.full_stop else rb"\.[0-9]*+")
        if self.type == "choice":
            return rb"(?>" + b"|".join(re.escape(word.encode()) for word in self.words) + rb")"
        return {
            "int": rb"[+-]?[0-9]++",
            "whole": rb"[+-]?[0-9]++",
            "float": rb"(?>tensor\(" + number + rb"[^()\n\r]*+\)|" + number + rb")",
            "percent": number + rb"(?:[ \t]?+%)?+",
            "duration": rb"(?>" + _CLOCK + rb"|" + _SPAN + rb"|" + number + rb")",
            "list": rb"(?>\[(?:[ \t,]++|" + _number() + rb")*+\]|" + _number() + rb"(?:[ \t,]++" + _number() + rb")*+)",
            "word": rb"(?:[0-9A-Za-z_.@/+-]|[\x80-\xff])++",
            "pairs": rb"(?=" + _A_PAIR + rb")[^\n\r]*",
            "text": rb".*",
        }[self.type]

    def render(self, value: object) -> str:
        """Write `value` as the template demands; raise ValueError if it can't be written."""
        if self.type in ("int", "whole"):
            return self._render_integer(value)
        if self.type in VALUES:
            return _render_float(self.type, float(value))  # type: ignore[arg-type]  # float() refuses what it can't take
        if self.type == "list":
            return "[" + ", ".join(repr(float(one)) for one in value) + "]"  # type: ignore[attr-defined]  # a sequence
        if self.type == "pairs":
            return ", ".join(f"{key}: {_pair(one)}" for key, one in value.items())  # type: ignore[attr-defined]  # a dict
        text = str(value)
        if _NOT_IN_A_LINE.search(text):
            what = "a comment" if self.type == "text" else self.name
            raise ValueError(f"{what} must be a single line without control characters, not {text!r}")
        if self.type in ("word", "choice") and not re.fullmatch(self._loose(), text.encode()):
            raise ValueError(f"{self.name} can't be {text!r}")
        return text

    def _render_integer(self, value: object) -> str:
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise ValueError(f"{self.name} must be an integer, not {value!r}")
        number = int(value.__index__())
        if self.type == "int" and not 0 <= number <= MAX_COUNTER:
            raise ValueError(f"{self.name} must be from 0 to {MAX_COUNTER}, not {number}")
        return f"{number:{self.width or ''}}"


def _render_float(sort: str, value: float) -> str:
    if sort not in ("percent", "duration") or value - value != 0:  # nan and infinities have no unit
        return repr(value)
    from decimal import Decimal

    return f"{Decimal(repr(value)).scaleb(2):f}%" if sort == "percent" else f"{Decimal(repr(value)):f}s"


def _pair(value: object) -> str:
    return repr(value) if isinstance(value, int | float) else str(value)


@dataclass(frozen=True, slots=True)
class Blanks:
    """A run of blanks, any of which matches."""


@dataclass(frozen=True, slots=True)
class Optional:
    """A part that a line may lack; none of its own parts is optional."""

    parts: tuple[Part, ...]


Part = str | Field | Blanks | Optional


def flat(parts: tuple[Part, ...]) -> Iterator[str | Field | Blanks]:
    """Yield the parts, in place of an optional one its own."""
    for part in parts:
        if isinstance(part, Optional):
            yield from flat(part.parts)
        else:
            yield part


def fields(parts: tuple[Part, ...]) -> Iterator[Field]:
    """Yield the fields, those in optional parts too."""
    return (part for part in flat(parts) if isinstance(part, Field))


def cut(template: str, *, exact: bool = True) -> tuple[Part, ...]:
    """Return the parts of a template, in order.

    Raises
    ------
    UsageError
        If an optional part does not end, or holds another.
    """
    parts = tuple(_parts(template if exact else template.strip(" \t"), exact))
    if len(parts) > 2 and isinstance(parts[-2], Blanks) and isinstance(parts[-1], Field) and parts[-1].type == "text":
        parts = (*parts[:-2], Optional(parts[-2:]))  # nothing may be left
    following = (*parts[1:], "")
    return tuple(_with_point(part, after) for part, after in zip(parts, following, strict=True))


def _with_point(part: Part, following: Part) -> Part:
    points = isinstance(following, str) and following.startswith(".")
    if isinstance(part, Field) and points:
        return replace(part, full_stop=True)
    if isinstance(part, Optional) and part.parts:
        return Optional(tuple(_with_point(one, after) for one, after in pairwise((*part.parts, following))))
    return part


def _parts(template: str, exact: bool) -> Iterator[Part]:
    literal, place = "", 0
    while match := _PLACEHOLDER.search(template, place):
        literal += template[place : match.start()]
        place = match.end()
        if match["doubled"]:
            literal += match["doubled"][0]
            continue
        yield from _pieces(literal, exact)
        literal = ""
        if match["optional"] is None:
            yield _field(match, exact)
            continue
        end = _end_of_optional(template, place)
        inner = tuple(_parts(template[place:end], exact))
        if any(isinstance(part, Optional) for part in inner):
            raise UsageError(f"an optional part holds another in {template!r}")
        yield Optional(inner)
        place = end + 1
    yield from _pieces(literal + template[place:], exact)


def _end_of_optional(template: str, begin: int) -> int:
    depth = 1
    for place in range(begin, len(template)):
        depth += {"(": 1, ")": -1}.get(template[place], 0)
        if not depth:
            return place
    raise UsageError(f"the optional part that begins with '(?' has no ')' in {template!r}")


def _pieces(literal: str, exact: bool) -> Iterator[Part]:
    """Yield a literal, its blanks on their own where they need not be exact."""
    if exact:
        yield from filter(None, [literal])
        return
    for piece in re.split(r"([ \t]+)", literal):
        if piece:
            yield Blanks() if piece.isspace() else piece


def _field(match: re.Match[str], exact: bool) -> Field:
    if match["pairs"]:
        return Field("*", "pairs", exact=exact)
    if match["text"]:
        return Field("text", "text", exact=exact)
    if match["float"]:
        sort = {None: "float", "%": "percent", "~": "duration", "[]": "list"}[match["sort"]]
        return Field(match["float"], sort, exact=exact)
    if match["words"]:
        words = tuple(sorted(match["words"].split("|"), key=len, reverse=True))
        if words == ("word",):
            return Field(match["int"], "word", exact=exact)
        return Field(match["int"], "choice", exact=exact, words=words)
    return Field(match["int"], "int", int(match["width"] or 0), exact)


def pattern(parts: tuple[Part, ...]) -> bytes:
    """Return the regular expression of a whole line without its line end, one group a field."""
    return b"".join(map(_part_pattern, parts))


def _part_pattern(part: Part) -> bytes:
    if isinstance(part, Field):
        return part.pattern
    if isinstance(part, Blanks):
        return rb"[ \t]++"
    return rb"(?:" + pattern(part.parts) + rb")?+" if isinstance(part, Optional) else re.escape(part.encode())

"""Which kind of line a damaged one was meant to be, and what it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from metalog.formats.line import Line
from metalog.formats.model import Format
from metalog.formats.template import TEXTS, Field, Part, pattern

#: So deep are the patterns nested that tell how far a line follows a template.
_MOST_PIECES = 80
#: What is remembered of lines that are alike but for their digits.
_MOST_REMEMBERED: Final = 10_000
_DIGITS: Final = bytes.maketrans(b"123456789", b"0" * 9)
#: A message shows so many characters of what was found.
_LONGEST_FOUND: Final = 20


@dataclass(frozen=True, slots=True)
class Nearest:
    """The kind of line that a damaged one was meant to be: its name, how many bytes follow it, what is to be said."""

    kind: str
    follows: int
    message: str


class NearestKind:
    """Finds the kind of line whose template a damaged line follows furthest."""

    def __init__(self, form: Format) -> None:
        kinds = [line for line in form.lines if not line.comment]
        self._exact = form.exact  # other formats have plainer words, which other lines may have too
        self._signs = [(kind, _progressive(kind), *sign) for kind in kinds for sign in _signs(kind)]
        self._remembered: dict[bytes, Nearest | None] = {}
        self._any_sign = re.compile(b"|".join(sign.pattern for _, _, sign, _ in self._signs) or rb"(?!)")

    def find(self, text: bytes) -> Nearest | None:
        """Return the kind that a line follows furthest; None if the line has no kind's words.

        Lines that differ in digits alone get the same answer, which is remembered.
        """
        alike = text.translate(_DIGITS)
        if alike not in self._remembered:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[alike] = self._find(text)
        return self._remembered[alike]

    def _find(self, text: bytes) -> Nearest | None:
        if not self._any_sign.search(text):
            return None
        best, furthest, begin = None, -1, 0
        for kind, progressive, sign, leads in self._signs:
            if (seen := sign.search(text)) and (self._exact or (leads and not text[: seen.start()].strip())):
                start = seen.start() if leads else 0
                found = progressive.match(text, start)
                reached = found.end() if found else 0
                if reached > furthest and (self._exact or 2 * reached >= len(text)):
                    best, furthest, begin = kind, reached, start
        return Nearest(best.name, furthest, _message(best, text, begin, furthest)) if best else None


def _message(kind: Line, text: bytes, begin: int, reached: int) -> str:
    """Say what a line lacks that follows a kind's template from the byte `begin` to the byte `reached`."""
    if reached >= len(text):
        return f"no whole {kind.name} line: cut, or behind other text"
    wanted, place = _wanted(kind, text, begin)
    if place != reached:  # the patterns went back behind a number
        return f"no {kind.name} line from here on"
    found = re.match(rb"[^0-9]*", text[reached:])
    shown = (found[0] if found and found[0] else text[reached : reached + 1]).decode("utf-8", "replace")
    length = max(len(wanted), 1) if wanted.startswith("`") else _LONGEST_FOUND
    return f"no {kind.name} line: expected {wanted}, found `{shown[: min(length - 2, _LONGEST_FOUND)].rstrip()}`"


def _wanted(kind: Line, text: bytes, begin: int) -> tuple[str, int]:
    """Walk along a template; return what comes next where the line leaves it, and the place."""
    place = begin
    for part in kind.parts:
        if isinstance(part, str):
            literal = part.encode()
            same = next(
                (n for n, sign in enumerate(literal) if text[place + n : place + n + 1] != bytes((sign,))), len(literal)
            )
            place += same
            if same < len(literal):
                return f"`{literal[same:].decode('utf-8', 'replace').rstrip() or ' '}`", place
        elif found := re.compile(pattern((part,))).match(text, place):
            place = found.end()
        else:
            return "a number" if isinstance(part, Field) and part.type not in TEXTS else "a word", place
    return "the end of the line", place


def _progressive(kind: Line) -> re.Pattern[bytes]:
    """Return a pattern that matches as much of a template as a damaged line has."""
    pieces = [piece for part in kind.parts for piece in _pieces(part)][:_MOST_PIECES]
    return re.compile(b"(?:".join(pieces) + b")?" * (len(pieces) - 1))


def _pieces(part: Part) -> Iterator[bytes]:
    if isinstance(part, str):
        yield from (re.escape(char.encode()) for char in part)
    else:
        yield pattern((part,))


def _signs(kind: Line) -> Iterator[tuple[re.Pattern[bytes], bool]]:
    """Yield the patterns that show that a line was meant to be of a kind, and whether its template begins with them.

    They are its literals with a capital letter. A plain word must stand with what follows it in the template, since
    progress bars begin with ``Epoch 1:`` too.
    """
    for part, following in zip_longest(kind.parts, kind.parts[1:]):
        if isinstance(part, str) and re.search("[A-Z]", part):
            sign = re.escape(part.encode())
            if re.fullmatch(r"\w+ ", part) and isinstance(following, Field):
                sign += following.pattern + rb"(?=,|\Z)"
            yield re.compile(sign), part is kind.parts[0]

"""Which kind of line a damaged one was meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

from metalog.formats.line import Line
from metalog.formats.model import Format
from metalog.formats.template import Field, Part, pattern

#: So deep are the patterns nested that tell how far a line follows a template.
_MOST_PIECES = 80


class NearestKind:
    """Finds the kind of line whose template a damaged line follows furthest."""

    def __init__(self, form: Format) -> None:
        kinds = [line for line in form.lines if not line.comment]
        self._exact = form.exact  # other formats have plainer words, which other lines may have too
        self._signs = [(kind, _progressive(kind), *sign) for kind in kinds for sign in _signs(kind)]
        self._any_sign = re.compile(b"|".join(sign.pattern for _, _, sign, _ in self._signs) or rb"(?!)")

    def find(self, text: bytes) -> tuple[str, int] | None:
        """Return the name of the kind and how many bytes follow it; None if the line has no kind's words."""
        if not self._any_sign.search(text):
            return None
        best, furthest = "", -1
        for kind, progressive, sign, leads in self._signs:
            if (seen := sign.search(text)) and (self._exact or (leads and not text[: seen.start()].strip())):
                found = progressive.match(text, seen.start() if leads else 0)
                reached = found.end() if found else 0
                if reached > furthest and (self._exact or 2 * reached >= len(text)):
                    best, furthest = kind.name, reached
        return (best, furthest) if best else None


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

"""Finds the record on a line that begins with something else.

A record goes to the end of its line, so only where it begins is to be found: where the first words of a template stand,
or, if a template may begin with anything, behind the parts of a known prefix. These are so few places that no line
takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from metalog.formats.model import Format, Line
from metalog.formats.template import Field
from metalog.scan.prefix_parts import ends_of_parts

#: First words are looked for in the last part of a long line, and so many are tried.
SEARCHED, MOST_TRIED = 4096, 64
_NUMBER = rb"(?<![\w.])(?:[-+]?\.?[0-9]|(?i:nan|inf))"
_NEVER = rb"(?!)"


class RecordFinder:
    """Finds where the record begins on lines of a format."""

    def __init__(self, form: Format) -> None:
        heads = [(line, _head(line)) for line in form.lines if not line.comment]
        known = sorted({head for _, head in heads} - {b""}, reverse=True)
        self._heads = re.compile(b"|".join(known) or _NEVER)
        self._led = any_of(line for line, head in heads if head)
        self._free = any_of(line for line, head in heads if not head)
        self._any_free = not all(head for _, head in heads)

    def find(self, line: bytes) -> int | None:
        """Return where the record begins, None if the line has none."""
        led = self._find_led(line)
        if not self._any_free:
            return led
        # What a prefix holds may begin such a record too, so it is taken to be as long as it can.
        places = (place for place in reversed([0, *ends_of_parts(line)]) if self._free.fullmatch(line, place))
        free = next(places, None)
        return led if free is None or (led is not None and led < free) else free

    def _find_led(self, line: bytes) -> int | None:
        """Return where a record begins that begins with certain words or a number."""
        place = len(line) - SEARCHED
        if place > 0:
            for begin in (0, *ends_of_parts(line)):
                if self._heads.match(line, begin) and self._led.fullmatch(line, begin):
                    return begin
        for _ in range(MOST_TRIED):
            head = self._heads.search(line, max(place, 0))
            if not head:
                return None
            place = head.start()
            if self._led.fullmatch(line, place):
                return place
            place += 1
        return None


def any_of(lines: Iterable[Line]) -> re.Pattern[bytes]:
    """Return a pattern that matches whole lines of any of these kinds."""
    return re.compile(b"|".join(b"(?:%s)" % line.pattern.pattern for line in lines) or _NEVER, re.DOTALL)


def _head(line: Line) -> bytes:
    """Return a pattern of what lines of a kind begin with, empty if that may be anything."""
    first, following = (*line.parts, "")[:2]
    if isinstance(first, str):
        return _words(first)
    if not isinstance(first, Field) or first.type not in ("int", "whole", "float", "percent"):
        return b""
    if not isinstance(following, str):
        return _NUMBER
    rest = rb"[\w.+-]{0,32}" if re.match(r"[\w.+-]", following) else rb"[\w.+-]{0,128}+"
    return _NUMBER + rb"(?=" + rest + _words(following) + rb")"


def _words(literal: str) -> bytes:
    """Return a pattern of a literal in which runs of blanks may have any length."""
    return rb"[ \t]+".join(re.escape(word.encode()) for word in re.split(r"[ \t]+", literal))

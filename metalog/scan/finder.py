"""Finds the record on a line that begins with something else.

A record goes to the end of its line, so only where it begins is to be found: where the first words of a template stand,
or, if a template may begin with anything, behind the parts of a known prefix. These are so few places that no line
takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile

from metalog.formats.line import Line
from metalog.formats.model import Format
from metalog.formats.template import Blanks, Field, Optional, Part
from metalog.scan.prefix_parts import ends_of_parts

#: First words are looked for in the last part of a long line, and so many are tried.
SEARCHED, MOST_TRIED = 4096, 64
_NUMBER = rb"(?<![\w.])(?:[-+]?\.?[0-9]|(?i:nan|inf))"
_NO_WORD = rb"(?<![A-Za-z])"
_NEVER = rb"(?!)"


class RecordFinder:
    """Finds where the record begins on lines of a format."""

    def __init__(self, form: Format) -> None:
        kinds = [line for line in form.lines if not line.comment]
        heads = {line.name: [_head(parts, exact=line.exact) for parts in line.variants] for line in kinds}
        known = sorted({head for own in heads.values() for head in own} - {b""}, reverse=True)
        self._heads = re.compile(b"|".join(known) or _NEVER)
        self._led = any_of(line for line in kinds if any(heads[line.name]))
        self._free = any_of(line for line in kinds if not all(heads[line.name]))
        self._any_free = not all(map(all, heads.values()))

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


def _head(parts: tuple[Part, ...], *, exact: bool) -> bytes:
    """Return a pattern of what lines of a template begin with, empty if that may be anything."""
    first = parts[0]
    if isinstance(first, Optional) and len(parts) > 1:
        heads = [_head(own, exact=exact) for own in ((*first.parts, *parts[1:]), parts[1:])]
        return rb"(?:%s)" % b"|".join(heads) if all(heads) else b""
    if isinstance(first, str):  # words that need not be exact are whole words
        return (b"" if exact or not first[0].isalnum() else _NO_WORD) + _literal(parts)
    if not isinstance(first, Field):
        return b""
    if first.type == "choice":
        return _NO_WORD + rb"(?:%s)" % b"|".join(re.escape(word.encode()) for word in first.words) + _literal(parts[1:])
    if first.type not in ("int", "whole", "float", "percent"):
        return b""
    following = _literal(parts[1:])
    rest = rb"[\w.+-]{0,32}" if re.match(rb"\\?[\w.+-]", following) else rb"[\w.+-]{0,128}+"
    return _NUMBER + (rb"(?=" + rest + rb"%?" + following + rb")" if following else b"")


def _literal(parts: tuple[Part, ...]) -> bytes:
    """Return a pattern of the literals that parts begin with, in which runs of blanks may have any length."""
    text = "".join(part if isinstance(part, str) else " " for part in takewhile(_is_literal, parts))
    return rb"[ \t]+".join(re.escape(word.encode()) for word in re.split(r"[ \t]+", text))


def _is_literal(part: Part) -> bool:
    return isinstance(part, str | Blanks)

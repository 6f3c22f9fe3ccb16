"""Templates of lines: text with fields in it, cut into parts that can be matched and written. Standard library only.

``{name}`` is an unsigned decimal integer, ``{name:5}`` the same right-aligned in five columns, ``<name>`` a float as
Python's ``repr`` writes it, and ``…`` the rest of the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

#: The largest counter that a frame can hold; a line with a larger one is kept, its counter missing.
MAX_COUNTER: Final = 2**31 - 2
#: Stands for "no counter" or "a counter that could not be read" wherever counters are plain integers.
MISSING: Final = -1

_PLACEHOLDER = re.compile(r"\{(?P<int>\w+)(?::(?P<width>\d+))?\}|<(?P<float>\w+)>|(?P<text>…)")
_NOT_IN_A_LINE = re.compile("[^\t -\x7e\xa0-\u2027\u202a-\U0010ffff]")
_FLOAT = rb"-?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|inf|nan)"


@dataclass(frozen=True, slots=True)
class Field:
    """A variable part of a line: its name, ``"int"``, ``"float"`` or ``"text"``, and its least width."""

    name: str
    type: str
    width: int = 0

    @property
    def pattern(self) -> bytes:
        """The regular expression, with one group, that matches this field's bytes."""
        if self.type == "int":
            return (rb" *" if self.width else rb"") + rb"([0-9]+)"
        return rb"(" + _FLOAT + rb")" if self.type == "float" else rb"(.*)"

    def render(self, value: object) -> str:
        """Write `value` as the template demands; raise ValueError if it can't be written."""
        if self.type == "int":
            if isinstance(value, bool) or not hasattr(value, "__index__"):
                raise ValueError(f"{self.name} must be an integer, not {value!r}")
            number = int(value.__index__())
            if not 0 <= number <= MAX_COUNTER:
                raise ValueError(f"{self.name} must be from 0 to {MAX_COUNTER}, not {number}")
            return f"{number:{self.width or ''}}"
        if self.type == "float":
            return repr(float(value))  # type: ignore[arg-type]  # float() itself refuses what it can't take
        text = str(value)
        if _NOT_IN_A_LINE.search(text):
            raise ValueError(f"a comment must be a single line without control characters, not {text!r}")
        return text


Part = str | Field


def cut(template: str) -> tuple[Part, ...]:
    """Return the literal strings and the fields of a template, in order."""
    return tuple(_parts(template))


def _parts(template: str) -> Iterator[Part]:
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        if match.start() > end:
            yield template[end : match.start()]
        end = match.end()
        if match["int"]:
            yield Field(match["int"], "int", int(match["width"] or 0))
        else:
            yield Field(match["float"], "float") if match["float"] else Field("text", "text")
    if end < len(template):
        yield template[end:]


def pattern(parts: tuple[Part, ...]) -> bytes:
    """Return the regular expression of a whole line without its line end, one group a field."""
    return b"".join(part.pattern if isinstance(part, Field) else re.escape(part.encode()) for part in parts)

"""Whether a declaration makes sense: its templates can be matched in one way, its levels and frames exist."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from metalog.formats.columns import LINE, SEGMENT, lines_of
from metalog.formats.line import RUN, Line
from metalog.formats.mistake import Mistake
from metalog.formats.model import Format
from metalog.formats.template import VALUES, Blanks, Field, Optional, Part, fields, flat

#: How large a format may be: the compiled engine has memory for so much.
MOST_LEVELS: Final = 16
MOST_LINES: Final = 60
MOST_COUNTERS: Final = 8
MOST_VALUES: Final = 40
MOST_TEXTS: Final = 8
MOST_PARTS: Final = 120
MOST_PROGRAMS: Final = 120
_TAKEN = (SEGMENT, LINE, RUN)


def check(form: Format) -> None:
    """Raise a mistake if a format makes no sense."""
    for number, line in enumerate(form.lines):
        for parts in line.variants:
            _check_template(line, parts, number)
        _check_names(line, number)
        _check_levels(line, form, number)
        _check_rows(line, form, number)
    for frame in form.frames:
        _check_frame(form, frame)
    _check_size(form)


def _check_template(line: Line, parts: tuple[Part, ...], number: int) -> None:
    """Refuse a template that can't be matched in one way only, from left to right."""
    every = [*flat(parts)]
    if any(ord(char) < ord(" ") and char != "\t" for part in every if isinstance(part, str) for char in part):
        raise _mistake(line, number, "a template is one line without control characters")
    if not any(isinstance(part, str | Field) for part in every):
        raise _mistake(line, number, "a template needs some text or a field")
    if not line.comment and line.exact and any(isinstance(part, Field) and part.type == "text" for part in every):
        raise _mistake(line, number, "… may only stand in a comment's template")
    for part, following in pairwise(every):
        _check_neighbours(line, number, part, following)
    places = [place for place, part in enumerate(parts) if isinstance(part, Field) and part.type == "pairs"]
    if any(place < len(parts) - 2 for place in places) or sum(_is_pairs(part) for part in every) > len(places):
        raise _mistake(line, number, "{*} takes the rest of a line; only text that ends the line can follow it")
    if all(isinstance(part, Optional | Blanks) for part in parts):
        raise _mistake(line, number, "a template needs a part that is not optional")
    if not line.comment and isinstance(parts[0], Field) and parts[0].type == "text":
        raise _mistake(line, number, "a template that begins with … matches every line; begin it with some text")


def _check_neighbours(line: Line, number: int, part: Part, following: Part) -> None:
    if not isinstance(part, Field):
        return
    if part.type == "text":
        raise _mistake(line, number, "… takes all that is left of a line, so nothing can follow it")
    if part.type == "pairs" and not isinstance(following, str):
        raise _mistake(line, number, "{*} takes the rest of a line; only text without blanks can end it")
    if part.type == "percent" and isinstance(following, str) and following.startswith("%"):
        raise _mistake(line, number, f"<{part.name}%> takes the percent sign with it; leave it out behind")
    if isinstance(following, Field) and (line.exact or {part.type, following.type} <= {*VALUES, "int", "list"}):
        raise _mistake(line, number, f"nobody can tell where {part.name!r} ends in {line.template!r}")
    if isinstance(following, str) and re.match(r"[.eE]?\d", following) and part.type in (*VALUES, "int"):
        raise _mistake(line, number, f"nobody can tell where {part.name!r} ends in {line.template!r}")


def _is_pairs(part: Part) -> bool:
    return isinstance(part, Field) and part.type == "pairs"


def _mistake(line: Line, number: int, message: str, key: str = "template") -> Mistake:
    return Mistake(f"line {line.name!r}: {message}", "line", number, key)


def _check_names(line: Line, number: int) -> None:
    for name in (*line.types(), line.each, *(key for key, _ in line.set)):
        if name in _TAKEN and line.frame:
            raise _mistake(line, number, f"a column can't be called {name!r}; every frame may have its own")
    for parts in line.variants:
        names = [field.name for field in fields(parts) if field.is_kept]
        for name in names:
            if names.count(name) > 1 and name != "*":
                raise _mistake(line, number, f"{name!r} comes twice in {line.template!r}")


def _check_levels(line: Line, form: Format, number: int) -> None:
    known = [level.name for level in form.levels if not level.counted]
    for key in ("opens", "closes", "around", "without", "within"):
        name = getattr(line, key)
        if not name or form.level(name) >= 0 or (name == RUN and key in ("opens", "closes", "within")):
            continue
        raise _mistake(line, number, f"{key} = {name!r} is no level; levels are {', '.join(known) or 'none'}", key)
    if line.exact and line.row and not line.count and form.line_levels[number] < 0:
        raise _mistake(line, number, "it is a row, but shows the number of no level", "row")


def _check_rows(line: Line, form: Format, number: int) -> None:
    lists = [name for name, sort in line.types().items() if sort == "list"]
    if line.row and line.into:
        raise _mistake(line, number, "it is a row of one frame or goes into another's; not both", "into")
    if lists and not line.each:
        raise _mistake(line, number, f'<{lists[0]}[]> is a list; say which column numbers its values: each = "k"')
    if line.each and (len(lists) != 1 or line.into):
        raise _mistake(line, number, "each needs one list, in a line that is a row", "each")
    setters = {key for other in form.lines if not other.frame for key, _ in other.set}
    for name in line.takes:
        if name not in setters:
            raise _mistake(line, number, f"takes {name!r}, which no line sets that is no row", "takes")
    if (line.values or line.texts) and not line.frame and not line.comment and not line.exact:
        names = ", ".join((*line.values, *line.texts))
        message = f"{names} would be lost; say row = or into =, or let names begin with _"
        raise _mistake(line, number, message)


def _check_frame(form: Format, frame: str) -> None:
    sorts: dict[str, str] = {}
    for number, line in lines_of(form, frame):
        for name, sort in line.types().items():
            own = "number" if sort in ("float", "percent", "duration", "list") else sort
            if sorts.setdefault(name, own) != own:
                raise _mistake(line, number, f"{name!r} is another sort of value than in other lines of {frame!r}")
    columns = form.frames[frame]
    for name in columns:
        if columns.count(name) > 1:
            raise Mistake(f"the frame {frame!r} has two columns {name!r}")


def _check_size(form: Format) -> None:
    sizes = (
        ("levels", len(form.levels), MOST_LEVELS),
        ("kinds of line", len(form.lines), MOST_LINES),
        ("templates", sum(len(line.variants) for line in form.lines), MOST_PROGRAMS),
        ("integers in a line", form.counter_slots, MOST_COUNTERS),
        ("values in a line", form.value_slots, MOST_VALUES),
        ("texts in a line", form.text_slots, MOST_TEXTS),
        ("parts in a template", max(_length(parts) for line in form.lines for parts in line.variants), MOST_PARTS),
    )
    for what, number, most in sizes:
        if number > most:
            raise Mistake(f"{number} {what}; there may be {most}", "line")


def _length(parts: tuple[Part, ...]) -> int:
    return sum(2 + len(part.parts) if isinstance(part, Optional) else 1 for part in parts)

"""Which columns a format's frames have, and the tables of rows that they are made from. Standard library only.

Most frames are one table, to which their lines are written. A frame is put together from one table a kind of line
where a row takes values from several lines, from lines above it, or where a line gives several rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metalog.formats.line import Line
    from metalog.formats.model import Format

#: Columns that every frame of rows has.
SEGMENT, LINE = "segment", "line"


def is_composed(form: Format, frame: str) -> bool:
    """Tell whether a frame is put together from several tables."""
    lines = lines_of(form, frame)
    levels = {level for _, line in lines for level in path(form, line)}
    return any(
        (line.into or line.each or line.set or line.takes or line.texts) and not form.exact for _, line in lines
    ) or bool(levels & form.numbered_late)


def lines_of(form: Format, frame: str) -> list[tuple[int, Line]]:
    """Return the kinds of line whose values go to a frame, and their codes."""
    return [(code, line) for code, line in enumerate(form.lines) if line.frame == frame]


def numbered_late(form: Format) -> frozenset[int]:
    """Return the levels whose number only the line tells that closes them: it comes after the rows."""
    opened, closed = set(), set()
    for line, level in zip(form.lines, form.line_levels, strict=True):
        names = {form.level(name) for name in line.counters}
        if line.closes and level in names:
            closed.add(level)
            names -= {level}
        opened |= names | ({level} if line.opens else set())
    return frozenset(closed - opened - {-1})


def path(form: Format, line: Line) -> tuple[int, ...]:
    """Return the levels of a line that have columns, outermost first."""
    level = form.line_levels[form.lines.index(line)]
    return tuple(index for index in form.path(level) if index in form.numbered)


def part(form: Format, code: int) -> str:
    """Return the table that lines of a kind are written to, ``""`` for none.

    A line that tells the number of the rows above it has one too.
    """
    line = form.lines[code]
    if not line.frame:
        return f"#{code}" if line.closes and form.line_levels[code] in form.numbered_late else ""
    return f"{line.frame}#{code}" if is_composed(form, line.frame) else line.frame


def parts(form: Format) -> dict[str, tuple[str, ...]]:
    """Return the columns of each table that lines are written to."""
    found: dict[str, list[Line]] = {}
    for line, name in zip(form.lines, form.part_of, strict=True):
        if name:
            found.setdefault(name, []).append(line)
    return {name: _columns(form, lines, "#" in name) for name, lines in found.items()}


def _columns(form: Format, lines: Iterable[Line], composed: bool) -> tuple[str, ...]:
    lines = list(lines)
    names = dict.fromkeys(name for line in lines for name in _own(line, composed))
    return (SEGMENT, *_levels(form, lines), *names, LINE)


def _levels(form: Format, lines: Iterable[Line]) -> list[str]:
    return [form.levels[index].name for index in sorted({index for line in lines for index in path(form, line)})]


def _own(line: Line, composed: bool) -> Iterator[str]:
    """Yield the columns of a line's table besides segment, levels and line."""
    if not composed:
        yield from line.values
        return
    yield from line.takes
    kinds = {*line.values, *line.texts}
    yield from (name for name in line.types() if name in kinds)


def frames(form: Format) -> dict[str, tuple[str, ...]]:
    """Return the columns of each frame of rows."""
    names = dict.fromkeys(line.frame for line in form.lines if line.frame)
    return {name: _frame(form, name) for name in names}


def _frame(form: Format, name: str) -> tuple[str, ...]:
    lines = [line for _, line in lines_of(form, name)]
    each = dict.fromkeys(line.each for line in lines if line.each)
    found: dict[str, None] = {}
    for line in lines:
        found |= dict.fromkeys((*(key for key, _ in line.set), *line.takes))
        found |= dict.fromkeys(own for own, sort in line.types().items() if sort not in ("int", "pairs"))
    levels = _levels(form, lines)
    return (SEGMENT, *levels, *each, *(own for own in found if own not in levels), LINE)

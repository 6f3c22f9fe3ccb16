"""TOML to a format. Standard library only, so that a trainer can log without pandas."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import pairwise
from math import inf
from typing import Any, Final

from metalog.errors import UsageError
from metalog.formats.model import Format, Level, Line, Summary, Tag
from metalog.formats.template import Field

#: How large a format may be: the compiled engine has memory for so much.
MOST_LEVELS: Final = 16
MOST_LINES: Final = 60
MOST_COUNTERS: Final = 8
MOST_VALUES: Final = 40

_TOP = {"name", "title", "header", "levels", "level", "value", "line", "tag", "summary"}
_VALUE = {"least", "greatest"}
_LEVEL = {"first", "any_stride", "optional", "resumes"}
_LINE = {field.name for field in fields(Line)}
_TAG = {field.name for field in fields(Tag)}
_SUMMARY = {field.name for field in fields(Summary)}
_RUN = "run"


def declare(text: str, source: str = "<text>") -> Format:
    """Return the format that a declaration describes.

    Parameters
    ----------
    text
        TOML; docs/format.md shows what it may say.
    source
        What messages call it.

    Raises
    ------
    UsageError
        If the text is no TOML, or says something that makes no sense.
    """
    try:
        return _format(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{source}: no TOML: {error}") from error
    except UsageError as error:
        raise UsageError(f"{source}: {error}") from None


def _format(table: Mapping[str, Any]) -> Format:
    _only(table, _TOP, "the declaration")
    if not table.get("name") or not table.get("line"):
        raise UsageError("a declaration needs a name and one [[line]] or more")
    lines = tuple(map(_line, table["line"]))
    levels = _levels(table.get("levels", ()), table.get("level", {}), lines)
    bare = Format(table["name"], table.get("title", ""), table.get("header", ""), levels, lines)
    for line in lines:
        _check(line, bare)
    _check_size(bare)
    tags = tuple(Tag(**_only(one, _TAG, "a [[tag]]")) for one in table.get("tag", ()))
    summaries = tuple(_summary(one, bare) for one in table.get("summary", ()))
    ranges = tuple(_ranges(table.get("value", {}), lines))
    return Format(bare.name, bare.title, bare.header, levels, lines, ranges, tags, summaries)


def _ranges(options: Mapping[str, Any], lines: tuple[Line, ...]) -> Iterator[tuple[str, float, float]]:
    known = {name for line in lines for name in line.values}
    for name, own in options.items():
        if name not in known:
            raise UsageError(f"[value.{name}] is no value; values are {', '.join(sorted(known))}")
        _only(own, _VALUE, f"[value.{name}]")
        yield name, float(own.get("least", -inf)), float(own.get("greatest", inf))


def _only(table: Mapping[str, Any], known: Iterable[str], where: str) -> Mapping[str, Any]:
    for key in table:
        if key not in known:
            raise UsageError(f"{where} has no key {key!r}; it may have {', '.join(sorted(known))}")
    return table


def _line(table: Mapping[str, Any]) -> Line:
    _only(table, _LINE, "a [[line]]")
    if not table.get("template"):
        raise UsageError("a [[line]] needs a template")
    name = table.get("name") or table.get("row") or table.get("opens") or table.get("closes") or table["template"]
    return Line(**{"sample": table["template"], **table, "name": name})


def _levels(chains: Iterable[str], options: Mapping[str, Any], lines: tuple[Line, ...]) -> tuple[Level, ...]:
    parents: dict[str, str] = {}
    for chain in chains:
        names = [name.strip() for name in chain.split(">")]
        for outer, name in zip(["", *names], names, strict=False):
            if name in parents and outer and parents[name] != outer:
                raise UsageError(f"level {name!r} stands inside {parents[name]!r} and inside {outer!r}")
            parents.setdefault(name, outer)
    for name in options:
        if name not in parents:
            raise UsageError(f"[level.{name}] is no level; levels are {', '.join(parents)}")
    names = list(_outside_in("", parents))
    levels = [
        Level(name, names.index(parents[name]) if parents[name] else -1, **_only(options.get(name, {}), _LEVEL, name))
        for name in names
    ]
    for line in lines:
        if line.count:
            if line.within not in names:
                raise UsageError(f"line {line.name!r} counts {line.count!r} within {line.within!r}, which is no level")
            levels.append(Level(line.count, names.index(line.within), counted=True))
    return tuple(levels)


def _outside_in(outer: str, parents: Mapping[str, str]) -> Iterable[str]:
    for name, own in parents.items():
        if own == outer:
            yield name
            yield from _outside_in(name, parents)


def _check(line: Line, form: Format) -> None:
    _check_template(line)
    for key in ("opens", "closes", "around", "without", "within"):
        name = getattr(line, key)
        if name and form.level(name) < 0 and not (key == "closes" and name == _RUN):
            raise UsageError(f"line {line.name!r}: {key} = {name!r} is no level")
    if line.row and not line.count and form.line_levels[form.lines.index(line)] < 0:
        raise UsageError(f"line {line.name!r} is a row, but shows the number of no level")


def _check_template(line: Line) -> None:
    """Refuse a template that can't be matched in one way only, from left to right."""
    if any(ord(char) < ord(" ") and char != "\t" for char in line.template):
        raise UsageError(f"line {line.name!r}: a template is one line without control characters")
    if not line.comment and any(field.type == "text" for field in line.fields):
        raise UsageError(f"line {line.name!r}: … may only stand in a comment's template")
    for part, following in pairwise(line.parts):
        if isinstance(part, Field) and (isinstance(following, Field) or re.match(r"[.eE]?\d", following)):
            raise UsageError(f"line {line.name!r}: nobody can tell where {part.name!r} ends in {line.template!r}")


def _check_size(form: Format) -> None:
    sizes = (
        ("levels", len(form.levels), MOST_LEVELS),
        ("kinds of line", len(form.lines), MOST_LINES),
        ("integers in a line", form.counter_slots, MOST_COUNTERS),
        ("floats in a line", form.value_slots, MOST_VALUES),
    )
    for what, number, most in sizes:
        if number > most:
            raise UsageError(f"{number} {what}; there may be {most}")


def _summary(table: Mapping[str, Any], form: Format) -> Summary:
    _only(table, _SUMMARY, "a [[summary]]")
    level, over = form.level(table["level"]), form.level(table["over"])
    if level < 0 or over < 0 or level not in form.path(over):
        raise UsageError(f"[[summary]] {table['frame']!r}: {table['over']!r} is no level inside {table['level']!r}")
    last = tuple((column, *source.split(".")) for column, source in table.get("last", {}).items())
    return Summary(table["frame"], level, over, table["count"], table.get("total", ""), last)

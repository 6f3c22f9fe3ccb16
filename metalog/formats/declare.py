"""TOML to a format. Standard library only, so that a trainer can log without pandas."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from math import inf
from typing import Any, Final

from metalog.errors import UsageError
from metalog.formats import schema
from metalog.formats.checks import check
from metalog.formats.line import Line
from metalog.formats.mistake import Mistake
from metalog.formats.model import Format, Level, Sample, Summary, Tag
from metalog.formats.template import Field, Optional

#: Stands for the run as a whole where a level could stand.
RUN: Final = "run"


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
        If the text is no TOML, or says something that makes no sense; the message tells the line.
    """
    try:
        return _format(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column (\d+)\)", str(error))
        where = f":{place[1]}:{place[2]}" if place else ""
        raise UsageError(f"{source}{where}: no TOML: {str(error).partition(' (at ')[0]}") from error
    except Mistake as mistake:
        raise UsageError(f"{source}{mistake.find(text)}: {mistake}") from None
    except RecursionError:
        raise UsageError(f"{source}: no TOML: nested too deep") from None


def _format(table: Mapping[str, Any]) -> Format:
    schema.check_top(table)
    exact = table.get("exact", False)
    chains = table.get("levels", ())
    parents = _parents([chains] if isinstance(chains, str) else chains)
    lines = _with_names([_line(number, own, exact, parents) for number, own in enumerate(table["line"])], table["line"])
    levels = _levels(parents, table.get("level", {}), lines, exact)
    whole = table.get("title", ""), table.get("header", "")
    options = {"exact": exact, "wraps": table.get("wraps", False), "last_bar": table.get("bars") == "last"}
    bare = Format(table["name"], *whole, levels, lines, **options)
    check(bare)
    tags = tuple(Tag(**one) for one in table.get("tag", ()))
    summaries = tuple(_summary(number, one, bare) for number, one in enumerate(table.get("summary", ())))
    ranges = tuple(_ranges(table.get("value", {}), lines))
    form = replace(bare, ranges=ranges, tags=tags, summaries=summaries)
    return replace(
        form, samples=tuple(_sample(number, one, form) for number, one in enumerate(table.get("sample", ())))
    )


def _sample(number: int, table: Mapping[str, Any], form: Format) -> Sample:
    gives = []
    for frame, columns in table["gives"].items():
        if frame not in form.frames:
            raise Mistake(f"a [[sample]] gives {frame!r}, which is no frame", "sample", number)
        if not isinstance(columns, dict) or not all(isinstance(values, list) for values in columns.values()):
            raise Mistake(f"a [[sample]] gives {frame!r} columns: write loss = [0.5, 0.4]", "sample", number)
        gives += [(frame, column, tuple(values)) for column, values in columns.items()]
    return Sample(table["text"], tuple(gives))


def _parents(chains: Iterable[str]) -> dict[str, str]:
    """Return the level around each level, ``""`` for none."""
    parents: dict[str, str] = {}
    for chain in chains:
        names = [name.strip() for name in chain.split(">")]
        for outer, name in zip(["", *names], names, strict=False):
            if not re.fullmatch(r"\w+", name) or name == RUN:
                raise Mistake(f'{name!r} is no name of a level; write levels = ["epoch > step"]', "levels")
            if name in parents and outer and parents[name] != outer:
                raise Mistake(f"level {name!r} stands inside {parents[name]!r} and inside {outer!r}", "levels")
            parents.setdefault(name, outer)
    return parents


def _line(number: int, table: Mapping[str, Any], exact: bool, parents: Mapping[str, str]) -> Line:
    schema.check_line(number, table)
    templates = [table["template"]] if isinstance(table["template"], str) else table["template"]
    names = ("name", "row", "into", "opens", "closes")
    name = next((table[key] for key in names if table.get(key)), templates[0])
    own = {
        "sample": templates[0],
        **table,
        "name": name,
        "template": templates[0],
        "alternatives": tuple(templates[1:]),
    }
    own |= {key: tuple(table.get(key, {}).items()) for key in ("set", "names")}
    own["takes"] = tuple(table.get("takes", ()))
    try:
        line = Line(**own, exact=exact)
        integers = [field.name for parts in line.variants for field in _fields(parts) if field.type == "int"]
    except UsageError as error:
        raise Mistake(str(error), "line", number, "template") from None
    if not exact:
        own["whole"] = frozenset(name for name in integers if not _is_counter(name, integers[0], line, parents))
    if line.frame and not line.within and not exact:
        own["within"] = RUN if line.count else _innermost(parents)
    return Line(**own, exact=exact)


def _with_names(lines: Sequence[Line], tables: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    """Return the lines, each with a name of its own: those that were not given one are numbered where need be."""
    taken: set[str] = {table["name"] for table in tables if "name" in table}
    named: list[Line] = []
    for number, (line, table) in enumerate(zip(lines, tables, strict=True)):
        if table.get("name") in [other.name for other in named]:
            raise Mistake(f"two lines are called {line.name!r}", "line", number, "name")
        name = line.name
        if "name" not in table:
            name = next(own for own in _numbered(line.name) if own not in taken)
            taken.add(name)
        named.append(replace(line, name=name))
    return tuple(named)


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name} {number}" for number in count(2))


def _is_counter(name: str, first: str, line: Line, parents: Mapping[str, str]) -> bool:
    return name in parents or (bool(line.opens) and name == first)


def _innermost(parents: Mapping[str, str]) -> str:
    """Return the innermost level of the first chain."""
    name = next(iter(parents), "")
    while inner := next((own for own, outer in parents.items() if outer == name), ""):
        name = inner
    return name or RUN


def _fields(parts: Iterable[Any]) -> Iterator[Field]:
    for part in parts:
        if isinstance(part, Field):
            yield part
        elif isinstance(part, Optional):
            yield from _fields(part.parts)


def _levels(
    parents: Mapping[str, str], options: Mapping[str, Any], lines: tuple[Line, ...], exact: bool
) -> tuple[Level, ...]:
    names = list(_outside_in("", parents))
    printed = {name for line in lines for name in (*line.counters, line.opens, line.closes)}
    for name, own in options.items():
        if name not in parents:
            raise Mistake(f"[level.{name}] is no level; levels are {', '.join(parents)}", f"level.{name}")
        schema.check_level(name, own)
    levels = []
    for name in names:
        own = options.get(name, {})
        outer = names.index(parents[name]) if parents[name] else -1
        finds_first = not exact and "first" not in own
        levels.append(Level(name, outer, finds_first=finds_first, unprinted=name not in printed, **own))
    for number, line in enumerate(lines):
        if line.count:
            if line.within not in names and (exact or line.within != RUN):
                message = f"line {line.name!r} counts {line.count!r} within {line.within!r}, which is no level"
                raise Mistake(message, "line", number, "within")
            outer = names.index(line.within) if line.within in names else -1
            counted = Level(line.count, outer, counted=True, counts=line.frame)
            levels += [counted] * (counted not in levels)
    return tuple(levels)


def _outside_in(outer: str, parents: Mapping[str, str]) -> Iterable[str]:
    for name, own in parents.items():
        if own == outer:
            yield name
            yield from _outside_in(name, parents)


def _ranges(options: Mapping[str, Any], lines: tuple[Line, ...]) -> Iterator[tuple[str, float, float]]:
    known = {name for line in lines for name in line.values}
    for name, own in options.items():
        if name not in known:
            raise Mistake(f"[value.{name}] is no value; values are {', '.join(sorted(known))}", f"value.{name}")
        schema.check_value(name, own)
        yield name, float(own.get("least", -inf)), float(own.get("greatest", inf))


def _summary(number: int, table: Mapping[str, Any], form: Format) -> Summary:
    schema.check_summary(number, table)
    level, over = form.level(table["level"]), form.level(table["over"])
    if level < 0 or over < 0 or level not in form.path(over):
        message = f"[[summary]] {table['frame']!r}: {table['over']!r} is no level inside {table['level']!r}"
        raise Mistake(message, "summary", number)
    for name in (table["level"], table["over"]):
        if not any(line.opens == name for line in form.lines):
            message = f"[[summary]] {table['frame']!r}: no line opens {name!r}, so its turns can't be told"
            raise Mistake(message, "summary", number)
    last = tuple((column, *source.split(".")) for column, source in table.get("last", {}).items())
    return Summary(table["frame"], level, over, table["count"], table.get("total", ""), last)

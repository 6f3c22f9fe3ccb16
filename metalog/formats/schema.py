"""Which keys a declaration may have, and of which type each is. Standard library only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from metalog.formats.mistake import Mistake

_TEXT, _FLAG, _INTEGER, _NUMBER = "text", "true or false", "an integer", "a number"
_TEXTS, _TABLE, _TABLES, _TEMPLATE = "a list of texts", "a table", "a list of tables", "text, or a list of texts"
_CONSTANTS = "a table of texts"

_TOP: Final = {
    "name": _TEXT,
    "title": _TEXT,
    "header": _TEXT,
    "exact": _FLAG,
    "wraps": _FLAG,
    "bars": _TEXT,
    "levels": _TEMPLATE,
    "level": _TABLE,
    "value": _TABLE,
    "line": _TABLES,
    "tag": _TABLES,
    "summary": _TABLES,
    "sample": _TABLES,
}
_LEVEL: Final = {"first": _INTEGER, "any_stride": _FLAG, "optional": _FLAG, "resumes": _FLAG}
_VALUE: Final = {"least": _NUMBER, "greatest": _NUMBER}
_LINE: Final = {
    "name": _TEXT,
    "template": _TEMPLATE,
    "sample": _TEXT,
    "meaning": _TEXT,
    "opens": _TEXT,
    "closes": _TEXT,
    "around": _TEXT,
    "row": _TEXT,
    "into": _TEXT,
    "count": _TEXT,
    "within": _TEXT,
    "each": _TEXT,
    "plus": _INTEGER,
    "names": _CONSTANTS,
    "set": _CONSTANTS,
    "takes": _TEXTS,
    "without": _TEXT,
    "comment": _FLAG,
    "prose": _FLAG,
}
_TAG: Final = {"name": _TEXT, "meaning": _TEXT, "into": _TEXT}
_SUMMARY: Final = {"frame": _TEXT, "level": _TEXT, "over": _TEXT, "count": _TEXT, "total": _TEXT, "last": _CONSTANTS}
_SAMPLE: Final = {"text": _TEXT, "gives": _TABLE}


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


_FITS: Final[dict[str, Callable[[Any], bool]]] = {
    _TEXT: lambda value: isinstance(value, str),
    _FLAG: lambda value: isinstance(value, bool),
    _INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    _NUMBER: lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    _TEXTS: _is_texts,
    _TEMPLATE: lambda value: isinstance(value, str) or _is_texts(value),
    _TABLE: lambda value: isinstance(value, dict),
    _TABLES: lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
    _CONSTANTS: lambda value: isinstance(value, dict) and all(isinstance(one, str) for one in value.values()),
}


def check_top(table: Mapping[str, Any]) -> None:
    """Refuse keys that a declaration can't have, and one that lacks what it needs."""
    _check(table, _TOP, "the declaration")
    if not table.get("name") or not table.get("line"):
        raise Mistake("a declaration needs a name and one [[line]] or more")
    if table.get("bars", "all") not in ("all", "last"):
        raise Mistake(f"bars is {table['bars']!r}; it can be 'all' or 'last'", "bars")
    for number, own in enumerate(table.get("tag", ())):
        _check(own, _TAG, "a [[tag]]", "tag", number)
        _need(own, ("name", "into"), "a [[tag]]", "tag", number)
    for number, own in enumerate(table.get("sample", ())):
        _check(own, _SAMPLE, "a [[sample]]", "sample", number)
        _need(own, ("text", "gives"), "a [[sample]]", "sample", number)


def check_line(number: int, table: Mapping[str, Any]) -> None:
    """Refuse a ``[[line]]`` with keys that it can't have, or without a template."""
    _check(table, _LINE, "a [[line]]", "line", number)
    _need(table, ("template",), "a [[line]]", "line", number)


def check_level(name: str, table: Any) -> None:
    """Refuse a ``[level.NAME]`` with keys that it can't have."""
    _check(table, _LEVEL, f"[level.{name}]", f"level.{name}")


def check_value(name: str, table: Any) -> None:
    """Refuse a ``[value.NAME]`` with keys that it can't have."""
    _check(table, _VALUE, f"[value.{name}]", f"value.{name}")


def check_summary(number: int, table: Mapping[str, Any]) -> None:
    """Refuse a ``[[summary]]`` with keys that it can't have, or without those that it needs."""
    _check(table, _SUMMARY, "a [[summary]]", "summary", number)
    _need(table, ("frame", "level", "over", "count"), "a [[summary]]", "summary", number)


def _check(table: Any, known: Mapping[str, str], what: str, place: str = "", number: int = 0) -> None:
    if not isinstance(table, dict):
        raise Mistake(f"{what} must be a table of {', '.join(sorted(known))}", place, number)
    for key, value in table.items():
        if key not in known:
            raise Mistake(f"{what} has no key {key!r}{_hint(key, known)}", place or key, number, key)
        if not _FITS[known[key]](value):
            raise Mistake(f"{what}: {key} must be {known[key]}, not {value!r}", place or key, number, key)


def _need(table: Mapping[str, Any], keys: tuple[str, ...], what: str, place: str, number: int) -> None:
    for key in keys:
        if not table.get(key):
            raise Mistake(f"{what} needs {'an' if key[0] in 'aeiou' else 'a'} {key}", place, number)


def _hint(key: str, known: Mapping[str, str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; it may have {', '.join(sorted(known))}"

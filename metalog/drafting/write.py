"""A plan as the text of a declaration, with comments that tell what was guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from metalog.drafting.cluster import Column, Kind
from metalog.drafting.group import free_from, without_key
from metalog.drafting.levels import Levels
from metalog.drafting.plan import Planned

_FIELDS = {"number": "<{}>", "percent": "<{}%>", "duration": "<{}~>", "list": "<{}[]>", "date": "{{{}}}-{{_}}-{{_}}"}
_SPECIAL = re.compile(r"[{}<]|>>+")


def template(kind: Kind, whole: int | None = None) -> str:
    """Return a kind's template; from the column `whole` on, its pairs are one field."""
    text = _literal(kind.literals[0])
    end = len(kind.columns) if whole is None else whole
    for column, behind in zip(kind.columns[:end], kind.literals[1:], strict=False):
        if column.padded or re.search(r"[\[(] \Z", text):  # a field takes the blanks before it
            text = text.rstrip(" ")
        text += _field(column) + _literal(behind)
    if whole is not None:
        text = without_key(text) + "{*}" + _literal(_last_brace(kind.literals[-1]))
    return text.strip()


def _last_brace(text: str) -> str:
    return "}" if text.strip().endswith("}") else ""


def _literal(text: str) -> str:
    return _SPECIAL.sub(lambda sign: sign[0] * 2, re.sub(r"[ \t]+", " ", text))


def _field(column: Column) -> str:
    if column.role == "key":
        return column.texts[0]
    if column.role == "counter":
        return f"{{{column.name}}}"
    if column.role == "unused":
        return (
            "{_}-{_}-{_}" if column.sort == "date" else "{_}" if column.integers else _FIELDS[column.sort].format("_")
        )
    return _FIELDS[column.sort].format(column.name)


def declaration(name: str, levels: Levels, planned: Sequence[Planned], *, bars: bool, wraps: bool) -> str:
    """Return the declaration without its sample."""
    parts = [f"name = {quoted(name)}", f"title = {quoted(f'{name}, drafted from a log')}"]
    parts += _levels(levels)
    if bars:
        parts.append('bars = "last"  # of a progress bar, the last state counts')
    if wraps:
        parts.append("wraps = true  # lists go on over several lines")
    for level in levels.parents:
        if levels.strides(level):
            first, second = _stride(levels, level)
            parts += ["", f"[level.{level}]", f"any_stride = true  # it was seen to go from {first} to {second}"]
    for line in planned:
        parts += ["", *_line(line)]
    return "\n".join(parts) + "\n"


def _levels(levels: Levels) -> list[str]:
    if not levels.parents:
        return []
    chains = [quoted(" > ".join(chain)) for chain in levels.chains]
    note = "  # what counts up inside what: check this first"
    if len(chains) == 1:
        return [f"levels = [{chains[0]}]{note}"]
    return [f"levels = [{note}", *(f"  {chain}," for chain in chains), "]"]


def _stride(levels: Levels, level: str) -> tuple[int, int]:
    seen = [number for _, number in levels.seen[level]]
    return next((before, after) for before, after in pairwise(seen) if after > before + 1)


def _line(line: Planned) -> list[str]:
    templates = [_literal(line.text).strip()] if line.text else list(templates_of(line))
    own = quoted(templates[0]) if len(templates) == 1 else _listed(templates)
    count = len(line.lines)
    comment = [] if line.text else [f"# {count} {'line' if count == 1 else 'lines'}, the first: {line.lead.first}"]
    keys = [f"{key} = {_value(value)}" for key, value in line.keys.items()]
    return [*map(one_line, comment), "[[line]]", f"name = {quoted(line.name)}", f"template = {own}", *keys]


def templates_of(line: Planned) -> Iterable[str]:
    """Return the templates of a line, the longest first, each once."""
    texts = {template(kind, free_from(kind) if line.pairs else None): None for kind in line.kinds}
    return sorted(texts, key=len, reverse=True)


def _listed(templates: Sequence[str]) -> str:
    return "[\n" + "".join(f"  {quoted(one)},\n" for one in templates) + "]"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{bare(str(key))} = {quoted(str(own))}" for key, own in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(quoted(str(own)) for own in value) + "]"
    return quoted(str(value))


def bare(name: str) -> str:
    """Return a name as a TOML key."""
    return name if name.isidentifier() and name.isascii() else quoted(name)


def quoted(text: str) -> str:
    """Return a text as a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def one_line(comment: str) -> str:
    """Return a comment without the control characters that TOML forbids, and not too long."""
    text = re.sub(r"[\x00-\x08\x0a-\x1f\x7f]", "?", comment)
    return text if len(text) <= 160 else text[:157] + "…"

"""Which kinds are one line of the declaration: those with other parts behind one head, and those with other pairs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from metalog.drafting.cluster import Kind

#: So many pairs are spelled out as columns of their own; more are one field.
_MOST_SPELLED: Final = 12
#: Kinds that differ in their pairs alone are spelled out too if they are no more than this.
_FEW: Final = 2
#: Share of the values of the shorter line that the longer must have.
_ALIKE: Final = 0.5
_KEY = r"['\"]?[A-Za-z_][\w./@-]*['\"]?\s*[:=]\s*['\"]?"
_BETWEEN = re.compile(rf"['\"]?[A-Za-z/%]{{0,6}}(?:\s*[,;|]\s*|\s+){_KEY}\Z")
_FIRST = re.compile(rf"(?:\A|[\s{{,;|]){_KEY}\Z")
_END = re.compile(r"['\"]?[A-Za-z/%]{0,6}\s*\}?\s*\Z")


def groups(kinds: Sequence[Kind]) -> Iterator[tuple[list[Kind], bool]]:
    """Yield kinds that are one line of the declaration, and whether their pairs are one field."""
    by_head: dict[str, list[Kind]] = {}
    for kind in kinds:
        begin = pairs_begin(kind)
        head = kind.shape if begin is None else kind.literals[0] if is_dict(kind) else _head(kind, begin)
        by_head.setdefault(head, []).append(kind)
    alone: list[Kind] = []
    for group in by_head.values():
        begin = pairs_begin(group[0])
        many = begin is not None and len(group[0].columns) - begin > _MOST_SPELLED
        if many or is_dict(group[0]) or len(group) > _FEW:
            yield group, True
        else:
            alone += group
    for group in _alternatives(alone):
        yield group, False


def pairs_begin(kind: Kind) -> int | None:
    """Return the column at which the pairs begin that end a kind's lines; None if it has none or one."""
    if not _END.match(kind.literals[-1]):
        return None
    begin = len(kind.columns) - 1
    while begin > 0 and _BETWEEN.match(kind.literals[begin]) and kind.columns[begin].role == "value":
        begin -= 1
    if not _FIRST.search(kind.literals[begin]) or kind.columns[begin].role != "value":
        begin += 1
    pairs = kind.columns[begin:]
    plain = all(column.role == "value" and column.sort in ("number", "percent", "duration") for column in pairs)
    return begin if len(pairs) > 1 and plain and _FIRST.search(kind.literals[begin]) else None


def is_dict(kind: Kind) -> bool:
    """Tell whether lines of a kind are dicts of pairs: then the first key tells what they are about."""
    return kind.literals[0].lstrip().startswith("{") and pairs_begin(kind) == 0


def free_from(kind: Kind) -> int | None:
    """Return the column at which free pairs begin: a dict's first pair is spelled out, which tells the dicts apart."""
    begin = pairs_begin(kind)
    return begin if begin is None else begin + is_dict(kind)


def without_key(text: str) -> str:
    """Return a literal without the key at its end."""
    return re.sub(rf"{_KEY}\Z", "", text)


def _head(kind: Kind, begin: int) -> str:
    return re.sub(r"\s+", " ", without_key("\0".join(kind.literals[: begin + 1])))


def _alternatives(kinds: Sequence[Kind]) -> Iterator[list[Kind]]:
    """Yield kinds together that begin alike, count the same, and have mostly the same values."""
    taken: list[list[Kind]] = []
    for kind in kinds:
        for group in taken:
            if all(_are_alike(kind, other) for other in group):
                group.append(kind)
                break
        else:
            taken.append([kind])
    return iter(taken)


def _are_alike(kind: Kind, other: Kind) -> bool:
    own, others = ({column.name for column in one.values} for one in (kind, other))
    if not own or not others or [one.name for one in kind.counters] != [one.name for one in other.counters]:
        return False
    begins = [re.sub(r"\W+", " ", one.literals[0]) for one in (kind, other)]
    same_begin = begins[0] == begins[1] and (bool(begins[0].strip()) or bool(kind.counters))
    return same_begin and len(own & others) >= max(1, _ALIKE * min(len(own), len(others)))

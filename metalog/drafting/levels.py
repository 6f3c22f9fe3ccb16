"""What counts up inside what: the levels of an unknown log."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from metalog.drafting.cluster import Column, Kind
from metalog.drafting.name import PHASES, phase_of, words_of
from metalog.drafting.roles import counter_word
from metalog.drafting.tokenise import COUNTERS

#: Share of lines that must agree for a guess.
_MOST = 0.9
#: Share of a counter's steps that may be larger than one before it is said to stride.
_GAPS = 0.1


@dataclass(slots=True)
class Levels:
    """Levels, outermost first within each chain.

    ``parents`` has each level's outer one, ``""`` for the outermost; ``seen`` the lines that show a level and the
    numbers that they show, in the order of the log.
    """

    parents: dict[str, str] = field(default_factory=dict)
    seen: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def chains(self) -> list[list[str]]:
        """The chains, from an outermost level to one that has nothing inside."""
        inner = set(self.parents.values())
        return [self.path(name) for name in self.parents if name not in inner]

    def path(self, name: str) -> list[str]:
        """Return a level and all around it, outermost first."""
        path = [name]
        while self.parents.get(path[0]):
            path.insert(0, self.parents[path[0]])
        return path

    def strides(self, name: str) -> bool:
        """Tell whether a level goes up by more than one."""
        ups = [after - before for (_, before), (_, after) in pairwise(self.seen[name]) if after > before]
        return sum(up > 1 for up in ups) > _GAPS * len(ups)

    def turns(self, name: str) -> list[int]:
        """Return the lines at which a level takes another number."""
        seen = self.seen[name]
        return [seen[0][0]] + [line for (_, before), (line, after) in pairwise(seen) if after != before]


def find_levels(kinds: Sequence[Kind]) -> Levels:
    """Name the counters of all kinds by their levels, and tell what is inside what."""
    levels = Levels()
    counting = [kind for kind in kinds if kind.counters]
    for kind in counting:
        for column in kind.counters:
            column.name = _word(column)
    _note(levels, counting)
    for kind in sorted(counting, key=lambda kind: -len(kind.lines)):
        if not all(column.name for column in kind.counters):
            _name_the_rest(kind, levels)
            _note(levels, [kind])
    levels.seen.clear()
    for kind in counting:
        _chain(kind, levels)
    _note(levels, counting)
    _nest(levels, counting)
    return levels


def _word(column: Column) -> str:
    """Return the word for counters in the text before a number, the last one."""
    if word := counter_word(column):
        return word
    found: list[str] = re.findall(r"[a-z]+", column.before.lower())
    words = [word for word in found if word in COUNTERS]
    if words:
        return words[-1]
    own = words_of(column.before)
    return str(own[-1]) if own and own[-1] not in PHASES else ""


def _note(levels: Levels, kinds: Sequence[Kind]) -> None:
    for kind in kinds:
        for column in kind.counters:
            if column.name:
                pairs = zip(kind.lines, map(int, column.texts), strict=True)
                levels.seen.setdefault(column.name, []).extend(pairs)
    for seen in levels.seen.values():
        seen.sort()


def _name_the_rest(kind: Kind, levels: Levels) -> None:
    """Name counters that have no word: by a level that shows the same numbers, or by their place."""
    phase = phase_of(kind.head)
    apart = phase in ("validation", "test")
    inner, nested = kind.counters[-1], len(kind.counters) > 1
    for column in kind.counters:
        if column.name:
            if apart and nested and column is inner:
                column.name = f"{phase}_{column.name}"
            continue
        column.name = next((name for name in levels.seen if _same(column, kind, levels.seen[name])), "")
        if not column.name and nested and column is not inner:
            column.name = "epoch"
        elif not column.name:
            own = "batch" if nested or apart else "iteration"
            column.name = f"{phase}_{own}" if apart else own


def _same(column: Column, kind: Kind, seen: list[tuple[int, int]]) -> bool:
    """Tell whether a column shows what a level showed last, or shows next."""
    lines = [line for line, _ in seen]
    agree = 0
    for line, text in zip(kind.lines, column.texts, strict=True):
        last, following = bisect_right(lines, line) - 1, bisect_left(lines, line)
        near = [seen[place][1] for place in (last, following) if 0 <= place < len(seen)]
        agree += int(text) in near
    return agree >= _MOST * len(kind.lines)


def _chain(kind: Kind, levels: Levels) -> None:
    outer = ""
    for column in kind.counters:
        name = column.name
        while outer and (name in levels.path(outer) or levels.parents.get(name) not in (None, "", outer)):
            name = f"{outer}_{name}"  # a second counter of that name
        column.name = name
        levels.parents[name] = outer or levels.parents.get(name, "")
        outer = name


def _nest(levels: Levels, kinds: Sequence[Kind]) -> None:
    """Put levels that lines show alone inside those that they start over in."""
    heads = {kind.counters[-1].name for kind in kinds if len(kind.counters) == 1 and not kind.values}
    roots = [name for name, outer in levels.parents.items() if not outer]
    for inner in roots:
        for outer in roots:
            if inner != outer and inner not in levels.path(outer) and _inside(inner, outer, levels, heads):
                levels.parents[inner] = outer
                break


def _inside(inner: str, outer: str, levels: Levels, heads: set[str]) -> bool:
    turns, seen = levels.turns(outer), levels.seen[inner]
    falls = [(before, after) for (before, low), (after, high) in pairwise(seen) if high <= low]
    explained = sum(bisect_right(turns, after) > bisect_right(turns, before) for before, after in falls)
    if falls:
        return len(turns) > 1 and explained >= _MOST * len(falls) and not _inside_quickly(outer, inner, levels)
    grouped = outer in heads and len(seen) > len(levels.seen[outer]) and turns[0] < seen[0][0]
    return grouped or (inner.startswith(("validation_", "test_")) and outer not in heads | {inner})


def _inside_quickly(inner: str, outer: str, levels: Levels) -> bool:
    """Tell whether the first of two turns more often than the second, so that it can't be around it."""
    return len(levels.turns(inner)) > len(levels.turns(outer))

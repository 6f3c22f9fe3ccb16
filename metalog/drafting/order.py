"""Where a line that counts stands: before what it counts, behind it, or in the midst."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from metalog.drafting.cluster import Kind
from metalog.drafting.levels import Levels


def demote_midst(kinds: Sequence[Kind]) -> None:
    """Take a counter for a value where its line stands within a block of others that come once in each.

    Such a block has no first line that tells its number: it begins where one of its lines comes again.
    """
    loose = [kind for kind in kinds if not kind.counters]
    for kind in kinds:
        if len(kind.counters) == 1 and not kind.values:
            before = any(_before(other.lines, kind.lines) for other in loose)
            behind = any(_before(kind.lines, other.lines) for other in loose)
            if before and behind:
                kind.counters[0].role = "value"


def closing(kinds: Sequence[Kind], levels: Levels) -> set[str]:
    """Return the levels whose number is shown only behind what is inside them."""
    found = set()
    for level in levels.parents:
        showing = [kind for kind in kinds if level in (column.name for column in kind.counters)]
        if len(showing) != 1 or len(showing[0].counters) > 1:
            continue
        lines = showing[0].lines
        inside = [levels.seen[name][0][0] for name in levels.parents if level in levels.path(name)[:-1]]
        loose = [kind.lines for kind in kinds if not kind.counters]
        begins = any(first < lines[0] for first in inside) or any(_before(other, lines) for other in loose)
        if begins and not any(_before(lines, other) for other in loose):
            found.add(level)
    return found


def _before(lines: Iterable[int], others: Iterable[int]) -> bool:
    """Tell whether lines of two kinds come in turns, one of these before one of those."""
    own, others = list(lines), list(others)
    if not 0 <= len(own) - len(others) <= 1 or len(others) < 2:
        return False
    return all(first < then for first, then in zip(own, others, strict=False)) and all(
        then < following for then, following in zip(others, own[1:], strict=False)
    )

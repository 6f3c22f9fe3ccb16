"""From the lines of an unknown log to a declaration to start from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from metalog.drafting.choose import MOST_COLUMNS, is_record
from metalog.drafting.cluster import Kind, cluster
from metalog.drafting.group import groups
from metalog.drafting.headings import name_by_headings
from metalog.drafting.levels import Levels, find_levels
from metalog.drafting.name import name_columns
from metalog.drafting.order import closing, demote_midst
from metalog.drafting.plan import Planned, plan
from metalog.drafting.roles import find_counters
from metalog.drafting.sample import sample_lines, with_sample
from metalog.drafting.write import declaration, one_line
from metalog.errors import UsageError

#: So many lines are looked at: what comes later looks as what came before.
MOST_LINES: Final = 20_000
#: So many kinds of line a declaration may have, and so many of those that were not placed it shows.
_MOST_KINDS, _MOST_SHOWN = 40, 10


@dataclass(frozen=True, slots=True)
class Draft:
    """A declaration to start from.

    Attributes
    ----------
    text
        The declaration, which loads as it is.
    numbered, placed
        How many lines of the log hold numbers, and how many of those a line of the declaration explains.
    unplaced
        What no line explains: how many lines look so, and the first of them, the most frequent first.
    """

    text: str
    numbered: int
    placed: int
    unplaced: list[tuple[int, str]]


def draft(lines: Iterable[str], name: str) -> Draft:
    """Write a declaration from a log in an unknown format.

    Parameters
    ----------
    lines
        The log's lines, with their line ends; only so many as :data:`MOST_LINES` are looked at.
    name
        What the format is to be called.

    Raises
    ------
    UsageError
        If the log has no line that repeats with other numbers.
    """
    source = iter(lines)
    shapes = cluster(islice(source, MOST_LINES))
    possible = [kind for kind in shapes.kinds if len(kind.columns) <= MOST_COLUMNS]
    name_by_headings(possible, shapes.texts)
    for kind in possible:
        find_counters(kind)
        name_columns(kind)
    records = _most_frequent([kind for kind in possible if is_record(kind)])
    if not records:
        what = (
            f"none of {shapes.numbered} lines with numbers comes again with others" if shapes.numbered else "no numbers"
        )
        raise UsageError(f"there is nothing to draft: {what}")
    levels, planned = _plan(records, shapes.texts)
    unplaced = _unplaced(shapes.kinds, records)
    placed = shapes.numbered - sum(count for count, _ in unplaced)
    where = f"the first {MOST_LINES} lines of the log" if next(source, None) is not None else "the log"
    head = "".join(f"# {note}\n" for note in _notes(placed, shapes.numbered, where))
    body = declaration(name, levels, planned, bars=shapes.bars, wraps=shapes.wraps)
    text = with_sample(head + body, sample_lines(planned)) + "".join(_tail(unplaced))
    return Draft(text, shapes.numbered, placed, unplaced)


def _most_frequent(kinds: list[Kind]) -> list[Kind]:
    """Return as many kinds as a declaration can have, in the order of the log."""
    kept = {id(kind) for kind in sorted(kinds, key=lambda kind: -len(kind.lines))[:_MOST_KINDS]}
    return [kind for kind in kinds if id(kind) in kept]


def _plan(records: list[Kind], texts: dict[str, list[int]]) -> tuple[Levels, list[Planned]]:
    demote_midst(records)
    levels = find_levels(records)
    for kind in records:
        name_columns(kind, levels.parents)
    return levels, plan(groups(records), levels, closing(records, levels), texts)


def _unplaced(kinds: Sequence[Kind], records: Sequence[Kind]) -> list[tuple[int, str]]:
    placed = {id(kind) for kind in records}
    rest = [(len(kind.lines), kind.first) for kind in kinds if id(kind) not in placed]
    return sorted(rest, key=lambda own: -own[0])


def _notes(placed: int, numbered: int, where: str) -> Iterator[str]:
    yield f"A draft: it explains {placed} of the {numbered} lines with numbers in {where} that it was made from."
    yield "All of it was guessed from how the lines look. Check, from top to bottom:"
    yield "- levels: is what counts inside really inside? A program's own order is known to you, not to a guess."
    yield "- the names between < and >, which columns get; one that begins with _ is matched and not kept."
    yield "- row (each line is a row of that frame), into (several lines fill one row), opens, closes (begin, end)."
    yield "Then `metalog formats test FILE LOG` tells what it reads. What it does not explain stands at the end."


def _tail(unplaced: Sequence[tuple[int, str]]) -> Iterator[str]:
    if unplaced:
        yield "\n# Not placed: lines with numbers that nothing above explains, the most frequent first.\n"
    for count, first in unplaced[:_MOST_SHOWN]:
        yield one_line(f"# {count} x: {first}") + "\n"
    if len(unplaced) > _MOST_SHOWN:
        yield f"# … and {len(unplaced) - _MOST_SHOWN} more shapes\n"

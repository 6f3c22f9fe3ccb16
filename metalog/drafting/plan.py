"""What each kind of line becomes in a declaration."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from metalog.drafting.banners import banners_of
from metalog.drafting.choose import STARTS
from metalog.drafting.cluster import Kind
from metalog.drafting.frames import frame_of, row_frame, settle
from metalog.drafting.group import free_from
from metalog.drafting.levels import Levels
from metalog.drafting.name import snake

#: A line that came once, behind so many turns of a level, is a result, no value of the last turn.
_LATE: Final = 10
#: Share of the turns in which a kind may come twice and still fill one row a turn.
_TWICE: Final = 0.05
#: Share of lines that must agree for a guess.
_MOST: Final = 0.9
#: Share of the turns of an inner level in which a line must come to be one of its values.
_OFTEN: Final = 0.5


@dataclass(slots=True)
class Planned:
    """A ``[[line]]`` to be.

    Attributes
    ----------
    kinds
        What it is made of: several are alternatives; none for a text without numbers.
    pairs
        Whether the pairs at the end of its lines are one field.
    name, keys
        Its name, and its other keys in the order of writing.
    text
        The text of a line without numbers, which tells the part of the data.
    places
        Where in the log such texts stood.
    """

    kinds: list[Kind]
    pairs: bool = False
    name: str = ""
    keys: dict[str, object] = field(default_factory=dict)
    text: str = ""
    places: list[int] = field(default_factory=list)

    @property
    def lead(self) -> Kind:
        """The kind that most of its lines are of."""
        return max(self.kinds, key=lambda kind: len(kind.lines))

    @property
    def lines(self) -> list[int]:
        """The numbers of its lines."""
        return sorted(self.places or (line for kind in self.kinds for line in kind.lines))

    @property
    def level(self) -> str:
        """The innermost level that it shows, ``""`` for none."""
        counters = self.lead.counters
        return counters[-1].name if counters else ""


def plan(
    groups: Iterable[tuple[list[Kind], bool]], levels: Levels, closing: set[str], texts: dict[str, list[int]]
) -> list[Planned]:
    """Return the lines of a declaration: banners first, then in the order of the log."""
    planned = list(_by_place(groups, levels, closing))
    _gather_blocks(planned)
    settle(planned, levels)
    banners = [
        Planned([], name=f"{part} banner", keys={"set": {"phase": part}}, text=text, places=texts[text])
        for text, part in banners_of(texts, [line for line in planned if "opens" not in line.keys]).items()
    ]
    _different_names([*banners, *planned])
    return [*banners, *planned]


def _by_place(groups: Iterable[tuple[list[Kind], bool]], levels: Levels, closing: set[str]) -> Iterator[Planned]:
    for kinds, pairs in groups:
        line = Planned(kinds, pairs)
        kind = line.lead
        line.name = _line_name(kind)
        if kind.counters and not kind.values:
            _place_header(line, kind, levels, closing)
        elif STARTS.match(kind.first) and not kind.counters:
            line.keys["opens"] = "run"
            _drop(kind)
        elif kind.counters:
            line.keys["row"] = row_frame(kind, levels)
            if line.level in closing:
                line.keys["closes"] = line.level
        else:
            _place_values(line, levels, closing)
        if any(column.sort == "list" for one in kinds for column in one.values):
            _place_list(line)
        if pairs and (parts := _parts_in_keys(kind)):
            line.keys["names"] = parts
        yield line


def _parts_in_keys(kind: Kind) -> dict[str, str]:
    """Return the names of those free pairs whose keys begin with a part of the data."""
    free = kind.literals[free_from(kind) or 0 : -1]
    found = re.findall(r"['\" ,;|\t](val|valid|eval)_\w+['\"]?\s*[:=]", "".join(free))
    return {f"{part}_*": "validation_*" for part in dict.fromkeys(found)}


def _place_header(line: Planned, kind: Kind, levels: Levels, closing: set[str]) -> None:
    if _repeats(kind, levels):
        _drop(kind)
    else:
        line.keys["closes" if line.level in closing else "opens"] = line.level


def _drop(kind: Kind) -> None:
    for column in kind.columns:
        column.role = "unused"


def _repeats(kind: Kind, levels: Levels) -> bool:
    """Tell whether lines only say again what others showed before: they carry nothing."""
    column = kind.counters[-1]
    own = set(kind.lines)
    others = [(line, number) for line, number in levels.seen[column.name] if line not in own]
    agree = 0
    for line, text in zip(kind.lines, column.texts, strict=True):
        last = bisect_right(others, (line, -1)) - 1
        agree += last >= 0 and others[last][1] == int(text)
    return agree >= _MOST * len(kind.lines)


def _line_name(kind: Kind) -> str:
    words = re.findall(r"[A-Za-z][A-Za-z]+", kind.head) or re.findall(r"[A-Za-z][A-Za-z]+", kind.literals[0])
    return " ".join(words[:3]).lower() or (kind.counters or kind.columns)[0].name.replace("_", " ") or "line"


def _place_values(line: Planned, levels: Levels, closing: set[str]) -> None:
    """Place a line without counters: into the row of the level whose turns it comes in once, else a row of its own."""
    lines = line.lines
    outer = _once_a_turn(lines, levels, closing)
    if outer:
        line.keys |= {"into": frame_of(outer, line.lead.values[0].name), "within": outer}
        return
    line.keys["row"] = _row_name(line)
    roots = [name for name, parent in levels.parents.items() if not parent]
    around = [name for name in roots if levels.seen[name][0][0] < lines[0]]
    if around and not _is_late(lines, levels, around[0]):
        line.keys["within"] = around[0]


def _row_name(line: Planned) -> str:
    names = [column.name for column in line.lead.values]
    if "loss" in names or "train_loss" in names[:1]:
        return "steps"
    told = next((part for part in ("validation", "test") if names[0].startswith(f"{part}_")), "")
    return f"{told}s" if told else "_".join(snake(line.name).split("_")[:3])


def _once_a_turn(lines: list[int], levels: Levels, closing: set[str]) -> str:
    """Return the outermost level, of those that begin before these lines, in whose turns they come once."""
    for chain in sorted(levels.chains, key=lambda chain: -len(chain)):
        for level in chain:
            turns = levels.turns(level)
            if (turns[0] > lines[0] and level not in closing) or _is_late(lines, levels, level):
                continue
            places = [bisect_right(turns, number) for number in lines]
            often = not levels.parents[level] or len(set(places)) >= _OFTEN * len(turns)
            if often and len(places) - len(set(places)) <= _TWICE * len(places):
                return level
    return ""


def _is_late(lines: list[int], levels: Levels, level: str) -> bool:
    turns = levels.turns(level)
    return len(lines) == 1 and len(turns) >= _LATE and lines[0] > turns[-1]


def _gather_blocks(planned: list[Planned]) -> None:
    """Let lines without any level that come once in each of many blocks fill one row a block."""
    loose = [line for line in planned if "row" in line.keys and not line.level and "within" not in line.keys]
    if not loose:
        return
    first = max(loose, key=lambda line: (len(line.lines), -line.lines[0]))
    filling = [line for line in loose if not line.pairs and _is_once_in_each(line.lines, first.lines)]
    for line in loose:
        if len(filling) > 1 and line in filling:
            line.keys = {"into": "blocks", "within": "run"}
        elif len(line.lines) > 1:
            line.keys["count"] = "entry"


def _is_once_in_each(lines: list[int], firsts: list[int]) -> bool:
    places = [bisect_right(firsts, number) for number in lines]
    return len(places) >= max(2, _OFTEN * len(firsts)) and places[0] > 0 and len(set(places)) == len(places)


def _place_list(line: Planned) -> None:
    """Let each value of a list be a row; a line with a list fills no row of others."""
    if "into" in line.keys:
        line.keys = {"row": snake(line.name), **{key: own for key, own in line.keys.items() if key != "into"}}
    line.keys["each"] = "place"


def _different_names(planned: list[Planned]) -> None:
    taken: set[str] = set()
    for line in planned:
        name, number = line.name, 2
        while line.name in taken:
            line.name, number = f"{name} {number}", number + 1
        taken.add(line.name)

"""Lines as the program meant them: of a bar the last state, and a list that was broken over lines in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from metalog.drafting.clean import last_state

#: Over so many lines a list goes at most.
_MOST_PARTS: Final = 50
_UNCLOSED = re.compile(r"\[[\s.,+-]*\d[\d\s.,eE+-]*\Z")
_GOES_ON = re.compile(r"\s[\d\s.,eE+-]+(?:\]|\Z)")


@dataclass(frozen=True, slots=True)
class Whole:
    """A line with the number of its first physical one, of how many it is made, and whether it is a bar's."""

    number: int
    text: str
    parts: int = 1
    is_bar: bool = False


def whole_lines(lines: Iterable[str]) -> Iterator[Whole]:
    """Yield the lines without colours, a bar's earlier states, and breaks within lists."""
    begin, parts = 0, list[str]()
    for number, line in enumerate(lines):
        state = last_state(line)
        if parts and len(parts) < _MOST_PARTS and _GOES_ON.match(state):
            parts.append(state.strip())
            if "]" not in state:
                continue
        else:
            if parts:
                yield Whole(begin, " ".join(parts), len(parts))
            begin, parts = number, [state]
            if _UNCLOSED.search(state):
                continue
        yield Whole(begin, " ".join(parts), len(parts), "\r" in line.rstrip("\r\n"))
        parts = []
    if parts:
        yield Whole(begin, " ".join(parts), len(parts))

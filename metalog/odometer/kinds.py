"""What a line does to its level, and what it means below another one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """What a line does to its level; a VALUE is a row that shows no number, BEGIN and END are those of a run."""

    AROUND, OPEN, ROW, CLOSE, END, NONE, VALUE, BEGIN = range(8)


class Check(IntEnum):
    """How a line's counter is compared with the number of its level: it stays, turns by one, or only grows."""

    SAME, NEXT, GROW, FREE = range(4)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of line as the odometer sees it.

    Attributes
    ----------
    name
        The line's name.
    role, level
        What it does, and to which level; -1 for none.
    path
        The levels that are open after it, outermost first.
    counters
        For each slot the level whose number it is (-1 for none) and how it is compared.
    shown
        The outermost level whose number the line shows, -1 for none.
    plus
        Added to the number of a level that it opens.
    frame
        Index of the table of which it is a row, -1 for none.
    shows
        Whether it is a row that shows numbers which no other line has announced.
    joins
        Whether several kinds of line turn its level: the first one of a number does, others join it.
    phase
        Number of what it sets, -1 if that is nothing: training, say, or validation.
    """

    name: str
    role: Role
    level: int
    path: tuple[int, ...]
    counters: tuple[tuple[int, Check], ...] = ()
    shown: int = -1
    plus: int = 0
    frame: int = -1
    shows: bool = False
    joins: bool = False
    phase: int = -1


@dataclass(frozen=True, slots=True)
class Pair:
    """What a line means below another one.

    Attributes
    ----------
    lacks
        The levels that it needs and that are not open, outermost first.
    unclosed
        The levels that it ends and that have a line of their own to end them.
    counted
        The levels whose turns inside the one around them end here, so that they can be counted.
    last
        Whether these are the last ones before an outer level is closed, and may be fewer.
    fits
        Whether all is in order but perhaps the numbers.
    """

    lacks: tuple[int, ...]
    unclosed: tuple[int, ...]
    counted: tuple[int, ...]
    last: bool
    fits: bool

"""What messages say of levels and lines, in the format's own words."""

from __future__ import annotations

from collections.abc import Sequence

from metalog.formats.model import Level
from metalog.formats.template import MISSING
from metalog.odometer.kinds import Role
from metalog.odometer.tables import Tables


def a(what: str) -> str:
    """Put the article before a name."""
    return f"{'an' if what[:1] in 'aeiou' else 'a'} {what}"


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them."""
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def opener(tables: Tables, index: int) -> str:
    """Name the line that opens a level."""
    return f"the header of {a(tables.levels[index].word)}"


def frame_line(tables: Tables, index: int) -> str:
    """Name the line that stands above and below the opening line of a level."""
    return next(kind.name for kind in tables.kinds if kind.role is Role.AROUND and kind.level == index)


def unclosed(tables: Tables, index: int, number: int) -> str:
    """Say that a level ends without the line that closes it."""
    lines = zip(tables.format.lines, tables.format.line_levels, strict=True)
    closing = next(line for line, own in lines if line.closes and own == index)
    word = tables.levels[index].word
    named = f"the {word}" if number == MISSING else f"{word} {number}"
    return f"{named} above has no {closing.name if closing.row else 'end'}"


def lost(tables: Tables, what: str, lacks: Sequence[int]) -> str:
    """Say which headers a line needs that never came."""
    names = listed([tables.levels[index].word for index in lacks])
    shapes = ", ".join(f"'{tables.openers[index].shape}'" for index in lacks if index in tables.openers)
    plural = "s" * (len(lacks) > 1)
    return f"{a(what)} line without the header{plural} of its {names}" + (f" ({shapes})" if shapes else "")


def parent_lost(tables: Tables, level: int, first: int, last: int) -> str:
    """Say that a level begins anew although the one around it was not opened."""
    own, around = tables.levels[level], tables.levels[tables.parent(level)]
    opening = tables.openers.get(tables.parent(level))
    shape = f" ('{opening.shape}')" if opening else ""
    return f"{own.word} {first} after {own.word} {last}: the header of its {around.word}{shape} is missing"


def misnumbered(own: Level, number: int, last: int, place: int, verb: str = "begin") -> tuple[str, str] | None:
    """Return code and message for a number that is not the next one.

    It is None if headers without numbers make up for what is missing.
    """
    if number < own.first:
        return "order", f"{own.word} {number}, but they count from {own.first}"
    if number == last:
        return "repeated", f"{own.word} {number} comes twice"
    if number > place + 1:
        return "gap", f"{own.word} {number} where {place + 1} should {verb}"
    if number < last:
        return "order", f"{own.word} {number} after {own.word} {last}"
    return None


def place(numbers: Sequence[tuple[str, int]]) -> str:
    """Name a place by the numbers of its levels, innermost first, as far as they are known."""
    return " of ".join(f"{word} {number}" for word, number in numbers if number != MISSING) or a(numbers[0][0])

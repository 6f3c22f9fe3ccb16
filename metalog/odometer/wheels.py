"""How a level begins, and what it means that it goes back: shared by lines that open levels and rows that show them."""

from __future__ import annotations

from typing import Final

from metalog.formats.template import MISSING
from metalog.odometer.case import Case
from metalog.odometer.state import NUMBER_OF_SEGMENT

OVERFLOW: Final = "a counter is too large to be held; it is left missing"


def learn_first(case: Case, level: int) -> None:
    """Let a log show what a level counts from, if the format does not say it: 0 or 1, or where it counts in strides."""
    own, number, state = case.own(level), case.shown[level], case.state
    if not own.finds_first or number == MISSING:
        return
    if state.is_before_first(level) and (number == 0 or (own.any_stride and not state.scalars[NUMBER_OF_SEGMENT])):
        state.first[level] = number
        state.last[level] = state.reset(level)
    elif number < own.first:  # the log did not begin with the first one
        state.first[level] = number


def begin(case: Case, level: int) -> None:
    """Judge the first turn of a level inside the one around it."""
    own, number = case.own(level), case.shown[level]
    resumed = own.parent < 0 and case.state.scalars[NUMBER_OF_SEGMENT] > 0
    if own.any_stride or resumed or (own.parent >= 0 and not case.state.known[own.parent]):
        return
    if number < own.first:
        case.report("order", f"{own.word} {number}, but they count from {own.first}")
    elif number > own.first:
        case.report("gap", f"{own.word} {number} where {own.first} should begin")


def turns_unprinted(case: Case, level: int) -> bool:
    """Let the level around turn if that is never printed and this one starts over; tell whether it did."""
    parent, number = case.tables.parent(level), case.shown[level]
    own = case.own(level)
    if parent not in case.tables.unprinted or number > case.state.last[level]:
        return False
    if number != own.first and not (own.any_stride and number < case.state.last[level]):
        return False
    case.state.turn(parent, case.state.last[parent] + 1)
    return True


def goes_back(case: Case, level: int) -> None:
    """Begin a new segment: the log starts over, or goes on from an earlier number."""
    own, number = case.own(level), case.shown[level]
    starts_over = all(shown <= case.state.first[other] for other, shown in case.shown.items())
    code, does = ("restart", "starts over") if starts_over else ("resume", "goes on")
    case.report(code, f"the log {does} with {own.word} {number} after {own.word} {case.state.last[level]}")
    case.begin_segment()
    if level != case.kind.level:
        case.state.turn(level, number)

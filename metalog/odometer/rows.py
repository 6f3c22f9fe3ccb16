"""What it means where a row shows other numbers of the levels around it than those that stand above."""

from __future__ import annotations

from metalog.formats.template import MISSING
from metalog.odometer.case import Case
from metalog.odometer.kinds import Role
from metalog.odometer.turns import report_misnumbered
from metalog.odometer.wheels import OVERFLOW


def judge_row(case: Case) -> None:
    """Judge a line that shows the number of a level around its own, or of the one that it closes."""
    outer = case.kind.shown
    number, is_open = case.shown[outer], outer in case.upper.path
    if MISSING in case.shown.values():
        case.report("overflow", OVERFLOW)
    elif is_open and not case.state.known[outer]:
        return
    elif not is_open:
        case.report("lost-header", f"a {case.kind.name} line without the header '{_header(case, outer, number)}'")
    elif number == case.state.last[outer]:
        _judge_inside(case)
    elif _shows_the_first(case) and case.is_closed and case.upper.level == outer:
        case.lose_parent(outer)
    else:
        _judge_elsewhere(case, outer, number)


def _header(case: Case, level: int, number: int) -> str:
    """Write the line that should open a level, as far as this number tells it."""
    opening = case.tables.openers.get(level)
    if opening is None:
        return case.word(level)
    return (
        opening.render(number - opening.plus) if len(opening.fields) == 1 and number >= opening.plus else opening.shape
    )


def _shows_the_first(case: Case) -> bool:
    return len(case.shown) > 1 and all(number == case.state.first[level] for level, number in case.shown.items())


def _judge_inside(case: Case) -> None:
    """Judge a row whose outer number is the one above."""
    level, outer = case.kind.level, case.kind.shown
    word = case.word(level)
    closed = case.is_closed and case.upper.level == outer
    if case.kind.role is Role.CLOSE:
        if closed:
            case.report("repeated", f"the {case.kind.name} of {word} {case.shown[outer]} comes twice")
    elif closed:
        case.report("order", f"{word} {case.number} after the {case.upper.name} of its {case.word(outer)}")
    elif case.above != case.this or case.state.known[level]:
        own = case.own(level)
        last = case.state.last[level] if case.above == case.this else own.first - 1
        if case.number != last + 1:
            report_misnumbered(case, own, case.number, last, last, verb="follow")


def _judge_elsewhere(case: Case, outer: int, number: int) -> None:
    """Judge a row whose outer number is another one than the one above."""
    word, last = case.word(outer), case.state.last[outer]
    if number == last + 1 and outer in case.tables.openers:
        header = _header(case, outer, number)
        case.report("lost-header", f"a record of {word} {number} without the header '{header}'")
    elif number > last:
        case.report("gap", f"a record of {word} {number} after {word} {last}")
    else:
        case.report("order", f"a record of {word} {number} after {word} {last}")

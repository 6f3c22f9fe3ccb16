"""What it means where a row shows numbers that no header has announced: it turns the levels itself."""

from __future__ import annotations

from metalog.formats.template import MISSING
from metalog.odometer.case import Case
from metalog.odometer.state import IS_NEW_PHASE, PHASE
from metalog.odometer.wheels import OVERFLOW, begin, goes_back, learn_first, turns_unprinted


def judge_shown(case: Case) -> None:
    """Judge a row whose numbers are all that tells where it belongs: the outermost one that differs has turned."""
    levels = sorted(case.shown)
    if MISSING in case.shown.values():
        case.report("overflow", OVERFLOW)
        return
    turned = next((place for place, level in enumerate(levels) if not _stands(case, level)), None)
    if turned is None:
        word, number = case.word(levels[-1]), case.shown[levels[-1]]
        case.report("repeated", f"{word} {number} comes twice")
        return
    level = levels[turned]
    learn_first(case, level)
    if case.state.is_before_first(level):
        begin(case, level)
    else:
        _turn(case, level, placed=turned > 0 or case.tables.parent(level) < 0)
    for inner in levels[turned + 1 :]:
        if level != case.kind.level:
            case.state.turn(level, case.shown[level])
        learn_first(case, inner)
        begin(case, inner)
        level = inner


def _stands(case: Case, level: int) -> bool:
    """Tell whether a level has the number that the line shows."""
    return bool(case.state.known[level]) and case.state.shown[level] == case.shown[level]


def _turn(case: Case, level: int, *, placed: bool) -> None:
    """Judge another turn of a level; `placed` says that the line tells all levels around it."""
    own, number = case.own(level), case.shown[level]
    if number > case.state.last[level]:
        if not own.any_stride and number > case.state.place(level) + 1:
            case.report("gap", f"{own.word} {number} where {case.state.place(level) + 1} should follow")
    elif turns_unprinted(case, level):
        return
    elif placed:
        goes_back(case, level)
    elif number <= own.first:
        case.lose_parent(level)
    else:
        case.report("order", f"{own.word} {number} after {own.word} {case.state.last[level]}")


def judge_phase(case: Case) -> None:
    """Judge the first line with numbers in another phase: levels count anew, and it must only not be one that was."""
    state, path = case.state, case.tables.format.path(case.kind.level)
    state.scalars[IS_NEW_PHASE] = 0
    if MISSING in case.shown.values():
        case.report("overflow", OVERFLOW)
        return
    before = state.phases.get(state.scalars[PHASE])
    numbers = [case.shown.get(level, state.shown[level]) for level in path]
    if before is not None and numbers <= [before[level] for level in path]:
        goes_back(case, case.kind.shown)
    for level in sorted(case.shown):
        learn_first(case, level)
        if level != case.kind.level and not _stands(case, level):
            state.turn(level, case.shown[level])


def judge_late(case: Case) -> None:
    """Judge a line that closes a level and tells its number, which the rows above it could not know."""
    level = case.kind.shown
    own, number = case.own(level), case.shown[level]
    expected = case.state.place(level)
    if number == MISSING:
        case.report("overflow", OVERFLOW)
    elif case.state.last[level] == case.state.reset(level):
        learn_first(case, level)
        begin(case, level)
    elif number > expected and not own.any_stride:
        case.report("gap", f"{own.word} {number} where {expected} should end")
    elif number <= case.state.last[level]:
        goes_back(case, level)

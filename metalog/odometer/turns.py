"""What it means where a level turns to another number than its next one."""

from __future__ import annotations

from metalog.formats.model import Level
from metalog.formats.template import MISSING
from metalog.odometer import words
from metalog.odometer.case import Case
from metalog.odometer.kinds import Role
from metalog.odometer.state import PARTIAL
from metalog.odometer.wheels import OVERFLOW, goes_back, learn_first, turns_unprinted


def judge_opening(case: Case) -> None:
    """Judge a line that lets its level turn, all around it being open."""
    level = case.kind.level
    _judge_frame(case)
    if level in case.shown and case.number != MISSING:
        learn_first(case, level)
        if turns_unprinted(case, level):
            return
    if level not in case.shown:
        _judge_unnumbered(case, level)
    elif case.number == MISSING:
        case.report("overflow", OVERFLOW)
        case.totals.go_on(level, MISSING)
    elif case.own(level).any_stride:
        _judge_growth(case, level)
    elif case.tables.parent(level) < 0:
        _judge_outermost(case, level)
    elif case.tables.levels[level].resumes:
        _judge_resumed(case, level)
    else:
        _judge_number(case, level)


def report_misnumbered(case: Case, own: Level, number: int, last: int, place: int, verb: str = "begin") -> None:
    """Report a number that is not the next one."""
    if found := words.misnumbered(own, number, last, place, verb):
        case.report(*found)


def _judge_frame(case: Case) -> None:
    """Report a missing line above or below an opening one, and what has not been closed."""
    tables, level = case.tables, case.kind.level
    if level in tables.framed and not case.is_again and not case.is_below_frame_line:
        case.report_unclosed()
        case.report("order", f"no {words.frame_line(tables, level)} above {words.opener(tables, level)}")
    elif case.upper.role is Role.OPEN and case.upper.level in tables.framed and not case.is_again:
        frame, opener = (name(tables, case.upper.level) for name in (words.frame_line, words.opener))
        case.report("order", f"no {frame} below {opener}")
    else:
        case.report_unclosed(level)


def _judge_unnumbered(case: Case, level: int) -> None:
    if not case.tables.format.exact and level not in case.tables.closable:
        return  # it begins anew, and ends the one above
    word, is_open = case.word(level), level in case.upper.path
    if is_open and not (case.is_closed and case.upper.level == level):
        case.report("order", f"{words.a(word)} begins inside another")
    elif is_open:
        around = case.word(case.tables.parent(level))
        case.report("lost-header", f"{words.a(word)} that belongs to no {around}")


def _judge_number(case: Case, level: int) -> None:
    state, own = case.state, case.own(level)
    last, place = state.last[level], state.place(level)
    begun_within = state.lost[own.parent] and state.lost[level] and last == own.first - 1
    if not state.known[level] and not state.lost[level]:
        return
    if case.number == place + 1 or (begun_within and case.number > place):
        if level in case.pair.unclosed:
            case.report("unfinished", words.unclosed(case.tables, level, last))
    elif case.number == own.first and not (case.number == last and not _has_come_to_something(case, level)):
        case.lose_parent(level)
    else:
        report_misnumbered(case, own, case.number, last, place)


def _has_come_to_something(case: Case, level: int) -> bool:
    """Tell whether the present turn of a level has been closed, or where nothing closes it, has anything inside."""
    if level in case.tables.closable:
        return case.is_closed and case.upper.level == level
    return case.above != case.this


def _judge_growth(case: Case, level: int) -> None:
    word, last, number = case.word(level), case.state.last[level], case.number
    if not case.state.known[level]:
        return
    if number == last:
        case.report("repeated", f"{word} {number} comes twice")
    elif number < last and case.tables.parent(level) < 0:
        goes_back(case, level)
    elif number < last:
        case.report("order", f"{word} {number} after {word} {last}")


def _judge_outermost(case: Case, level: int) -> None:
    """Judge the outermost level: going back to any number begins a new segment."""
    state, own, number = case.state, case.own(level), case.number
    last, place = state.last[level], state.place(level)
    begun_within = last == own.first - 1 and (state.lost[level] > 0 or not state.is_fresh(level))
    state.again[level] = own.first <= number <= last
    if case.above == case.this and number == last and state.known[level]:
        case.report("repeated", f"{own.word} {number} comes twice")
    elif number < own.first:
        case.report("order", f"{own.word} {number}, but they count from {own.first}")
    elif state.scalars[PARTIAL] or number <= last or (begun_within and number == own.first):
        code, does = ("restart", "starts over") if number == own.first else ("resume", "goes on")
        case.report(code, f"the log {does} with {own.word} {number}")
        case.begin_segment()
        case.totals.recall(level, number)
    elif number > place + 1:
        if not begun_within:
            case.report("gap", f"{own.word} {number} where {place + 1} should begin")
        case.totals.forget()
    else:
        case.totals.go_on(level, number)
    case.totals.note(level, number)


def _judge_resumed(case: Case, level: int) -> None:
    """Judge a level of which a run that was interrupted repeats some turns: going back begins a new segment."""
    state, own, number = case.state, case.own(level), case.number
    last, expected = state.last[level], state.place(level) + 1
    if number > expected and state.again[own.parent] and expected == own.first:
        case.report("resume", f"the run goes on with {own.word} {number}")
    elif number > expected:
        case.report("gap", f"{own.word} {number} where {expected} should follow")
    elif case.above == case.this and number == last and state.known[level]:
        case.report("repeated", f"{own.word} {number} comes twice")
    elif number <= last:
        around = words.a(case.word(own.parent))
        anew = f"; the run starts over, or {around} begins without its header" if number == own.first else ""
        case.report("resume", f"{own.word} {number} comes again after {own.word} {last}{anew}")
        case.begin_segment()
        if number == own.first != last:
            case.totals.forget()
            state.turn(own.parent, MISSING)

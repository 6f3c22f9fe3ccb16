"""What it means where a line does not follow its neighbour: which header was lost, whether a run starts over.

The loop asks only about tokens that are out of order, so this module decides and never loops over a log. A lost header
becomes a turn without a number: the rows below it are kept apart from those above, and the number that nobody knows
stays missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from metalog.formats.template import MISSING
from metalog.odometer import words
from metalog.odometer.case import Case, Finding
from metalog.odometer.kinds import Role
from metalog.odometer.rows import judge_row
from metalog.odometer.shown import judge_late, judge_phase, judge_shown
from metalog.odometer.state import ABOVE, IS_NEW_PHASE, NUMBER_OF_SEGMENT, PARTIAL, PHASE, Output, State
from metalog.odometer.tables import Tables
from metalog.odometer.totals import Totals
from metalog.odometer.turns import judge_opening
from metalog.odometer.usual import Counts


class Judge:
    """Decides on the tokens of one writer that are out of order."""

    def __init__(self, tables: Tables, state: State, counts: Counts) -> None:
        self._tables, self._state, self._counts = tables, state, counts
        self._totals = Totals(tables, state)

    def visit(self, at: int, this: int, counters: Sequence[int], out: Output) -> list[Finding]:
        """Decide on a token; return what is to be reported.

        Parameters
        ----------
        at, this
            Its index and kind.
        counters
            What its line shows, slot by slot.
        out
            The rows of the block, to which lost turns and new segments are added.
        """
        shown = {level: self._number(this, slot, counters) for slot, (level, _) in enumerate(self._levels(this))}
        case = Case(self._tables, self._state, self._totals, out, at, self._state.scalars[ABOVE], this, shown)
        unusual = [] if case.is_again else self._unusual(case)
        segment = self._state.scalars[NUMBER_OF_SEGMENT]
        if case.kind.phase not in (MISSING, self._state.scalars[PHASE]):
            self._state.begin_phase(case.kind.phase)
        _judge(case)
        over = case.kind.role is Role.AROUND or self._state.scalars[NUMBER_OF_SEGMENT] != segment
        for level, count, usual in unusual:
            fewer = over and count < usual and not self._tables.levels[level].counted
            what = self._counts.what(level, last=case.pair.last)
            case.report("unfinished" if fewer else "uneven", f"{what} above: {count}, usually {usual}")
        return case.found

    def _levels(self, this: int) -> tuple[tuple[int, object], ...]:
        return self._tables.kinds[this].counters

    def _number(self, this: int, slot: int, counters: Sequence[int]) -> int:
        number = counters[slot]
        return number if number == MISSING else number + self._tables.kinds[this].plus

    def _unusual(self, case: Case) -> list[tuple[int, int, int]]:
        """Return level, count and usual count where a count that ends here is unusual."""
        unusual = []
        for level in case.pair.counted:
            known = self._state.known[level] or self._state.lost[level]
            lacking = self._state.scalars[PARTIAL] and level <= self._tables.optional
            if known and not lacking:
                count = self._state.count(level)
                usual = self._counts.take(level, count, last=case.pair.last)
                if usual is not None:
                    unusual.append((level, count, usual))
        return unusual


def _judge(case: Case) -> None:
    kind = case.kind
    if kind.role is Role.AROUND:
        _judge_frame_line(case)
    elif kind.role is Role.END:
        _judge_end(case)
    elif kind.role is Role.BEGIN:
        _judge_begin(case)
    elif kind.role is Role.CLOSE and kind.shown < 0:
        _judge_close(case)
    elif lacks := _open_unprinted(case, _lacks(case)):
        _open_lost(case, lacks)
    elif kind.role is Role.CLOSE and kind.shown in case.tables.numbered_late:
        judge_late(case)
    elif kind.role in (Role.VALUE, Role.NONE):
        return
    elif case.state.scalars[IS_NEW_PHASE] and case.shown:
        judge_phase(case)
    elif kind.shows:
        judge_shown(case)
    elif kind.role is Role.OPEN or (kind.role is Role.ROW and kind.shown == kind.level >= 0):
        judge_opening(case)
    elif kind.shown >= 0:
        judge_row(case)


def _judge_frame_line(case: Case) -> None:
    case.report_unclosed()
    if case.above == case.this:
        opener = words.opener(case.tables, case.kind.level)
        case.report("order", f"{words.a(case.kind.name)} where {opener} should stand")


def _judge_end(case: Case) -> None:
    case.report_unclosed()
    line = case.tables.format.lines[case.this]
    if case.above == case.this:
        case.report("repeated", f"'{line.shape}' comes twice")
    elif line.without and not case.state.scalars[PARTIAL]:
        case.report("order", f"'{line.shape}' closes a log without {line.without}s, but this is none")


def _judge_begin(case: Case) -> None:
    """Judge a line that begins a run: what came before belongs to another one, if anything did."""
    if case.above != case.tables.start:
        case.report_unclosed()
        case.start_over(f"'{case.tables.format.lines[case.this].shape}'")


def _open_unprinted(case: Case, lacks: tuple[int, ...]) -> tuple[int, ...]:
    """Open the missing levels that no line opens; return the others."""
    for place, level in enumerate(lacks):
        if level in case.tables.unprinted:
            case.state.turn(level, case.state.place(level) + 1)
        elif level in case.tables.numbered_late:
            case.state.turn(level, MISSING)
        else:
            return lacks[place:]
    return ()


def _judge_close(case: Case) -> None:
    level = case.kind.level
    if case.above == case.this:
        case.report("repeated", f"the end of the {case.word(level)} comes twice")
    elif level not in case.upper.path or (case.is_closed and case.upper.level == level):
        case.report_unclosed(level)
        case.report("order", f"the end of {words.a(case.word(level))} that has no begin")


def _lacks(case: Case) -> tuple[int, ...]:
    """Return the levels that are missing.

    Behind a line that announces an opening one, without that, the level may go on: a stray line is no lost header.
    Only where a turn inside it begins, and it had some before, the opening line is taken for lost.
    """
    lacks, level = case.pair.lacks, case.upper.level
    if not lacks or not case.is_below_frame_line or case.state.place(level) < case.state.first[level]:
        return lacks
    begins_inside = case.kind.role is Role.OPEN and case.tables.parent(case.kind.level) == level
    if begins_inside and not case.state.is_fresh(level):
        return lacks
    if begins_inside:
        opener = words.opener(case.tables, level)
        case.report("order", f"{words.a(case.upper.name)} above without {opener}")
    return lacks[1:]


def _open_lost(case: Case, lacks: tuple[int, ...]) -> None:
    """Open the missing levels without numbers."""
    tables, kind = case.tables, case.kind
    begins_log, after_end = case.above == tables.start, case.upper.role is Role.END
    first = kind.level >= 0 and case.number == case.state.first[kind.level]
    if after_end:
        case.start_over(f"{words.a(kind.name)} line after the end of the log")
    elif not begins_log:
        case.report_unclosed()
    if tables.optional in lacks and (begins_log or after_end):
        case.state.scalars[PARTIAL] = 1
        has_header = kind.role is Role.OPEN or (lacks[-1] == tables.optional and kind.shown not in tables.openers)
        if begins_log and not (first and has_header):
            case.report("lost-header", f"the log begins in the middle of {words.a(case.word(lacks[-1]))}")
    else:
        case.report("lost-header", words.lost(tables, kind.name, lacks))
    for level in lacks:
        case.lose(level, begins=first and level == lacks[-1] and tables.parent(kind.level) == level)

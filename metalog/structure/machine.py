"""The state machine: tokens of one writer to rows that know where they belong, whatever the size of the pieces.

A :mod:`~metalog.structure.survey` has compared neighbouring lines with the tables of
:mod:`~metalog.structure.order`; only where they don't fit does :mod:`~metalog.structure.walker` decide what that means.
:mod:`~metalog.structure.events` then gives each record its counters. A small state goes from one block to the next.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from metalog.columns import Array, Columns
from metalog.formats.grammar import MISSING
from metalog.structure import events as tables
from metalog.structure.consensus import Counts
from metalog.structure.events import Context, Events, Part, Room, own_room
from metalog.structure.numbering import Numbering, Token
from metalog.structure.order import (
    BELOW,
    EPOCH,
    INSIDE_META_STEP,
    INSIDE_META_VALIDATION,
    META_EPOCH,
    META_STEP,
    MV_BATCH,
    MV_BEGIN,
    MV_RESULT,
    PROBLEM,
    RULE,
    START,
    STEP,
    VALIDATION,
)
from metalog.structure.survey import Survey
from metalog.structure.walker import Walker

Finding = tuple[int, str, str]


@dataclass(slots=True)
class Ordered:
    """What the machine makes of a block's tokens: the table that records take their counters from, and what was odd."""

    seen: Survey
    events: Events
    findings: list[Finding]


@dataclass(slots=True)
class Rows:
    """What a block holds, as columns.

    Attributes
    ----------
    steps, validations, meta_validation
        Columns as in :data:`metalog.formats.grammar.FRAMES`, in any order.
    meta_steps
        Segment, meta_epoch, meta_step and global_meta_step of each meta-step that begins in the block.
    parts_of_problems
        See :func:`metalog.structure.events.parts_of_problems`.
    findings
        ``(token, code, message)`` in order.
    """

    steps: Part
    validations: Part
    meta_validation: Part
    meta_steps: Columns
    parts_of_problems: Columns
    findings: list[Finding]


class Machine:
    """The state machine of one writer."""

    def __init__(self) -> None:
        self.above: Token = (START, MISSING, MISSING)
        self.numbering = Numbering()
        self.context = Context()
        self.counts = Counts()
        self._alerts: set[int] = set()

    def order(self, seen: Survey, begin: int = 0) -> Ordered:
        """Take the next tokens, in order; `begin` is the number of the block's first line."""
        seen.lead(self.above, begin)
        walker = self._walk(seen)
        findings = walker.findings + self.counts.uneven(seen, walker)
        self.above = seen.token(-1)
        return Ordered(seen, tables.tabulate(seen, walker.events, self.context), findings)

    def rows(self, ordered: Ordered, room: Room = own_room, segments: Array | None = None) -> Rows:
        """Return what the tokens taken last hold; to be called before the next ones are taken.

        `room` says where the records' columns go. `segments` gives the numbers that the machine's segments have among
        those of other machines.
        """
        events = ordered.events
        own = events if segments is None else replace(events, segment=segments[events.segment])
        steps, validations, results = tables.records(ordered.seen, own, room, self.context.results)
        numbers = np.concatenate(([self.context.results], results.columns["problem"]))
        findings = ordered.findings + self.counts.uneven_results(ordered.seen, numbers)
        self.context = events.context(int(numbers[-1]) if self.above[0] == MV_RESULT else 0)
        findings.sort(key=lambda finding: finding[0])
        parts = tables.parts_of_problems(own, steps, validations)
        return Rows(steps, validations, results, tables.meta_steps(own), parts, findings)

    # What is out of order

    def _walk(self, seen: Survey) -> Walker:
        """Let the walker visit all tokens that don't fit their neighbours."""
        walker = Walker(self.numbering)
        caught_up = 0
        for place in self._to_visit(seen, walker):
            until = bisect_left(seen.headers, place)
            _catch_up(self.numbering, seen.header_kind[caught_up:until], seen.header_first[caught_up:until])
            walker.visit(place - 1, seen.token(place - 1), seen.token(place))
            caught_up = until + bool(until < len(seen.headers) and seen.headers[until] == place)
        _catch_up(self.numbering, seen.header_kind[caught_up:], seen.header_first[caught_up:])
        return walker

    def _to_visit(self, seen: Survey, walker: Walker) -> Iterator[int]:
        """Yield the places of the tokens to visit, in order.

        After the walker has put in a header of its own, the next real headers can't be judged by their neighbours
        alone.
        """
        suspects = seen.misfits[::-1].tolist()
        place = 0
        while True:
            following = suspects[-1:]
            for code in self._alerts:
                real = seen.headers[seen.header_kind == code]
                following += real[np.searchsorted(real, place, "right") :][:1].tolist()
            if not following:
                return
            place = int(min(following))
            if suspects and suspects[-1] == place:
                suspects.pop()
            self._alerts.discard(int(seen.kind[place]))
            known = len(walker.events)
            yield place
            if len(walker.events) > known:
                self._alerts = {PROBLEM, META_STEP}

    # The end

    def close(self) -> tuple[list[tuple[str, str]], bool]:
        """Return what is to be said of the end (code, message), and whether the last meta-step is cut by it."""
        if self.above[0] == VALIDATION and self.numbering.learning:
            return [("no-finish", "the log ends without 'Finished Training'")], False
        where = self._unfinished()
        found = [("unfinished", f"the log ends {where}")] if where else []
        return found + self._more_than_usual(), bool(where) and self.above[0] in INSIDE_META_STEP

    def _more_than_usual(self) -> list[tuple[str, str]]:
        """Compare what the end closes with the usual numbers; too few are told as unfinished."""
        counted = (
            ("epochs in the problem", self.above[1], self.counts.epochs.usual),
            ("problems in the meta-step", self.numbering.problems, self.counts.problems.usual),
        )
        return [
            ("uneven", f"{what} above: {count}, usually {usual}")
            for what, count, usual in counted
            if self.above[0] == VALIDATION and usual is not None and count > usual
        ]

    def _unfinished(self) -> str:
        """Return where the log ends if it is not where a log may end."""
        kind, epoch, step = self.above
        epochs, problems = self.counts.epochs.usual or 0, self.counts.problems.usual or 0
        meta_step = ("meta-step", self.context.meta_step)
        problem = (("problem", self.context.problem), meta_step)
        if kind == STEP:
            return "after " + _numbered(("step", step), ("epoch", epoch), *problem)
        if kind == EPOCH:
            return "at the beginning of " + _numbered(("epoch", epoch), *problem)
        if kind == PROBLEM:
            return "at the beginning of " + _numbered(*problem)
        if kind == META_STEP:
            return "at the beginning of " + _numbered(meta_step)
        if kind == VALIDATION and MISSING < epoch < epochs:
            return f"after epoch {epoch} of the usual {epochs} of " + _numbered(*problem)
        if kind == VALIDATION and self.numbering.problems < problems:
            return f"after problem {self.numbering.problems} of the usual {problems} of " + _numbered(meta_step)
        if kind in INSIDE_META_VALIDATION:
            return "inside a meta-validation"
        return "at the banner of a meta-epoch" if kind in (RULE, BELOW, META_EPOCH) else ""

    # Saving and restoring

    def state(self) -> dict[str, Any]:
        """Return all that goes from one block to the next, as plain JSON."""
        return {
            "above": self.above,
            "numbering": asdict(self.numbering),
            "context": asdict(self.context),
            "counts": asdict(self.counts),
            "alerts": sorted(self._alerts),
        }

    @classmethod
    def restore(cls, state: dict[str, Any]) -> Machine:
        """Return a machine that goes on where the one with this state stopped."""
        machine = cls()
        machine.above = tuple(state["above"])
        numbering = dict(state["numbering"])
        numbering["offsets"] = {int(epoch): offset for epoch, offset in numbering["offsets"].items()}
        machine.numbering = Numbering(**numbering)
        machine.context = Context(**state["context"])
        machine.counts = Counts.restore(state["counts"])
        machine._alerts = set(state["alerts"])
        return machine


def _numbered(*levels: tuple[str, int]) -> str:
    """Name a place by the numbers of its levels, innermost first, as far as they are known."""
    return " of ".join(f"{name} {number}" for name, number in levels if number != MISSING) or f"a {levels[0][0]}"


def _catch_up(numbering: Numbering, kinds: Array, numbers: Array) -> None:
    """Bring the numbering up to date with headers that are all in order."""
    codes = kinds.tobytes()
    if (batch := max(codes.rfind(MV_BATCH), codes.rfind(MV_BEGIN))) >= 0:
        numbering.batch = int(numbers[batch])
    if (step := codes.rfind(META_STEP)) >= 0:
        numbering.updates, numbering.lost_steps = int(numbers[step]), 0
        numbering.problem = numbering.lost_problems = 0
        numbering.learning = False
    if (problem := codes.rfind(PROBLEM, step + 1)) >= 0:
        numbering.problem, numbering.lost_problems = int(numbers[problem]), 0
        numbering.learning = False

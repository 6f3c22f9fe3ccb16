"""The state machine, written plainly: one token at a time, the walker visits every one of them.

Slow and simple, it is what :class:`metalog.structure.machine.Machine` is held against.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from metalog.formats.grammar import MISSING
from metalog.structure.consensus import Consensus
from metalog.structure.numbering import BATCH, EPOCH_OF_META, PROBLEM_OF_STEP, SEGMENT, STEP_OF_META
from metalog.structure.order import (
    BELOW,
    EPOCH,
    META_EPOCH,
    META_STEP,
    MV_BATCH,
    MV_BEGIN,
    MV_END,
    MV_RESULT,
    PROBLEM,
    RULE,
    START,
    STEP,
    VALIDATION,
)
from metalog.structure.walker import Walker

CLOSES_META_STEP = {RULE, BELOW, META_STEP, MV_BEGIN}
HEADERS = CLOSES_META_STEP | {PROBLEM, MV_BATCH}
CONTEXT = ("meta_epoch", "meta_step", "problem", "batch", "offset")
USUAL = ("steps", "epochs", "problems", "results", "last_results")
LEVEL_OF = {META_STEP: STEP_OF_META, PROBLEM: PROBLEM_OF_STEP, MV_BATCH: BATCH}


@dataclass
class PlainMachine:
    """Takes ``(kind, first, second, loss, accuracy, line)`` and collects rows as tuples."""

    walker: Walker = field(default_factory=Walker)
    above: tuple[int, int, int] = (START, MISSING, MISSING)
    above_header: tuple[int, int] = (START, MISSING)
    context: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CONTEXT, MISSING) | {"segment": 0})
    results: int = 0
    usual: dict[str, Consensus] = field(default_factory=lambda: {name: Consensus() for name in USUAL})
    is_rule: bool = False
    uneven: list[tuple[int, str, str]] = field(default_factory=list)
    steps: list[tuple[Any, ...]] = field(default_factory=list)
    validations: list[tuple[Any, ...]] = field(default_factory=list)
    meta_validation: list[tuple[Any, ...]] = field(default_factory=list)
    meta_steps: list[tuple[Any, ...]] = field(default_factory=list)
    #: Of each problem: loss and accuracy of its steps, those of its validations, and its meta-step's row.
    problems: list[tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], int]] = field(default_factory=list)

    def push(self, at: int, token: tuple[int, int, int, float, float, int]) -> None:
        """Take token number `at`."""
        kind = BELOW if token[0] == RULE and self.above[0] == META_EPOCH else token[0]
        this = (kind, token[1], token[2])
        known = len(self.walker.events)
        self.walker.visit(at, self.above, this)
        self._count(at, this)
        for _, level, number, offset in self.walker.events[known:]:
            self._begin(level, number, offset, token[5])
        if kind in LEVEL_OF:
            number = this[1] + 1 if kind == META_STEP and this[1] != MISSING else this[1]
            self._begin(LEVEL_OF[kind], number, MISSING, token[5])
        self._record(token)
        self.above = this
        if kind in HEADERS:
            self.above_header = this[:2]
        elif self.walker.lost_problems and self.walker.lost_problems[-1][0] == at:
            self.above_header = (PROBLEM, self.walker.lost_problems[-1][1])

    def _begin(self, level: int, number: int, offset: int, line: int) -> None:
        context = self.context
        self.results = 0
        if level == SEGMENT:
            context["segment"] += 1
        elif level == EPOCH_OF_META:
            context |= {"meta_epoch": number, "offset": offset, "meta_step": MISSING, "problem": MISSING}
        elif level == STEP_OF_META:
            context |= {"meta_step": number, "problem": MISSING}
            known = MISSING not in (context["offset"], number)
            counted = context["offset"] + number if known else MISSING
            self.meta_steps.append((context["segment"], context["meta_epoch"], number, counted, line))
        elif level == PROBLEM_OF_STEP:
            context["problem"] = number
            self.problems.append(([], [], len(self.meta_steps) - 1))
        else:
            context["batch"] = number

    def _record(self, token: tuple[int, int, int, float, float, int]) -> None:
        kind, first, second, *values, line = token
        context = self.context
        where = (context["segment"], context["meta_epoch"], context["meta_step"])
        if kind == STEP:
            self.steps.append((*where, context["problem"], first, second, *values, line))
            self.problems[-1][0].append(tuple(values))
        elif kind == VALIDATION:
            self.validations.append((*where, context["problem"], first, *values, line))
            self.problems[-1][1].append(tuple(values))
        elif kind == MV_RESULT:
            self.results += 1
            self.meta_validation.append((*where, context["batch"], self.results, *values, line))

    def _count(self, at: int, this: tuple[int, int, int]) -> None:
        """Hold the counts that end at this token against the usual ones."""
        self.is_rule = this[0] == RULE
        above, (kind, number, _) = self.above, this
        again = above[:2] == (kind, number)
        if kind == VALIDATION and above[0] in (EPOCH, STEP):
            self._compare(at, "steps", max(above[2], 0) if above[0] == EPOCH else above[2], "steps in the epoch")
        if (kind in CLOSES_META_STEP or kind == PROBLEM) and above[0] in (PROBLEM, VALIDATION) and not again:
            self._compare(at, "epochs", 0 if above[0] == PROBLEM else above[1], "epochs in the problem")
        if kind in CLOSES_META_STEP and self.above_header[0] in (PROBLEM, META_STEP) and not again:
            problems = self.above_header[1] if self.above_header[0] == PROBLEM else 0
            told = ("problems", "results", "last_results")
            if problems > 0 and all(self.usual[name].usual is None for name in told):
                self.usual["results"].usual = problems
            self._compare(at, "problems", problems, "problems in the meta-step")
        if above[0] in (MV_BATCH, MV_RESULT) and kind != MV_RESULT and not again:
            name, what = ("last_results", "last batch") if kind == MV_END else ("results", "batch")
            if self.usual[name].usual is None:
                self.usual[name].usual = self.usual["results"].usual
            self._compare(at, name, self.results if above[0] == MV_RESULT else 0, f"results in the {what}")

    def _compare(self, at: int, name: str, count: int, what: str) -> None:
        if count == MISSING:
            return
        usual = self.usual[name].differs(count)
        if usual is not None:
            over = self.is_rule or any(event[:2] == (at, SEGMENT) for event in self.walker.events)
            code = "unfinished" if over and count < usual and "results" not in name else "uneven"
            self.uneven.append((at, code, f"{what} above: {count}, usually {usual}"))

"""What a break in the order of the lines means: which header was lost, whether a run starts over, what to report.

The state machine calls :meth:`Walker.visit` only for lines that don't follow their neighbour as they should, so this
module decides and never loops over a log. Lost headers become headers without a number: the records below them are
kept apart from those above, and the counter that nobody knows stays missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from metalog.grammar import MISSING
from metalog.order import (
    BELOW,
    EPOCH,
    FINISHED,
    INSIDE_META_VALIDATION,
    INSIDE_PROBLEM,
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

#: Levels of headers: what an event begins. A batch is a header inside a meta-validation.
SEGMENT, EPOCH_OF_META, STEP_OF_META, PROBLEM_OF_STEP, BATCH = range(5)
Token = tuple[int, int, int]


@dataclass(slots=True)
class Numbering:
    """The last numbers seen at each level, and how many headers without a number came since.

    ``learning`` is true while a segment has had no meta level; ``offset`` is the number of meta-steps before this
    meta-epoch, ``MISSING`` where that is unknown, and ``offsets`` remembers it for each meta-epoch. ``again`` is true
    in a meta-epoch that began before, in an earlier segment.
    """

    segment: int = 0
    learning: bool = False
    meta_epoch: int = 0
    lost_epochs: int = 0
    again: bool = False
    updates: int = MISSING
    lost_steps: int = 0
    problem: int = 0
    lost_problems: int = 0
    batch: int = MISSING
    offset: int = MISSING
    offsets: dict[int, int] = field(default_factory=dict)

    @property
    def meta_steps(self) -> int:
        """Meta-steps so far in this meta-epoch, as far as the numbers tell."""
        return self.updates + self.lost_steps + 1

    @property
    def problems(self) -> int:
        """Problems so far in this meta-step, as far as the numbers tell."""
        return self.problem + self.lost_problems


@dataclass(slots=True)
class Walker:
    """Carries the numbering and collects what it found.

    Attributes
    ----------
    events
        ``(token, level, number, offset)``: headers that stand in no line (lost ones, new segments) and meta-epochs,
        each at the token before which it takes effect; ``offset`` counts for meta-epochs.
    findings
        ``(token, code, message)``.
    lost_problems
        ``(token, problems)``: where a meta-step's problem has lost its header, and the problems so far, with this one.
    """

    numbering: Numbering = field(default_factory=Numbering)
    events: list[tuple[int, int, int, int]] = field(default_factory=list)
    findings: list[tuple[int, str, str]] = field(default_factory=list)
    lost_problems: list[tuple[int, int]] = field(default_factory=list)
    at: int = 0

    def visit(self, at: int, above: Token, token: Token) -> None:
        """Decide on the token at index `at`, given the one above it. The numbering must be that of the lines above."""
        self.at = at
        _VISITORS[token[0]](self, above, token)

    # What a visitor does

    def find(self, code: str, message: str) -> None:
        """Report something about this token."""
        self.findings.append((self.at, code, message))

    def begin(self, level: int, number: int = MISSING) -> None:
        """Begin something before this token that no header begins."""
        numbering = self.numbering
        self.events.append((self.at, level, number, numbering.offset))
        if level == SEGMENT:
            numbering.segment += 1
            numbering.learning = False
        elif level == EPOCH_OF_META:
            numbering.lost_epochs += number == MISSING
            numbering.updates, numbering.lost_steps = MISSING, 0
        if level == STEP_OF_META:
            numbering.lost_steps += 1
        if level <= STEP_OF_META:
            numbering.problem = numbering.lost_problems = 0
        if level == PROBLEM_OF_STEP:
            numbering.lost_problems += 1
            if not numbering.learning:
                self.lost_problems.append((self.at, numbering.problems))

    def _overflow(self, *counters: int) -> bool:
        if MISSING in counters:
            self.find("overflow", "a counter is too large to be held; it is left missing")
            return True
        return False

    def _unfinished_epoch(self, above: Token) -> None:
        if above[0] in (EPOCH, STEP):
            self.find("unfinished", f"epoch {above[1]} above has no validation")

    # Headers of the meta level

    def _rule(self, above: Token, _: Token) -> None:
        self._unfinished_epoch(above)
        if above[0] == RULE:
            self.find("order", "a rule where the meta-epoch's banner should stand")
        elif above[0] in INSIDE_META_VALIDATION:
            self.find("unfinished", "the meta-validation above has no end")

    def _meta_epoch(self, above: Token, token: Token) -> None:
        numbering, number = self.numbering, token[1]
        if above[0] != RULE and above[:2] != (META_EPOCH, number):
            self._unfinished_epoch(above)
            self.find("order", "no rule above the meta-epoch's banner")
        if self._overflow(number):
            number = MISSING
            self._continue_offset(MISSING)
        else:
            self._number_meta_epoch(above, number)
            numbering.meta_epoch, numbering.lost_epochs = number, 0
            numbering.offsets[number] = numbering.offset
        numbering.learning = False
        self.begin(EPOCH_OF_META, number)

    def _number_meta_epoch(self, above: Token, number: int) -> None:
        numbering = self.numbering
        expected = numbering.meta_epoch + numbering.lost_epochs + 1
        begun_within = numbering.meta_epoch == 0 and bool(numbering.lost_epochs or numbering.meta_steps)
        numbering.again = 0 < number <= numbering.meta_epoch
        if above[0] == META_EPOCH and number == numbering.meta_epoch:
            self.find("repeated", f"the banner of meta-epoch {number} comes twice")
        elif number == 0:
            self.find("order", "meta-epoch 0, but they count from 1")
        elif numbering.learning or number <= numbering.meta_epoch or (begun_within and number == 1):
            self.find("restart", f"the log starts over with meta-epoch {number}")
            self.begin(SEGMENT)
            numbering.offset = 0 if number == 1 else numbering.offsets.get(number, MISSING)
        elif number > expected:
            if not begun_within:
                self.find("gap", f"meta-epoch {number} where {expected} should begin")
            numbering.offset = MISSING
        else:
            self._continue_offset(number)

    def _continue_offset(self, number: int) -> None:
        """Let the count of meta-steps go on from one meta-epoch to the next."""
        numbering = self.numbering
        if number == 1:
            numbering.offset = 0
        elif numbering.offset != MISSING:
            numbering.offset += numbering.meta_steps

    def _meta_step(self, above: Token, token: Token) -> None:
        numbering, updates = self.numbering, token[1]
        first_of_log = above[0] == START
        self._before_meta_step(above, updates)
        if self._overflow(updates):
            numbering.lost_steps += 1
        elif not first_of_log:
            self._number_meta_step(above, updates)
        if updates != MISSING:
            numbering.updates, numbering.lost_steps = updates, 0
        numbering.problem = numbering.lost_problems = 0
        numbering.learning = False

    def _before_meta_step(self, above: Token, updates: int) -> None:
        self._unfinished_epoch(above)
        if above[0] == START or (above[0] == RULE and self._lacks_banner()):
            self._lost_banner(updates)
        elif above[0] == RULE:
            self.find("order", "a rule above without the banner of a meta-epoch")
        elif above[0] == META_EPOCH:
            self.find("order", "no rule below the meta-epoch's banner")
        elif above[0] in INSIDE_META_VALIDATION:
            self.find("unfinished", "the meta-validation above has no end")
        elif above[0] == FINISHED:
            self._start_over("a meta-step after the end of a learning log")

    def _lacks_banner(self) -> bool:
        """Tell whether the meta-epoch whose number was told last has meta-steps already, or none was told yet."""
        numbering = self.numbering
        return bool(numbering.meta_steps) or numbering.meta_epoch + numbering.lost_epochs == 0

    def _lost_banner(self, updates: int) -> None:
        numbering = self.numbering
        inside = "a meta-epoch begins here" if updates == 0 else "this is within a meta-epoch"
        self.find("lost-header", f"{inside}, but its banner is missing")
        if numbering.meta_epoch + numbering.lost_epochs == 0:
            numbering.offset = 0 if updates == 0 else MISSING
        else:
            self._continue_offset(MISSING)
        self.begin(EPOCH_OF_META)

    def _number_meta_step(self, above: Token, updates: int) -> None:
        numbering = self.numbering
        expected = numbering.meta_steps
        if updates > expected and numbering.again and numbering.updates == MISSING:
            self.find("resume", f"the run goes on with {updates} updates")
        elif updates > expected:
            self.find("gap", f"{updates} updates where {expected} should follow")
        elif above[:2] == (META_STEP, updates):
            self.find("repeated", f"the header of the meta-step after {updates} updates comes twice")
        elif updates <= numbering.updates:
            again = f"{updates} updates come again after {numbering.updates} updates"
            lost = "; the run starts over, or a meta-epoch begins without its banner" if updates == 0 else ""
            self.find("resume", again + lost)
            self.begin(SEGMENT)
            if updates == 0 and numbering.updates:
                numbering.offset = MISSING
                self.begin(EPOCH_OF_META)

    def _problem(self, above: Token, token: Token) -> None:
        numbering, number = self.numbering, token[1]
        self._unfinished_epoch(above)
        if above[0] not in INSIDE_PROBLEM and above[0] != META_STEP:
            self._headless_problem(above)
        elif not self._overflow(number):
            self._number_problem(above, number)
        if number == MISSING:
            numbering.lost_problems += 1
        else:
            numbering.problem, numbering.lost_problems = number, 0
        numbering.learning = False

    def _headless_problem(self, above: Token) -> None:
        if above[0] == FINISHED:
            self._start_over("a problem after the end of a learning log")
        if above[0] in INSIDE_META_VALIDATION:
            self.find("unfinished", "the meta-validation above has no end")
        self.find("lost-header", "a problem without the header of its meta-step ('… updates at Meta-Level')")
        self.begin(STEP_OF_META)

    def _number_problem(self, above: Token, number: int) -> None:
        numbering = self.numbering
        expected = numbering.problems + 1
        begun_within = bool(numbering.lost_steps and numbering.lost_problems) and not numbering.problem
        if number == expected or (begun_within and number > expected):
            return
        if number == 0:
            self.find("order", "problem 0, but they count from 1")
        elif number > expected:
            self.find("gap", f"problem {number} where {expected} should begin")
        elif number == 1 and above[0] != PROBLEM:
            message = (
                f"problem 1 after problem {expected - 1}: its meta-step's header ('… updates at Meta-Level') is missing"
            )
            self.find("lost-header", message)
            self.begin(STEP_OF_META)
        elif number == numbering.problem:
            self.find("repeated", f"problem {number} comes twice")
        elif number < numbering.problem:
            self.find("order", f"problem {number} after problem {numbering.problem}")

    def _start_over(self, message: str) -> None:
        self.find("restart", f"the log starts over: {message}")
        self.numbering.offset = MISSING
        self.begin(SEGMENT)
        self.begin(EPOCH_OF_META)

    # Records of a problem

    def _need_problem(self, above: Token, token: Token) -> None:
        """Give records without a problem's header one without a number."""
        header = "'- Problem … -'"
        if above[0] == START:
            self.numbering.learning = True
            if token[:2] != (EPOCH, 1):
                self.find("lost-header", "the log begins in the middle of a problem")
        elif above[0] == FINISHED:
            self._start_over("records after 'Finished Training'")
            self.numbering.learning = True
        elif above[0] == META_STEP:
            self.find("lost-header", f"records without the header of their problem ({header})")
        else:
            if above[0] in INSIDE_META_VALIDATION:
                self.find("unfinished", "the meta-validation above has no end")
            self.find("lost-header", f"records without the headers of their meta-step and problem ({header})")
        if above[0] != META_STEP:
            self.begin(STEP_OF_META)
        self.begin(PROBLEM_OF_STEP)

    def _next_problem(self, epoch: int, above: Token) -> None:
        """Epoch 1 comes again: another problem's, or in a plain learning log another run's."""
        if self.numbering.learning:
            self._start_over(f"epoch 1 after epoch {above[1]}")
            self.numbering.learning = True
            self.begin(STEP_OF_META)
        else:
            message = f"epoch {epoch} after epoch {above[1]}: the header of its problem ('- Problem … -') is missing"
            self.find("lost-header", message)
        self.begin(PROBLEM_OF_STEP)

    def _epoch(self, above: Token, token: Token) -> None:
        number, last = token[1], above[1]
        if above[0] not in INSIDE_PROBLEM:
            self._need_problem(above, token)
        elif self._overflow(number):
            return
        elif above[0] == PROBLEM:
            if number != 1:
                self.find("gap", f"the problem begins with epoch {number}")
        elif last == MISSING:
            return
        elif number == last + 1:
            self._unfinished_epoch(above)
        elif number == 1 and (last > 1 or above[0] == VALIDATION):
            self._next_problem(number, above)
        elif number == last:
            self.find("repeated", f"epoch {number} begins twice")
        elif number > last + 1:
            self.find("gap", f"epoch {number} where {last + 1} should begin")
        else:
            self.find("order", f"epoch {number} after epoch {last}")

    def _step(self, above: Token, token: Token) -> None:
        _, epoch, step = token
        if above[0] not in INSIDE_PROBLEM:
            self._need_problem(above, token)
        elif self._overflow(epoch, step) or (above[0] != PROBLEM and above[1] == MISSING):
            return
        elif above[0] == PROBLEM:
            self.find("lost-header", f"a step without the header 'Epoch {epoch}'")
        elif epoch == above[1]:
            self._step_in_epoch(above, step)
        elif epoch == 1 and step == 1 and above[0] == VALIDATION:
            self._next_problem(epoch, above)
        else:
            self._record_of_other_epoch(above, epoch)

    def _step_in_epoch(self, above: Token, step: int) -> None:
        last = max(above[2], 0) if above[0] == STEP else 0
        if above[0] == VALIDATION:
            self.find("order", f"step {step} after the validation of its epoch")
        elif above[0] == STEP and above[2] == MISSING:
            return
        elif step == 0:
            self.find("order", "step 0, but they count from 1")
        elif step > last + 1:
            self.find("gap", f"step {step} where {last + 1} should follow")
        elif step == last:
            self.find("repeated", f"step {step} comes twice")
        elif step <= last:
            self.find("order", f"step {step} after step {last}")

    def _record_of_other_epoch(self, above: Token, epoch: int) -> None:
        last = above[1]
        if epoch == last + 1:
            self.find("lost-header", f"a record of epoch {epoch} without the header 'Epoch {epoch}'")
        elif epoch > last:
            self.find("gap", f"a record of epoch {epoch} after epoch {last}")
        else:
            self.find("order", f"a record of epoch {epoch} after epoch {last}")

    def _validation(self, above: Token, token: Token) -> None:
        epoch = token[1]
        if above[0] not in INSIDE_PROBLEM:
            self._need_problem(above, token)
        elif self._overflow(epoch) or (above[0] != PROBLEM and above[1] == MISSING):
            return
        elif above[0] == PROBLEM:
            self.find("lost-header", f"a validation without the header 'Epoch {epoch}'")
        elif epoch != above[1]:
            self._record_of_other_epoch(above, epoch)
        elif above[0] == VALIDATION:
            self.find("repeated", f"the validation of epoch {epoch} comes twice")

    # Meta-validation

    def _mv_begin(self, above: Token, _: Token) -> None:
        self._unfinished_epoch(above)
        if above[0] in INSIDE_META_VALIDATION:
            self.find("order", "a meta-validation begins inside another")
        elif above[0] not in INSIDE_PROBLEM and above[0] != META_STEP:
            self.find("lost-header", "a meta-validation that belongs to no meta-step")
            if above[0] in (START, FINISHED):
                self.begin(STEP_OF_META)
        self.numbering.batch = MISSING

    def _mv_batch(self, above: Token, token: Token) -> None:
        last = self.numbering.batch
        self.numbering.batch = token[1]
        if above[0] not in INSIDE_META_VALIDATION:
            self._outside_meta_validation(above)
        elif self._overflow(token[1]) or last == MISSING:
            return
        elif token[1] == last:
            self.find("repeated", f"batch {last} comes twice")
        elif token[1] < last:
            self.find("order", f"batch {token[1]} after batch {last}")

    def _outside_meta_validation(self, above: Token) -> None:
        self._unfinished_epoch(above)
        self.find("lost-header", "a part of a meta-validation without its begin ('META-VALIDATION STEP:')")
        if above[0] in (START, FINISHED):
            self.begin(STEP_OF_META)

    def _mv_result(self, above: Token, _: Token) -> None:
        if above[0] in (MV_BATCH, MV_RESULT):
            return
        if above[0] == MV_BEGIN:
            self.find("lost-header", "results without the header of their batch ('Validation step …')")
        else:
            self._outside_meta_validation(above)
        self.numbering.batch = MISSING
        self.begin(BATCH)

    def _mv_end(self, above: Token, _: Token) -> None:
        if above[0] == MV_END:
            self.find("repeated", "the end of the meta-validation comes twice")
        elif above[0] not in INSIDE_META_VALIDATION:
            self._unfinished_epoch(above)
            self.find("order", "the end of a meta-validation that has no begin")

    def _finished(self, above: Token, _: Token) -> None:
        self._unfinished_epoch(above)
        if above[0] == FINISHED:
            self.find("repeated", "'Finished Training' comes twice")
        elif not self.numbering.learning:
            self.find("order", "'Finished Training' closes a plain learning log, but this is none")


_VISITORS: dict[int, Callable[[Walker, Token, Token], None]] = {
    RULE: Walker._rule,
    BELOW: Walker._rule,
    META_EPOCH: Walker._meta_epoch,
    META_STEP: Walker._meta_step,
    PROBLEM: Walker._problem,
    EPOCH: Walker._epoch,
    STEP: Walker._step,
    VALIDATION: Walker._validation,
    MV_BEGIN: Walker._mv_begin,
    MV_BATCH: Walker._mv_batch,
    MV_RESULT: Walker._mv_result,
    MV_END: Walker._mv_end,
    FINISHED: Walker._finished,
}

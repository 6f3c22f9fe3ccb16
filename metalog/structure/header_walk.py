"""Headers of the meta level that are out of order: banners, meta-steps, problems."""

from __future__ import annotations

from metalog.formats.grammar import MISSING
from metalog.structure.numbering import EPOCH_OF_META, SEGMENT, STEP_OF_META, Token
from metalog.structure.order import (
    FINISHED,
    INSIDE_META_VALIDATION,
    INSIDE_PROBLEM,
    META_EPOCH,
    META_STEP,
    PROBLEM,
    RULE,
    START,
)
from metalog.structure.walk import Walk


class HeaderWalk(Walk):
    """Visits the headers of the meta level."""

    __slots__ = ()

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

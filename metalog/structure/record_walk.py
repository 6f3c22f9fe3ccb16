"""Records of a problem that are out of order: epochs, inner steps, validations."""

from __future__ import annotations

from metalog.formats.grammar import MISSING
from metalog.structure.numbering import PROBLEM_OF_STEP, STEP_OF_META, Token
from metalog.structure.order import (
    EPOCH,
    FINISHED,
    INSIDE_META_VALIDATION,
    INSIDE_PROBLEM,
    META_STEP,
    PROBLEM,
    START,
    STEP,
    VALIDATION,
)
from metalog.structure.walk import Walk


class RecordWalk(Walk):
    """Visits what stands in a problem."""

    __slots__ = ()

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

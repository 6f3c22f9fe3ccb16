"""What a break in the order of the lines means: which header was lost, whether a run starts over, what to report.

The state machine calls :meth:`Walker.visit` only for lines that don't follow their neighbour as they should, so this
module decides and never loops over a log. Lost headers become headers without a number: the records below them are
kept apart from those above, and the counter that nobody knows stays missing.
"""

from __future__ import annotations

from collections.abc import Callable

from metalog.formats.grammar import MISSING
from metalog.structure.header_walk import HeaderWalk
from metalog.structure.numbering import BATCH, STEP_OF_META, Token
from metalog.structure.order import (
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
from metalog.structure.record_walk import RecordWalk


class Walker(HeaderWalk, RecordWalk):
    """Visits lines that are out of order, those of a meta-validation itself."""

    __slots__ = ()

    def visit(self, at: int, above: Token, token: Token) -> None:
        """Decide on the token at index `at`, given the one above it. The numbering must be that of the lines above."""
        self.at = at
        _VISITORS[token[0]](self, above, token)

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

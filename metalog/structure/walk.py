"""What the visitors of :mod:`~metalog.structure.walker` share."""

from __future__ import annotations

from dataclasses import dataclass, field

from metalog.formats.grammar import MISSING
from metalog.structure.numbering import EPOCH_OF_META, PROBLEM_OF_STEP, SEGMENT, STEP_OF_META, Numbering, Token
from metalog.structure.order import EPOCH, STEP


@dataclass(slots=True)
class Walk:
    """What all visitors share: the numbering, and what they found.

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

    def _start_over(self, message: str) -> None:
        self.find("restart", f"the log starts over: {message}")
        self.numbering.offset = MISSING
        self.begin(SEGMENT)
        self.begin(EPOCH_OF_META)

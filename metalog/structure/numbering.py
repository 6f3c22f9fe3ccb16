"""The numbers that a log's headers have reached, level by level."""

from __future__ import annotations

from dataclasses import dataclass, field

from metalog.formats.grammar import MISSING

#: Levels of headers: what an event begins. A batch is a header inside a meta-validation.
SEGMENT, EPOCH_OF_META, STEP_OF_META, PROBLEM_OF_STEP, BATCH = range(5)
#: Code and counters of a line.
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

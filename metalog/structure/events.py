"""The headers of a block as a table of events, and the records under them.

Each record takes its counters from the last event above it. Most logs have some fifty records for each event, so that
what is done once an event costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import DTypeLike

from metalog.columns import Array, Columns, allocate
from metalog.formats.grammar import MISSING
from metalog.structure import passes
from metalog.structure.order import MV_RESULT, STEP, VALIDATION
from metalog.structure.survey import Survey


@dataclass(slots=True)
class Part:
    """Some rows of a table of records.

    Attributes
    ----------
    columns
        Those of the table.
    counts
        int64, 1-D: the rows under each event.
    last
        float64, 2-D: loss and accuracy of the last record under each event, NaN where there is none.
    """

    columns: Columns
    counts: Array
    last: Array

    def __len__(self) -> int:
        return len(self.columns["line"])


@dataclass(slots=True)
class Context:
    """What the records of the next block belong to, until a header says otherwise.

    ``results`` is the number of results so far in the open batch; ``step_row`` and ``problem_row`` number the
    meta-steps and the problems through the writer's whole log.
    """

    segment: int = 0
    meta_epoch: int = MISSING
    meta_step: int = MISSING
    problem: int = MISSING
    batch: int = MISSING
    offset: int = MISSING
    results: int = 0
    step_row: int = MISSING
    problem_row: int = MISSING


@dataclass(slots=True)
class Events:
    """The events of a block, one entry each; the first entry is the context that the block begins with.

    ``at`` is the token before which the event takes effect; ``level`` one of :mod:`metalog.structure.walker`'s levels.
    ``steps`` and ``segments`` are the entries at which a meta-step, and a segment, begins.
    """

    at: Array
    level: Array
    segment: Array
    meta_epoch: Array
    meta_step: Array
    global_meta_step: Array
    problem: Array
    batch: Array
    offset: Array
    step_row: Array
    problem_row: Array
    steps: Array
    segments: Array

    def step_row_at(self, token: int) -> int:
        """Return the row of the meta-step to which what stands before this token belongs."""
        return int(self.step_row[int(np.searchsorted(self.at, token, "left")) - 1])

    def step_tokens(self) -> Array:
        """Return the token at which each meta-step begins."""
        tokens: Array = self.at[self.steps]
        return tokens

    def segment_tokens(self) -> list[int]:
        """Return the token at which each segment begins."""
        tokens: list[int] = self.at[self.segments].tolist()
        return tokens

    def context(self, results: int) -> Context:
        """Return the context that the next block begins with."""
        return Context(**{name: int(getattr(self, name)[-1]) for name in GOES_ON}, results=results)


_WIDE = ("at", "level", "global_meta_step", "offset", "step_row", "problem_row")
_BEGUN = ("steps", "segments")
#: Columns of an int32 table of events.
NARROW: Final = ("segment", "meta_epoch", "meta_step", "problem", "batch")
#: The fields of a context that the table of events goes on from.
GOES_ON: Final = ("segment", "meta_epoch", "meta_step", "problem", "batch", "offset", "step_row", "problem_row")


def tabulate(seen: Survey, walked: list[tuple[int, int, int, int]], context: Context) -> Events:
    """Put the headers of a block and what the walker added to them into one table, counters filled down."""
    start = np.array([getattr(context, name) for name in GOES_ON], np.int64)
    added = np.array(walked, np.int64).reshape(-1, 4)
    wide, narrow, *begun = passes().tabulate(seen.header_kind, seen.header_first, seen.headers - 1, added, start)
    columns = zip((*_WIDE, *NARROW, *_BEGUN), (*wide, *narrow, *begun), strict=True)
    return Events(**dict(columns))


_LEVELS = ("segment", "meta_epoch", "meta_step")
_VALUES: dict[str, DTypeLike] = {"loss": np.float64, "accuracy": np.float64, "line": np.int64}


@dataclass(frozen=True)
class Record:
    """A kind of record: its code, the columns that its lines' counters, the headers above, and later passes fill."""

    code: int
    counters: tuple[str, ...]
    levels: tuple[str, ...]
    later: tuple[str, ...] = ()

    @cached_property
    def dtypes(self) -> dict[str, DTypeLike]:
        """The columns, as the table holds them."""
        return {**dict.fromkeys((*self.levels, *self.counters, *self.later), np.int32), **_VALUES}


_RECORDS = {
    "steps": Record(STEP, ("epoch", "step"), (*_LEVELS, "problem")),
    "validations": Record(VALIDATION, ("epoch",), (*_LEVELS, "problem")),
    "meta_validation": Record(MV_RESULT, (), (*_LEVELS, "batch"), ("problem",)),
}
#: Gives the columns for so many rows of a table, to be filled in.
Room = Callable[[str, Mapping[str, DTypeLike], int], Columns]


def own_room(_: str, dtypes: Mapping[str, DTypeLike], rows: int) -> Columns:
    """Give columns of their own to the rows of each block."""
    return allocate(dtypes, rows)


def records(seen: Survey, events: Events, room: Room, results: int) -> tuple[Part, Part, Part]:
    """Gather the records of a block, each with the counters of the events that it stands under.

    `results` of meta-validation were read before it in the open batch. Inner steps, validations and these results are
    returned.
    """
    filled = {name: room(name, record.dtypes, seen.kinds[record.code]) for name, record in _RECORDS.items()}
    wanted = [(record.code, filled[name], record.counters, record.levels) for name, record in _RECORDS.items()]
    headers = {name: getattr(events, name) for name in NARROW}
    counts, last = passes().gather(seen.tokens, events.at[1:], wanted, headers, seen.begin)
    steps, validations, meta_validation = map(Part, filled.values(), counts, last)
    if len(meta_validation):
        _number_results(meta_validation, results)
    return steps, validations, meta_validation


def _number_results(part: Part, before: int) -> None:
    starts = np.cumsum(part.counts) - part.counts
    starts[0] -= before
    part.columns["problem"][:] = np.arange(len(part)) - np.repeat(starts, part.counts) + 1


def meta_steps(events: Events) -> Columns:
    """Return the meta-steps that begin in a block."""
    names = ("segment", "meta_epoch", "meta_step", "global_meta_step")
    return {name: getattr(events, name)[events.steps] for name in names}


def parts_of_problems(events: Events, steps: Part, validations: Part) -> Columns:
    """Return what stands under each event as a part of a problem: which one, how many records, their last values.

    Most events begin a problem; where one does not and no records follow, its part is empty.
    """
    return {
        "row": events.problem_row,
        "step_row": events.step_row,
        "level": events.level,
        "steps": steps.counts,
        "validations": validations.counts,
        "train_loss": steps.last[0],
        "train_accuracy": steps.last[1],
        "validation_loss": validations.last[0],
        "validation_accuracy": validations.last[1],
    }

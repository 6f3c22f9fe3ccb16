"""The headers of a block as a table of events, and the records under them.

Each record takes its counters from the last event above it; within a block of 80,000 tokens there are about a thousand
events, so filling the counters down costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from metalog.columns import Array, Columns, allocate
from metalog.grammar import MISSING
from metalog.structure import passes
from metalog.structure.numbering import BATCH, EPOCH_OF_META, PROBLEM_OF_STEP, SEGMENT, STEP_OF_META
from metalog.structure.order import META_STEP, MV_BATCH, MV_RESULT, PROBLEM, STEP, VALIDATION
from metalog.structure.survey import Survey


@dataclass(slots=True)
class Part:
    """Some rows of a table of records.

    Attributes
    ----------
    own
        The columns that the records tell.
    headers
        The columns that the headers tell, one value for each stretch of rows under the same one.
    counts
        The rows in each stretch.
    """

    own: Columns
    headers: Columns
    counts: Array

    def __len__(self) -> int:
        return len(self.own["line"])

    def last(self, column: str) -> Array:
        """Return the value of the last record in each stretch (float64), NaN where there is none."""
        result = np.full(len(self.counts), np.nan)
        some = self.counts > 0
        result[some] = self.own[column][np.cumsum(self.counts)[some] - 1]
        return result


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

    def step_row_at(self, token: int) -> int:
        """Return the row of the meta-step to which what stands before this token belongs."""
        return int(self.step_row[int(np.searchsorted(self.at, token, "left")) - 1])

    def step_tokens(self) -> Array:
        """Return the token at which each meta-step begins."""
        tokens: Array = self.at[self.level == STEP_OF_META]
        return tokens

    def segments(self) -> list[tuple[int, int]]:
        """Return token and number of each segment that begins in the block."""
        new = self.level == SEGMENT
        return list(zip(self.at[new].tolist(), self.segment[new].tolist(), strict=True))

    def context(self, results: int) -> Context:
        """Return the context that the next block begins with."""
        last = {
            name: int(getattr(self, name)[-1])
            for name in ("segment", "meta_epoch", "meta_step", "problem", "batch", "offset", "step_row", "problem_row")
        }
        return Context(**last, results=results)


_LEVELS = {META_STEP: STEP_OF_META, PROBLEM: PROBLEM_OF_STEP, MV_BATCH: BATCH}


def tabulate(
    kind: Array, number: Array, at: Array, walked: list[tuple[int, int, int, int]], context: Context
) -> Events:
    """Put the headers of a block and what the walker added to them into one table, counters filled down.

    `kind`, `number` and `at` tell the headers' kinds, counters and tokens.
    """
    added = np.array([(-1, -1, MISSING, MISSING), *walked], np.int64).reshape(-1, 4)
    level = np.full(len(kind), MISSING)
    for code, own in _LEVELS.items():
        level[kind == code] = own
    # from updates to the meta-step's number
    number = number.astype(np.int64) + ((kind == META_STEP) & (number != MISSING))
    headers = np.column_stack((at, level, number, np.full(len(kind), MISSING)))[level != MISSING]
    every = np.concatenate((added, headers))
    at, level, number, offset = np.ascontiguousarray(every[np.argsort(every[:, 0], kind="stable")].T)
    return _fill(at, level, number, offset, context)


def _fill(at: Array, level: Array, number: Array, offset: Array, context: Context) -> Events:
    index = np.arange(len(at))

    def last(of: int) -> Array:
        return np.maximum.accumulate(np.where(level == of, index, 0))

    def filled(of: int, start: int, values: Array = number) -> Array:
        own = np.where(level == of, values, MISSING)
        own[0] = start
        return own[last(of)]

    epoch, step, problem = last(EPOCH_OF_META), last(STEP_OF_META), last(PROBLEM_OF_STEP)
    offset = filled(EPOCH_OF_META, context.offset, offset)
    meta_step = np.where(epoch > step, MISSING, filled(STEP_OF_META, context.meta_step))
    known = (offset != MISSING) & (meta_step != MISSING)
    return Events(
        at=at,
        level=level,
        segment=(context.segment + np.cumsum(level == SEGMENT)).astype(np.int32),
        meta_epoch=filled(EPOCH_OF_META, context.meta_epoch).astype(np.int32),
        meta_step=meta_step.astype(np.int32),
        global_meta_step=np.where(known, offset + meta_step, MISSING),
        problem=np.where(np.maximum(epoch, step) > problem, MISSING, filled(PROBLEM_OF_STEP, context.problem)).astype(
            np.int32
        ),
        batch=filled(BATCH, context.batch).astype(np.int32),
        offset=offset,
        step_row=context.step_row + np.cumsum(level == STEP_OF_META),
        problem_row=context.problem_row + np.cumsum(level == PROBLEM_OF_STEP),
    )


@dataclass(frozen=True, slots=True)
class Record:
    """A kind of record: its code, the counters in its lines, the levels of the headers above it."""

    code: int
    counters: tuple[str, ...] = ()
    levels: tuple[str, ...] = ("segment", "meta_epoch", "meta_step", "problem")

    @property
    def dtypes(self) -> dict[str, DTypeLike]:
        """The columns that its lines tell."""
        return {**dict.fromkeys(self.counters, np.int32), **_VALUES}


_VALUES: dict[str, DTypeLike] = {"loss": np.float64, "accuracy": np.float64, "line": np.int64}
STEPS = Record(STEP, ("epoch", "step"))
VALIDATIONS = Record(VALIDATION, ("epoch",))
RESULTS = Record(MV_RESULT, (), ("segment", "meta_epoch", "meta_step", "batch"))
#: Gives the columns for so many rows of a table, to be filled in.
Room = Callable[[str, Mapping[str, DTypeLike], int], Columns]


def own_room(_: str, dtypes: Mapping[str, DTypeLike], rows: int) -> Columns:
    """Give columns of their own to the rows of each block."""
    return allocate(dtypes, rows)


def under(name: str, record: Record, seen: Survey, events: Events, room: Room, **more: DTypeLike) -> Part:
    """Gather the records of a kind, each with the counters of the events that it stands under.

    They go to the table `name`, whose columns are those of the record and `more`, which are left to be filled in.
    """
    own = room(name, {**record.dtypes, **more}, seen.kinds[record.code])
    counts = passes().gather(seen.tokens, record.code, events.at[1:], own, record.counters, seen.begin)
    return Part(own, {level: getattr(events, level) for level in record.levels}, counts)


def meta_validation(seen: Survey, events: Events, room: Room, results: int) -> Part:
    """Return the meta-validation results of a block; `results` were read before it in the open batch."""
    part = under("meta_validation", RESULTS, seen, events, room, problem=np.int32)
    starts = np.cumsum(part.counts) - part.counts
    starts[0] -= results
    part.own["problem"][:] = np.arange(len(part)) - np.repeat(starts, part.counts) + 1
    return part


def meta_steps(events: Events) -> Columns:
    """Return the meta-steps that begin in a block."""
    new = events.level == STEP_OF_META
    names = ("segment", "meta_epoch", "meta_step", "global_meta_step")
    return {name: getattr(events, name)[new] for name in names}


def problems(events: Events, steps: Part, validations: Part) -> Columns:
    """Return what each problem has in a block: numbers of records, last values; the first may have begun earlier."""
    chosen = (events.level == PROBLEM_OF_STEP) | (steps.counts + validations.counts > 0)
    columns = {
        "row": events.problem_row,
        "step_row": events.step_row,
        "steps": steps.counts,
        "validations": validations.counts,
        "train_loss": steps.last("loss"),
        "train_accuracy": steps.last("accuracy"),
        "validation_loss": validations.last("loss"),
        "validation_accuracy": validations.last("accuracy"),
    }
    return {name: column[chosen] for name, column in columns.items()}

"""The headers of a block as a table of events, and the records under them.

Each record takes its counters from the last event above it; within a block of 80,000 tokens there are about a thousand
events, so filling the counters down costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metalog.grammar import MISSING
from metalog.scan.tokens import Matches
from metalog.structure.numbering import BATCH, EPOCH_OF_META, PROBLEM_OF_STEP, SEGMENT, STEP_OF_META
from metalog.structure.order import META_STEP, MV_BATCH, MV_RESULT, PROBLEM, STEP, VALIDATION

Array = NDArray[Any]
Columns = dict[str, Array]


@dataclass(slots=True)
class Part:
    """Some rows of a table of records.

    Attributes
    ----------
    own
        The columns that the records tell.
    headers
        The columns that the headers tell, one value for each stretch of rows under the same one; they are filled down
        only when parts are joined.
    counts
        The rows in each stretch.
    """

    own: Columns
    headers: Columns = field(default_factory=dict)
    counts: Array = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.own["line"])

    @property
    def columns(self) -> Columns:
        """All columns, filled down."""
        return {**{name: np.repeat(values, self.counts) for name, values in self.headers.items()}, **self.own}


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


def tabulate(kind: Array, first: Array, walked: list[tuple[int, int, int, int]], context: Context) -> Events:
    """Put the headers of a block and what the walker added to them into one table, counters filled down."""
    levels = ((META_STEP, STEP_OF_META), (PROBLEM, PROBLEM_OF_STEP), (MV_BATCH, BATCH))
    places = [np.flatnonzero(kind == code) for code, _ in levels]
    numbers = [first[place] for place in places]
    numbers[0] = np.where(numbers[0] == MISSING, MISSING, numbers[0] + 1)  # from updates to the meta-step's number
    added = np.array([(-1, -1, MISSING, MISSING), *walked], np.int64).reshape(-1, 4)
    at = np.concatenate([added[:, 0], *places])
    level = np.concatenate([added[:, 1], *(np.full(len(p), lv) for p, (_, lv) in zip(places, levels, strict=True))])
    number = np.concatenate([added[:, 2], *numbers])
    offset = np.concatenate([added[:, 3], np.full(len(at) - len(added), MISSING)])
    order = np.argsort(at, kind="stable")
    return _fill(at[order], level[order], number[order], offset[order], context)


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


@dataclass(slots=True)
class Records:
    """The records of one kind in a block: where they are, and how many stand under each event."""

    at: Array
    counts: Array

    @classmethod
    def find(cls, kind: Array, code: int, events: Events) -> Records:
        """Find the records of a kind."""
        at = np.flatnonzero(kind == code)
        bounds = np.searchsorted(at, events.at[1:])
        return cls(at, np.diff(np.concatenate(([0], bounds, [len(at)]))))

    def part(self, tokens: Matches, events: Events, levels: tuple[str, ...], **own: Array) -> Part:
        """Return the columns that every record has, and those that are its kind's own."""
        every = {name: getattr(tokens, name)[self.at] for name in ("loss", "accuracy", "line")}
        return Part({**own, **every}, {name: getattr(events, name) for name in ("segment", *levels)}, self.counts)

    def last(self, values: Array) -> Array:
        """Return the value of the last record under each event, NaN where there is none."""
        result = np.full(len(self.counts), np.nan)
        some = self.counts > 0
        result[some] = values[self.at[np.cumsum(self.counts)[some] - 1]]
        return result


_LEVELS = ("meta_epoch", "meta_step", "problem")


def steps(tokens: Matches, events: Events) -> tuple[Part, Records]:
    """Return the inner steps of a block."""
    records = Records.find(tokens.kind, STEP, events)
    at = records.at
    return records.part(tokens, events, _LEVELS, epoch=tokens.first[at], step=tokens.second[at]), records


def validations(tokens: Matches, events: Events) -> tuple[Part, Records]:
    """Return the validations of a block."""
    records = Records.find(tokens.kind, VALIDATION, events)
    return records.part(tokens, events, _LEVELS, epoch=tokens.first[records.at]), records


def meta_validation(tokens: Matches, events: Events, results: int) -> Part:
    """Return the meta-validation results of a block; `results` were read before it in the open batch."""
    records = Records.find(tokens.kind, MV_RESULT, events)
    starts = np.cumsum(records.counts) - records.counts
    starts[0] -= results
    number = (np.arange(len(records.at)) - np.repeat(starts, records.counts) + 1).astype(np.int32)
    return records.part(tokens, events, ("meta_epoch", "meta_step", "batch"), problem=number)


def meta_steps(events: Events) -> Columns:
    """Return the meta-steps that begin in a block."""
    new = events.level == STEP_OF_META
    names = ("segment", "meta_epoch", "meta_step", "global_meta_step")
    return {name: getattr(events, name)[new] for name in names}


def problems(tokens: Matches, events: Events, inner: Records, validation: Records) -> Columns:
    """Return what each problem has in a block: numbers of records, last values; the first may have begun earlier."""
    chosen = (events.level == PROBLEM_OF_STEP) | (inner.counts + validation.counts > 0)
    columns = {
        "row": events.problem_row,
        "step_row": events.step_row,
        "steps": inner.counts,
        "validations": validation.counts,
        "train_loss": inner.last(tokens.loss),
        "train_accuracy": inner.last(tokens.accuracy),
        "validation_loss": validation.last(tokens.loss),
        "validation_accuracy": validation.last(tokens.accuracy),
    }
    return {name: column[chosen] for name, column in columns.items()}

"""What can be told of a block's tokens without knowing what stands above them, so that threads can find it out at once.

This is nearly all that takes time: places of headers, tokens that don't fit the one above, the records' own columns.
The state machine then looks at these places only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metalog.columns import Array, Columns
from metalog.grammar import MISSING
from metalog.scan.tokens import Matches
from metalog.structure.numbering import Token
from metalog.structure.order import (
    BELOW,
    EPOCH,
    IS_HEADER,
    META_EPOCH,
    MV_RESULT,
    RULE,
    START,
    STEP,
    VALIDATION,
    misfits,
)


@dataclass(slots=True)
class Records:
    """The records of one kind in a block: their tokens (int64, 1-D), and the columns that they tell."""

    at: Array
    own: Columns

    @classmethod
    def find(cls, tokens: Matches, code: int, **counters: str) -> Records:
        """Find the records of a kind; `counters` tells the columns' names for the counters of its lines."""
        at = np.flatnonzero(tokens.kind == code)
        own = {name: getattr(tokens, counter)[at] for name, counter in counters.items()}
        own |= {"loss": tokens.loss[at], "accuracy": tokens.accuracy[at], "line": tokens.line[at].astype(np.int64)}
        return cls(at, own)


@dataclass(slots=True)
class Survey:
    """What is to be known of one writer's tokens in a block.

    Attributes
    ----------
    kind, first, second
        uint8, int32, int32, 1-D: the tokens, led by one for the line above, which :meth:`lead` fills in. The place of a
        token among them is 1 more than its index. A rule below the title of a meta-epoch has become ``BELOW``.
    headers, misfits, counted
        int64, 1-D, places in order: of the headers; of the tokens that don't fit the one above by the tables alone; of
        the validations at which the number of steps in an epoch may change.
    steps, validations, results
        The records.
    """

    kind: Array
    first: Array
    second: Array
    headers: Array
    misfits: Array
    counted: Array
    steps: Records
    validations: Records
    results: Records

    def lead(self, above: Token) -> None:
        """Fill in the line above, and judge the first tokens by it."""
        self.kind[0], self.first[0], self.second[0] = above
        if self.kind[:2].tolist() == [META_EPOCH, RULE]:
            self.kind[1] = BELOW
        near = misfits(self.kind[:3], self.first[:3], self.second[:3])
        self.misfits = np.concatenate((near, self.misfits[np.searchsorted(self.misfits, 3) :]))


def survey(tokens: Matches) -> Survey:
    """Look at the tokens of one writer in a block."""
    kind = np.concatenate((np.array([START], np.uint8), tokens.kind))
    first = np.concatenate((np.array([MISSING], np.int32), tokens.first))
    second = np.concatenate((np.array([MISSING], np.int32), tokens.second))
    headers = np.flatnonzero(IS_HEADER[kind])
    rules = headers[kind[headers] == RULE]
    kind[rules[kind[rules - 1] == META_EPOCH]] = BELOW
    validations = Records.find(tokens, VALIDATION, epoch="first")
    return Survey(
        kind,
        first,
        second,
        headers,
        misfits(kind, first, second),
        _changes(kind, second, validations.at + 1),
        Records.find(tokens, STEP, epoch="first", step="second"),
        validations,
        Records.find(tokens, MV_RESULT),
    )


def _changes(kind: Array, second: Array, validations: Array) -> Array:
    """Leave out the validations whose epoch has as many steps as the two before: they tell nothing new."""
    counts = count(kind[validations - 1], second[validations - 1], STEP, EPOCH)
    telling = np.ones(len(counts), bool)
    telling[2:] = (counts[2:] != counts[1:-1]) | (counts[1:-1] != counts[:-2])
    return validations[telling]


def count(kind: Array, number: Array, some: int, none: int) -> Array:
    """Tell how many there were from the line above: its number if it is of the kind `some`, 0 if it is `none`."""
    counts: Array = np.where(kind == some, number, np.where(kind == none, 0, MISSING))
    return counts

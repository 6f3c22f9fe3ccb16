"""What can be told of a block's tokens without knowing what stands above them, so that threads can find it out at once.

This is nearly all that takes time: places of headers, tokens that don't fit the one above, the records' own columns.
The state machine then looks at these places only.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from metalog.columns import Array, Columns
from metalog.grammar import MISSING
from metalog.scan import engine_name
from metalog.scan.tokens import Matches
from metalog.structure.numbering import Token
from metalog.structure.order import (
    MV_RESULT,
    START,
    STEP,
    VALIDATION,
)


@dataclass(slots=True)
class Records:
    """The records of one kind in a block: their tokens (int64, 1-D), and the columns that they tell."""

    at: Array
    own: Columns


@dataclass(slots=True)
class Survey:
    """What is to be known of one writer's tokens in a block.

    Attributes
    ----------
    kinds
        The number of tokens of each code of a kind.
    kind, first, second
        uint8, int32, int32, 1-D: the tokens, led by one for the line above, which :meth:`lead` fills in. The place of a
        token among them is 1 more than its index. A rule below the title of a meta-epoch has become ``BELOW``.
    headers, misfits, counted
        int64, 1-D, places in order: of the headers; of the tokens that don't fit the one above by the tables alone; of
        the validations at which the number of steps in an epoch may change.
    steps, validations, results
        The records.
    """

    kinds: list[int]
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
        _, near, _, _ = passes().look(self.kind[:3], self.first[:3], self.second[:3])
        self.misfits = np.concatenate((near, self.misfits[np.searchsorted(self.misfits, 3) :]))


def survey(tokens: Matches) -> Survey:
    """Look at the tokens of one writer in a block."""
    kind = np.concatenate((np.array([START], np.uint8), tokens.kind))
    first = np.concatenate((np.array([MISSING], np.int32), tokens.first))
    second = np.concatenate((np.array([MISSING], np.int32), tokens.second))
    headers, misfits, counted, kinds = passes().look(kind, first, second)
    records = (_records(tokens, *columns) for columns in ((STEP, "epoch", "step"), (VALIDATION, "epoch"), (MV_RESULT,)))
    return Survey(kinds, kind, first, second, headers, misfits, counted, *records)


def _records(tokens: Matches, code: int, *counters: str) -> Records:
    """Find the records of a kind; `counters` names the columns for the counters of its lines."""
    at, first, second, loss, accuracy, line = passes().gather(
        tokens.kind, code, tokens.first, tokens.second, tokens.loss, tokens.accuracy, tokens.line
    )
    own = dict(zip(counters, (first, second), strict=False))
    return Records(at, {**own, "loss": loss, "accuracy": accuracy, "line": line})


def passes() -> ModuleType:
    """Return the passes over all tokens: the compiled ones where the compiled engine is in use."""
    if engine_name() == "native":
        from metalog.structure import native

        return native
    from metalog.structure import portable

    return portable

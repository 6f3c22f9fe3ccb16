"""What can be told of a block's tokens without knowing what stands above them, so that threads can find it out at once.

This takes most of the time: the places of headers, and of tokens that don't fit the one above. The state machine then
looks at these places only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metalog.columns import Array
from metalog.grammar import MISSING
from metalog.scan.tokens import Matches
from metalog.structure import passes
from metalog.structure.numbering import Token
from metalog.structure.order import START


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
    headers, misfits, counted, results
        int64, 1-D, places in order: of the headers; of the tokens that don't fit the one above by the tables alone; of
        the validations at which the number of steps in an epoch may change; of the results of meta-validations.
    tokens
        The tokens as they were scanned.
    begin
        The number of the block's first line, which :meth:`lead` fills in.
    """

    kinds: list[int]
    kind: Array
    first: Array
    second: Array
    headers: Array
    misfits: Array
    counted: Array
    results: Array
    tokens: Matches
    begin: int = 0

    def lead(self, above: Token, begin: int) -> None:
        """Fill in the line above and how many lines there were before, and judge the first tokens."""
        self.begin = begin
        self.kind[0], self.first[0], self.second[0] = above
        near = passes().look(self.kind[:3], self.first[:3], self.second[:3])[1]
        self.misfits = np.concatenate((near, self.misfits[np.searchsorted(self.misfits, 3) :]))


def survey(tokens: Matches) -> Survey:
    """Look at the tokens of one writer in a block."""
    kind = np.concatenate((np.array([START], np.uint8), tokens.kind))
    first = np.concatenate((np.array([MISSING], np.int32), tokens.first))
    second = np.concatenate((np.array([MISSING], np.int32), tokens.second))
    headers, misfits, counted, results, kinds = passes().look(kind, first, second)
    return Survey(kinds, kind, first, second, headers, misfits, counted, results, tokens)

"""A first look at one writer's tokens in a block, in the thread that scanned it.

It finds where the headers stand, which tokens don't fit those above, and where something is counted. The state machine
then looks at these places only.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from metalog.columns import Array
from metalog.scan.tokens import Matches
from metalog.structure import passes
from metalog.structure.numbering import Token
from metalog.structure.order import BELOW, IS_HEADER, META_EPOCH, RULE, fits


@dataclass(slots=True)
class Survey:
    """What is to be known of one writer's tokens in a block.

    Attributes
    ----------
    tokens
        The tokens as they were scanned.
    kind, first, second
        uint8, int32, int32, 1-D: the tokens, led by one for the line above, which :meth:`lead` fills in. The place of a
        token among them is 1 more than its index. A rule below the title of a meta-epoch has become ``BELOW``.
    headers, misfits, steps, epochs, results
        int64, 1-D, places in order, as :func:`metalog.structure.portable.look` finds them: of the headers; of the
        tokens that may not fit those above; of those at which the number of steps in an epoch, or of epochs in a
        problem, may be a new one; of the results of meta-validations.
    closes
        int64, 1-D: which of the headers end the problems of a meta-step.
    header_kind, header_first
        Kinds and counters of the headers.
    kinds
        The number of tokens of each code of a kind.
    begin
        The number of the block's first line, which :meth:`lead` fills in.
    """

    tokens: Matches
    kind: Array
    first: Array
    second: Array
    headers: Array
    misfits: Array
    steps: Array
    epochs: Array
    results: Array
    closes: Array
    header_kind: Array
    header_first: Array
    kinds: list[int]
    begin: int = 0

    def token(self, place: int) -> Token:
        """Return code and counters of a token."""
        return int(self.kind[place]), int(self.first[place]), int(self.second[place])

    def lead(self, above: Token, begin: int) -> None:
        """Fill in the line above and how many lines there were before, and judge the first tokens."""
        self.begin = begin
        self.kind[0], self.first[0], self.second[0] = above
        if above[0] == META_EPOCH and self.kind[1:2].tolist() == [RULE]:
            self.kind[1] = self.header_kind[0] = BELOW
        tokens = [self.token(place) for place in range(len(self.kind[:3]))]
        near = [
            place
            for place, (above, this) in enumerate(pairwise(tokens), 1)
            if IS_HEADER[this[0]] or not fits(above, this)
        ]
        self.misfits = np.concatenate((np.array(near, np.int64), self.misfits[np.searchsorted(self.misfits, 3) :]))


def survey(tokens: Matches) -> Survey:
    """Look at the tokens of one writer in a block."""
    return Survey(tokens, *passes().look(tokens))

"""How many are usual: steps in an epoch, epochs in a problem, problems in a meta-step, results in a batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metalog.columns import Array
from metalog.formats.grammar import MISSING
from metalog.structure.numbering import SEGMENT
from metalog.structure.order import (
    EPOCH,
    META_STEP,
    MV_BATCH,
    MV_END,
    MV_RESULT,
    PROBLEM,
    RULE,
    START,
    STEP,
    VALIDATION,
    count,
)
from metalog.structure.survey import Survey
from metalog.structure.walker import Walker

Finding = tuple[int, str, str]


@dataclass(slots=True)
class Consensus:
    """The usual count, learnt as the counts come in.

    The first count is taken for usual; a different one is unusual, but two equal ones in a row are the new usual. So
    one odd count is told once, and a log that changes its shape for good is told once too.
    """

    usual: int | None = None
    last: int | None = None

    def unusual(self, counts: NDArray[np.int32]) -> list[tuple[int, int]]:
        """Take the next counts (int32, 1-D); return position and the usual count for each one that differs."""
        if not len(counts):
            return []
        expected = int(counts[0]) if self.usual is None else self.usual
        if self.last in (None, expected) and bool((counts == expected).all()):
            self.usual = self.last = expected
            return []
        return [
            (place, usual) for place, count in enumerate(counts.tolist()) if (usual := self.differs(count)) is not None
        ]

    def differs(self, count: int) -> int | None:
        """Take the next count; return the usual one if it differs from that."""
        usual, last = self.usual, self.last
        self.last = count
        if usual is None or count == usual:
            self.usual = count
            return None
        if count == last:
            self.usual = count
            return None
        return usual


@dataclass(slots=True)
class Counts:
    """The usual shape of a log: how many there are of everything.

    The last batch of a meta-validation may be a smaller one, so it is held against other last ones, and only the first
    against the batches before it. ``above`` is kind and counter of the last header, a problem's lost ones among them.
    """

    steps: Consensus = field(default_factory=Consensus)
    epochs: Consensus = field(default_factory=Consensus)
    problems: Consensus = field(default_factory=Consensus)
    results: Consensus = field(default_factory=Consensus)
    last_results: Consensus = field(default_factory=Consensus)
    above: tuple[int, int] = (START, MISSING)

    def uneven(self, seen: Survey, walker: Walker) -> list[Finding]:
        """Compare the steps, epochs and problems whose counting ends in a block with the usual numbers of them.

        Parameters
        ----------
        seen
            The tokens.
        walker
            What the walker found in these tokens.

        Returns
        -------
        list of (int, str, str)
            Token, code and message, for each number that is unusual.
        """
        kind, first, second = seen.kind, seen.first, seen.second
        validated, ended = seen.steps - 1, seen.epochs[_is_new(seen, seen.epochs)] - 1
        steps = count(kind[validated], second[validated], STEP, EPOCH)
        epochs = count(kind[ended], first[ended], VALIDATION, PROBLEM)
        closes = seen.headers[seen.closes]
        problems = count(*self._headers_above(seen, walker.lost_problems), PROBLEM, META_STEP)
        new = _is_new(seen, closes)
        closed, problems = closes[new] - 1, problems[new]
        self._expect_results(seen, closed[problems != MISSING], problems[problems != MISSING])
        unusual = [
            *_unusual(self.steps, validated, steps, "steps in the epoch above"),
            *_unusual(self.epochs, ended, epochs, "epochs in the problem above"),
            *_unusual(self.problems, closed, problems, "problems in the meta-step above"),
        ]
        return _tell(unusual, seen, walker) if unusual else []

    @classmethod
    def restore(cls, state: dict[str, Any]) -> Counts:
        """Return the counts whose fields these are, as JSON has kept them."""
        usual = {name: Consensus(**value) for name, value in state.items() if name != "above"}
        return cls(**usual, above=tuple(state["above"]))

    def _headers_above(self, seen: Survey, lost: list[tuple[int, int]]) -> tuple[Array, Array]:
        """Return kind and counter of the header above each that closes, a problem's lost ones among them."""
        kind = seen.header_kind[seen.closes - 1].astype(np.int64)
        number = seen.header_first[seen.closes - 1].astype(np.int64)
        if seen.closes[:1].tolist() == [0]:
            kind[0], number[0] = self.above
        if len(seen.headers):
            self.above = (int(seen.header_kind[-1]), int(seen.header_first[-1]))
        for token, problems in lost:
            below = int(np.searchsorted(seen.headers, token + 1))
            kind[seen.closes == below], number[seen.closes == below] = PROBLEM, problems
            if below == len(seen.headers):
                self.above = (PROBLEM, problems)
        return kind, number

    def _expect_results(self, seen: Survey, ends: Array, problems: Array) -> None:
        """Expect as many results in a batch as the first meta-step has problems, unless a batch came first."""
        usual = (self.problems.usual, self.results.usual, self.last_results.usual)
        if usual == (None, None, None) and len(ends) and problems[0] > 0:
            batches = _ends_of_batches(seen)
            if not len(batches) or ends[0] <= batches[0]:
                self.results.usual = int(problems[0])

    def uneven_results(self, seen: Survey, numbers: Array) -> list[Finding]:
        """Compare the results in each batch that ends in a block with the usual number.

        `numbers` are the results' numbers within their batches, led by the last one before the block, 0 without one.
        """
        kind = seen.kind
        if not (seen.kinds[MV_BATCH] or seen.kinds[MV_RESULT] or kind[0] in (MV_BATCH, MV_RESULT)):
            return []
        ends = _ends_of_batches(seen)
        until = np.searchsorted(seen.results, ends, "right")
        counts = count(kind[ends], numbers[until], MV_RESULT, MV_BATCH)
        found = []
        for place, number, following in zip(ends.tolist(), counts.tolist(), kind[ends + 1].tolist(), strict=True):
            batches, what = (self.last_results, "last batch") if following == MV_END else (self.results, "batch")
            if batches.usual is None:
                batches.usual = self.results.usual
            if (usual := batches.differs(number)) is not None:
                found.append((place, "uneven", f"results in the {what} above: {number}, usually {usual}"))
        return found


def _ends_of_batches(seen: Survey) -> Array:
    """Return the places where a meta-validation batch ends, except before a copy of its own header."""
    kind, first = seen.kind, seen.first
    headers = seen.headers[seen.header_kind == MV_BATCH]
    above = np.flatnonzero((kind[:1] == MV_RESULT) | (kind[:1] == MV_BATCH))
    inside = np.sort(np.concatenate((above, headers, seen.results)))
    inside = inside[inside < len(kind) - 1]
    this, following = kind[inside], kind[inside + 1]
    repeated = (following == this) & (first[inside + 1] == first[inside])
    ends: Array = inside[(following != MV_RESULT) & ~repeated]
    return ends


def _is_new(seen: Survey, headers: Array) -> Array:
    """Tell which of these headers are no copy of the line above: that one ends nothing, and is told as repeated."""
    new: Array = (seen.kind[headers] != seen.kind[headers - 1]) | (seen.first[headers] != seen.first[headers - 1])
    return new


def _unusual(consensus: Consensus, places: Array, counts: Array, what: str) -> list[tuple[int, int, int, str]]:
    """Return place, count and usual count of the unusual ones; a count that is missing is told elsewhere."""
    known = counts != MISSING
    places, counts = places[known], counts[known]
    return [(int(places[index]), int(counts[index]), usual, what) for index, usual in consensus.unusual(counts)]


def _tell(unusual: list[tuple[int, int, int, str]], seen: Survey, walker: Walker) -> list[Finding]:
    """Say what is unusual; where a meta-epoch or a segment is over, too few are no more than unfinished."""
    over = {token for token, level, *_ in walker.events if level == SEGMENT}
    over.update((seen.headers[seen.header_kind == RULE] - 1).tolist())
    return [
        (place, "unfinished" if place in over and number < usual else "uneven", f"{what}: {number}, usually {usual}")
        for place, number, usual, what in unusual
    ]

"""How many are usual: steps in an epoch, epochs in a problem, problems in a meta-step, results in a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
        if self.usual is not None and self.last == self.usual and bool((counts == self.usual).all()):
            return []
        return [
            (place, usual) for place, count in enumerate(counts.tolist()) if (usual := self._differs(count)) is not None
        ]

    def _differs(self, count: int) -> int | None:
        usual, last = self.usual, self.last
        self.last = count
        if usual is None or count == usual:
            self.usual = count
            return None
        if count == last:
            self.usual = count
            return None
        return usual

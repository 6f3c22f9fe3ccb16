"""What a scan engine returns: columns, one entry a line that it understood, and the lines that it did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metalog.columns import allocate

Ints = NDArray[np.int32]
#: Whole lines, each with its line end.
Block = bytes | memoryview
Floats = NDArray[np.float64]

#: Lines longer than this are shortened before they are looked at, and never matched as they are.
LONGEST_LINE = 1 << 20

DTYPES: Final = {
    "kind": np.uint8,
    "first": np.int32,
    "second": np.int32,
    "loss": np.float64,
    "accuracy": np.float64,
    "line": np.int32,
    "start": np.int32,
}


@dataclass(slots=True)
class Matches:
    """The lines of a block that matched a template, in order.

    Attributes
    ----------
    kind
        uint8, code of the kind of line.
    first, second
        int32, the line's counters in order; ``MISSING`` where the kind has fewer or the number is too large.
    loss, accuracy
        float64, the line's floats in order; undefined where the kind has none.
    line
        int32, number of the line within the block, from 0.
    start
        int32, byte offset of the line within the block.
    """

    kind: NDArray[np.uint8]
    first: Ints
    second: Ints
    loss: Floats
    accuracy: Floats
    line: Ints
    start: Ints

    @classmethod
    def empty(cls, room: int) -> Matches:
        """Return columns with room for so many lines, not filled in."""
        return cls(**allocate(DTYPES, room))

    def __len__(self) -> int:
        return len(self.kind)

    def select(self, index: Any) -> Matches:
        """Return the chosen entries; `index` is a slice, mask or index array."""
        return Matches(*(getattr(self, name)[index] for name in self.__slots__))


@dataclass(slots=True)
class Odd:
    """The lines of a block that matched nothing, in order: number, start and end (without line end), int32 each."""

    line: Ints
    start: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.line)


@dataclass(slots=True)
class Scanned:
    """A block, cut and matched: `lines` counts all its lines."""

    matches: Matches
    odd: Odd
    lines: int


def join(parts: list[Matches]) -> Matches:
    """Put matches behind each other."""
    if len(parts) == 1:
        return parts[0]
    return Matches(*(np.concatenate([getattr(part, name) for part in parts]) for name in Matches.__slots__))

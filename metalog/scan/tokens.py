"""What a scan engine returns: tokens, one a line that it understood, as columns, and the lines that it did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metalog.columns import allocate
from metalog.formats.model import Format

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
#: Whole lines, each with its line end.
Block = bytes | memoryview

#: The columns of tokens.
COLUMNS: Final = ("kind", "counters", "values", "texts", "line", "start")
#: Lines longer than this are shortened before they are looked at, and never matched as they are.
LONGEST_LINE: Final = 1 << 20


@dataclass(slots=True)
class Tokens:
    """The lines of a block that matched a template, in order.

    Attributes
    ----------
    kind
        uint8, 1-D: index of the kind of line in the format.
    counters
        int32, 2-D: for each slot the lines' counters, in the order of their templates; ``MISSING`` where a kind has
        fewer or the number is too large.
    values
        float64, 2-D: likewise the lines' values; 0 where a kind of an exact format has fewer, nan in other formats.
    texts
        int32, 2-D: for each slot where the lines' texts begin in the block, then for each where they end; ``MISSING``
        where a line has none. Once they are taken out of the block (:mod:`~metalog.scan.texts`), the first half says
        which of the block's texts they are.
    line
        int32, 1-D: number of the line within the block, from 0.
    start
        int32, 1-D: byte offset of the line within the block.
    counted
        How many there are of each kind, where that was counted already.
    """

    kind: NDArray[np.uint8]
    counters: Ints
    values: Floats
    texts: Ints
    line: Ints
    start: Ints
    counted: list[int] | None = None

    @classmethod
    def reserve(cls, form: Format, size: int) -> Tokens:
        """Return columns for so many lines, not filled in."""
        counters, values, texts = form.counter_slots, form.value_slots, 2 * form.text_slots
        dtypes = {"kind": "u1", "counters": f"V{4 * counters}", "values": f"V{8 * values}", "line": "i4", "start": "i4"}
        columns: dict[str, Any] = allocate(dtypes, size)
        columns["texts"] = np.empty((texts, size), np.int32)
        columns["counters"] = columns["counters"].view(np.int32).reshape(counters, size)
        columns["values"] = columns["values"].view(np.float64).reshape(values, size)
        return cls(**columns)

    def __len__(self) -> int:
        return len(self.kind)

    def tally(self, kinds: int) -> list[int]:
        """Count the tokens of each of so many kinds."""
        if self.counted is None:
            self.counted = np.bincount(self.kind).tolist()
        return [*self.counted, *[0] * kinds][:kinds]

    def select(self, index: Any) -> Tokens:
        """Return the chosen entries; `index` is a slice or an index array."""
        if isinstance(index, slice):
            chosen: dict[str, Any] = {name: getattr(self, name)[..., index] for name in COLUMNS}
        else:
            chosen = {name: np.take(getattr(self, name), index, axis=-1) for name in COLUMNS}
        return Tokens(**chosen)


@dataclass(slots=True)
class OddLines:
    """The lines of a block that matched nothing, in order: number, start and end (without line end), int32 each."""

    line: Ints
    start: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.line)


@dataclass(slots=True)
class Scanned:
    """A block, cut and matched: `lines` counts all its lines, `blank` those that hold nothing but blanks."""

    tokens: Tokens
    odd: OddLines
    lines: int
    blank: int


def concat_tokens(parts: list[Tokens]) -> Tokens:
    """Return the tokens of all parts, in order."""
    if len(parts) == 1:
        return parts[0]
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in COLUMNS
    }
    return Tokens(**joined)

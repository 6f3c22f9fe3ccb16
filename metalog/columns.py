"""Plain columns: what a table is until it becomes a frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
#: One array a column, 1-D, all of the same length.
Columns = dict[str, Array]
#: Columns in one piece of memory begin at multiples of so many bytes.
ALIGNMENT: Final = 64
#: From so many bytes on, numpy asks for huge pages.
HUGE: Final = 1 << 22


def allocate(dtypes: Mapping[str, DTypeLike], rows: int) -> Columns:
    """Return columns, not filled in, that lie in one piece of memory.

    numpy asks the system for huge pages for pieces of 4 MiB and more. Filling these takes a fraction of the time that
    as many small pages take, so pieces of more than a quarter of that are made as large; what is not used of them costs
    nothing.
    """
    sizes = {name: np.dtype(dtype).itemsize * rows for name, dtype in dtypes.items()}
    total = sum(-(-size // ALIGNMENT) * ALIGNMENT for size in sizes.values())
    memory = np.empty(max(total, HUGE) if total > HUGE // 4 else total, np.uint8)
    columns, start = {}, 0
    for name, size in sizes.items():
        columns[name] = memory[start : start + size].view(dtypes[name])
        start += -(-size // ALIGNMENT) * ALIGNMENT
    return columns


def select_rows(columns: Columns, index: Array | slice) -> Columns:
    """Return the chosen rows of all columns."""
    return {name: values[index] for name, values in columns.items()}


def merged_order(sequences: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Return all names of several sequences once, those that only a later one has before what follows them there."""
    merged: list[str] = []
    for sequence in sequences:
        place = len(merged)
        for name in reversed(sequence):
            if name in merged:
                place = merged.index(name)
            else:
                merged.insert(place, name)
    return tuple(merged)

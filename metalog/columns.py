"""Plain columns: what a table is until it becomes a frame."""

from __future__ import annotations

from collections.abc import Mapping
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
    starts = [0]
    for dtype in dtypes.values():
        starts.append(starts[-1] + -(-np.dtype(dtype).itemsize * rows // ALIGNMENT) * ALIGNMENT)
    size = starts[-1]
    memory = np.empty(max(size, HUGE) if size > HUGE // 4 else size, np.uint8)
    return {
        name: memory[start:end].view(dtype)[:rows]
        for (name, dtype), start, end in zip(dtypes.items(), starts, starts[1:], strict=False)
    }

"""Plain columns: what a table is until it becomes a frame."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
#: One array a column, 1-D, all of the same length.
Columns = dict[str, Array]

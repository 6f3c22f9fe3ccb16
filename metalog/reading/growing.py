"""A table that grows: its rows come in parts, and are written at once to where they stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import DTypeLike

from metalog.columns import Columns, allocate

#: Rows for which memory is reserved at a time in a large table: then numpy asks the system for huge pages, which are
#: filled in a fraction of the time. What is not used of it costs nothing.
LEAST_RESERVED: Final = 1 << 20
#: Most rows for which a guess reserves memory: addresses for some 2 GB, which cost nothing where they are not used.
MOST_RESERVED: Final = 1 << 25
#: A table is large when so many rows come at once; fewer than these are copied when they need more memory.
MANY: Final = 1 << 14


class GrowingTable:
    """Collects the rows of a table of records."""

    def __init__(self) -> None:
        self._full: list[Columns] = []
        self._open: Columns = {}
        self._used = self._reserved = 0
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def reserve(self, dtypes: Mapping[str, DTypeLike], rows: int, share: float = 0.0) -> Columns:
        """Return columns for the next rows, to be filled in; `dtypes` must always be the same.

        `share` is the part that the rows up to these make of all that will come, 0 if that is unknown. Where it says
        right, memory is reserved once, and no row is ever copied.
        """
        if not self._open or self._used + rows > self._reserved:
            self._make(dtypes, rows, share)
        begin, self._used = self._used, self._used + rows
        self._rows += rows
        return {name: values[begin : self._used] for name, values in self._open.items()}

    def take(self) -> Columns:
        """Return all columns and forget the rows. There must have been some."""
        parts = [*self._full, self._filled()] if self._used else self._full
        self._open = {}
        taken: Columns = {}
        for name in [*parts[0]]:  # as soon as a column is whole, its parts are forgotten
            pieces = [part.pop(name) for part in parts]
            taken[name] = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        self._full = []
        self._used = self._reserved = self._rows = 0
        return taken

    def _filled(self) -> Columns:
        return {name: values[: self._used] for name, values in self._open.items()}

    def _make(self, dtypes: Mapping[str, DTypeLike], rows: int, share: float) -> None:
        before, filled = self._used, self._filled()
        if before > MANY:
            self._full.append(filled)
            before = 0
        if share and rows > MANY and not self._full:  # what was guessed wrong once is not guessed again
            self._reserved = max(before + rows, min(int(1.05 * (before + rows) / share), MOST_RESERVED))
            self._open = allocate(dtypes, self._reserved)
        else:
            self._reserved = max(LEAST_RESERVED, before + rows) if rows > MANY else 4 * (before + rows)
            self._open = {name: np.empty(self._reserved, dtype) for name, dtype in dtypes.items()}
        if before:
            for name, values in filled.items():
                self._open[name][:before] = values
        self._used = before

"""Lists of numbers in lines: each number becomes a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metalog.columns import Array, Columns
from metalog.formats.line import Line
from metalog.formats.model import LINE
from metalog.formats.template import MISSING
from metalog.scan.numbers import to_list


class Lists:
    """The lists of a table's lines, whose numbers become rows."""

    def __init__(self, line: Line, part: Columns, texts: Sequence[str]) -> None:
        self.each = line.each
        if not self.each:
            self.sizes = np.ones(len(part[LINE]), np.int64)
            return
        self._name = next(name for name, sort in line.types().items() if sort == "list")
        lists = [to_list(texts[code].encode()) if code != MISSING else [] for code in part[self._name].tolist()]
        self.sizes = np.array([len(one) for one in lists], np.int64)
        self._values = np.array([value for one in lists for value in one], np.float64)

    def spread(self, part: Columns) -> Columns:
        """Return a table with a row for each number of each list."""
        if not self.each:
            return part
        spread = {name: np.repeat(values, self.sizes) for name, values in part.items()}
        begins = np.cumsum(self.sizes) - self.sizes
        spread[self._name] = self._values
        spread[self.each] = (np.arange(len(self._values)) - np.repeat(begins, self.sizes)).astype(np.int32)
        return spread


def renumbered(rows: list[Array], lists: list[Lists]) -> list[Array]:
    """Return the numbers of the rows when lists are spread; lines of such frames have a row of their own each."""
    sizes = np.zeros(sum(map(len, rows)), np.int64)
    for own, one in zip(rows, lists, strict=True):
        sizes[own] = one.sizes
    begins = np.cumsum(sizes) - sizes
    return [
        np.repeat(begins[own], one.sizes)
        + np.arange(int(one.sizes.sum()))
        - np.repeat(np.cumsum(one.sizes) - one.sizes, one.sizes)
        for own, one in zip(rows, lists, strict=True)
    ]

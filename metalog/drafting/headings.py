"""Tables: lines of numbers alone, whose names stand in a line above."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

from metalog.drafting.cluster import Kind

#: A table has so many lines at least.
_FEW: Final = 3
_CELLS = re.compile(r"\s{2,}|\s*[|\t]\s*")


def name_by_headings(kinds: Iterable[Kind], texts: Mapping[str, list[int]]) -> None:
    """Give each number of a table the heading of its column as the words before it."""
    for kind in kinds:
        if len(kind.lines) < _FEW or any(re.search(r"[^\W\d_]", literal) for literal in kind.literals):
            continue
        if headings := _headings(kind, texts):
            for column, heading in zip(kind.columns, headings, strict=True):
                if sum(sign.isalpha() for sign in heading) > 1:  # E and # are no words
                    column.before = f"{re.sub(r'[(){}]', ' ', heading)} "


def _headings(kind: Kind, texts: Mapping[str, list[int]]) -> list[str]:
    """Return the cells of the last line above that has as many, and words in most of them."""
    begin = kind.lines[0]
    above = ((lines[bisect_left(lines, begin) - 1], text) for text, lines in texts.items() if lines[0] < begin)
    for _, text in sorted(above, reverse=True):
        cells = [cell for cell in _CELLS.split(text.strip().strip("|")) if cell.strip()]
        if len(cells) == len(kind.columns) and sum(cell[:1].isalpha() for cell in cells) > len(cells) / 2:
            return cells
    return []

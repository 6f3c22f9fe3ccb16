"""Tables: lines of numbers alone, whose names stand in a line above."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from metalog.drafting.cluster import Kind

#: A table has so many lines at least.
_FEW: Final = 3
#: Among so many texts above a table its headings are looked for.
_NEAR: Final = 20
_CELLS = re.compile(r"\s{2,}|\s*[|\t]\s*")


def name_by_headings(kinds: Iterable[Kind], texts: Mapping[str, list[int]]) -> None:
    """Give each number of a table the heading of its column as the words before it."""
    above = sorted((line, text) for text, lines in texts.items() for line in lines)
    for kind in kinds:
        if len(kind.lines) < _FEW or any(re.search(r"[^\W\d_]", literal) for literal in kind.literals):
            continue
        end = bisect_left(above, (kind.lines[0], ""))
        for column, heading in zip(kind.columns, _headings(kind, above[max(0, end - _NEAR) : end]), strict=False):
            if sum(sign.isalpha() for sign in heading) > 1:  # E and # are no words
                column.before = f"{re.sub(r'[(){}]', ' ', heading)} "


def _headings(kind: Kind, above: Sequence[tuple[int, str]]) -> list[str]:
    """Return the cells of the last line above that has as many, and words in most of them."""
    for _, text in reversed(above):
        cells = [cell for cell in _CELLS.split(text.strip().strip("|")) if cell.strip()]
        if len(cells) == len(kind.columns) and sum(cell[:1].isalpha() for cell in cells) > len(cells) / 2:
            return cells
    return []

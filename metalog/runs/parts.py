"""Parts of a frame's rows, as plain columns, put together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metalog.columns import Array, Columns, merged_order
from metalog.formats.model import LINE, Format
from metalog.formats.template import MISSING


def empty_columns(form: Format, name: str) -> Columns:
    """Return the columns of a frame without rows."""
    return {column: np.empty(0, np.int64) for column in (*form.frames[name], LINE)}


def concat_rows(parts: Sequence[Columns], form: Format, name: str) -> Columns:
    """Return the rows of parts of a frame as one set of columns; what a part doesn't have is missing in its rows."""
    parts = [part for part in parts if len(part[LINE])]
    if not parts:
        return empty_columns(form, name)
    first = {column: part[column] for part in reversed(parts) for column in part}
    names = merged_order(list(part) for part in parts)
    return {
        column: np.concatenate([part.get(column, _missing(first[column], part)) for part in parts]) for column in names
    }


def _missing(like: Array, part: Columns) -> Array:
    """Return a column of which a part has nothing."""
    nothing: dict[str, object] = {"O": None, "f": np.nan}
    return np.full(len(part[LINE]), nothing.get(like.dtype.kind, MISSING), like.dtype)

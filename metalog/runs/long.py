"""All values of all frames of a run as one long tidy frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from metalog.columns import Array, merged_order
from metalog.formats.model import LINE
from metalog.formats.template import MISSING
from metalog.runs.frames import column
from metalog.runs.table import Columned, Table, tables

if TYPE_CHECKING:
    import pandas as pd


def long(run: Columned) -> pd.DataFrame:
    """Return one row a value; see :meth:`metalog.Run.long`."""
    import pandas as pd

    parts = list(tables(run, incomplete=True).values())
    levels = merged_order(part.levels for part in parts)
    texts = merged_order(part.texts for part in parts)
    rows = [np.repeat(np.arange(len(part)), len(part.measured)) for part in parts]
    order = np.argsort(np.concatenate([part.line[own] for part, own in zip(parts, rows, strict=True)]), kind="stable")

    def joined(pieces: Iterable[Array], dtype: str) -> Any:
        return column(np.concatenate([*pieces])[order], dtype)

    def taken(take: Callable[[Table], Array], dtype: str) -> Any:
        return joined((take(part)[own] for part, own in zip(parts, rows, strict=True)), dtype)

    data = {
        "frame": taken(lambda part: np.full(len(part), part.name, object), "category"),
        "segment": taken(lambda part: part.segment, "int32"),
        **{name: taken(partial(_column, name, MISSING), "Int32") for name in levels},
        **{name: taken(partial(_column, name, None), "category") for name in texts},
        "variable": joined((np.tile(np.array(part.measured, object), len(part)) for part in parts), "category"),
        "value": joined(map(_values, parts), "float64"),
        LINE: taken(lambda part: part.line, "int64"),
    }
    return pd.DataFrame(data, copy=False)


def _column(name: str, missing: object, part: Table) -> Array:
    """Return a column of a frame, all missing where the frame has none of that name (or one of another kind)."""
    if name in part.levels or name in part.texts:
        return part.columns[name]
    return np.full(len(part), missing, object if missing is None else np.int32)


def _values(part: Table) -> Array:
    if not part.measured:
        return np.empty(0)
    return np.stack([part.numbers(name) for name in part.measured], axis=1).reshape(-1)

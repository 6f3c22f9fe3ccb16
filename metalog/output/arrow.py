"""Plain columns to tables of Arrow, without pandas in between: for a small log that would take longer than reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from metalog.columns import Array, Columns
from metalog.formats.model import Format
from metalog.formats.template import MISSING
from metalog.runs.frames import dtypes

_TEXTS: Final = ("str", "category")


def arrow_table(name: str, columns: Columns, further: Mapping[str, Array] | None = None, *, form: Format) -> Any:
    """Return a frame of a format as a table of Arrow: what is missing is null, texts are texts.

    Parameters
    ----------
    name, columns, form
        As for :func:`metalog.runs.frames.frame`.
    further
        Numbers that comments add, put behind the frame's own columns.
    """
    import pyarrow as pa

    arrays = {own: _array(columns[own], dtype) for own, dtype in dtypes(form, name, columns).items()}
    arrays |= {own: pa.array(np.asarray(values, np.float64)) for own, values in (further or {}).items()}
    return pa.table(arrays)


def _array(values: Array, dtype: str) -> Any:
    import pyarrow as pa

    if dtype in _TEXTS:
        texts = [None if value is None or value != value else str(value) for value in values.tolist()]
        return pa.array(texts, pa.string())
    if not dtype.startswith("Int"):
        return pa.array(values.astype(dtype, copy=False))
    missing = np.isnan(values) if values.dtype.kind == "f" else values == MISSING
    if not missing.any():
        return pa.array(values.astype(dtype.lower(), copy=False))
    return pa.array(np.where(missing, 0, values).astype(dtype.lower()), mask=missing)

"""All records of a log as one table, in the order of their lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from metalog.columns import Columns, merged_order
from metalog.formats.model import LINE, SEGMENT, Format
from metalog.formats.template import MISSING

if TYPE_CHECKING:
    import pandas as pd


def joint_columns(form: Format, records: Mapping[str, Columns] | None = None) -> tuple[str, ...]:
    """Return the columns of :func:`joint`; `records` may have more than the format says."""
    from metalog.runs.frames import level_columns

    names = list(records or dict.fromkeys(line.frame for line in form.lines if line.frame))
    levels = merged_order(level_columns(form, name) for name in names)
    shown = [(*form.frames[name], *(records[name] if records else ())) for name in names]
    others = [tuple(dict.fromkeys(own)) for own in shown]
    values = merged_order([own for own in columns if own not in (SEGMENT, LINE, *levels)] for columns in others)
    return ("kind", SEGMENT, *levels, *values, LINE)


def joint(records: Mapping[str, Columns], form: Format, *, part: bool = False) -> pd.DataFrame:
    """Put all records into one frame, in the order of their lines, with a column that names their kind.

    Parameters
    ----------
    records
        The columns of the tables of records, as :meth:`metalog.reading.parser.Parser.take_records` returns them.
    form
        The log's format.
    part
        Whether more of the log will come (:func:`metalog.runs.frames.column`).

    Returns
    -------
    pandas.DataFrame
        The columns :func:`joint_columns`; what a kind of record doesn't have is missing. ``kind`` is categorical: the
        name of the kind of line, or of the frame where several kinds fill it; words are texts.
    """
    import pandas as pd

    from metalog.runs.frames import column

    sizes = [len(columns[LINE]) for columns in records.values()]
    order = np.argsort(np.concatenate([columns[LINE] for columns in records.values()]), kind="stable")
    types = _types(records, form)

    def stacked(name: str) -> Any:
        missing: Any = {"float64": np.nan, "str": None}.get(types[name], MISSING)
        parts = [own.get(name, np.full(size, missing)) for own, size in zip(records.values(), sizes, strict=True)]
        return column(np.concatenate(parts)[order], types[name], part=part)

    codes = np.repeat(np.arange(len(records), dtype=np.int8), sizes)[order]
    kinds = pd.Index([_kind(form, name) for name in records], dtype="str")
    kind = pd.Categorical.from_codes(codes, categories=kinds)
    names = joint_columns(form, records)[1:]
    return pd.DataFrame({"kind": kind, **{name: stacked(name) for name in names}}, copy=False)


def _types(records: Mapping[str, Columns], form: Format) -> dict[str, str]:
    """Return the dtype of each column: where frames differ in it, that which holds the values of all."""
    from metalog.runs.frames import dtypes

    found: dict[str, set[str]] = {}
    for name, columns in records.items():
        for own, dtype in dtypes(form, name, columns).items():
            found.setdefault(own, set()).add("str" if dtype == "category" else dtype)
    return {name: own.pop() if len(own) == 1 else "str" if "str" in own else "float64" for name, own in found.items()}


def _kind(form: Format, frame: str) -> str:
    kinds = [line.name for line in form.lines if line.frame == frame]
    return kinds[0] if len(kinds) == 1 else frame

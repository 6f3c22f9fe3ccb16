"""Plain columns to tidy frames: fixed columns, fixed dtypes, also when empty.

Counters are nullable integers (``Int32``): a counter that a log doesn't tell, or that was lost, is ``<NA>``,
never a guess. Losses and accuracies are ``float64``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from metalog.formats import native
from metalog.formats.model import COMPLETE, LINE, SEGMENT, Format
from metalog.formats.template import MISSING

if TYPE_CHECKING:
    import pandas as pd

#: Every column of every frame: its dtype and what it holds.
COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "segment": ("int32", "0, and one more wherever the file starts over (a restart, a resume, another writer)"),
    "meta_epoch": ("Int32", "number of the meta-epoch, from 1"),
    "meta_step": ("Int32", "number of the meta-step in its meta-epoch, from 1: updates + 1"),
    "global_meta_step": ("Int64", "number of the meta-step counted through the meta-epochs, from 1"),
    "problem": ("Int32", "number of the problem in its meta-batch, from 1"),
    "epoch": ("Int32", "epoch of the inner training, from 1"),
    "step": ("Int32", "inner step in its epoch, from 1"),
    "batch": ("Int32", "meta-batch of the meta-validation set, as logged (10, 20, …)"),
    "loss": ("float64", "the loss, exactly as `float()` reads it"),
    "accuracy": ("float64", "fraction of right answers, 0 to 1"),
    "line": ("int64", "line in the file, from 1"),
    "problems": ("int32", "number of problems logged"),
    "complete": (
        "bool",
        "whether the meta-step has the shape that its segment usually has, so that it can be compared",
    ),
    "train_loss": ("float64", "mean over the problems of each one's last inner step's loss"),
    "train_accuracy": ("float64", "mean over the problems of each one's last inner step's accuracy"),
    "validation_loss": ("float64", "mean over the problems of each one's last validation's loss"),
    "validation_accuracy": ("float64", "mean over the problems of each one's last validation's accuracy"),
    "column": ("int64", "character in the line, from 1"),
    "code": ("str", "its stable name; see the table of diagnostics"),
    "severity": ("str", "`error`, `warning` or `info`"),
    "message": ("str", "what was found and what was expected"),
    "text": ("str", "the line, cut to 200 characters"),
}
#: Dtype of every column of every frame.
DTYPES: Final[dict[str, str]] = {name: dtype for name, (dtype, _) in COLUMNS.items()}


def dtypes(form: Format, name: str) -> dict[str, str]:
    """Return the dtype of each column of a frame, in order."""
    values = {name for line in form.lines for name in line.values}  # noqa: PD011 - of a kind of line
    means = {column for summary in form.summaries for column, _, _ in summary.last}
    known = {"int32": {summary.count for summary in form.summaries}, "bool": {COMPLETE}, "float64": values | means}
    known["Int64"] = {summary.total for summary in form.summaries}
    known["category"] = _texts(form)
    known["Int64"] |= {name for line in form.lines for name, sort in line.types().items() if sort == "whole"}
    own = {column: dtype for dtype, columns in known.items() for column in columns}
    own |= {column: dtype for column, dtype in DTYPES.items() if form.exact or column in (SEGMENT, LINE)}
    if name == "diagnostics":
        own = DTYPES
    return {column: own.get(column) or "Int32" for column in form.frames[name]}


def _texts(form: Format) -> set[str]:
    """Return the columns that hold words."""
    words = {name for line in form.lines for name, sort in line.types().items() if sort in ("word", "choice")}
    return words | {name for line in form.lines for name in (*line.takes, *(key for key, _ in line.set))}


def markdown_table() -> str:
    """Return the table of all columns of all frames of metalog's own format for the documentation."""
    rows = []
    for name, (dtype, meaning) in COLUMNS.items():
        frames = ", ".join(f"`{own}`" for own, columns in native().frames.items() if name in columns)
        rows.append(f"| `{name}` | {dtype} | {frames} | {meaning} |")
    return "\n".join(("| column | dtype | in the frames | what it holds |", "| --- | --- | --- | --- |", *rows)) + "\n"


def frame(
    name: str, columns: Mapping[str, Any], extra: Mapping[str, Any] | None = None, *, form: Format | None = None
) -> pd.DataFrame:
    """Build a frame of a format.

    Parameters
    ----------
    name
        Its name, a key of :attr:`metalog.formats.model.Format.frames`.
    columns
        One array per column; nullable counters are plain integers in which ``MISSING`` stands for ``<NA>``.
    extra
        Further columns, put behind the fixed ones as they are.
    form
        The format; metalog's own by default.

    Returns
    -------
    pandas.DataFrame
        The arrays are taken over without a copy where the dtype allows it.
    """
    import pandas as pd

    data = {own: column(columns[own], dtype) for own, dtype in dtypes(form or native(), name).items()}
    return pd.DataFrame({**data, **(extra or {})}, copy=False)


def empty(name: str, form: Format | None = None) -> pd.DataFrame:
    """Return a frame without rows."""
    return frame(name, {column: [] for column in (form or native()).frames[name]}, form=form)


def column(values: Any, dtype: str) -> Any:
    """Return `values` as a frame's column holds them; ``MISSING`` becomes ``<NA>`` in nullable columns."""
    import pandas as pd

    if dtype == "str":
        return pd.array(list(values), dtype="str")
    if dtype == "category":
        return pd.Categorical(list(values))
    if not dtype.startswith("Int"):
        return np.asarray(values, dtype=dtype)
    if np.asarray(values).dtype == float:  # integers that are the number of no level
        known = np.asarray(values)
        missing = np.isnan(known)
        return pd.arrays.IntegerArray(np.where(missing, 0, known).astype(dtype.lower()), missing)
    numbers = np.asarray(values, dtype=dtype.lower())
    return pd.arrays.IntegerArray(numbers, numbers == MISSING)

"""Plain columns to tidy frames: fixed columns, fixed dtypes, also when empty.

A counter that a log doesn't tell, or that was lost, is ``<NA>``, never a guess. So whole numbers may be missing, and
``Int32`` and ``Int64`` stand for them here; a column in which none is missing is plain ``int32`` or ``int64``, which
every library takes. Losses and accuracies are ``float64``, texts categories.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from metalog.formats import native
from metalog.formats.model import COMPLETE, DIAGNOSTICS, LINE, SEGMENT, Format, Summary
from metalog.formats.template import MISSING, VALUES

if TYPE_CHECKING:
    import pandas as pd

#: Every column of every frame of metalog's own format: its dtype and what it holds.
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
#: What the columns of the frame of diagnostics hold, whatever the format.
_OF_DIAGNOSTICS: Final = {name: COLUMNS[name][0] for name in DIAGNOSTICS}
#: The dtypes of what the fields of lines show.
_SORTS: Final = {
    **dict.fromkeys((*VALUES, "list"), "float64"),
    "whole": "Int64",
    **dict.fromkeys(("word", "choice"), "category"),
}


def level_columns(form: Format, name: str) -> tuple[str, ...]:
    """Return the columns of a frame that number its levels, outermost first, and the values of its lists."""
    shown = _shown(form, name)
    counters = {level.name for level in form.levels} | {line.each for line in form.lines if line.frame == name}
    return tuple(column for column in form.frames[name] if column in counters and column not in shown)


def _shown(form: Format, name: str) -> dict[str, str]:
    """Return the dtypes of the columns of a frame that hold what its lines show, or what was set for them."""
    found: dict[str, str] = {}
    for line in form.lines:
        if line.frame == name:
            sorts = {own: _SORTS[sort] for own, sort in line.types().items() if sort in _SORTS}
            found |= {**sorts, **dict.fromkeys((*line.takes, *(key for key, _ in line.set)), "category")}
    return found


def summary_of(form: Format, name: str) -> Summary | None:
    """Return the summary whose frame has that name."""
    return next((summary for summary in form.summaries if summary.frame == name), None)


def dtypes(form: Format, name: str, columns: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return the dtype of each column of a frame, in order.

    Parameters
    ----------
    form, name
        The format, and a frame of it.
    columns
        The columns themselves. Those that the format doesn't name, since only the log tells them, come behind its
        own, before the line; their dtypes are those of their values.
    """
    if name == "diagnostics":
        return dict(_OF_DIAGNOSTICS)
    known = {SEGMENT: "int32", **dict.fromkeys(level_columns(form, name), "Int32"), LINE: "int64"}
    if summary := summary_of(form, name):
        known |= {summary.total: "Int64", summary.count: "int32", COMPLETE: "bool"}
        known |= dict.fromkeys((column for column, _, _ in summary.last), "float64")
    known |= _shown(form, name)
    given: Mapping[str, Any] = columns or {}
    declared = {own: known.get(own) or _dtype_of(given.get(own)) for own in form.frames[name]}
    further = {own: _dtype_of(values) for own, values in given.items() if own not in declared and own != LINE}
    last = {LINE: declared.pop(LINE)} if LINE in declared else {}
    return {**declared, **further, **last}


def _dtype_of(values: Any) -> str:
    """Return the dtype of a column of which the format says nothing: numbers, or texts that often come again."""
    kind = np.asarray(values).dtype.kind if values is not None else "f"
    return {"f": "float64", "i": "Int64", "b": "bool"}.get(kind, "category")


def is_nested(form: Format) -> bool:
    """Tell whether a format has nested problems: all frames of metalog's own, with all their columns."""
    return form is native() or all(
        {*columns} <= {*form.frames.get(name, ())} for name, columns in native().frames.items()
    )


def markdown_table() -> str:
    """Return the table of all columns of all frames of metalog's own format for the documentation."""
    rows = []
    for name, (given, meaning) in COLUMNS.items():
        dtype = f"{given.lower()} or {given}" if given.startswith("Int") else given
        frames = ", ".join(f"`{own}`" for own, columns in native().frames.items() if name in columns)
        rows.append(f"| `{name}` | {dtype} | {frames} | {meaning} |")
    return "\n".join(("| column | dtype | in the frames | what it holds |", "| --- | --- | --- | --- |", *rows)) + "\n"


def frame(
    name: str,
    columns: Mapping[str, Any],
    extra: Mapping[str, Any] | None = None,
    *,
    form: Format | None = None,
    part: bool = False,
) -> pd.DataFrame:
    """Build a frame of a format.

    Parameters
    ----------
    name
        Its name, a key of :attr:`metalog.formats.model.Format.frames`.
    columns
        One array per column; nullable counters are plain integers in which ``MISSING`` stands for ``<NA>``. There may
        be more than the format names.
    extra
        Further columns, put behind the fixed ones as they are.
    form
        The format; metalog's own by default.
    part
        As for :func:`column`.

    Returns
    -------
    pandas.DataFrame
        The arrays are taken over without a copy where the dtype allows it.
    """
    import pandas as pd

    known = dtypes(form or native(), name, columns)
    data = {own: column(columns[own], dtype, part=part) for own, dtype in known.items()}
    return pd.DataFrame({**data, **(extra or {})}, copy=False)


def empty(name: str, form: Format | None = None) -> pd.DataFrame:
    """Return a frame without rows."""
    return frame(name, {column: [] for column in (form or native()).frames[name]}, form=form)


def column(values: Any, dtype: str, *, part: bool = False) -> Any:
    """Return `values` as a frame's column holds them.

    Parameters
    ----------
    values
        One array; of whole numbers ``MISSING`` and nan stand for ``<NA>``.
    dtype
        One of :func:`dtypes`; ``Int32`` and ``Int64`` become ``int32`` and ``int64`` where nothing is missing.
    part
        More of the same column will come, in which something may be missing, so that it stays nullable.
    """
    import pandas as pd

    if dtype == "str":
        return pd.array([value if value is None else str(value) for value in values], dtype="str")
    if dtype == "category":
        return _categories(values)
    if not dtype.startswith("Int"):
        return np.asarray(values, dtype=dtype)
    numbers = np.asarray(values)
    missing = np.isnan(numbers) if numbers.dtype.kind == "f" else numbers == MISSING
    if not (part or missing.any()):
        return numbers.astype(dtype.lower(), copy=False)
    if numbers.dtype.kind == "f":
        numbers = np.where(missing, MISSING, numbers)
    return pd.arrays.IntegerArray(numbers.astype(dtype.lower(), copy=False), missing)


def _categories(values: Any) -> Any:
    """Return texts as a categorical, its categories in the order in which they first come; None is missing."""
    import pandas as pd

    codes, categories = pd.factorize(np.asarray(values, dtype=object))
    if not all(isinstance(category, str) for category in categories):  # numbers of a part of the log where all were
        texts = [None if pd.isna(value) else str(value) for value in values]
        codes, categories = pd.factorize(np.asarray(texts, dtype=object))
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(categories), dtype="str"))

"""Plain columns to tidy frames: fixed columns, fixed dtypes, also when empty.

Counters are nullable integers (``Int32``): a counter that a log doesn't tell, or that was lost, is ``<NA>``,
never a guess. Losses and accuracies are ``float64``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from metalog.grammar import FRAMES, MISSING

if TYPE_CHECKING:
    import pandas as pd

#: Dtype of every column of every frame.
DTYPES: Final[dict[str, str]] = {
    "segment": "int32",
    "meta_epoch": "Int32",
    "meta_step": "Int32",
    "global_meta_step": "Int64",
    "problem": "Int32",
    "epoch": "Int32",
    "step": "Int32",
    "batch": "Int32",
    "loss": "float64",
    "accuracy": "float64",
    "line": "int64",
    "column": "int64",
    "problems": "int32",
    "complete": "bool",
    "train_loss": "float64",
    "train_accuracy": "float64",
    "validation_loss": "float64",
    "validation_accuracy": "float64",
    "code": "str",
    "severity": "str",
    "message": "str",
    "text": "str",
}


def frame(name: str, columns: Mapping[str, Any], extra: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Build the frame `name` (a key of :data:`metalog.grammar.FRAMES`).

    Parameters
    ----------
    columns
        One array per column; nullable counters are plain integers in which ``MISSING`` stands for ``<NA>``.
    extra
        Further columns, put behind the fixed ones as they are.

    Returns
    -------
    pandas.DataFrame
        The arrays are taken over without a copy where the dtype allows it.
    """
    import pandas as pd

    data = {own: column(own, columns[own]) for own in FRAMES[name]}
    return pd.DataFrame({**data, **(extra or {})}, copy=False)


def empty(name: str) -> pd.DataFrame:
    """Return the frame `name` without rows."""
    return frame(name, {column: [] for column in FRAMES[name]})


def column(name: str, values: Any) -> Any:
    """Return `values` as a frame's column `name` holds them; ``MISSING`` becomes ``<NA>`` in nullable columns."""
    import pandas as pd

    dtype = DTYPES[name]
    if dtype == "str":
        return pd.array(list(values), dtype="str")
    if not dtype.startswith("Int"):
        return np.asarray(values, dtype=dtype)
    numbers = np.asarray(values, dtype=dtype.lower())
    return pd.arrays.IntegerArray(numbers, numbers == MISSING)

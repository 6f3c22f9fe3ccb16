"""Settings as columns of frames: ``config.meta_lr`` beside the values of each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from metalog.columns import Array

if TYPE_CHECKING:
    import pandas as pd

#: What the names of such columns begin with, so that no setting is taken for a measured value.
PREFIX: Final = "config."
_LARGEST: Final = 2**63


def with_settings(frame: pd.DataFrame, told: Sequence[Mapping[str, Any]], places: Array) -> pd.DataFrame:
    """Return a frame with the settings of its rows, behind ``run`` if it has that column, else first.

    Parameters
    ----------
    frame
        Any frame.
    told
        The settings of each run.
    places
        Whose each row is: places in `told`, shape (rows,).

    Returns
    -------
    pandas.DataFrame
        Settings that are whole numbers in all runs are ``int64`` (``Int64`` if some runs don't tell them), other
        numbers ``float64``, true and false ``bool`` (``boolean``), all else texts as categories.
    """
    import pandas as pd

    entries = dict.fromkeys(entry for own in told for entry in own)
    columns = {f"{PREFIX}{entry}": _column([own.get(entry) for own in told]) for entry in entries}
    settings = pd.DataFrame(columns, index=range(len(told))).take(places).set_axis(frame.index)
    first = 1 if "run" in frame.columns[:1] else 0
    return pd.concat([frame.iloc[:, :first], settings, frame.iloc[:, first:]], axis="columns")


def _column(values: list[Any]) -> Any:
    import pandas as pd

    known = [value for value in values if value is not None]
    gaps = len(known) < len(values)
    kinds = {type(value) for value in known}
    if kinds == {bool}:
        return pd.array(values, "boolean" if gaps else "bool")
    if kinds == {int} and all(-_LARGEST <= value < _LARGEST for value in known):
        return pd.array(values, "Int64" if gaps else "int64")
    if kinds and kinds <= {int, float}:
        return np.array([np.nan if value is None else float(value) for value in values])
    texts = [None if value is None else str(value) for value in values]
    categories = pd.Index(list(dict.fromkeys(text for text in texts if text is not None)), dtype="str")
    return pd.Categorical(texts, categories=categories)

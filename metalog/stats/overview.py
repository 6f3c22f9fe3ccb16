"""The key numbers of runs, a row each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd

from metalog.errors import UsageError
from metalog.stats.curves import META_STEP, Frames, Metric, Split, history, meta_curve
from metalog.stats.divergence import divergence
from metalog.stats.levels import common_window, levels


class FullFrames(Frames, Protocol):
    """What :func:`summary` asks of a Run."""

    @property
    def meta_validation(self) -> pd.DataFrame: ...  # noqa: D102 - as in Run
    @property
    def diagnostics(self) -> pd.DataFrame: ...  # noqa: D102 - as in Run


def summary(
    runs: Mapping[str, FullFrames], *, split: Split = "validation", metric: Metric = "loss", window: int | None = None
) -> pd.DataFrame:
    """Sum runs up, each by itself.

    Parameters
    ----------
    runs
        Name -> Run; a RunSet is one.
    split, metric, window
        As for :func:`metalog.stats.compare`.

    Returns
    -------
    pandas.DataFrame
        One row a run: ``run``, the columns of :func:`metalog.stats.levels`,
        ``turns_up`` and ``reason`` (:func:`metalog.stats.divergence`, always of the loss), ``meta_validations`` (how
        many), ``meta_validation_at`` (``global_meta_step`` of the last), ``meta_validation`` (its mean over
        problems; ``nan`` or ``inf`` if one of them is), ``errors`` and ``warnings`` (diagnostics).

    Raises
    ------
    UsageError
        If there is no run, or no such split or metric.
    """
    if not runs:
        raise UsageError("there is no run to sum up; give at least one")
    if window is None:
        window = common_window(len(history(meta_curve(run))) for run in runs.values())
    numbers = [levels(run, split=split, metric=metric, window=window) for run in runs.values()]
    turns = [divergence(run, split=split)[["turns_up", "reason"]] for run in runs.values()]
    others = pd.DataFrame([_last_meta_validation(run, metric) | _oddities(run) for run in runs.values()])
    parts = [pd.concat(numbers, ignore_index=True), pd.concat(turns, ignore_index=True), others]
    table = pd.concat(parts, axis=1).astype({"meta_validation_at": "Int64"})
    table.insert(0, "run", pd.Series(list(runs), dtype="str"))
    return table


def _oddities(run: FullFrames) -> dict[str, int]:
    severities = run.diagnostics["severity"]
    return {"errors": int((severities == "error").sum()), "warnings": int((severities == "warning").sum())}


def _last_meta_validation(run: FullFrames, metric: Metric) -> dict[str, Any]:
    frame = run.meta_validation
    if frame.empty:
        return {"meta_validations": 0, "meta_validation_at": pd.NA, "meta_validation": math.nan}
    codes = frame[META_STEP].to_numpy(dtype=np.int64, na_value=-1)
    starts = np.flatnonzero(np.append(True, (codes[1:] != codes[:-1]).any(axis=1)))
    last = frame.iloc[starts[-1] :]
    place = last.iloc[[0]].merge(run.meta_steps, on=META_STEP)["global_meta_step"]
    return {
        "meta_validations": starts.size,
        "meta_validation_at": place.iloc[0] if len(place) else pd.NA,
        "meta_validation": float(last[metric].to_numpy(np.float64).mean()),
    }

"""The key numbers of runs, a row each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd

from metalog.curves.counted import CountedCurve, common_window
from metalog.curves.levels import levels_of_each
from metalog.curves.means import mean
from metalog.diagnostics import CODES
from metalog.errors import UsageError
from metalog.printable import name_as_text
from metalog.runs.main_curve import meta_train_curve
from metalog.runs.run import Run
from metalog.stats.curves import (
    META_STEP,
    Frames,
    Metric,
    Split,
    axis_numbers,
    check,
    counted_curve,
    integers,
    last_meta_validation,
    nested,
)
from metalog.stats.divergence import divergence_of
from metalog.stats.levels import levels_of, whole_number


class Diagnosed(Protocol):
    """What is asked of a Run about its diagnostics."""

    @property
    def diagnostics(self) -> pd.DataFrame: ...  # noqa: D102 - as in Run
    @property
    def diagnostic_counts(self) -> Mapping[str, int]: ...  # noqa: D102 - as in Run


class FullFrames(Frames, Diagnosed, Protocol):
    """What :func:`summary` asks of a Run."""

    @property
    def meta_validation(self) -> pd.DataFrame: ...  # noqa: D102 - as in Run


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
        many), ``meta_validation_at`` (where the last was, numbered likewise), ``meta_validation`` (its mean over
        problems; ``nan`` or ``inf`` if one of them is), ``errors`` and ``warnings`` (diagnostics).

    Raises
    ------
    UsageError
        If there is no run, or no such split or metric.

    Examples
    --------
    >>> metalog.stats.summary(runs)[["run", "meta_steps", "meta_validations"]].to_dict("list")
    {'run': ['run', 'short'], 'meta_steps': [260, 1], 'meta_validations': [13, 0]}
    """
    if not runs:
        raise UsageError("there is no run to sum up; give at least one")
    curves = [counted_curve(run, split, metric) for run in runs.values()]
    losses = curves if metric == "loss" else [counted_curve(run, split, "loss") for run in runs.values()]
    if window is None:
        window = common_window(map(len, curves))
    rows = [
        {
            "run": name_as_text(name),
            **levels_of(curve, metric, window),
            **_turn(loss),
            **_last_meta_validation(run, metric),
        }
        | diagnostics_by_severity(run)
        for (name, run), curve, loss in zip(runs.items(), curves, losses, strict=True)
    ]
    whole = dict.fromkeys(("best_at", "turns_up", "meta_validation_at"), "Int64")
    return pd.DataFrame(rows).astype({**whole, "run": "str", "reason": "str"})


def reached(
    runs: Mapping[str, Run], *, split: Split = "validation", metric: Metric = "loss", window: int | None = None
) -> pd.DataFrame:
    """Return of :func:`summary` ``run``, ``window``, ``first``, ``best``, ``last`` and ``meta_validation`` alone.

    For many runs: it makes no frame of any of them, and looks for no slope.
    """
    check(split, metric)
    curves = [meta_train_curve(run, f"{split}_{metric}") for run in runs.values()]
    window = common_window(map(len, curves)) if window is None else window
    rows = []
    for (name, run), found in zip(
        runs.items(), levels_of_each(curves, high=metric == "accuracy", window=window), strict=True
    ):
        scores = last_meta_validation(run, metric)
        rows.append(
            {
                "run": name_as_text(name),
                "window": found.window,
                "first": found.first,
                "best": found.best,
                "last": found.last,
                "meta_validation": mean(scores) if scores.size else math.nan,
            }
        )
    return pd.DataFrame(rows)


def _turn(curve: CountedCurve) -> dict[str, Any]:
    row = divergence_of(curve)
    return {name: row[name] for name in ("turns_up", "reason")}


def diagnostics_by_severity(run: Diagnosed) -> dict[str, int]:
    """Return how many errors and warnings a run has."""
    found = Counter(run.diagnostic_counts or run.diagnostics["code"].tolist())
    counts: Counter[str] = Counter()
    for code, number in found.items():
        counts[CODES[code].severity] += number
    return {"errors": counts["error"], "warnings": counts["warning"]}


def _last_meta_validation(run: FullFrames, metric: Metric) -> dict[str, Any]:
    frame = nested(run.meta_validation, *META_STEP, metric)
    if frame.empty:
        return {"meta_validations": 0, "meta_validation_at": pd.NA, "meta_validation": math.nan}
    keys = np.column_stack([integers(frame, name) for name in META_STEP])
    starts = np.flatnonzero(np.append(True, (keys[1:] != keys[:-1]).any(axis=1)))
    meta_steps = np.column_stack([integers(run.meta_steps, name) for name in META_STEP])
    its_own = np.flatnonzero((meta_steps == keys[-1]).all(axis=1))
    return {
        "meta_validations": starts.size,
        "meta_validation_at": whole_number(axis_numbers(run.meta_steps)[its_own[0]]) if its_own.size else pd.NA,
        "meta_validation": mean(frame[metric].to_numpy(np.float64)[starts[-1] :]),
    }

"""Where a curve begins, is best and ends, and how steep it is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

from metalog.stats.curves import Frames, Metric, Split, history, meta_curve
from metalog.stats.smoothing import Smoothing, smooth
from metalog.stats.trend import slope

#: Levels are means over this many meta-steps, or a quarter of a shorter run.
_WINDOW: Final = 50


def common_window(lengths: Iterable[int]) -> int:
    """Return over how many meta-steps levels are averaged, the same for all runs so that they can be compared."""
    return min(_WINDOW, max(1, min(filter(None, lengths), default=0) // 4))


def best(
    run: Frames | pd.DataFrame,
    *,
    split: Split = "validation",
    metric: Metric = "loss",
    smoothing: Smoothing | str = "none",
) -> pd.DataFrame:
    """Return the meta-step with the lowest loss or the highest accuracy.

    Parameters
    ----------
    run
        A Run or a frame like ``run.meta_steps``. Incomplete meta-steps are left out, and of repeated ones all but the
        last (:func:`metalog.stats.history`).
    split, metric
        As for :func:`metalog.stats.meta_curve`.
    smoothing
        Smooth the curve first; a single meta-step's value rests on few problems, and the best of many is mostly luck.

    Returns
    -------
    pandas.DataFrame
        The row of the (smoothed) meta-curve, the first of equals; no row if no value is finite.

    Raises
    ------
    UsageError
        If there is no such split, metric or smoothing.
    """
    curve = history(meta_curve(run, split=split, metric=metric))
    return _best_row(curve.assign(value=smooth(curve["value"], smoothing)), metric)


def _best_row(curve: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    finite: pd.DataFrame = curve[np.isfinite(curve["value"])]
    if finite.empty:
        return finite
    place = int(finite["value"].argmin() if metric == "loss" else finite["value"].argmax())
    return finite.iloc[[place]].reset_index(drop=True)


def levels(
    run: Frames | pd.DataFrame, *, split: Split = "validation", metric: Metric = "loss", window: int | None = None
) -> pd.DataFrame:
    """Sum a meta-curve up: first, best and last level, and slope.

    Parameters
    ----------
    run
        A Run or a frame like ``run.meta_steps``. Incomplete meta-steps are left out, and of repeated ones all but the
        last (:func:`metalog.stats.history`).
    split, metric
        As for :func:`metalog.stats.meta_curve`.
    window
        Levels are means over this many meta-steps; default 50, or a quarter of the run if that is less.

    Returns
    -------
    pandas.DataFrame
        One row: ``meta_steps`` (the complete ones that count), ``incomplete`` and ``superseded`` (left out),
        ``non_finite`` (of those that count), ``window``, ``first``, ``best``, ``best_at`` (``global_meta_step`` where
        the best window ends), ``last``, ``slope_per_100``, ``slope_low``, ``slope_high`` (95 % interval,
        :func:`metalog.stats.trend.slope`). The levels are points of the curve smoothed by a trailing mean of
        ``window``: at the first full window, at its best, at its end. ``first`` and ``last`` are ``nan`` or ``inf``
        if the curve is so at these very points; ``best`` is ``nan`` without any finite value.
    """
    everything = meta_curve(run, split=split, metric=metric, incomplete=True)
    complete = everything[everything["complete"]]
    curve = history(complete)
    window = common_window([len(curve)]) if window is None else window
    smoothed = curve.assign(value=smooth(curve["value"], Smoothing("mean", window)))[min(window, len(curve)) - 1 :]
    top = _best_row(smoothed, metric)
    line = slope(curve["global_meta_step"].to_numpy(np.float64, na_value=np.nan), curve["value"].to_numpy(np.float64))
    row = {
        "meta_steps": len(curve),
        "incomplete": len(everything) - len(complete),
        "superseded": len(complete) - len(curve),
        "non_finite": int((~np.isfinite(curve["value"])).sum()),
        "window": window,
        "first": smoothed["value"].iloc[0] if len(curve) else math.nan,
        "best": top["value"].iloc[0] if len(top) else math.nan,
        "best_at": top["global_meta_step"].iloc[0] if len(top) else pd.NA,
        "last": smoothed["value"].iloc[-1] if len(curve) else math.nan,
        "slope_per_100": 100 * line.value,
        "slope_low": 100 * line.low,
        "slope_high": 100 * line.high,
    }
    return pd.DataFrame([row]).astype({"best_at": "Int64"})

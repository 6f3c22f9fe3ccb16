"""Where a curve begins, is best and ends, and how steep it is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd

from metalog.stats.curves import CountedCurve, Frames, Metric, Split, counted_curve, history, meta_curve
from metalog.stats.smoothing import Floats, Smoothing, smooth
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
    value = smooth(curve["value"].to_numpy(dtype=np.float64), smoothing)
    place = _best_place(value, metric)
    return curve.assign(value=value).iloc[[] if place is None else [place]].reset_index(drop=True)


def _best_place(values: Floats, metric: Metric) -> int | None:
    """Return the position of the best finite value, the first of equals; None without any."""
    finite = np.flatnonzero(np.isfinite(values))
    if not finite.size:
        return None
    return int(finite[np.argmin(values[finite]) if metric == "loss" else np.argmax(values[finite])])


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
        ``non_finite`` (of those that count), ``window``, ``first``, ``best``, ``best_at`` (where the best window ends,
        as :func:`metalog.stats.curves.axis_numbers` counts), ``last``, ``slope_per_100``, ``slope_low``,
        ``slope_high`` (95 % interval, :func:`metalog.stats.trend.slope`). The levels are points of the curve smoothed
        by a trailing mean of ``window``: at the first full window, at its best, at its end. ``first`` and ``last`` are
        ``nan`` or ``inf`` if the curve is so at these very points; ``best`` is ``nan`` without any finite value.
    """
    curve = counted_curve(run, split, metric)
    return pd.DataFrame([levels_of(curve, metric, window)]).astype({"best_at": "Int64"})


def levels_of(curve: CountedCurve, metric: Metric, window: int | None) -> dict[str, Any]:
    """Return the row of :func:`levels` as a dict."""
    window = common_window([len(curve)]) if window is None else window
    from_here = min(window, len(curve)) - 1
    smoothed = smooth(curve.value, Smoothing("mean", window))[from_here:] if len(curve) else curve.value
    top = _best_place(smoothed, metric)
    line = slope(curve.place, curve.value)
    return {
        "meta_steps": len(curve),
        "incomplete": curve.incomplete,
        "superseded": curve.superseded,
        "non_finite": int((~np.isfinite(curve.value)).sum()),
        "window": window,
        "first": float(smoothed[0]) if len(curve) else math.nan,
        "best": math.nan if top is None else float(smoothed[top]),
        "best_at": pd.NA if top is None else whole_number(curve.number[from_here + top]),
        "last": float(smoothed[-1]) if len(curve) else math.nan,
        "slope_per_100": 100 * line.value,
        "slope_low": 100 * line.low,
        "slope_high": 100 * line.high,
    }


def whole_number(number: float) -> Any:
    """Return a meta-step's number for a column of type Int64: ``<NA>`` where it is ``nan``."""
    return pd.NA if math.isnan(number) else int(number)

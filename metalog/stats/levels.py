"""Where a curve begins, is best and ends, and how steep it is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from metalog.curves.counted import CountedCurve
from metalog.curves.levels import best_place
from metalog.curves.levels import levels as course_levels
from metalog.curves.smoothing import Smoothing, smooth
from metalog.curves.trend import slope
from metalog.stats.curves import Frames, Metric, Split, counted_curve, history, meta_curve


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

    Examples
    --------
    >>> metalog.stats.best(run)["meta_step"].item()
    247
    """
    curve = history(meta_curve(run, split=split, metric=metric))
    value = smooth(curve["value"].to_numpy(dtype=np.float64), smoothing)
    place = best_place(value, high=metric == "accuracy")
    return curve.assign(value=value).iloc[[] if place is None else [place]].reset_index(drop=True)


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
        Levels are means over this many meta-steps; default :func:`metalog.curves.smoothing.usual_window`, a tenth of
        the run and at most a hundred.

    Returns
    -------
    pandas.DataFrame
        One row: ``meta_steps`` (the complete ones that count), ``incomplete`` and ``superseded`` (left out),
        ``non_finite`` (of those that count), ``window``, ``first``, ``best``, ``best_at`` (the middle of the
        best window, as :func:`metalog.stats.curves.axis_numbers` counts), ``last``, ``slope_per_100``, ``slope_low``,
        ``slope_high`` (95 % interval, :func:`metalog.curves.trend.slope`). The levels are means over ``window``
        meta-steps, those that are not finite left out: the first so many, the best, the last. ``first`` and ``last``
        are ``nan`` or ``inf`` if the very first or last value is; ``best`` is ``nan`` without any finite value. Where
        the windows are whole, the curve drawn by :func:`metalog.plots.curve` shows these means.

    Examples
    --------
    >>> metalog.stats.levels(run, window=20)[["first", "last"]].round(3).to_dict("records")
    [{'first': 0.482, 'last': 0.176}]
    """
    curve = counted_curve(run, split, metric)
    return pd.DataFrame([levels_of(curve, metric, window)]).astype({"best_at": "Int64"})


def levels_of(curve: CountedCurve, metric: Metric, window: int | None) -> dict[str, Any]:
    """Return the row of :func:`levels` as a dict."""
    found, line = course_levels(curve, high=metric == "accuracy", window=window), slope(curve.place, curve.value)
    return {
        "meta_steps": len(curve),
        "incomplete": curve.incomplete,
        "superseded": curve.superseded,
        "non_finite": int((~np.isfinite(curve.value)).sum()),
        "window": found.window,
        "first": found.first,
        "best": found.best,
        "best_at": whole_number(found.best_at),
        "last": found.last,
        "slope_per_100": 100 * line.value,
        "slope_low": 100 * line.low,
        "slope_high": 100 * line.high,
    }


def whole_number(number: float) -> Any:
    """Return a meta-step's number for a column of type Int64: ``<NA>`` where it is ``nan``."""
    return pd.NA if math.isnan(number) else int(number)

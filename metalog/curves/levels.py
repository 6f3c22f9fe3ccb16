"""First, best and last of a curve."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metalog.curves.counted import CountedCurve, Floats, common_window
from metalog.curves.smoothing import Smoothing


@dataclass(frozen=True)
class Levels:
    """Means over ``window`` values at the begin, at the best place and at the end; see :func:`metalog.stats.levels`."""

    window: int
    first: float
    best: float
    best_at: float
    last: float


def levels(curve: CountedCurve, *, high: bool = False, window: int | None = None) -> Levels:
    """Return first, best and last of a curve; `high`: much is good. ``nan`` where there is none."""
    window = common_window([len(curve)]) if window is None else window
    if not len(curve):
        return Levels(window, math.nan, math.nan, math.nan, math.nan)
    from_here = min(window, len(curve)) - 1
    smoothed = Smoothing("mean", window)(curve.value)[from_here:]
    top = best_place(smoothed, high=high)
    best, at = (math.nan, math.nan) if top is None else (float(smoothed[top]), float(curve.number[from_here + top]))
    return Levels(window, float(smoothed[0]), best, at, float(smoothed[-1]))


def best_place(values: Floats, *, high: bool = False) -> int | None:
    """Return the position of the best finite value, the first of equals; None without any."""
    finite = np.flatnonzero(np.isfinite(values))
    if not finite.size:
        return None
    return int(finite[np.argmax(values[finite]) if high else np.argmin(values[finite])])

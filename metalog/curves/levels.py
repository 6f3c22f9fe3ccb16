"""First, best and last of a curve."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metalog.curves.counted import CountedCurve, Floats, common_window
from metalog.curves.smoothing import Smoothing


@dataclass(frozen=True)
class Levels:
    """Means over ``window`` values at the begin, around the best place and at the end; :func:`metalog.stats.levels`."""

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
    whole = full_windows(len(curve), window)
    smoothed = Smoothing("centred", window)(curve.value)[whole]
    top = best_place(smoothed, high=high)
    best, at = (math.nan, math.nan) if top is None else (float(smoothed[top]), float(curve.number[whole][top]))
    first, last = ends(curve.value, window)
    return Levels(window, first, best, at, last)


def ends(values: Floats, window: int) -> tuple[float, float]:
    """Return the means of the first and of the last so many values; where the very first or last isn't finite, that."""
    trailing = Smoothing("mean", window)
    return float(trailing(values[:window][::-1])[-1]), float(trailing(values[-window:])[-1])


def full_windows(length: int, window: int) -> slice:
    """Return where in a curve of so many points a centred mean is one over the whole window, or over all points."""
    window = min(window, length)
    return slice(window // 2, length - (window - 1) // 2)


def best_place(values: Floats, *, high: bool = False) -> int | None:
    """Return the position of the best finite value, the first of equals; None without any."""
    finite = np.flatnonzero(np.isfinite(values))
    if not finite.size:
        return None
    return int(finite[np.argmax(values[finite]) if high else np.argmin(values[finite])])

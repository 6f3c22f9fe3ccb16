"""When a loss turns up for good; :func:`metalog.stats.divergence` says by which criterion, and how often it errs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from metalog.curves.counted import CountedCurve
from metalog.curves.smoothing import Smoothing, parse_smoothing
from metalog.curves.trend import MIN_POINTS, slope

#: The default smoothing is a Gaussian whose standard deviation is this part of the curve's points.
_SMOOTHING_PART: Final = 0.05
#: A rise is looked for in no fewer than this part of the curve's points.
_TAIL_PART: Final = 0.1


@dataclass(frozen=True)
class Turn:
    """Whether a curve turns up for good, and the evidence; numbers are ``nan`` where there is none.

    The attributes are the columns of :func:`metalog.stats.divergence`.
    """

    turns_up: float
    reason: Literal["rising", "not finite", ""]
    lowest_at: float
    lowest: float
    slope_per_100: float
    slope_low: float
    slope_high: float
    points: int
    smoothing: str


def turn(curve: CountedCurve, smoothing: Smoothing | str | None = None, confidence: float = 0.95) -> Turn:
    """Say whether, and where, a curve turns up for good."""
    values = curve.value
    finite = np.flatnonzero(np.isfinite(values))
    found = _rise(curve, finite, smoothing, confidence)
    if finite.size < values.size and (not finite.size or finite[-1] < values.size - 1):
        since = float(curve.number[finite[-1] + 1 if finite.size else 0])
        return Turn(since, "not finite", *found)
    return Turn(found[0], "rising", *found) if found[3] > 0 else Turn(math.nan, "", *found)


def _rise(
    curve: CountedCurve, finite: npt.NDArray[np.intp], smoothing: Smoothing | str | None, confidence: float
) -> tuple[float, float, float, float, float, int, str]:
    """Find the lowest point of the curve's values at the positions `finite`, and the slope behind it."""
    values = curve.value[finite]
    if smoothing is None:
        smoothing = Smoothing("gauss", max(_SMOOTHING_PART * values.size, 1.0))
    method = parse_smoothing(smoothing) if isinstance(smoothing, str) else smoothing
    smoothed = method(values)
    lowest = int(np.argmin(smoothed)) if values.size else 0
    tail = slope(curve.place[finite[lowest:]], values[lowest:], confidence)
    enough = tail.points >= max(MIN_POINTS, _TAIL_PART * values.size)
    slopes = (100 * tail.value, 100 * tail.low, 100 * tail.high) if enough else (math.nan,) * 3
    place = float(curve.number[finite[lowest]]) if values.size else math.nan
    return place, float(smoothed[lowest]) if values.size else math.nan, *slopes, tail.points, str(method)

"""First, best and last of a curve."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
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
    return levels_of_each([curve], high=high, window=common_window([len(curve)]) if window is None else window)[0]


def levels_of_each(curves: Sequence[CountedCurve], *, high: bool = False, window: int) -> list[Levels]:
    """Return the :func:`levels` of each curve. Those of one length are smoothed at once, which is most of the work."""
    alike: dict[int, list[int]] = {}
    for place, curve in enumerate(curves):
        alike.setdefault(len(curve), []).append(place)
    found: dict[int, Levels] = {}
    for length, places in alike.items():
        own = [curves[place] for place in places]
        found |= zip(places, _levels_of_alike(own, length, high=high, window=window), strict=True)
    return [found[place] for place in range(len(curves))]


def _levels_of_alike(curves: Sequence[CountedCurve], length: int, *, high: bool, window: int) -> Iterator[Levels]:
    if not length:
        yield from [Levels(window, math.nan, math.nan, math.nan, math.nan)] * len(curves)
        return
    values = np.stack([curve.value for curve in curves])
    whole = full_windows(length, window)
    smoothed = Smoothing("centred", window)(values)[:, whole]
    for curve, means, first, last in zip(curves, smoothed, *ends(values, window), strict=True):
        top = best_place(means, high=high)
        best, at = (math.nan, math.nan) if top is None else (float(means[top]), float(curve.number[whole][top]))
        yield Levels(window, float(first), best, at, float(last))


def ends(values: Floats, window: int) -> tuple[Floats, Floats]:
    """Return the means of the first and of the last so many values on the last axis, shapes (…) both.

    Where the very first or last isn't finite, that.
    """
    trailing = Smoothing("mean", window)
    return trailing(values[..., :window][..., ::-1])[..., -1], trailing(values[..., -window:])[..., -1]


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

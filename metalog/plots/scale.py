"""The scale of the cells of a grid: how values become heights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from metalog.plots.strokes import Floats, Mask, placeable

#: Part of a cell's width and height that is left free at each side.
MARGIN: Final = 0.06
#: Percentiles between which the usual values lie, as those of a heat map's colours.
_USUAL: Final = (1, 99)
#: Decimals, and digits before the point, of a number that isn't written with an exponent.
_MOST_DECIMALS: Final = 5


@dataclass(frozen=True)
class Scale:
    """How values become heights in a cell.

    ``low`` and ``high`` are the range of each cell, shape (M, P), in logarithms if ``log``; one and the same range if
    ``shared``; ``empty``: no cell has a value that has a place. ``robust``: the most extreme percent at each end of the
    values lies beyond the range. ``filled``: the part of a shared range that all other values take.
    """

    low: Floats
    high: Floats
    log: bool
    shared: bool
    empty: bool
    robust: bool = False
    filled: float = 1.0

    @classmethod
    def of(cls, values: Floats, *, log: bool, shared: bool, robust: bool = False) -> Scale:
        """Return the scale of `values`, shape (M, P, n): their range, or that of each cell."""
        levels = _levels(values, log=log)
        finite = levels[~np.isnan(levels)]
        usual = np.percentile(finite, _USUAL) if finite.size else np.zeros(2)
        if robust:
            levels = np.clip(levels, *usual)
        axes = None if shared else -1
        low = np.min(levels, axis=axes, initial=np.inf, where=~np.isnan(levels), keepdims=True)
        high = np.max(levels, axis=axes, initial=-np.inf, where=~np.isnan(levels), keepdims=True)
        nothing = low > high
        low, high = (np.broadcast_to(np.where(nothing, 0.0, end)[..., 0], values.shape[:2]) for end in (low, high))
        span = float(np.ptp(finite)) if finite.size else 0.0
        filled = float(np.ptp(usual)) / span if span and not robust else 1.0
        return cls(low, high, log, shared, bool(nothing.all()), robust, filled)

    def heights(self, values: Floats) -> Floats:
        """Return for each value, shape (M, P, n), its height in its cell: 0 at the bottom to 1 at the top.

        What lies beyond the range is cut off there; see :meth:`beyond`.
        """
        levels = _levels(values, log=self.log)
        span = (self.high - self.low)[..., None]
        middle = np.full_like(levels, 0.5)  # a cell of equal values is a line through its middle
        heights = np.divide(levels - self.low[..., None], span, out=middle, where=span > 0)
        return np.where(np.isnan(levels), np.nan, np.clip(heights, 0, 1))

    def beyond(self, values: Floats) -> Mask:
        """Tell which values, shape (M, P, n), lie beyond the range."""
        levels = _levels(values, log=self.log)
        outside: Mask = (levels > self.high[..., None]) | (levels < self.low[..., None])
        return outside

    def ends(self) -> tuple[str, str]:
        """Return least and largest value of a shared scale, as text: to a hundredth of what lies between, or better."""
        low, high = float(self.low.flat[0]), float(self.high.flat[0])
        if self.log:
            return f"{10**low:.3g}", f"{10**high:.3g}"
        digits = 2 - math.floor(math.log10(high - low)) if 0 < high - low < math.inf else 3
        if 0 <= digits <= _MOST_DECIMALS and max(-low, high) < 10**_MOST_DECIMALS:
            return _short(low, digits), _short(high, digits)
        return f"{low:.3g}", f"{high:.3g}"


def _short(value: float, digits: int) -> str:
    text = f"{value:z.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _levels(values: Floats, *, log: bool) -> Floats:
    levels = placeable(values, log=log)
    return np.log10(levels) if log else levels

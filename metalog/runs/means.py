"""Sums that stay finite where the values do: losses near the largest number must not add up to infinity."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Beyond this a value's square overflows.
_LARGE: Final = 1e150
_FACTOR: Final = 2.0**1000


def scaled(values: Floats) -> tuple[Floats, float]:
    """Return `values` divided by a power of two that makes them safe to add and to square, and that power.

    Parameters
    ----------
    values
        float64, any shape; ``nan`` and ``inf`` stay what they are.

    Returns
    -------
    tuple
        The values themselves and 1.0 unless one of them is finite and beyond 1e150.
    """
    size = np.abs(values)
    if not (np.isfinite(size) & (size > _LARGE)).any():
        return values, 1.0
    return values / _FACTOR, _FACTOR


def mean(values: Floats) -> float:
    """Return the mean of all values, shape (n,): ``nan`` or ``inf`` if one of them is, or if there is none."""
    if not values.size:
        return float("nan")
    small, factor = scaled(values)
    with np.errstate(invalid="ignore"):  # infinities of both signs have no mean
        return float(small.mean()) * factor

"""Sums that stay finite where the values do: losses near the largest number must not add up to infinity."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Beyond this a value's square overflows.
_LARGE: Final = 1e150
#: Values divided by this are safe to add and to square.
FACTOR: Final = 2.0**1000


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
    return values / FACTOR, FACTOR


def restored(means: Floats, factor: float) -> Floats:
    """Return means of values that :func:`scaled` has divided by `factor`, any shape.

    A mean of the largest numbers that rounding carried beyond them is the largest number.
    """
    if factor == 1:
        return means
    most = np.finfo(np.float64).max / factor
    return np.where(np.isfinite(means), np.clip(means, -most, most), means) * factor


def mean(values: Floats) -> float:
    """Return the mean of all values, shape (n,): ``nan`` or ``inf`` if one of them is, or if there is none."""
    with np.errstate(invalid="ignore", over="ignore"):
        found = float(values.sum() / values.size) if values.size else math.nan
    return found if math.isfinite(found) else float(mean_over(values[:, None])[0])


def mean_over(values: Floats, counted: NDArray[np.bool_] | None = None) -> Floats:
    """Return the means over the first axis.

    Parameters
    ----------
    values
        float64, shape (n, …).
    counted
        Which of them count, the same shape; all if not given.

    Returns
    -------
    numpy.ndarray
        float64, shape (…): ``nan`` or ``inf`` if one of the values is, ``nan`` if none counts.
    """
    here = np.ones(values.shape, np.bool_) if counted is None else counted
    summands, count = np.where(here, values, 0.0), here.sum(axis=0)
    with np.errstate(invalid="ignore", over="ignore"):  # infinities of both signs have no mean, and nothing has none
        means = summands.sum(axis=0) / count
        overflown = ~np.isfinite(means) & np.isfinite(summands).all(axis=0) & (count > 0)
        if not overflown.any():
            return np.asarray(means)
        return np.where(overflown, restored((summands / FACTOR).sum(axis=0) / count, FACTOR), means)

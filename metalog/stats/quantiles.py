"""Quantiles of Student's t, without scipy."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

#: Of a step of Newton's, in parts of the quantile, behind which nothing is gained.
_PRECISION: Final = 1e-12


@lru_cache(maxsize=256)
def student_t(probability: float, degrees: float) -> float:
    """Return the quantile of Student's t with so many degrees of freedom, for `probability` above a half.

    Notes
    -----
    With ``x = ν / (ν + t²)`` the upper tail is ``I_x(ν/2, 1/2) / 2``, the regularised incomplete beta function
    (Abramowitz and Stegun 26.7.1), here by its continued fraction (26.5.8); the quantile by Newton's steps. The tail
    is convex, so that steps from below never go too far.
    """
    t, step = 0.0, 1.0
    while step > _PRECISION * t:
        step = (_upper_tail(t, degrees) - (1 - probability)) / _density(t, degrees)
        t += step
    return t


def _density(t: float, degrees: float) -> float:
    log_scale = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - math.log(degrees * math.pi) / 2
    return math.exp(log_scale - (degrees + 1) / 2 * math.log1p(t * t / degrees))


def _upper_tail(t: float, degrees: float) -> float:
    return _incomplete_beta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    if x in (0.0, 1.0):
        return x
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta)
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction from its far end."""
    value = 1.0
    for m in range(200, 0, -1):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        value = 1 + even / (1 + odd / value)
    first = -(a + b) * x / (a + 1)
    return 1 / (1 + first / value)

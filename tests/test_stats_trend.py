"""The slope and its interval against scipy, and the interval's coverage under correlated noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import signal
from scipy.stats import linregress, t

from metalog.curves.trend import slope, student_quantile


def test_the_slope_is_scipys():
    rng = np.random.default_rng(0)
    x, y = np.arange(50.0), rng.normal(size=50)
    assert slope(x, y).value == pytest.approx(linregress(x, y).slope, rel=1e-12)


def test_points_that_are_not_finite_are_left_out_and_counted_out():
    x, y = np.arange(20.0), np.arange(20.0) * 3
    y[[3, 7]] = np.nan, np.inf
    line = slope(x, y)
    assert (line.value, line.low, line.high, line.points) == (pytest.approx(3), pytest.approx(3), pytest.approx(3), 18)


def test_the_interval_is_the_formula_spelt_out():
    rng = np.random.default_rng(1)
    x, y, n, nu = np.arange(30.0), rng.normal(size=30), 30, 4
    fit = linregress(x, y)
    residuals = y - fit.intercept - fit.slope * x
    omega = 0.0
    for j in range(2, nu + 2):
        omega += (
            math.sqrt(2 / n) * sum(residuals[i] * math.cos(math.pi * j * (i + 0.5) / n) for i in range(n))
        ) ** 2 / nu
    error = math.sqrt(omega * n / (n - 2) / ((x - x.mean()) ** 2).sum())
    assert slope(x, y).high == pytest.approx(fit.slope + t.ppf(0.975, nu) * error, rel=1e-3)


@pytest.mark.parametrize(("count", "given"), [(0, False), (1, False), (2, True), (7, True)])
def test_with_too_few_points_there_is_no_interval(count, given):
    line = slope(np.arange(float(count)), np.arange(float(count)) ** 2)
    assert math.isfinite(line.value) == given
    assert math.isnan(line.low)
    assert math.isnan(line.high)


@pytest.mark.parametrize("rho", [0, 0.5, 0.8])
def test_the_interval_covers_the_true_slope_also_under_autocorrelation(rho):
    """900 simulations put the textbook's interval (for comparison) far below; ours within 3 points of 95 %."""
    noise = signal.lfilter([1], [1, -rho], np.random.default_rng(2).normal(size=(900, 500)), axis=1)[:, 100:]
    x = np.arange(400.0)
    lines = [slope(x, 0.01 * x + row) for row in noise]
    assert np.mean([line.low < 0.01 < line.high for line in lines]) == pytest.approx(0.95, abs=0.03)
    if rho == 0.8:
        fits = [linregress(x, row) for row in noise]
        assert np.mean([abs(fit.slope) < 1.96 * fit.stderr for fit in fits]) < 0.6


def test_noise_without_correlation_costs_little_width():
    noise = np.random.default_rng(3).normal(size=(300, 400))
    x = np.arange(400.0)
    ours = np.mean([slope(x, row).high - slope(x, row).low for row in noise])
    textbooks = np.mean([2 * 1.96 * linregress(x, row).stderr for row in noise])
    assert ours / textbooks == pytest.approx(1.15, abs=0.07)


@pytest.mark.parametrize("probability", [0.95, 0.975, 0.995])
@pytest.mark.parametrize("freedom", [4, 5, 8, 30])
def test_students_quantile_is_scipys(probability, freedom):
    assert student_quantile(probability, freedom) == pytest.approx(t.ppf(probability, freedom), rel=3e-3)

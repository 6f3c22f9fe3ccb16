"""Smoothing against plain loops, pandas and scipy, and its promises about values that are not finite."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import gaussian_filter1d

from metalog.curves.smoothing import usual_smoothing, usual_window
from metalog.errors import UsageError
from metalog.stats import Smoothing, parse_smoothing, smooth

CENTRED = ["centred:1", "centred:4", "centred:51", "gauss:0.7", "gauss:5"]
METHODS = [*CENTRED, "mean:1", "mean:3", "mean:50", "ema:0", "ema:0.6", "ema:0.999", "none"]
FINITE = st.floats(-1e6, 1e6)
CURVES = hnp.arrays(np.float64, st.integers(0, 40), elements=FINITE | st.sampled_from([np.nan, np.inf, -np.inf]))


def trailing_mean(values, window):
    """The definition, spelt out."""
    smoothed = []
    for i, value in enumerate(values):
        finite = [x for x in values[max(0, i + 1 - window) : i + 1] if math.isfinite(x)]
        smoothed.append(math.fsum(finite) / len(finite) if math.isfinite(value) else value)
    return smoothed


def tensorboard_ema(values, weight):
    """``resmoothDataset`` of TensorBoard's vz_line_chart2, translated line by line."""
    last, count, smoothed = 0.0, 0, []
    is_constant = all(value == values[0] for value in values)
    for value in values:
        if is_constant or not math.isfinite(value):
            smoothed.append(value)
            continue
        last = last * weight + (1 - weight) * value
        count += 1
        debias = 1.0 if weight == 1 else 1 - weight**count
        smoothed.append(last / debias)
    return smoothed


@given(CURVES, st.integers(1, 60))
def test_mean_is_the_trailing_mean_of_the_finite_values_in_the_window(values, window):
    np.testing.assert_allclose(smooth(values, f"mean:{window}"), trailing_mean(values, window), rtol=1e-12, atol=1e-9)


def centred_mean(values, window):
    """The definition, spelt out."""
    smoothed = []
    for i, value in enumerate(values):
        finite = [x for x in values[max(0, i - window // 2) : i + (window - 1) // 2 + 1] if math.isfinite(x)]
        smoothed.append(math.fsum(finite) / len(finite) if math.isfinite(value) else value)
    return smoothed


@given(CURVES, st.integers(1, 90))
def test_centred_is_the_mean_of_the_finite_values_around_a_point(values, window):
    np.testing.assert_allclose(smooth(values, f"centred:{window}"), centred_mean(values, window), rtol=1e-12, atol=1e-9)


def test_centred_means_find_a_minimum_where_it_is_and_trailing_ones_behind_it():
    valley = np.abs(np.arange(1.0, 151) - 61) + np.random.default_rng(0).normal(0, 2, 150)
    assert abs(int(np.argmin(smooth(valley, str(usual_smoothing(150))))) + 1 - 61) <= 2
    assert int(np.argmin(smooth(valley, "mean:50"))) + 1 >= 80


@pytest.mark.parametrize(
    ("length", "window"),
    [(0, 1), (1, 1), (12, 1), (19, 1), (20, 3), (60, 7), (260, 27), (1300, 101), (9_000, 101), (20_000, 201)],
)
def test_the_usual_window_is_odd_and_follows_the_length_of_the_curve(length, window):
    assert usual_window(length) == window
    assert str(usual_smoothing(length)) == ("none" if window == 1 else f"centred:{window}")


def test_mean_equals_pandas_rolling():
    values = pd.Series(np.random.default_rng(1).normal(size=500))
    pd.testing.assert_series_equal(smooth(values, "mean:50"), values.rolling(50, min_periods=1).mean())


def test_mean_keeps_the_digits_behind_a_huge_value():
    values = np.array([0.1, 1e30, 0.1, 0.3, 0.3])
    assert smooth(values, "mean:2")[3:] == pytest.approx([0.2, 0.3], rel=1e-15)


@given(CURVES, st.floats(0, 0.999))
def test_ema_is_tensorboards(values, weight):
    expected = tensorboard_ema(values.tolist(), weight)
    np.testing.assert_allclose(smooth(values, Smoothing("ema", weight)), expected, rtol=1e-7, atol=1e-6)


def test_ema_is_tensorboards_to_the_last_digits_on_a_usual_curve():
    values = 0.7 + np.random.default_rng(2).normal(0, 0.05, 1400)
    np.testing.assert_allclose(smooth(values, "ema:0.99"), tensorboard_ema(values.tolist(), 0.99), rtol=1e-12)


@pytest.mark.parametrize("sigma", [0.3, 1, 5, 80])
def test_gauss_is_scipys_renormalised_at_the_edges(sigma):
    values = np.random.default_rng(3).normal(size=200)
    radius = math.ceil(4 * sigma)
    weight = gaussian_filter1d(np.ones(200), sigma, mode="constant", radius=radius)
    expected = gaussian_filter1d(values, sigma, mode="constant", radius=radius) / weight
    np.testing.assert_allclose(smooth(values, f"gauss:{sigma}"), expected, rtol=1e-9, atol=1e-12)


def test_gauss_leaves_a_line_straight_inside_and_a_constant_everywhere():
    assert smooth(np.arange(101.0), "gauss:5")[20:81] == pytest.approx(np.arange(20, 81))
    assert smooth(np.full(30, 0.7), "gauss:5") == pytest.approx(np.full(30, 0.7))


@given(CURVES, st.sampled_from(METHODS))
def test_nothing_finite_becomes_non_finite_and_nothing_non_finite_is_hidden(values, method):
    smoothed = smooth(values, method)
    finite = np.isfinite(values)
    np.testing.assert_array_equal(smoothed[~finite], values[~finite])
    assert np.isfinite(smoothed[finite]).all()
    if finite.any():
        slack = 1e-9 * (1 + np.abs(values[finite]).max())
        assert smoothed[finite].min() >= values[finite].min() - slack
        assert smoothed[finite].max() <= values[finite].max() + slack


@given(CURVES, st.sampled_from([method for method in METHODS if method not in CENTRED]), st.integers(0, 40))
def test_trailing_methods_never_look_ahead(values, method, cut):
    np.testing.assert_allclose(smooth(values, method)[:cut], smooth(values[:cut], method), rtol=1e-12, atol=1e-9)


def test_the_mean_reaches_back_a_number_of_points_not_of_finite_values():
    assert smooth(np.array([9.0, np.nan, np.nan, 1.0]), "mean:2")[3] == 1.0


@pytest.mark.parametrize("method", METHODS)
def test_a_series_stays_a_series_and_rows_are_smoothed_alone(method):
    values = np.random.default_rng(4).normal(size=(3, 20))
    values[1, 7] = np.nan
    series = pd.Series(values[1], index=range(5, 25), name="loss")
    smoothed = smooth(series, method)
    assert smoothed.index.equals(series.index)
    assert smoothed.name == "loss"
    np.testing.assert_allclose(smoothed, smooth(values[1], method), rtol=1e-12)
    np.testing.assert_allclose(smooth(values, method), [smooth(row, method) for row in values], rtol=1e-12)


def test_input_is_never_changed_and_missing_values_of_nullable_columns_stay_missing():
    series = pd.Series([1, None, 3], dtype="Float64")
    before = series.copy()
    np.testing.assert_array_equal(smooth(series, "mean:2"), [1, np.nan, 3])
    pd.testing.assert_series_equal(series, before)
    values = np.arange(3.0)
    assert smooth(values, "none") is not values


@pytest.mark.parametrize("shape", [(0,), (0, 5), (3, 0)])
@pytest.mark.parametrize("method", METHODS)
def test_nothing_smoothed_is_nothing(shape, method):
    assert smooth(np.zeros(shape), method).shape == shape


@pytest.mark.parametrize("text", ["centred:25", "mean:50", "ema:0.9", "gauss:5", "gauss:2.5", "none"])
def test_a_smoothing_is_read_as_it_is_written(text):
    assert str(parse_smoothing(text)) == text


IMPOSSIBLE = ["centred:0", "centred:2.5", "mean", "mean:0", "mean:2.5", "mean:inf", "ema:1", "ema:-0.1", "ema:"]


@pytest.mark.parametrize("text", [*IMPOSSIBLE, "gauss:0", "gauss:nan", "box:3", ""])
def test_an_impossible_smoothing_is_answered_with_what_is_possible(text):
    with pytest.raises(UsageError, match=r"allowed: centred:W .* mean:W .* ema:WEIGHT .* gauss:SIGMA .* none"):
        parse_smoothing(text)


def test_an_impossible_smoothing_cannot_be_built():
    with pytest.raises(UsageError, match=r"'ema' with 1.5"):
        Smoothing("ema", 1.5)

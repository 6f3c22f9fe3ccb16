"""Losses near the largest number: no sum overflows where the mean doesn't, wherever losses are added up."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from metalog.curves.means import mean, mean_over
from metalog.runs.describe import describe
from metalog.stats import adaptation, best, compare, divergence, levels, smooth, summary
from tests.plots.runs import run_of
from tests.stats_runs import make_run

LARGE = 1.7e308
MOST = sys.float_info.max


def large_run(meta_steps=20, loss=LARGE):
    """A run whose means over the problems the reader has got right."""
    return make_run(np.full((meta_steps, 1, 2), loss))


@pytest.mark.parametrize("smoothing", ["mean:3", "mean:50", "ema:0.9", "gauss:2", "none"])
@pytest.mark.parametrize("value", [LARGE, MOST, -MOST, 1e200])
def test_a_smoothed_constant_is_that_constant(smoothing, value):
    smoothed = smooth(np.full(20, value), smoothing)
    np.testing.assert_allclose(smoothed, value, rtol=1e-14)
    assert np.isfinite(smoothed).all()


def test_ordinary_values_beside_infinite_ones_keep_every_digit():
    values = np.array([0.1, np.inf, 0.2, np.nan, 0.3])
    assert smooth(values, "mean:1").tolist()[::4] == [0.1, 0.3]
    assert mean(np.array([0.1, 0.2, 0.4])) == np.array([0.1, 0.2, 0.4]).mean()


@pytest.mark.parametrize("value", [LARGE, MOST])
def test_a_mean_of_large_values_is_finite_and_one_of_infinite_ones_is_not(value):
    assert mean(np.full(7, value)) == pytest.approx(value)
    assert np.isfinite(mean(np.full(7, value)))
    assert mean(np.array([value, np.inf])) == np.inf
    assert np.isnan(mean(np.array([np.inf, -np.inf])))
    assert np.isnan(mean(np.array([])))
    values, counted = np.array([[value, 1.0], [value, 2.0]]), np.array([[True, False], [True, False]])
    np.testing.assert_array_equal(np.isnan(mean_over(values, counted)), [False, True])


def test_a_summary_of_large_losses_is_finite():
    row = summary({"run": large_run()}).iloc[0]
    assert (row["first"], row["best"], row["last"]) == pytest.approx((LARGE, LARGE, LARGE))
    assert (row["non_finite"], row["reason"], row["slope_per_100"]) == (0, "", 0)
    assert levels(large_run())["last"].item() == pytest.approx(LARGE)
    assert divergence(large_run())["lowest"].item() == pytest.approx(LARGE)
    assert best(large_run(), smoothing="mean:4")["value"].item() == pytest.approx(LARGE)


def test_so_is_a_comparison():
    table = compare({"a": large_run(), "b": large_run(loss=1e308)}).set_index("run")
    assert table.loc["b", "difference"] == pytest.approx(1e308 - LARGE)


def test_so_is_an_adaptation():
    run = make_run(np.full((6, 4, 2), LARGE), np.full((6, 4, 2, 2), LARGE))
    table = adaptation(run)
    np.testing.assert_allclose(table["loss"], LARGE)
    np.testing.assert_allclose(table["loss_sem"] / LARGE, 0, atol=1e-12)


def test_so_is_the_mean_of_a_meta_validation():
    run = run_of([[[0.5]], [[0.5]]], meta_validation={2: np.full((2, 3), LARGE)})
    assert summary({"run": run})["meta_validation"].item() == pytest.approx(LARGE)


def test_a_description_writes_large_losses_in_few_characters(tmp_path):
    import metalog
    from metalog.formats.writer import format_line

    log = [format_line("rule") + format_line("meta-epoch", 1) + format_line("rule"), format_line("meta-step", 0)]
    log += [format_line("problem", 1), "Epoch 1\nEpoch 1, step     1], Loss: 1.7e308, Accuracy: 0.5\n"]
    log += ["Epoch 1, VALIDATION], Loss: 1.7e308, Accuracy: 0.5\n"]
    (tmp_path / "run.txt").write_text("".join(log))
    described = describe(metalog.read(tmp_path / "run.txt"))
    assert "first 1.7e+308" in described
    assert max(map(len, described.splitlines())) < 120

"""Turning points that were put into simulated curves are found, and none where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from metalog.stats import divergence
from tests.stats_runs import make_run

COUNT, TURN, CURVES = 1300, 650, 100
TIME = np.arange(COUNT)


def run_of(curve):
    return make_run(np.asarray(curve)[:, None, None])


def noise(kind):
    rng = np.random.default_rng(7)
    if kind == "heavy-tailed":
        return 0.02 * rng.standard_t(3, (CURVES, COUNT)) / np.sqrt(3)
    white = rng.normal(0, 0.02, (CURVES, COUNT + 100))
    return signal.lfilter([np.sqrt(0.75)], [1, -0.5], white)[:, 100:] if kind == "autocorrelated" else white[:, 100:]


def verdicts(shape, kind):
    return [divergence(run_of(0.7 + shape + row)).iloc[0] for row in noise(kind)]


NOISES = ["independent", "heavy-tailed", "autocorrelated"]


@pytest.mark.parametrize("kind", NOISES)
@pytest.mark.parametrize(
    ("shape", "most"), [(0 * TIME, 0.1), (0.05 * np.exp(-TIME / 160), 0.1), (-0.05 * TIME / COUNT, 0.01)]
)
def test_false_alarms_are_rare(shape, most, kind):
    assert np.mean([row["reason"] == "rising" for row in verdicts(shape, kind)]) <= most


@pytest.mark.parametrize("kind", NOISES)
def test_a_turn_at_650_is_found_there(kind):
    """The write-up's second run: falls until about meta-step 650, then rises; by as much as the noise's deviation."""
    found = [row["turns_up"] for row in verdicts(0.04 * np.abs(TIME - TURN) / COUNT, kind) if row["reason"] == "rising"]
    assert len(found) >= 0.9 * CURVES
    assert np.median(found) == pytest.approx(TURN, abs=30)
    assert np.percentile(np.abs(np.asarray(found) - TURN), 80) < 120


def test_a_run_that_rises_from_the_start_turns_up_there():
    found = verdicts(0.04 * TIME / COUNT, "independent")
    assert all(row["reason"] == "rising" for row in found)
    assert np.median([row["turns_up"] for row in found]) <= 20


def test_a_hump_is_no_turn_for_good():
    hump = 0.7 - 0.03 * TIME / COUNT + 0.05 * np.exp(-(((TIME - 600) / 100) ** 2))
    assert divergence(run_of(hump + noise("independent")[0]))["reason"].item() == ""


def test_the_evidence_is_the_slope_of_the_raw_values_behind_the_lowest_smoothed_one():
    curve = 0.7 + 0.04 * np.abs(TIME - TURN) / COUNT + noise("independent")[0]
    row = divergence(run_of(curve), smoothing="gauss:50").iloc[0]
    place = row["lowest_at"] - 1
    assert row["turns_up"] == row["lowest_at"]
    assert row["slope_per_100"] == pytest.approx(100 * np.polyfit(TIME[place:], curve[place:], 1)[0])
    assert 0 < row["slope_low"] < row["slope_per_100"] < row["slope_high"]
    assert (row["points"], row["smoothing"]) == (COUNT - place, "gauss:50")


def test_a_rise_in_the_last_tenth_is_too_short_to_tell():
    curve = np.where(TIME < 1200, 0.7 - 0.05 * TIME / COUNT, 0.65 + 0.001 * (TIME - 1200))
    assert divergence(run_of(curve), smoothing="none")["reason"].item() == ""


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_curve_that_ends_not_finite_turned_up_where_that_began(bad):
    curve = 0.7 - 0.05 * TIME / COUNT
    curve[900:] = bad
    curve[100] = bad
    row = divergence(run_of(curve)).iloc[0]
    assert (row["turns_up"], row["reason"]) == (901, "not finite")


def test_values_that_are_not_finite_in_between_are_left_out():
    curve = 0.7 - 0.05 * TIME / COUNT
    curve[900:910] = np.nan
    assert divergence(run_of(curve))["reason"].item() == ""


def test_only_nan_is_not_finite_from_the_start():
    row = divergence(run_of(np.full(5, np.nan))).iloc[0]
    assert (row["turns_up"], row["reason"], row["points"]) == (1, "not finite", 0)


def test_without_meta_steps_there_is_nothing_to_find():
    row = divergence(make_run(np.zeros((3, 1, 1)), incomplete=[0, 1, 2])).iloc[0]
    assert (row["reason"], row["points"]) == ("", 0)

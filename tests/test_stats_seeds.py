"""Statistics over seeds: by hand, against scipy's definitions, and by simulation with known truth."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations, combinations_with_replacement

import numpy as np
import pytest

from metalog.errors import UsageError
from metalog.stats.quantiles import student_t
from metalog.stats.seeds import (
    Difference,
    ProbabilityOfImprovement,
    Profile,
    SeedInterval,
    centre,
    hierarchical_means,
)
from tests.benchmarks.statistics import coverage, false_alarms

approx = pytest.approx


@pytest.mark.parametrize(("degrees", "table"), [(1, 12.7062), (2, 4.30265), (4, 2.77645), (9, 2.26216), (1e6, 1.95997)])
def test_students_t_is_that_of_the_tables(degrees, table):
    assert student_t(0.975, degrees) == approx(table, rel=1e-5)


def test_centres_by_hand():
    scores = np.array([9.0, 1, 2, 3, 4, 5, 100, -50])
    assert centre(scores, "iqm") == approx((2 + 3 + 4 + 5) / 4)
    assert centre(np.array([1.0, 2, 6]), "iqm") == approx(3)  # a quarter of three is no whole value
    assert centre(scores, "median") == 3.5
    with pytest.raises(UsageError, match="iqm"):
        centre(scores, "mode")


def test_a_number_that_is_none_is_no_best_to_be_cut_off():
    scores = np.array([0.1, 0.2, 0.3, 0.4, np.nan])
    assert all(np.isnan(centre(scores, how)) for how in ("mean", "median", "iqm"))


def test_the_interval_of_one_number_a_seed_is_the_textbooks():
    one = SeedInterval()(np.array([1.0, 2, 3]))
    assert (one.value, one.half, one.seeds) == approx((2, 4.30265 / math.sqrt(3), 3), rel=1e-4)


def test_two_seeds_have_no_interval_and_neither_has_what_is_not_finite():
    assert math.isnan(SeedInterval()(np.array([1.0, 2])).half)
    assert math.isnan(SeedInterval()(np.array([1.0, 2, math.inf])).half)
    assert math.isnan(Difference()(np.ones(3), np.ones(2)).half)


def test_a_difference_is_paired_or_welchs():
    a, b = np.array([1.0, 2, 3]), np.array([0.9, 1.8, 2.7])
    assert Difference(paired=True)(a, b).half == approx(4.30265 * 0.1 / math.sqrt(3), rel=1e-4)
    welch = Difference()(np.array([1.0, 2, 3]), np.array([1.0, 2, 3]))  # degrees of freedom: 4
    assert welch.half == approx(2.77645 * math.sqrt(2 / 3), rel=1e-4)


def test_probability_of_improvement_by_hand():
    a, b = np.array([3.0, 2, 2]), np.array([1.0, 2, 0])
    one = ProbabilityOfImprovement()(a, b)
    assert one.value == approx(8 / 9)
    assert one.low < one.value < one.high <= 1
    assert ProbabilityOfImprovement(higher_is_better=False)(a, b).value == approx(1 / 9)
    apart = ProbabilityOfImprovement()(a + 10, b)
    assert (apart.value, apart.high) == (1, 1)
    assert apart.low <= 0.5  # three seeds above three others are no proof


@pytest.mark.parametrize(("ours", "theirs"), list(combinations_with_replacement(range(3, 8), 2)))
def test_settings_that_are_alike_are_rarely_found_better(ours, theirs):
    """Of all orders in which their seeds can come, each as probable, 7 % at most are taken for a difference."""
    places, improvement = range(ours + theirs), ProbabilityOfImprovement()
    differs = {}
    orders = Counter()
    for own in combinations(places, ours):
        above = sum(own) - ours * (ours - 1) // 2  # in how many pairs ours is above
        orders[above] += 1
        if above not in differs:
            others = sorted(set(places) - set(own))
            one = improvement(np.array(own, float), np.array(others, float))
            differs[above] = not one.low <= 0.5 <= one.high
    assert sum(number for above, number in orders.items() if differs[above]) <= 0.07 * orders.total()


def test_a_profile_of_three_seeds_and_four_problems():
    scores = np.array([[0.0, 0.25, 0.5, 1], [0, 0.5, 0.5, 1], [0, 0, 0.5, 1]])
    profile = Profile(points=5)(scores)
    assert profile["score"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert profile["share"].to_numpy() == approx(np.array([8 / 12, 7 / 12, 3 / 12, 3 / 12, 0]))
    assert profile["low"].iloc[2] == profile["high"].iloc[2] == approx(0.25)  # all seeds agree


def test_hierarchical_resamples_spread_by_both_levels():
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 1, (8, 1)) + rng.normal(0, 3, (8, 50))
    between, within = scores.mean(axis=1).var() / 8, scores.var(axis=1).mean() / (8 * 50)
    assert hierarchical_means(scores).var() == approx(between + within, rel=0.06)


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_intervals_cover_the_truth(seeds):
    assert 0.92 <= coverage(seeds, repetitions=1000) <= 0.98


@pytest.mark.parametrize("seeds", [3, 5, 10])
@pytest.mark.parametrize("paired", [True, False])
def test_null_effects_are_rarely_significant(paired, seeds):
    assert 0.02 <= false_alarms(seeds, paired=paired, repetitions=1000) <= 0.08

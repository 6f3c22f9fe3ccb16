"""Lines of seeds as one: what Student's t says at each place, and where seeds are missing."""

from __future__ import annotations

import numpy as np
import pytest

from metalog.errors import UsageError
from metalog.stats.bands import Band, aligned
from metalog.stats.seeds import SeedInterval

RNG = np.random.default_rng(0)
X = np.arange(1.0, 13)
LINES = [(X, RNG.normal(size=12)) for _ in range(5)]


def test_the_mean_and_its_interval_are_those_of_the_seeds_at_each_place():
    found = Band()(LINES)
    values = np.stack([y for _, y in LINES])
    for place in range(12):
        one = SeedInterval()(values[:, place])
        assert found.loc[place, ["value", "low", "high"]].tolist() == pytest.approx([one.value, one.low, one.high])
    assert found["x"].tolist() == X.tolist()
    assert set(found["seeds"]) == {5}


@pytest.mark.parametrize("how", ["iqm", "median"])
def test_other_centres_have_about_the_interval_of_the_bootstrap(how):
    found = Band(how)(LINES)
    values = np.stack([y for _, y in LINES])
    expected = [SeedInterval(how, replicates=20_000)(values[:, place]) for place in range(12)]
    assert found["value"].tolist() == pytest.approx([one.value for one in expected])
    half = (found["high"] - found["low"]) / 2
    assert half.tolist() == pytest.approx([one.half for one in expected], rel=0.08)


def test_where_a_seed_ends_the_others_go_on_and_below_three_there_is_no_interval():
    lines = [(X[:size], np.full(size, float(value))) for value, size in ((1, 12), (2, 12), (3, 8), (4, 6))]
    found = Band()(lines)
    assert found["seeds"].tolist() == [4] * 6 + [3] * 2 + [2] * 4
    assert found["value"].tolist() == [2.5] * 6 + [2.0] * 2 + [1.5] * 4
    assert found["low"].isna().tolist() == [False] * 8 + [True] * 4


def test_what_is_not_finite_is_no_number_and_nothing_is_bridged():
    lines = [(X, y.copy()) for _, y in LINES]
    lines[0][1][3], lines[1][1][5] = np.nan, np.inf
    found = Band()(lines)
    assert np.isnan(found["value"][3])
    assert found["value"][5] == np.inf
    assert found["low"].isna().tolist() == [place in (3, 5) for place in range(12)]


def test_several_values_at_one_place_count_as_their_mean():
    places, values, there = aligned([(np.array([1.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]))])
    assert (places.tolist(), values.tolist(), there.tolist()) == ([1, 2], [[2, 5]], [[True, True]])


def test_lines_without_common_places_have_no_mean():
    with pytest.raises(UsageError, match="hardly a place in common"):
        Band()([(X + shift / 10, X) for shift in range(3)])

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from trainer.intervals import over_characters

#: With 1,000 the shares are 0.938 to 0.96; 0.02 either way is two standard deviations of 400.
REPEATS = 400


def drawn(rng: np.random.Generator, alphabets: list[int], tasks: int) -> np.ndarray:
    pairs, start = [], 0
    for size in alphabets:
        pairs.append(np.stack(np.triu_indices(size, 1), axis=1) + start)
        start += size
    return np.concatenate(pairs)[rng.permutation(sum(map(len, pairs)))[:tasks]]


@pytest.mark.parametrize("alphabets", [[14, 22], [35] * 4], ids=["36 characters", "140 characters"])
@pytest.mark.parametrize("characters_part", [0.0, 0.05])
def test_95_per_cent_are_95_per_cent(alphabets: list[int], characters_part: float) -> None:
    """The accuracy of a pair is the sum of what either character is worth, and of noise."""
    rng, hits, independent = np.random.default_rng(0), 0, 0
    for _ in range(REPEATS):
        pairs = drawn(rng, alphabets, 200)
        worth = rng.normal(0, characters_part, sum(alphabets))
        values = worth[pairs].sum(1) + rng.normal(0, 0.06, len(pairs))
        mean, low, high = over_characters(values[:, None], pairs)
        hits += bool(low[0] <= 0 <= high[0])
        independent += bool(abs(mean[0]) <= 1.96 * values.std(ddof=1) / len(values) ** 0.5)
    assert 0.92 <= hits / REPEATS <= 0.98
    assert characters_part < 0.05 or independent / REPEATS < 0.85


def test_characters_that_meet_once_each_are_independent() -> None:
    values = np.random.default_rng(0).normal(size=(40, 2))
    mean, low, high = over_characters(values, np.arange(80).reshape(40, 2))
    half = scipy.stats.t.ppf(0.975, 79) * scipy.stats.sem(values, ddof=0) * (80 / 79) ** 0.5
    assert low == pytest.approx(mean - half, rel=1e-4)
    assert high == pytest.approx(mean + half, rel=1e-4)


def test_too_few_have_no_interval() -> None:
    for characters in ([[0, 1]], [[0, 1], [1, 0]]):
        mean, low, high = over_characters(np.ones((len(characters), 1)), np.array(characters))
        assert mean.tolist() == [1]
        assert np.isnan([low, high]).all()

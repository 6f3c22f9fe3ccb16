"""What may be claimed of a setting from a few seeds: each a small dataclass that maps scores to numbers.

Scores have shape (seeds, problems), or (seeds,) where each seed has one number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from metalog.curves.smoothing import Floats
from metalog.errors import UsageError
from metalog.stats.quantiles import student_t

Centre = Literal["iqm", "mean", "median"]
#: With fewer seeds there is no interval worth showing.
FEWEST: Final = 3
#: With fewer seeds an interval is wide by nature.
FEW: Final = 5
#: How often chance may make alike settings differ.
_CHANCE: Final = 0.05
#: Scores that one block of resamples holds.
_CELLS: Final = 2**21


def centre(scores: Floats, how: Centre = "mean") -> Floats:
    """Return the centre of the last axis.

    Parameters
    ----------
    scores
        float64, any shape.
    how
        ``"mean"``; ``"median"``; or ``"iqm"``, the interquartile mean: the mean of what is left when the lowest and
        the highest quarter are cut off, ``floor(n / 4)`` values at either end (Agarwal et al. 2021, as scipy's
        ``trim_mean(0.25)`` does it).

    Raises
    ------
    UsageError
        If there is no such centre.
    """
    if how == "mean":
        return np.asarray(scores.mean(axis=-1))
    if how == "median":
        return np.asarray(np.median(scores, axis=-1))
    if how != "iqm":
        raise UsageError(f"no centre is called {how!r}; there are iqm, mean, median")
    cut = scores.shape[-1] // 4
    unknown = np.isnan(scores).any(axis=-1)  # which sorting would take for the greatest
    kept = np.partition(scores, [cut, scores.shape[-1] - cut - 1], axis=-1)[..., cut : scores.shape[-1] - cut]
    return np.where(unknown, np.nan, kept.mean(axis=-1))


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval; `low` and `high` are nan where there are too few seeds for one."""

    value: float
    low: float
    high: float
    seeds: int

    @property
    def half(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class SeedInterval:
    """The interval of a setting over seeds: a hierarchical bootstrap for the spread, Student's t for the width.

    Parameters
    ----------
    how
        The centre; see :func:`centre`.
    shared
        Whether column k is the same problem in all seeds (one meta-test set): then problems are drawn as well, the
        same for all seeds. Else each seed drew its own, and what they add is in the spread between the seeds already:
        to draw them once more would count it twice (Davison and Hinkley 1997, section 3.8).
    replicates, seed
        How many resamples, and the seed that makes them repeatable.

    Notes
    -----
    ``value ± t(0.975, ν) s``, where s is the standard deviation of the resampled centres. Of n seeds n - 1 are drawn,
    so that s² is unbiased (Rao and Wu 1988). Percentiles of a bootstrap are too narrow for a few seeds; Student's t
    with n - 1 degrees of freedom is what these allow (docs/seeds.md has both measured). With shared problems
    ``ν = s⁴ / (s_seeds⁴ / (n - 1) + s_problems⁴ / (m - 1))`` (Satterthwaite 1946). Where each seed is one number, or
    its problems are its own and the centre is the mean, this is the textbook interval of the mean of n numbers.
    """

    how: Centre = "mean"
    shared: bool = False
    replicates: int = 2000
    seed: int = 0

    def __call__(self, scores: Floats) -> Estimate:
        """Return the centre of `scores`, shape (seeds, problems) or (seeds,), and its interval."""
        scores = np.asarray(scores, np.float64)
        scores = scores[:, None] if scores.ndim == 1 else scores
        seeds, problems = scores.shape
        value = float(centre(scores.ravel(), self.how)) if scores.size else math.nan
        if seeds < FEWEST or not np.isfinite(scores).all():
            return Estimate(value, math.nan, math.nan, seeds)
        spread, degrees = self._spread(scores), float(seeds - 1)
        if self.shared and problems > 1:
            of_seeds, degrees = spread, math.inf
            of_problems = self._spread(scores.T)
            spread = math.hypot(of_seeds, of_problems)
            parts = of_seeds**4 / (seeds - 1) + of_problems**4 / (problems - 1)
            degrees = spread**4 / parts if parts else float(seeds - 1)
        half = student_t(0.975, degrees) * spread
        return Estimate(value, value - half, value + half, seeds)

    def _spread(self, scores: Floats) -> float:
        if self.how == "mean":  # the bootstrap's limit, exactly
            return float(scores.mean(axis=1).std(ddof=1)) / math.sqrt(len(scores))
        return float(self.resamples(scores).std())

    def resamples(self, scores: Floats) -> Floats:
        """Return the centres of `replicates` resamples of the rows; shape (replicates,)."""
        generator = np.random.default_rng(self.seed)
        draws = max(len(scores) - 1, 1)
        weights = generator.multinomial(draws, np.full(len(scores), 1 / len(scores)), size=self.replicates)
        if self.how == "mean":
            return np.asarray(weights @ scores.mean(axis=1) / draws)
        block = max(1, _CELLS // (draws * scores.shape[1]))
        found = []
        for start in range(0, self.replicates, block):
            drawn = generator.integers(len(scores), size=(min(block, self.replicates - start), draws))
            found.append(centre(scores[drawn].reshape(len(drawn), -1), self.how))
        return np.concatenate(found)


def hierarchical_means(scores: Floats, replicates: int = 10_000, seed: int = 0) -> Floats:
    """Return means of resamples of seeds, then of problems within each seed drawn; shape (replicates,).

    Parameters
    ----------
    scores
        Shape (seeds, problems).
    replicates, seed
        How many, and the seed that makes them repeatable.

    Notes
    -----
    A problem drawn counts by how often it is drawn, so one draw of counts a seed and replicate is enough. What this
    bootstrap spreads is more than the truth where problems are the seeds' own: :class:`SeedInterval` tells why.
    """
    generator = np.random.default_rng(seed)
    seeds, problems = scores.shape
    total = np.zeros(replicates)
    for _ in range(seeds):
        drawn = generator.integers(seeds, size=replicates)
        block = max(1, _CELLS // problems)
        for start in range(0, replicates, block):
            rows = drawn[start : start + block]
            columns = generator.integers(problems, size=(len(rows), problems), dtype=np.int32)
            columns += (rows * problems).astype(np.int32)[:, None]
            total[start : start + block] += scores.ravel().take(columns).mean(axis=1)
    return np.asarray(total / seeds)


@dataclass(frozen=True)
class Difference:
    """One setting minus another, over seeds.

    Parameters
    ----------
    paired
        Whether row k of both is the same seed, which drew the same problems.

    Notes
    -----
    Paired: Student's t on the differences of the seeds. Else Welch's t: ``s² = s_a²/n_a + s_b²/n_b`` with
    Satterthwaite's degrees of freedom (Welch 1947).
    """

    paired: bool = False

    def __call__(self, ours: Floats, theirs: Floats) -> Estimate:
        """Return the difference of the means of scores of shape (seeds,) or (seeds, problems)."""
        a, b = _of_seeds(ours), _of_seeds(theirs)
        if self.paired:
            return SeedInterval()(a - b)
        value = float(a.mean() - b.mean())
        fewest = min(len(a), len(b))
        if fewest < FEWEST or not np.isfinite(value):
            return Estimate(value, math.nan, math.nan, fewest)
        parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
        total = float(parts.sum())
        below = float((parts**2 / [len(a) - 1, len(b) - 1]).sum())
        half = student_t(0.975, total**2 / below) * math.sqrt(total) if below else 0.0
        return Estimate(value, value - half, value + half, fewest)


@dataclass(frozen=True)
class ProbabilityOfImprovement:
    """P(A > B): how probable it is that a seed of A scores above a seed of B.

    Parameters
    ----------
    higher_is_better
        Of losses the probability of the lower one is meant.

    Notes
    -----
    The share of pairs of seeds in which A is above, a tie counting a half (Mann and Whitney 1947; Agarwal et al. 2021).
    The interval is Newcombe's fifth (2006): all θ with ``|θ - p| <= z sqrt(V(θ))``,
    ``V(θ) = θ (1-θ) (1 + (N-1) ((1-θ)/(2-θ) + θ/(1+θ))) / (n_a n_b)``, ``N = (n_a + n_b) / 2``. Unlike a bootstrap it
    isn't empty when all seeds of A are above all of B. It holds ½ at least where seeds are so few that even this
    happens by chance in more than 5 %, in ``2 / C(n_a + n_b, n_a)`` of settings that are alike: 3 against 3 or 4.
    """

    higher_is_better: bool = True

    def __call__(self, ours: Floats, theirs: Floats) -> Estimate:
        """Return the probability for scores of shape (seeds,) or (seeds, problems)."""
        a, b = _of_seeds(ours), _of_seeds(theirs)
        signs = np.sign(a[:, None] - b[None, :]) * (1 if self.higher_is_better else -1)
        value = float((signs + 1).mean() / 2)
        fewest = min(len(a), len(b))
        if fewest < FEWEST or not math.isfinite(value):
            return Estimate(value, math.nan, math.nan, fewest)
        grid = np.linspace(0, 1, 10_001)
        number = (len(a) + len(b)) / 2
        within = (number - 1) * ((1 - grid) / (2 - grid) + grid / (1 + grid))
        variance = grid * (1 - grid) * (1 + within) / (len(a) * len(b))
        inside = grid[np.abs(grid - value) <= 1.959964 * np.sqrt(variance) + 1e-12]
        always = [value, 0.5] if 2 / math.comb(len(a) + len(b), len(a)) > _CHANCE else [value]
        return Estimate(value, float(min(inside[0], *always)), float(max(inside[-1], *always)), fewest)


@dataclass(frozen=True)
class Profile:
    """Performance profile: the share of problems above each score (Dolan and Moré 2002; Agarwal et al. 2021).

    Parameters
    ----------
    points
        How many scores, from the least to the greatest.
    """

    points: int = 101

    def __call__(self, scores: Floats) -> pd.DataFrame:
        """Return ``score, share, low, high`` for scores of shape (seeds, problems); the band is over seeds."""
        return self.of_seeds(list(scores), np.linspace(scores.min(), scores.max(), self.points))

    def of_seeds(self, scores: Sequence[Floats], places: Floats) -> pd.DataFrame:
        """Return the same at the given scores, where each seed may have another number of problems."""
        above = np.stack([(seed[:, None] > places).mean(axis=0) for seed in scores])
        found = [SeedInterval()(above[:, place]) for place in range(places.size)]
        low, high = (np.clip([getattr(one, name) for one in found], 0, 1) for name in ("low", "high"))
        return pd.DataFrame({"score": places, "share": above.mean(axis=0), "low": low, "high": high})


def _of_seeds(scores: Floats) -> Floats:
    scores = np.asarray(scores, np.float64)
    return scores if scores.ndim == 1 else np.asarray(scores.mean(axis=1))

"""How often intervals over seeds cover a known truth, and how often a null effect is called significant.

``python -m tests.benchmarks.statistics`` prints the table in docs/seeds.md, of 2,000 repetitions each, and times 10,000
hierarchical resamples of 5 x 600 values. Seeds differ by 0.02 (or 0.1), problems by 0.3 (100 a seed), as accuracies do.
"""

from __future__ import annotations

import time

import numpy as np

from metalog.stats.seeds import Difference, SeedInterval, hierarchical_means

SEEDS = (3, 5, 10)
PROBLEMS = 100


def scores(rng: np.random.Generator, seeds: int, shared: bool = False, spread: float = 0.02) -> np.ndarray:
    """Return scores whose true mean is 0, shape (seeds, problems); seeds differ by `spread`."""
    of_seeds = rng.normal(0, spread, (seeds, 1))
    of_problems = rng.normal(0, 0.2, (1, PROBLEMS)) if shared else 0
    return of_seeds + of_problems + rng.normal(0, 0.2 if shared else 0.3, (seeds, PROBLEMS))


def coverage(
    seeds: int, *, how: str = "mean", shared: bool = False, spread: float = 0.02, repetitions: int = 2000
) -> float:
    """Return the share of intervals that hold the truth."""
    rng = np.random.default_rng(seeds)
    interval = SeedInterval(how, shared, replicates=500)
    found = (interval(scores(rng, seeds, shared, spread)) for _ in range(repetitions))
    return float(np.mean([one.low <= 0 <= one.high for one in found]))


def percentile_coverage(seeds: int, *, spread: float = 0.02, repetitions: int = 2000) -> float:
    """Return that of the hierarchical bootstrap's percentiles, for comparison."""
    rng = np.random.default_rng(seeds)
    held = []
    for _ in range(repetitions):
        low, high = np.quantile(hierarchical_means(scores(rng, seeds, spread=spread), 300), [0.025, 0.975])
        held.append(low <= 0 <= high)
    return float(np.mean(held))


def false_alarms(seeds: int, *, paired: bool, repetitions: int = 2000) -> float:
    """Return the share of null effects whose interval leaves out 0; paired: problems of a seed are the same in both."""
    rng = np.random.default_rng(seeds)
    found = 0
    for _ in range(repetitions):
        common = rng.normal(0, 0.3, (seeds, PROBLEMS)) if paired else 0
        one = Difference(paired)(common + scores(rng, seeds), common + scores(rng, seeds))
        found += not one.low <= 0 <= one.high
    return found / repetitions


def main() -> None:
    """Print the figures."""
    print("| | " + " | ".join(f"{seeds} seeds" for seeds in SEEDS) + " |\n| --- |" + " ---: |" * len(SEEDS))
    measures = {
        "covers: mean": coverage,
        "covers: interquartile mean": lambda seeds: coverage(seeds, how="iqm"),
        "covers: mean, problems shared": lambda seeds: coverage(seeds, shared=True),
        "covers: percentiles of the hierarchical bootstrap": percentile_coverage,
        "covers: mean, seeds differ by 0.1": lambda seeds: coverage(seeds, spread=0.1),
        "covers: those percentiles, seeds differ by 0.1": lambda seeds: percentile_coverage(seeds, spread=0.1),
        "null effect significant, paired": lambda seeds: false_alarms(seeds, paired=True),
        "null effect significant, unpaired": lambda seeds: false_alarms(seeds, paired=False),
    }
    for name, measure in measures.items():
        print(f"| {name} | " + " | ".join(f"{measure(seeds):.1%}" for seeds in SEEDS) + " |", flush=True)
    values = np.random.default_rng(0).random((5, 600))
    start = time.perf_counter()
    hierarchical_means(values, 10_000)
    print(f"\n10,000 hierarchical resamples of 5 x 600 values: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()

"""How often intervals over seeds cover a known truth, and how often a null effect is called significant.

``python -m tests.benchmarks.statistics`` prints the table in docs/seeds.md, of 2,000 repetitions each, and times 10,000
hierarchical resamples of 5 x 600 values, and 1,000 runs summed up by their settings. Seeds differ by 0.02 (or 0.1),
problems by 0.3 (100 a seed), as accuracies do.
"""

from __future__ import annotations

import copy
import io
import math
import time

import numpy as np
import pandas as pd

import metalog
from metalog.runs.grouping import groups
from metalog.stats import group_reports
from metalog.stats.quantiles import student_t
from metalog.stats.seeds import Difference, ProbabilityOfImprovement, SeedInterval, hierarchical_means
from tests.cli_logs import meta_log

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


def improvement_coverage(seeds: int, shift: float, repetitions: int = 2000) -> float:
    """Return the share of intervals of P(A > B) that hold the truth; seeds are normal, A's above by `shift`."""
    rng = np.random.default_rng(seeds)
    truth = (1 + math.erf(shift / 2)) / 2
    interval = ProbabilityOfImprovement()
    found = (interval(rng.normal(shift, 1, seeds), rng.normal(0, 1, seeds)) for _ in range(repetitions))
    return float(np.mean([one.low <= truth <= one.high for one in found]))


def grouped_plainly(frame: pd.DataFrame, validation: pd.DataFrame, settings: pd.DataFrame, window: int) -> pd.DataFrame:
    """Return settings as a notebook does without metalog's statistics: groupby, a loop over runs, one over settings."""
    rows = []
    for run, own in frame.groupby("run", observed=True):
        loss = own.loc[own["complete"], "validation_loss"].rolling(window).mean().dropna()
        rows.append({"run": run, "first": loss.iloc[0], "best": loss.min(), "last": loss.iloc[-1]})
    table = pd.DataFrame(rows).set_index("run").join(settings)
    keys = ["run", "segment", "meta_epoch", "meta_step"]
    table["meta_validation"] = (
        validation.groupby(keys, observed=True)["loss"].mean().groupby("run", observed=True).last()
    )
    shown = []
    for setting, own in table.groupby("lr"):
        row = {"lr": setting, "seeds": len(own)}
        for name in ("first", "best", "last", "meta_validation"):
            half = student_t(0.975, len(own) - 1) * own[name].std() / math.sqrt(len(own))
            row |= {
                name: own[name].mean(),
                f"{name}_low": own[name].mean() - half,
                f"{name}_high": own[name].mean() + half,
            }
        shown.append(row)
    return pd.DataFrame(shown)


def many_runs(settings: int = 100, seeds: int = 10, meta_steps: int = 40) -> metalog.RunSet:
    """Return runs of some settings by some seeds."""
    rng = np.random.default_rng(0)
    columns = metalog.read(io.BytesIO(meta_log(meta_steps).encode()), name="run")
    runs = {}
    for lr in range(settings):
        for seed in range(seeds):
            run = copy.copy(columns)
            run.summaries = {name: dict(own) for name, own in columns.summaries.items()}
            run.summaries["meta_steps"]["validation_loss"] = rng.random(meta_steps)
            run.configs, run._frames = {"": {"lr": lr, "seed": seed}}, {}
            runs[f"lr{lr}-s{seed}"] = run
    return metalog.RunSet(runs)


def time_many_runs() -> None:
    """Time 1,000 runs, summarised and grouped, both ways in turns; the frames are there before."""
    runs = many_runs()
    frame, validation, settings = runs.meta_steps, runs.meta_validation, runs.configs.astype(int)
    took: dict[str, list[float]] = {"plainly": [], "metalog": []}
    for _ in range(5):
        start = time.perf_counter()
        plain = grouped_plainly(frame, validation, settings, window=10)
        took["plainly"].append(time.perf_counter() - start)
        start = time.perf_counter()
        ours = group_reports.summary(groups(runs), window=10).frame
        took["metalog"].append(time.perf_counter() - start)
    for name in ("first", "best", "last", "last_low", "last_high", "meta_validation"):
        np.testing.assert_allclose(ours[name], plain[name])
    best = {name: min(own) for name, own in took.items()}
    ratio = best["plainly"] / best["metalog"]
    print(
        f"1,000 runs grouped: {best['metalog']:.2f} s, plainly with pandas {best['plainly']:.2f} s, {ratio:.1f} times"
    )


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
        "covers: P(better) of 50 %": lambda seeds: improvement_coverage(seeds, 0),
        "covers: P(better) of 76 %": lambda seeds: improvement_coverage(seeds, 1),
        "covers: P(better) of 98 %": lambda seeds: improvement_coverage(seeds, 3),
    }
    for name, measure in measures.items():
        print(f"| {name} | " + " | ".join(f"{measure(seeds):.1%}" for seeds in SEEDS) + " |", flush=True)
    values = np.random.default_rng(0).random((5, 600))
    start = time.perf_counter()
    hierarchical_means(values, 10_000)
    print(f"\n10,000 hierarchical resamples of 5 x 600 values: {time.perf_counter() - start:.2f} s")
    time_many_runs()


if __name__ == "__main__":
    main()

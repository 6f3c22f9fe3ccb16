"""Runs side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from metalog.curves.counted import common_window
from metalog.curves.means import scaled
from metalog.curves.smoothing import Floats
from metalog.errors import UsageError
from metalog.printable import name_as_text
from metalog.stats.bootstrap import resampled_means
from metalog.stats.curves import Frames, Metric, Split, counted_curve, counts, final_values
from metalog.stats.levels import levels_of


def compare(
    runs: Mapping[str, Frames],
    *,
    split: Split = "validation",
    metric: Metric = "loss",
    window: int | None = None,
    baseline: str | None = None,
    paired: bool = False,
    replicates: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Set runs side by side: levels, slope, and the difference from a baseline over the meta-steps they share.

    Parameters
    ----------
    runs
        Name -> Run; a RunSet is one.
    split, metric
        As for :func:`metalog.stats.meta_curve`.
    window
        Levels are means over this many meta-steps; default :func:`metalog.curves.smoothing.usual_window` of the
        shortest run.
    baseline
        Name of the run that the others are compared with; default the first.
    paired
        Take problem k of a meta-step for the same problem in both runs and resample their differences. Right, and far
        sharper, for runs that drew the same problems (same data, same seed); wrong otherwise.
    replicates, seed
        Number of bootstrap resamples, and the seed that makes them repeatable.

    Returns
    -------
    pandas.DataFrame
        One row a run: ``run``, the columns of :func:`metalog.stats.levels`, then ``shared`` (meta-steps that are
        complete and finite in both this run and the baseline, by ``global_meta_step``), ``difference`` (mean over these
        of this run minus the baseline), ``difference_low``, ``difference_high`` (95 % percentile interval). The
        baseline's own difference is ``nan``, and so is every one without shared meta-steps, or, for the interval,
        with a single problem a meta-step.

    Raises
    ------
    UsageError
        If there is no run, or none named `baseline`, or no such split or metric.

    Notes
    -----
    The interval resamples problems within meta-steps (:func:`metalog.stats.bootstrap.resampled_means`), independently
    in both runs unless `paired`. It says how much of the difference is the luck of the problems drawn, with the
    trajectories of the weights as they were; it can't say what other seeds would have given.

    Examples
    --------
    >>> table = metalog.stats.compare(runs, window=1)
    >>> table[["run", "last", "shared"]].round(3).to_dict("list")
    {'run': ['run', 'short'], 'last': [0.198, 0.589], 'shared': [None, 1]}
    """
    if not runs:
        raise UsageError("there is no run to compare; give at least one")
    reference = next(iter(runs)) if baseline is None else baseline
    if reference not in runs:
        raise UsageError(f"no run is named {reference!r}; there are {', '.join(map(repr, runs))}")
    if window is None:
        window = common_window(len(counted_curve(run, split, metric)) for run in runs.values())
    rows = [levels_of(counted_curve(run, split, metric), metric, window) for run in runs.values()]
    generator = np.random.default_rng(seed)
    finals = {name: _by_problem(run, split, metric) for name, run in runs.items()}
    differences = [
        _difference(finals[name], finals[reference], paired, replicates, generator) if name != reference else _SELF
        for name in runs
    ]
    table = pd.DataFrame(rows).astype({"best_at": "Int64"})
    table.insert(0, "run", pd.Series([name_as_text(name) for name in runs], dtype="str"))
    extra = pd.DataFrame(differences, columns=["shared", "difference", "difference_low", "difference_high"])
    return table.join(extra.astype({"shared": "Int64"}))


_SELF = (pd.NA, math.nan, math.nan, math.nan)


def _by_problem(run: Frames, split: Split, metric: Metric) -> pd.DataFrame:
    """Meta-steps that count, by ``global_meta_step``, with a column a problem; those not finite throughout left out."""
    kept = run.meta_steps[run.meta_steps["complete"] & counts(run.meta_steps)].dropna(subset="global_meta_step")
    finals = final_values(run, split=split, metric=metric)
    finals = finals.merge(kept[["segment", "global_meta_step"]], on=["segment", "global_meta_step"])
    finals = finals.drop_duplicates(["global_meta_step", "problem"], keep="last")
    spoilt = finals.loc[~np.isfinite(finals["value"]), "global_meta_step"]
    finite = finals[~finals["global_meta_step"].isin(spoilt)]
    return finite.pivot(index="global_meta_step", columns="problem", values="value")  # noqa: PD010 - nothing to average


def _difference(
    run: pd.DataFrame, reference: pd.DataFrame, paired: bool, replicates: int, generator: np.random.Generator
) -> tuple[Any, ...]:
    """Return the shared meta-steps, the mean difference over them and its interval."""
    shared = run.index.intersection(reference.index)
    if shared.empty:
        return 0, math.nan, math.nan, math.nan
    ours, theirs = run.loc[shared], reference.loc[shared]
    _, factor = scaled(np.concatenate([ours.to_numpy(np.float64).ravel(), theirs.to_numpy(np.float64).ravel()]))
    ours, theirs = ours / factor, theirs / factor
    if paired:
        both = ours - theirs
        difference = both.mean(axis=1).mean()
        samples = resampled_means(_packed(both), replicates, generator)
    else:
        difference = ours.mean(axis=1).mean() - theirs.mean(axis=1).mean()
        samples = resampled_means(_packed(ours), replicates, generator)
        samples -= resampled_means(_packed(theirs), replicates, generator)
    difference = float(difference) * factor
    if np.ptp(samples) == 0:  # one problem a meta-step: nothing to resample
        return len(shared), difference, math.nan, math.nan
    low, high = np.quantile(samples, [0.025, 0.975]).tolist()
    return len(shared), difference, low * factor, high * factor


def _packed(values: pd.DataFrame) -> Floats:
    """Shape (meta-steps, problems), absent problems last: which problem is which doesn't matter to a resample."""
    return np.sort(values.to_numpy(np.float64), axis=1)

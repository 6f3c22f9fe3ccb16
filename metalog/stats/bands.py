"""Lines of several seeds as one: the centre at each place, and its interval over the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from metalog.curves.smoothing import Floats
from metalog.errors import UsageError
from metalog.stats.quantiles import student_t
from metalog.stats.seeds import FEWEST, Centre, centre

#: Resamples for the spread of a centre that isn't the mean.
_REPLICATES: Final = 1000
#: Scores that one block of resamples holds.
_CELLS: Final = 2**21
#: Places that differ by less are the same.
_DECIMALS: Final = 9
#: Seeds whose lines share fewer of their places have no common axis.
_LEAST_SHARED: Final = 0.5

Line = tuple[Floats, Floats]


@dataclass(frozen=True)
class Band:
    """The centre of the lines of some seeds, and its 95 % interval, at each place.

    Parameters
    ----------
    how
        The centre; see :func:`metalog.stats.seeds.centre`.

    Notes
    -----
    At each place what :class:`metalog.stats.seeds.SeedInterval` does with one number a seed: the mean ± t(0.975, n - 1)
    s / sqrt(n) of the n lines that have a value there; for another centre s / sqrt(n) is its standard deviation over
    resamples of n - 1 of the seeds. The intervals hold for each place by itself, not for the whole line at once.
    """

    how: Centre = "mean"

    def __call__(self, lines: Sequence[Line]) -> pd.DataFrame:
        """Return the band of lines.

        Parameters
        ----------
        lines
            For each seed where it has values, and these: two arrays of shape (n,).

        Returns
        -------
        pandas.DataFrame
            A row a place, from the least: ``x``; ``value``; ``low`` and ``high``, nan where fewer than three seeds have
            a value or one is not finite; ``seeds``, how many have one.

        Raises
        ------
        UsageError
            If the lines have hardly a place in common.
        """
        x, values, there = aligned(lines)
        found = np.full((3, x.size), np.nan)
        patterns, of_place = np.unique(there, axis=1, return_inverse=True)
        for number in range(patterns.shape[1]):
            places = of_place.ravel() == number
            found[:, places] = self._interval(values[np.ix_(patterns[:, number], places)])
        value, low, high = found
        return pd.DataFrame({"x": x, "value": value, "low": low, "high": high, "seeds": there.sum(axis=0)})

    def _interval(self, values: Floats) -> Floats:
        """Return centre, low and high of values of shape (seeds, places); shape (3, places)."""
        seeds, places = values.shape
        with np.errstate(invalid="ignore"):
            middle = centre(values.T, self.how)
            half = np.full(places, np.nan)
            finite = np.isfinite(values).all(axis=0)
            if seeds >= FEWEST and finite.any():
                half[finite] = student_t(0.975, seeds - 1) * self._spread(values[:, finite])
            return np.stack([middle, middle - half, middle + half])

    def _spread(self, values: Floats) -> Floats:
        seeds, places = values.shape
        if self.how == "mean":
            return np.asarray(values.std(axis=0, ddof=1) / np.sqrt(seeds))
        drawn = np.random.default_rng(0).integers(seeds, size=(_REPLICATES, seeds - 1))
        block = max(1, _CELLS // drawn.size)
        starts = range(0, places, block)
        return np.concatenate([centre(values.T[at : at + block][:, drawn], self.how).std(axis=1) for at in starts])


def aligned(lines: Sequence[Line]) -> tuple[Floats, Floats, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Return lines on the places that any of them has: these, values of shape (lines, places), and which are there.

    A line with several values at one place has their mean there.

    Raises
    ------
    UsageError
        If the lines have hardly a place in common.
    """
    rounded = [np.round(x, _DECIMALS) for x, _ in lines]
    places = np.unique(np.concatenate(rounded))
    total, number = np.zeros((len(lines), places.size)), np.zeros((len(lines), places.size), np.int64)
    for row, (x, (_, y)) in enumerate(zip(rounded, lines, strict=True)):
        at = np.searchsorted(places, x)
        with np.errstate(invalid="ignore", over="ignore"):
            np.add.at(total[row], at, y)
        np.add.at(number[row], at, 1)
    there = number > 0
    longest = int(there.sum(axis=1).max(initial=0))
    if places.size and longest < _LEAST_SHARED * places.size:
        raise UsageError("these runs have hardly a place in common on this axis, so that no mean can be taken of them")
    with np.errstate(invalid="ignore"):
        values = np.divide(total, number, out=np.full(total.shape, np.nan), where=there)
    return places, values, there

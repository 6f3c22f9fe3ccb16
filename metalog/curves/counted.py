"""The values of a run that count, and where they stand: what the statistics of one run start from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from metalog.curves.smoothing import usual_window

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: What the axis of a curve is where the log gives no numbers.
PLACE_IN_LOG: Final = "place in the log, which gives no numbers"
#: Of so many meta-steps or more, one whose number is so many times as far away as the others reach is damaged.
_ENOUGH: Final = 4
_FAR: Final = 10


@dataclass(frozen=True)
class CountedCurve:
    """The values that count, N of M, as plain arrays; of nested logs the complete meta-steps.

    Attributes
    ----------
    place, value
        float64, shape (N,): where each stands (:func:`places_of`), and its value.
    number
        float64, shape (N,): the place if it is a number that the log gives, else ``nan``.
    incomplete, superseded
        How many are left out, and why.
    """

    place: Floats
    number: Floats
    value: Floats
    incomplete: int = 0
    superseded: int = 0

    def __len__(self) -> int:
        return self.value.size


def places_of(total: Floats, number: Floats, segment: npt.NDArray[np.int64]) -> tuple[Floats, str]:
    """Say where meta-steps stand on the axis of a curve; see :func:`metalog.stats.curves.axis_places`.

    Parameters
    ----------
    total, number
        float64, shape (M,): the number through the whole log, and within the turn around it; ``nan`` where unknown.
    segment
        The segment of each, shape (M,).

    Returns
    -------
    places, axis
        float64, shape (M,), and what that is in words; empty for `total`.
    """
    if not total.size or not np.isnan(total).all():
        return _without_stray(total), ""
    rising = (np.diff(number) > 0) | (np.diff(segment) != 0)
    if not np.isnan(number).any() and rising.all():
        return number, "number within a meta-epoch that the log doesn't name"
    return np.arange(1.0, number.size + 1), PLACE_IN_LOG


def _without_stray(places: Floats) -> Floats:
    """Return places with ``nan`` for the highest, if it is ten times as far from the others as these are apart."""
    known = places[~np.isnan(places)]
    if not (known[1:] > known[:-1]).all():
        known = np.unique(known)
    if known.size < _ENOUGH or known[-1] - known[-2] <= _FAR * (known[-2] - known[0] + 1):
        return places
    return np.where(places == known[-1], np.nan, places)


def common_window(lengths: Iterable[int]) -> int:
    """Return over how many meta-steps means are taken where nobody says, the same for all runs: that of the shortest.

    So the values of runs of different lengths can be compared.
    """
    return usual_window(min(filter(None, lengths), default=0))

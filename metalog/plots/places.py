"""The place of each row in the inner training, which no single damaged row can move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Integers = npt.NDArray[np.int64]

#: What tells problems apart.
_PROBLEM: Final = ("segment", "meta_epoch", "meta_step", "problem")
#: With fewer epochs than this, nobody can tell which of them is as long as usual.
_ENOUGH: Final = 4
#: An epoch is as long as the longest of which there are two, and one in so many.
_ONE_IN: Final = 100


@dataclass(frozen=True)
class Epochs:
    """How many inner steps each epoch has, so that steps can be counted through the epochs.

    Attributes
    ----------
    numbers, lengths
        int64, shape (E,): the epochs that there are, in order, and how long each is.
    length
        How long most are; epochs that nobody logged are taken to be as long.
    """

    numbers: Integers
    lengths: Integers
    length: int

    @classmethod
    def of(cls, steps: pd.DataFrame) -> Epochs:
        """Return the epochs of a frame like ``run.steps``.

        An epoch is as long as the longest of which there are at least two, and one in a hundred: a damaged number of a
        single step doesn't make it longer.
        """
        keys = [steps[name].to_numpy(dtype=np.int64, na_value=-1) for name in _PROBLEM]
        epoch, step = (steps[name].to_numpy(dtype=np.int64, na_value=0) for name in ("epoch", "step"))
        known = np.flatnonzero((epoch > 0) & (step > 0))
        if not len(known):
            return cls(np.empty(0, np.int64), np.empty(0, np.int64), 1)
        stretch = np.stack([*keys, epoch])[:, known]
        starts = np.flatnonzero(np.append(True, (stretch[:, 1:] != stretch[:, :-1]).any(axis=0)))
        longest = np.maximum.reduceat(step[known], starts)
        numbers, which = np.unique(epoch[known][starts], return_inverse=True)
        length = _usual(longest)
        enough = len(longest) >= _ENOUGH
        groups = [longest[which == place] for place in range(len(numbers))]
        lengths = [_usual(group, length) if enough else int(group.max()) for group in groups]
        return cls(numbers, np.array(lengths, np.int64), length)

    def end(self, epoch: Integers) -> Integers:
        """Return the place of each epoch's last step; shape (n,)."""
        which = np.searchsorted(self.numbers, epoch, side="right")
        sums = np.append(0, np.cumsum(self.lengths))
        places: Integers = sums[which] + (epoch - which) * self.length
        return places

    def place(self, epoch: Integers, step: Integers) -> Integers:
        """Return the place of each step; shape (n,). 0 if a counter is 0, or the step beyond the end of its epoch."""
        before, end = self.end(np.maximum(epoch - 1, 0)), self.end(epoch)
        known = (epoch > 0) & (step > 0) & (before + step <= end)
        return np.where(known, before + step, 0)


def inner_places(rows: pd.DataFrame, counters: tuple[str, ...], epochs: Epochs | None = None) -> Integers:
    """Return where each row stands in the inner training of its problem.

    Parameters
    ----------
    rows
        A frame with the columns `counters`: ``epoch``, or ``epoch`` and ``step``.
    epochs
        How long the epochs are; those of `rows` if not given.

    Returns
    -------
    numpy.ndarray
        int64, shape (rows,): the epoch, or the inner step counted through the epochs; 0 where a counter is missing or
        a step beyond the end of its epoch.
    """
    numbers = [rows[counter].to_numpy(dtype=np.int64, na_value=0) for counter in counters]
    return numbers[0] if len(numbers) == 1 else (epochs or Epochs.of(rows)).place(*numbers)


def _usual(longest: Integers, most: int | None = None) -> int:
    """Return how long an epoch is, given the last steps of the epochs of its number, and how long `most` epochs are."""
    if len(longest) >= _ENOUGH:
        enough = max(2, -(-len(longest) // _ONE_IN))
        return int(np.sort(longest)[-enough])
    if most is None:
        return int(longest.max())
    return int(longest[longest <= most].max(initial=0)) or most if len(longest) > 1 else most

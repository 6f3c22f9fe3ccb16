"""Splits of the alphabets, and the tasks of each split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from metalog.errors import UsageError
from trainer.randomness import Purpose, generator
from trainer.tasks.data.drawings import Drawings
from trainer.tasks.task import Task, TaskOptions, make_task

SPLITS: Final = ("meta-train", "meta-validation", "meta-test")
#: The shares of all characters that meta-train and meta-validation get; meta-test gets the rest.
TRAIN_SHARE: Final = 0.70
VALIDATION_SHARE: Final = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class TaskDistribution:
    """The tasks of one split: one for each pair of characters of an alphabet.

    Where a task has more than two characters, the others are drawn from the rest of the pair's alphabet.

    Attributes
    ----------
    split
        One of :data:`SPLITS`.
    alphabets
        int64, (n,): the indices of the alphabets that were dealt to the split.
    pairs
        int64, (tasks, 2): the first two characters of each task, in no meaningful order.
    neighbours
        int64, (tasks, 2): the first character of each pair's alphabet, and the one behind its last.
    drawings_per_character
        As in :class:`~trainer.tasks.data.drawings.Drawings`.
    options, seed
        What makes the tasks.
    """

    split: str
    alphabets: npt.NDArray[np.int64]
    pairs: npt.NDArray[np.int64]
    neighbours: npt.NDArray[np.int64]
    drawings_per_character: int
    options: TaskOptions
    seed: int

    def __len__(self) -> int:
        return len(self.pairs)

    def order(self, meta_epoch: int) -> npt.NDArray[np.int64]:
        """Return the order, int64, (tasks,), in which a meta-epoch takes the tasks, each once."""
        return self._generator(Purpose.ORDER, meta_epoch).permutation(len(self))

    def task(self, number: int, *, occasion: int) -> Task:
        """Make a task.

        Parameters
        ----------
        number
            The index of its pair.
        occasion
            Which of the times that it is met, such as the meta-epoch: labels, split and batches are drawn afresh each.
        """
        rng = self._generator(Purpose.PROBLEM, occasion, number)
        characters = self.pairs[number]
        if self.options.ways > 2:
            others = np.setdiff1d(np.arange(*self.neighbours[number]), characters)
            characters = np.concatenate([characters, rng.choice(others, self.options.ways - 2, replace=False)])
        # Which of them gets which label is drawn; the first of the order was called the reference, and has the last.
        labelled = rng.permutation(characters)[::-1].tolist()
        return make_task(labelled, self.drawings_per_character, self.options, rng)

    def meta_batch(self, size: int, meta_epoch: int, updates: int) -> list[Task]:
        """Make the tasks of a meta-step, drawn without replacement within the meta-epoch; both counted from 0."""
        numbers = self.order(meta_epoch)[updates * size : (updates + 1) * size]
        return [self.task(number, occasion=meta_epoch) for number in numbers.tolist()]

    def _generator(self, purpose: Purpose, *counters: int) -> np.random.Generator:
        return generator(self.seed, purpose, SPLITS.index(self.split), *counters)


def make_splits(drawings: Drawings, options: TaskOptions, seed: int) -> dict[str, TaskDistribution]:
    """Deal the alphabets out to meta-train, meta-validation and meta-test, and pair the characters of each.

    The alphabets are shuffled; meta-train gets alphabets until it holds 70 percent of the characters, meta-validation
    the next up to the end of an alphabet that is nearest to 85 percent, meta-test the rest; each gets at least one.

    Raises
    ------
    UsageError
        If there are fewer than three alphabets, the seed is negative or the drawings or characters are too few for
        `options`.
    """
    if seed < 0:
        raise UsageError(f"the seed must not be negative, but is {seed}")
    options.refuse_impossible(drawings.drawings_per_character)
    sizes = drawings.alphabet_sizes
    if len(sizes) < len(SPLITS):
        raise UsageError(
            f"{drawings.source} has {len(sizes)} alphabet{'s' * (len(sizes) != 1)}, but at least 3 are needed, "
            "one each for meta-train, meta-validation and meta-test: add another data set"
        )
    shuffled = generator(seed, Purpose.ALPHABETS).permutation(len(sizes))
    return {
        split: _distribution(split, alphabets, drawings, options, seed)
        for split, alphabets in zip(SPLITS, _deal(shuffled, sizes), strict=True)
    }


def _distribution(
    split: str, alphabets: npt.NDArray[np.int64], drawings: Drawings, options: TaskOptions, seed: int
) -> TaskDistribution:
    sizes = drawings.alphabet_sizes
    starts = _starts(alphabets, sizes, misaligned=options.misaligned_alphabets)
    pairs, neighbours = [], []
    for start, size in zip(starts.tolist(), sizes[alphabets].tolist(), strict=True):
        if size >= options.ways:
            pairs.append(start + _pairs_within(size, pair_map=options.pair_map))
            neighbours.append(np.tile([start, start + size], (len(pairs[-1]), 1)))
    if not pairs:
        raise UsageError(
            f"no alphabet of {split} has {options.ways} characters to tell apart: lower ways or add another data set"
        )
    return TaskDistribution(
        split,
        alphabets,
        np.concatenate(pairs),
        np.concatenate(neighbours),
        drawings.drawings_per_character,
        options,
        seed,
    )


def _deal(shuffled: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    share = np.cumsum(sizes[shuffled]) / sizes.sum()
    train = min(int(np.searchsorted(share, TRAIN_SHARE)) + 1, len(shuffled) - 2)
    validation = int(np.abs(share - (TRAIN_SHARE + VALIDATION_SHARE)).argmin()) + 1
    validation = min(max(validation, train + 1), len(shuffled) - 1)
    return np.split(shuffled, [train, validation])


def _starts(
    alphabets: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64], *, misaligned: bool
) -> npt.NDArray[np.int64]:
    """Return where the characters of each alphabet of a split start in the data."""
    if misaligned:  # the original's fault: counted over the split's own alphabets, looked up in the unshuffled data
        return np.cumsum(sizes[alphabets]) - sizes[alphabets]
    return (np.cumsum(sizes) - sizes)[alphabets]


def _pairs_within(characters: int, *, pair_map: bool) -> npt.NDArray[np.int64]:
    """Return the pairs, int64, (n(n-1)/2, 2), of an alphabet of n characters."""
    if pair_map:  # the original's fault: (0, 0), (0, 1), … row by row of the square, cut off halfway
        return np.stack(np.divmod(np.arange(characters * (characters - 1) // 2), characters), axis=1)
    return np.stack(np.triu_indices(characters, k=1), axis=1)

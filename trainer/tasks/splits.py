"""Splits of the alphabets, the problems of each split, and the random numbers of a problem.

Numbers only: a problem names drawings by their index, so that it costs nothing to send to another process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from metalog.errors import UsageError
from trainer.randomness import Purpose, generator
from trainer.tasks.data.drawings import Drawings

SPLITS: Final = ("meta-train", "meta-validation", "meta-test")
#: The shares of all characters that meta-train and meta-validation get; meta-test gets the rest.
TRAIN_SHARE: Final = 0.70
VALIDATION_SHARE: Final = 0.15


@dataclass(frozen=True, slots=True)
class ProblemOptions:
    """How problems are made; the three switches repeat faults of the original write-up.

    Attributes
    ----------
    batch_size
        Drawings per inner step.
    epochs
        Passes over a problem's train drawings.
    fractions
        Shares of a problem's drawings that are train, validation and test.
    pair_map
        Take as problem i of an alphabet of n characters the pair (i // n, i % n), for i < n(n-1)/2, in place of each
        unordered pair of different characters once.
    misaligned_alphabets
        Shuffle the alphabets, yet find a split's drawings by counting from the start of the unshuffled data set.
    unstratified_split
        Shuffle a problem's drawings together, so that the classes of its parts are balanced only by luck.
    """

    batch_size: int = 8
    epochs: int = 15
    fractions: tuple[float, float, float] = (0.75, 0.15, 0.10)
    pair_map: bool = False
    misaligned_alphabets: bool = False
    unstratified_split: bool = False

    def part_sizes(self, drawings_per_character: int) -> tuple[int, int, int]:
        """Return the numbers of train, validation and test drawings of a problem.

        Raises
        ------
        UsageError
            If the fractions don't add up to 1, a part is empty, or the train part doesn't fill one batch.
        """
        total = 2 * drawings_per_character
        if abs(sum(self.fractions) - 1) > 1e-9 or min(self.fractions) < 0:
            raise UsageError(f"a problem's fractions must be shares that add up to 1, not {self.fractions}")
        train, validation = round(total * self.fractions[0]), round(total * self.fractions[1])
        sizes = (train, validation, total - train - validation)
        if min(sizes) < 1:
            raise UsageError(
                f"{total} drawings a problem in shares of {self.fractions} give {sizes} for train, validation and "
                "test, but each needs at least one"
            )
        if not 1 <= self.batch_size <= train:
            raise UsageError(
                f"the batch size must be from 1 to a problem's {train} train drawings, not {self.batch_size}"
            )
        if self.epochs < 1:
            raise UsageError(f"a problem needs at least one epoch, not {self.epochs}")
        return sizes


@dataclass(frozen=True, slots=True)
class Problem:
    """One task: tell two characters apart. Drawings are indices into ``images.reshape(-1, side, side)``.

    Attributes
    ----------
    train, validation, test
        int64, (30,), (6,) and (4,) for 20 drawings a character.
    train_labels, validation_labels, test_labels
        float32, of the same shapes; 1 for the reference.
    batches
        int64, (epochs, steps, batch_size): positions into `train`, reshuffled each epoch, the incomplete last batch
        dropped.
    reference, other
        The two characters' indices.
    """

    train: npt.NDArray[np.int64]
    train_labels: npt.NDArray[np.float32]
    validation: npt.NDArray[np.int64]
    validation_labels: npt.NDArray[np.float32]
    test: npt.NDArray[np.int64]
    test_labels: npt.NDArray[np.float32]
    batches: npt.NDArray[np.int64]
    reference: int
    other: int


@dataclass(frozen=True, slots=True, eq=False)
class ProblemSet:
    """The problems of one split.

    Attributes
    ----------
    split
        One of :data:`SPLITS`.
    alphabets
        int64, (n,): the indices of the alphabets that were dealt to the split.
    pairs
        int64, (problems, 2): the characters of each problem, in no meaningful order.
    drawings_per_character
        As in :class:`~trainer.tasks.data.drawings.Drawings`.
    options, seed
        What makes the problems.
    """

    split: str
    alphabets: npt.NDArray[np.int64]
    pairs: npt.NDArray[np.int64]
    drawings_per_character: int
    options: ProblemOptions
    seed: int

    def __len__(self) -> int:
        return len(self.pairs)

    def order(self, meta_epoch: int) -> npt.NDArray[np.int64]:
        """Return the order, int64, (problems,), in which a meta-epoch takes the problems, each once."""
        return self._generator(Purpose.ORDER, meta_epoch).permutation(len(self))

    def problem(self, number: int, *, occasion: int) -> Problem:
        """Make a problem.

        Parameters
        ----------
        number
            The index of its pair.
        occasion
            Which of the times that it is met, such as the meta-epoch: label, split and batches are drawn afresh each.
        """
        rng = self._generator(Purpose.PROBLEM, occasion, number)
        reference, other = rng.permutation(self.pairs[number]).tolist()
        count = self.drawings_per_character
        # Positions from 0 to count - 1 are the reference's drawings, from count on the other's.
        drawings = np.concatenate([np.arange(count) + reference * count, np.arange(count) + other * count])
        parts = self._split(rng)
        (train, validation, test) = (drawings[part] for part in parts)
        labels = [(part < count).astype(np.float32) for part in parts]
        batches = self._batches(rng, len(train))
        return Problem(train, labels[0], validation, labels[1], test, labels[2], batches, reference, other)

    def _split(self, rng: np.random.Generator) -> list[npt.NDArray[np.int64]]:
        positions = np.arange(2 * self.drawings_per_character)
        sizes = self.options.part_sizes(self.drawings_per_character)
        cuts = (sizes[0], sizes[0] + sizes[1])
        if self.options.unstratified_split:
            return np.split(rng.permutation(positions), cuts)
        # Reference and other in turn: however it is cut, each part holds as many of one as of the other, or one more.
        alternating = rng.permuted(positions.reshape(2, -1), axis=1).T.ravel()
        return [rng.permutation(part) for part in np.split(alternating, cuts)]

    def _batches(self, rng: np.random.Generator, train: int) -> npt.NDArray[np.int64]:
        epochs, size = self.options.epochs, self.options.batch_size
        steps = train // size
        shuffled = rng.permuted(np.tile(np.arange(train), (epochs, 1)), axis=1)
        return np.ascontiguousarray(shuffled[:, : steps * size]).reshape(epochs, steps, size)

    def _generator(self, purpose: Purpose, *counters: int) -> np.random.Generator:
        return generator(self.seed, purpose, SPLITS.index(self.split), *counters)


def make_splits(drawings: Drawings, options: ProblemOptions, seed: int) -> dict[str, ProblemSet]:
    """Deal the alphabets out to meta-train, meta-validation and meta-test, and pair the characters of each.

    The alphabets are shuffled; meta-train gets alphabets until it holds 70 percent of the characters, meta-validation
    the next up to the end of an alphabet that is nearest to 85 percent, meta-test the rest; each gets at least one.

    Raises
    ------
    UsageError
        If there are fewer than three alphabets, the seed is negative or the drawings are too few for `options`.
    """
    if seed < 0:
        raise UsageError(f"the seed must not be negative, but is {seed}")
    options.part_sizes(drawings.drawings_per_character)
    sizes = drawings.alphabet_sizes
    if len(sizes) < len(SPLITS):
        raise UsageError(
            f"{drawings.source} has {len(sizes)} alphabet{'s' * (len(sizes) != 1)}, but at least 3 are needed, "
            "one each for meta-train, meta-validation and meta-test: add another data set"
        )
    shuffled = generator(seed, Purpose.ALPHABETS).permutation(len(sizes))
    splits = {}
    for split, alphabets in zip(SPLITS, _deal(shuffled, sizes), strict=True):
        starts = _starts(alphabets, sizes, misaligned=options.misaligned_alphabets)
        pairs = [
            start + _pairs_within(int(sizes[alphabet]), pair_map=options.pair_map)
            for start, alphabet in zip(starts, alphabets, strict=True)
        ]
        splits[split] = ProblemSet(
            split, alphabets, np.concatenate(pairs), drawings.drawings_per_character, options, seed
        )
    return splits


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

"""One task, and how its drawings are dealt out.

Numbers only: a task names drawings by their index, so that it costs nothing to send to another process.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metalog.errors import UsageError
from trainer.config import ALL


@dataclass(frozen=True, slots=True)
class Task:
    """Tell some characters apart. Drawings are indices into ``images.reshape(-1, side, side)``.

    Attributes
    ----------
    support, query, test
        int64: the drawings that are learnt from, those that the meta-loss is taken on, and those that the meta-test
        judges by. Few-shot tasks have no test drawings of their own: `test` is `query`.
    support_labels, query_labels, test_labels
        int64, of the same shapes: the position in `characters`.
    batches
        int64, (epochs, steps, batch size): positions in `support`, the drawings of each inner step.
    characters
        The indices of what is told apart, in an order that is drawn for each task.
    """

    support: npt.NDArray[np.int64]
    support_labels: npt.NDArray[np.int64]
    query: npt.NDArray[np.int64]
    query_labels: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]
    test_labels: npt.NDArray[np.int64]
    batches: npt.NDArray[np.int64]
    characters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """How tasks are made; the three switches repeat faults of the original write-up.

    Attributes
    ----------
    ways
        Characters in a task.
    shots
        Support drawings a character; ``"all"``: `fractions` of all drawings, as the write-up had it.
    queries
        Query drawings a character, with a number of `shots`.
    inner_steps
        Inner steps, each on all support drawings, with a number of `shots`.
    batch_size
        Drawings per inner step, with ``"all"``.
    epochs
        Passes over a task's support drawings, with ``"all"``.
    fractions
        Shares of a task's drawings that are support, query and test, with ``"all"``.
    pair_map
        Take as problem i of an alphabet of n characters the pair (i // n, i % n), for i < n(n-1)/2, in place of each
        unordered pair of different characters once.
    misaligned_alphabets
        Shuffle the alphabets, yet find a split's drawings by counting from the start of the unshuffled data set.
    unstratified_split
        Shuffle a task's drawings together, so that the classes of its parts are balanced only by luck.
    """

    ways: int = 2
    shots: int | str = ALL
    queries: int = 10
    inner_steps: int = 1
    batch_size: int = 8
    epochs: int = 15
    fractions: tuple[float, float, float] = (0.75, 0.15, 0.10)
    pair_map: bool = False
    misaligned_alphabets: bool = False
    unstratified_split: bool = False

    def refuse_impossible(self, drawings_per_character: int) -> None:
        """Raise UsageError, saying what can be done, if tasks of so many drawings a character can't be made."""
        if self.ways < 2:
            raise UsageError(f"a task needs at least two characters, not {self.ways}")
        if self.shots == ALL:
            self.part_sizes(drawings_per_character)
            return
        if int(self.shots) + self.queries > drawings_per_character:
            raise UsageError(
                f"a character has {drawings_per_character} drawings, too few for {self.shots} shots and "
                f"{self.queries} queries: lower one of them"
            )
        if self.unstratified_split:
            raise UsageError(f"an unstratified split has no {self.shots} shots a character: take --shots all")

    def part_sizes(self, drawings_per_character: int) -> tuple[int, int, int]:
        """Return the numbers of support, query and test drawings of a task of all drawings.

        Raises
        ------
        UsageError
            If the fractions don't add up to 1, a part is empty, or the support doesn't fill one batch.
        """
        total = self.ways * drawings_per_character
        if abs(sum(self.fractions) - 1) > 1e-9 or min(self.fractions) < 0:
            raise UsageError(f"a task's fractions must be shares that add up to 1, not {self.fractions}")
        support, query = round(total * self.fractions[0]), round(total * self.fractions[1])
        sizes = (support, query, total - support - query)
        if min(sizes) < 1:
            raise UsageError(
                f"{total} drawings a task in shares of {self.fractions} give {sizes} for support, query and test, but "
                "each needs at least one"
            )
        if not 1 <= self.batch_size <= support:
            raise UsageError(
                f"the batch size must be from 1 to a task's {support} support drawings, not {self.batch_size}"
            )
        if self.epochs < 1:
            raise UsageError(f"a task needs at least one epoch, not {self.epochs}")
        return sizes


def make_task(
    characters: list[int], drawings_per_character: int, options: TaskOptions, rng: np.random.Generator
) -> Task:
    """Deal the drawings of `characters`, which are in the order of their labels, out to support, query and test."""
    if options.shots == ALL:
        return _of_all_drawings(characters, drawings_per_character, options, rng)
    shots, queries, ways = int(options.shots), options.queries, len(characters)
    dealt = rng.permuted(np.tile(np.arange(drawings_per_character), (ways, 1)), axis=1)  # (ways, drawings)
    drawings = dealt + np.array(characters)[:, None] * drawings_per_character
    support, query = drawings[:, :shots].ravel(), drawings[:, shots : shots + queries].ravel()
    support_labels, query_labels = np.repeat(np.arange(ways), shots), np.repeat(np.arange(ways), queries)
    batches = np.tile(np.arange(ways * shots), (options.inner_steps, 1, 1))
    return Task(support, support_labels, query, query_labels, query, query_labels, batches, tuple(characters))


def _of_all_drawings(characters: list[int], count: int, options: TaskOptions, rng: np.random.Generator) -> Task:
    # Positions are grouped by class, the last one first: the order in which the write-up's reference, label 1, was.
    classes = np.arange(len(characters))[::-1]
    drawings = np.concatenate([np.arange(count) + characters[label] * count for label in classes])
    labels = np.repeat(classes, count)
    parts = _split(len(characters), count, options, rng)
    batches = _batches(len(parts[0]), options, rng)
    support, query, test = ((drawings[part], labels[part]) for part in parts)
    return Task(*support, *query, *test, batches, tuple(characters))


def _split(ways: int, count: int, options: TaskOptions, rng: np.random.Generator) -> list[npt.NDArray[np.int64]]:
    positions = np.arange(ways * count)
    sizes = options.part_sizes(count)
    cuts = (sizes[0], sizes[0] + sizes[1])
    if options.unstratified_split:
        return np.split(rng.permutation(positions), cuts)
    # The classes in turn: however it is cut, each part holds as many of one as of another, or one more.
    alternating = rng.permuted(positions.reshape(ways, -1), axis=1).T.ravel()
    return [rng.permutation(part) for part in np.split(alternating, cuts)]


def _batches(support: int, options: TaskOptions, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw batches, reshuffled each epoch, the incomplete last one dropped."""
    epochs, size = options.epochs, options.batch_size
    steps = support // size
    shuffled = rng.permuted(np.tile(np.arange(support), (epochs, 1)), axis=1)
    return np.ascontiguousarray(shuffled[:, : steps * size]).reshape(epochs, steps, size)

"""What a run learns from: its drawings and tasks, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from metalog.errors import UsageError
from trainer.config import ALL
from trainer.tasks.audit import audit, refuse_leaks
from trainer.tasks.data import load
from trainer.tasks.splits import TaskDistribution, make_splits
from trainer.tasks.task import Task, TaskOptions

if TYPE_CHECKING:
    from trainer.config import Config

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class MetaDataset:
    """Drawings, uint8, (drawings, side, side), the tasks of each split, and the names of the alphabets."""

    images: npt.NDArray[np.uint8]
    splits: dict[str, TaskDistribution]
    alphabets: tuple[str, ...]

    def alphabets_of(self, split: str) -> list[str]:
        """Name the alphabets of a split."""
        return sorted(self.alphabets[number] for number in self.splits[split].alphabets)

    def characters_of(self, split: str) -> npt.NDArray[np.uint8]:
        """Return the characters that a split's tasks use: uint8, (characters, drawings, side, side)."""
        tasks = self.splits[split]
        characters = self.images.reshape(-1, tasks.drawings_per_character, *self.images.shape[1:])
        return characters[np.unique(tasks.pairs)]


def prepare(config: Config, *, progress: bool) -> MetaDataset:
    """Read the drawings, make the tasks, and refuse what can't be trained on or, if it leaks, shouldn't be.

    Raises
    ------
    MetalogError
        If the data can't be read, sizes don't fit each other, or splits leak without the switch that makes them.
    """
    drawings = load(config.data, root=config.root or None, seed=config.seed, side=config.side, progress=progress)
    splits = make_splits(drawings, options_of(config), config.seed)
    _refuse_small_splits(config, splits)
    if not config.misaligned_alphabets:
        refuse_leaks(audit(drawings, splits))
    return MetaDataset(drawings.images.reshape(-1, config.side, config.side), splits, drawings.alphabets)


def options_of(config: Config) -> TaskOptions:
    """Take out of a configuration how tasks are made."""
    return TaskOptions(**{name: getattr(config, name) for name in TaskOptions.__slots__ if name != "fractions"})


def _refuse_small_splits(config: Config, splits: dict[str, TaskDistribution]) -> None:
    if len(splits["meta-train"]) < config.meta_batch_size:
        raise UsageError(
            f"a meta-batch of {config.meta_batch_size} problems can't be drawn from the {len(splits['meta-train'])} "
            "problems of meta-train: lower meta_batch_size or add data"
        )
    meta_batches = len(chosen(splits["meta-validation"], config.meta_validation)) // config.meta_batch_size
    if config.validate_every and meta_batches < config.log_every_batch:
        raise UsageError(
            f"a meta-validation has {meta_batches} meta-batches, none of which is logged if every "
            f"{config.log_every_batch}th is: lower log_every_batch or add data"
        )


def chosen(tasks: TaskDistribution, count: int | str) -> list[int]:
    """Return the numbers of the tasks that are evaluated: the first `count` in the order of no meta-epoch."""
    numbers: list[int] = tasks.order(0)[: None if count == ALL else int(count)].tolist()
    return numbers


def evaluation_tasks(tasks: TaskDistribution, count: int | str) -> list[Task]:
    """Make the tasks that are evaluated, always the same ones, split in the same way."""
    return [tasks.task(number, occasion=0) for number in chosen(tasks, count)]


def batches(tasks: Sequence[_T], size: int) -> list[Sequence[_T]]:
    """Cut into meta-batches, the last of which may be smaller."""
    return [tasks[start : start + size] for start in range(0, len(tasks), size)]

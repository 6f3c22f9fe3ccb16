"""What a run starts from: its drawings and problems, checked; its weights; its engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from metalog.errors import UsageError
from trainer.config import ALL, Config
from trainer.engines.interface import Engine, make_engine
from trainer.engines.ranks import Ranks, SharedEngine
from trainer.randomness import Purpose, generator
from trainer.tasks.audit import audit, refuse_leaks
from trainer.tasks.data import load
from trainer.tasks.splits import Problem, ProblemOptions, ProblemSet, make_splits
from trainer.writeup import Network

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Task:
    """Drawings, uint8, (drawings, side, side), the problems of each split, and the names of the alphabets."""

    images: npt.NDArray[np.uint8]
    splits: dict[str, ProblemSet]
    alphabets: tuple[str, ...]

    def alphabets_of(self, split: str) -> list[str]:
        """Name the alphabets of a split."""
        return sorted(self.alphabets[number] for number in self.splits[split].alphabets)

    def characters_of(self, split: str) -> npt.NDArray[np.uint8]:
        """Return the characters that a split's problems use: uint8, (characters, drawings, side, side)."""
        problems = self.splits[split]
        characters = self.images.reshape(-1, problems.drawings_per_character, *self.images.shape[1:])
        return characters[np.unique(problems.pairs)]


def prepare(config: Config, *, progress: bool) -> Task:
    """Read the drawings, make the problems, and refuse what can't be trained on or, if it leaks, shouldn't be.

    Raises
    ------
    MetalogError
        If the data can't be read, sizes don't fit each other, or splits leak without the switch that makes them.
    """
    Network(config.side, config.channels, config.hidden)  # refuses images that are too small before any is read
    drawings = load(config.data, root=config.root or None, seed=config.seed, side=config.side, progress=progress)
    options = ProblemOptions(
        batch_size=config.batch_size,
        epochs=config.epochs,
        pair_map=config.pair_map,
        misaligned_alphabets=config.misaligned_alphabets,
        unstratified_split=config.unstratified_split,
    )
    splits = make_splits(drawings, options, config.seed)
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
    if not config.misaligned_alphabets:
        refuse_leaks(audit(drawings, splits))
    return Task(drawings.images.reshape(-1, config.side, config.side), splits, drawings.alphabets)


def chosen(problems: ProblemSet, count: int | str) -> list[int]:
    """Return the numbers of the problems that are evaluated: the first `count` in the order of no meta-epoch."""
    numbers: list[int] = problems.order(0)[: None if count == ALL else int(count)].tolist()
    return numbers


def evaluated(problems: ProblemSet, count: int | str) -> list[Problem]:
    """Make the problems that are evaluated, always the same ones, split in the same way."""
    return [problems.problem(number, occasion=0) for number in chosen(problems, count)]


def batches(problems: Sequence[_T], size: int) -> list[Sequence[_T]]:
    """Cut into meta-batches, the last of which may be smaller."""
    return [problems[start : start + size] for start in range(0, len(problems), size)]


def initial_weights(config: Config) -> Tensor:
    """Draw the weights that a run starts from: float32, (parameters,)."""
    network = Network(config.side, config.channels, config.hidden, config.double_sigmoid)
    seed = int(generator(config.seed, Purpose.WEIGHTS).integers(2**63))
    return network.initialise(torch.Generator().manual_seed(seed))


@contextmanager
def engine_for(config: Config, task: Task, ranks: Ranks) -> Iterator[Engine]:
    """Give the engine that runs meta-batches, on this rank or on all together."""
    engine = make_engine(config, task.images)
    try:
        yield SharedEngine(engine, ranks) if ranks.size > 1 else engine
    finally:
        engine.close()

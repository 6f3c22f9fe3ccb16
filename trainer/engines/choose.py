"""Which engine suits the configuration and the machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch

from metalog.errors import UsageError
from trainer.config import Config
from trainer.engines.gpu import GpuEngine
from trainer.engines.interface import Engine
from trainer.engines.processes import ProcessEngine
from trainer.engines.ranks import Ranks, SharedEngine
from trainer.engines.workers import make_worker
from trainer.maml import MetaLearner


def make_engine(config: Config, images: npt.NDArray[np.uint8], ranks: Ranks | None = None) -> Engine:
    """Make the engine. That fewer processes than were asked for are started, or too many, is told on stderr.

    Parameters
    ----------
    config
        Of the run; `processes` is 0 for as many as pay, `device` ``"auto"``, ``"cpu"`` or ``"cuda"``.
    images
        uint8, (drawings, side, side): all there are, 255 being ink.
    ranks
        That share the work; one by default.

    Raises
    ------
    UsageError
        If the images are too small for the network, or there is no GPU where one was asked for.
    """
    learner = MetaLearner.of(config)
    if config.device == "cuda" and not torch.cuda.is_available():
        raise UsageError("device cuda was asked for, but PyTorch finds no GPU here; leave --device out to use the CPU")
    if config.device == "cuda" or (config.device == "auto" and torch.cuda.is_available()):
        if config.processes > 1 and (ranks or Ranks()).first:
            print(
                f"{config.processes} processes were asked for, but a GPU takes one: it does all alone", file=sys.stderr
            )
        return GpuEngine(learner, images, torch.device("cuda"))
    return ProcessEngine(learner, images, _processes(config, make_worker(learner).unit, ranks or Ranks()))


def _processes(config: Config, unit: int, ranks: Ranks) -> int:
    """Return how many processes compute on this rank: no more than have something to do."""
    most = -(-config.meta_batch_size // (unit * ranks.size))
    number = min(config.processes or cores(), most)
    said = []
    if config.processes > most:
        together = f", computed up to {unit} at a time," if unit > 1 else ""
        where = " on each rank" if ranks.size > 1 else ""
        said.append(
            f"{config.processes} processes{where} were asked for, but the {config.meta_batch_size} problems of a "
            f"meta-batch{together} keep {most} busy: {most} compute"
        )
    if number > cores():
        said.append(f"{number} processes are more than the {cores()} cores that may be used here: fewer are as fast")
    if ranks.first:
        for text in said:
            print(text, file=sys.stderr)
    return number


@contextmanager
def engine_for(config: Config, images: npt.NDArray[np.uint8], ranks: Ranks) -> Iterator[Engine]:
    """Give the engine that runs meta-batches, on this rank or on all together."""
    engine = make_engine(config, images, ranks)
    try:
        yield SharedEngine(engine, ranks) if ranks.size > 1 else engine
    finally:
        engine.close()


def cores() -> int:
    """Return how many cores this process may use, its share of them if ``torchrun`` started several."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, available // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))

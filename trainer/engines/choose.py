"""Which engine suits the configuration and the machine."""

from __future__ import annotations

import os
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


def make_engine(config: Config, images: npt.NDArray[np.uint8]) -> Engine:
    """Make the engine.

    Parameters
    ----------
    config
        Of the run; `processes` is 0 for as many as pay, `device` ``"auto"``, ``"cpu"`` or ``"cuda"``.
    images
        uint8, (drawings, side, side): all there are, 255 being ink.

    Raises
    ------
    UsageError
        If the images are too small for the network, or there is no GPU where one was asked for.
    """
    learner = MetaLearner.of(config)
    if config.device == "cuda" and not torch.cuda.is_available():
        raise UsageError("device cuda was asked for, but PyTorch finds no GPU here; leave --device out to use the CPU")
    if config.device == "cuda" or (config.device == "auto" and torch.cuda.is_available()):
        return GpuEngine(learner, images, torch.device("cuda"))
    units = -(-config.meta_batch_size // make_worker(learner).unit)
    return ProcessEngine(learner, images, config.processes or min(cores(), units))


@contextmanager
def engine_for(config: Config, images: npt.NDArray[np.uint8], ranks: Ranks) -> Iterator[Engine]:
    """Give the engine that runs meta-batches, on this rank or on all together."""
    engine = make_engine(config, images)
    try:
        yield SharedEngine(engine, ranks) if ranks.size > 1 else engine
    finally:
        engine.close()


def cores() -> int:
    """Return how many cores this process may use, its share of them if ``torchrun`` started several."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, available // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))

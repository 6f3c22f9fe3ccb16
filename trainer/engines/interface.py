"""How the problems of a meta-batch are executed: in one process or several on a CPU, or side by side on a GPU.

The outcomes are the same, bit for bit, whatever the number of processes: each problem is computed on its own, by one
thread. Between a CPU and a GPU they differ by rounding; the log records which it was.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from metalog.errors import UsageError
from trainer.maml import Rule
from trainer.tasks.splits import Problem
from trainer.writeup import Network

if TYPE_CHECKING:
    from trainer.config import Config


@dataclass(frozen=True, slots=True)
class Outcome:
    """What adapting to one problem gave; losses and accuracies are means over drawings.

    Attributes
    ----------
    steps
        [epoch][step]: loss and accuracy on the batch, before the step.
    validations
        After each epoch: loss and accuracy on the drawings that the problem is judged by.
    before
        The same with the initial weights.
    meta_loss
        What the meta-optimizer descends; nan if no gradient was asked for.
    gradient
        float32, (parameters,): its gradient by the initial weights, or Reptile's direction; None if not asked for.
    """

    steps: list[list[tuple[float, float]]]
    validations: list[tuple[float, float]]
    before: tuple[float, float]
    meta_loss: float
    gradient: Tensor | None


class Engine(Protocol):
    """Executes problems."""

    name: str

    def run(
        self, theta: Tensor, problems: Sequence[Problem], *, gradient: bool, judged: str = "validation"
    ) -> list[Outcome]:
        """Adapt the initial weights `theta`, float32 (parameters,), to each problem; outcomes in the same order.

        `judged`, ``"validation"`` or ``"test"``, names the drawings by which problems are judged.
        """

    def close(self) -> None:
        """End the processes, if there are any."""


@dataclass(frozen=True, slots=True)
class Method:
    """What decides an outcome besides the problem and the initial weights.

    With `last_sample_meta_loss`, the write-up's slip, the last judged drawing's loss is the meta-loss.
    """

    network: Network
    rule: Rule
    last_sample_meta_loss: bool = False

    @classmethod
    def of(cls, config: Config) -> Method:
        """Take the method out of a run's configuration."""
        network = Network(config.side, config.channels, config.hidden, config.double_sigmoid)
        return cls(network, Rule(config.algorithm, config.order, config.inner_lr), config.last_sample_meta_loss)

    def meta_weights(self, labels: Tensor) -> Tensor:
        """Return the share of each judged drawing's loss in the meta-loss, of the shape of `labels` (…, drawings)."""
        if not self.last_sample_meta_loss:
            return torch.full_like(labels, 1 / labels.shape[-1])
        weights = torch.zeros_like(labels)
        weights[..., -1] = 1
        return weights


@dataclass(frozen=True, slots=True)
class Episode:
    """A problem with its drawings, complete in itself, so that it can be sent to another process.

    Attributes
    ----------
    images
        uint8, (drawings, side, side): the train drawings, then those that the problem is judged by.
    labels
        float32, (drawings,).
    batches
        int64, (epochs, steps, batch size): positions in `images`.
    train
        How many drawings are train drawings.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.float32]
    batches: npt.NDArray[np.int64]
    train: int

    @classmethod
    def of(cls, problem: Problem, images: npt.NDArray[np.uint8], judged: str) -> Episode:
        """Take a problem's drawings out of `images` (all drawings, side, side)."""
        numbers = np.concatenate([problem.train, getattr(problem, judged)])
        labels = np.concatenate([problem.train_labels, getattr(problem, f"{judged}_labels")])
        return cls(images[numbers], labels, problem.batches, len(problem.train))


def make_engine(config: Config, images: npt.NDArray[np.uint8]) -> Engine:
    """Make the engine that suits the configuration and the machine.

    Parameters
    ----------
    config
        Of the run; `processes` is 0 for as many as there are cores, `device` ``"auto"``, ``"cpu"`` or ``"cuda"``.
    images
        uint8, (drawings, side, side): all there are, 255 being ink.

    Raises
    ------
    UsageError
        If the images are too small for the network, or there is no GPU where one was asked for.
    """
    method = Method.of(config)
    if config.device == "cuda" and not torch.cuda.is_available():
        raise UsageError("device cuda was asked for, but PyTorch finds no GPU here; leave --device out to use the CPU")
    if config.device == "cuda" or (config.device == "auto" and torch.cuda.is_available()):
        from trainer.engines.side_by_side import VectorisedEngine

        return VectorisedEngine(method, images, torch.device("cuda"))
    from trainer.engines.processes import ProcessEngine

    return ProcessEngine(method, images, config.processes or min(cores(), config.meta_batch_size))


def cores() -> int:
    """Return how many cores this process may use, its share of them if ``torchrun`` started several."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, available // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))

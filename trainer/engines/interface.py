"""What an engine is given and what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

from trainer.maml import Adaptation, InnerLoopConfig
from trainer.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Outcome:
    """What adapting to one task gave; losses and accuracies are means over drawings.

    Attributes
    ----------
    steps
        [epoch][step]: loss and accuracy on the batch, before the step.
    queries
        After each epoch: loss and accuracy on the query drawings; before the first one, too, if no gradient was asked
        for, and perhaps if it was.
    meta_loss
        What the meta-optimizer descends; nan if no gradient was asked for.
    gradient
        float32, (parameters,): its gradient by the initial weights, or Reptile's direction; None if not asked for.
    """

    steps: list[list[tuple[float, float]]]
    queries: list[tuple[float, float]]
    meta_loss: float
    gradient: Tensor | None

    @classmethod
    def of(cls, adaptation: Adaptation) -> Outcome:
        """Turn the tensors of one task into plain numbers, and a gradient that autograd and optimizers may meet."""
        queries = [(loss.item(), accuracy.item()) for loss, accuracy in adaptation.queries]
        steps = [[(loss.item(), accuracy.item()) for loss, accuracy in epoch] for epoch in adaptation.steps]
        if adaptation.meta_loss is None or adaptation.direction is None:
            return cls(steps, queries, float("nan"), None)
        return cls(steps, queries, adaptation.meta_loss.item(), adaptation.direction.clone())


class Engine(Protocol):
    """Executes tasks."""

    @property
    def name(self) -> str:
        """What computes, for the log."""

    @property
    def unit(self) -> int:
        """How many tasks are computed together: as many as must not be shared out, lest a last digit change."""

    def run(
        self,
        theta: Tensor,
        tasks: Sequence[Task],
        *,
        gradient: bool,
        judged: str = "query",
        inner: InnerLoopConfig | None = None,
    ) -> list[Outcome]:
        """Adapt the initial weights `theta`, float32 (parameters,), to each task; outcomes in the same order.

        `judged`, ``"query"`` or ``"test"``, names the drawings that stand for the queries. `inner` is another inner
        loop than the run's.
        """

    def close(self) -> None:
        """End the processes, if there are any."""


@dataclass(frozen=True, slots=True)
class TaskData:
    """A task with its drawings, complete in itself, so that it can be sent to another process.

    Attributes
    ----------
    images
        uint8, (drawings, side, side): the support drawings, then the query drawings.
    labels
        int64, (drawings,).
    batches
        int64, (epochs, steps, batch size): positions in `images`.
    support
        How many drawings are support drawings.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    batches: npt.NDArray[np.int64]
    support: int

    @classmethod
    def of(cls, task: Task, images: npt.NDArray[np.uint8], judged: str) -> TaskData:
        """Take a task's drawings out of `images` (all drawings, side, side)."""
        numbers = np.concatenate([task.support, getattr(task, judged)])
        labels = np.concatenate([task.support_labels, getattr(task, f"{judged}_labels")])
        return cls(images[numbers], labels, task.batches, len(task.support))


def units(tasks: Sequence[TaskData], unit: int) -> list[Sequence[TaskData]]:
    """Cut tasks into what is computed together: at most `unit` of them, all of the same shape."""
    cut: list[Sequence[TaskData]] = []
    start = 0
    for end in range(1, len(tasks) + 1):
        if end == len(tasks) or end - start == unit or _shape(tasks[end]) != _shape(tasks[start]):
            cut.append(tasks[start:end])
            start = end
    return cut


def _shape(task: TaskData) -> tuple[object, ...]:
    return task.images.shape, task.batches.shape, task.support

"""One task after the other, solved with the passes written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from trainer.engines.by_hand.kernels import Kernels, Trace
from trainer.engines.by_hand.patches import DrawingPatches
from trainer.engines.interface import Outcome, TaskData
from trainer.maml import InnerLoopConfig, MetaLearner, adapt
from trainer.writeup import WriteUp


class HandWorker:
    """A :class:`~trainer.engines.workers.Worker` for the write-up's network."""

    name = "matrix products on the CPU"
    unit = 1

    def __init__(self, learner: MetaLearner, network: WriteUp) -> None:
        self._learner = learner
        self._network = network
        self._kernels = Kernels(network)

    def solve(
        self, theta: Tensor, tasks: Sequence[TaskData], *, gradient: bool, inner: InnerLoopConfig | None
    ) -> list[Outcome]:
        """Adapt the initial weights `theta` (parameters,) to each task."""
        learner = replace(self._learner, inner=inner or self._learner.inner)
        outcomes = []
        for task in tasks:
            with torch.inference_mode():
                batch = HandTask(learner, self._network, self._kernels, task, theta.dtype)
                adaptation = adapt(batch, theta, learner, direction=gradient)
            outcomes.append(Outcome.of(adaptation))
        return outcomes


class HandTask:
    """One task for the inner loop: a :class:`~trainer.maml.TaskBatch`."""

    def __init__(
        self, learner: MetaLearner, network: WriteUp, kernels: Kernels, task: TaskData, dtype: torch.dtype
    ) -> None:
        self._kernels = kernels
        self._batches = task.batches.tolist()
        self._schedule = task.batches.shape[:2]  # no epochs at all: the initial weights are evaluated as they are
        self._labels = torch.from_numpy(task.labels).to(dtype)
        self._patches = DrawingPatches(network, torch.from_numpy(task.images), dtype)
        labels = self._labels[task.support :]
        self._query = self._patches.pick(range(task.support, len(self._labels)), labels, learner.query_weights(labels))

    @property
    def schedule(self) -> tuple[int, int]:
        """Epochs, and inner steps in each."""
        return self._schedule

    def step(self, theta: Tensor, epoch: int, step: int, *, traced: bool) -> tuple[Tensor, Tensor, Tensor, Trace]:  # noqa: ARG002 - a trace costs nothing here
        """Differentiate the mean loss on a batch."""
        drawings = self._batches[epoch][step]
        labels = self._labels[drawings]
        mean = torch.full_like(labels, 1 / len(labels))
        return self._kernels.gradient(theta, self._patches.pick(drawings, labels, mean))

    def evaluate(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return losses and correct on the query drawings."""
        return self._kernels.losses(theta, self._query)

    def query_gradient(self, theta: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
        """Return losses and correct on the query drawings, the meta-loss, and its gradient by the weights reached."""
        losses, correct, gradient, _ = self._kernels.gradient(theta, self._query)
        return (losses, correct), losses @ self._query.weights, gradient

    def hessian_product(self, trace: Trace, direction: Tensor) -> Tensor:
        """Return the Hessian of a traced step's loss times a vector."""
        return self._kernels.hessian_product(trace, direction)

"""Tasks side by side, by autograd: each with weights of its own, all in one call of every operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from trainer.engines.heads import Drawings, adapt_heads, changes_heads_alone
from trainer.engines.interface import Outcome, TaskData
from trainer.losses import evaluate
from trainer.maml import Adaptation, InnerLoopConfig, MetaLearner, adapt
from trainer.model import Model


class Traced(NamedTuple):
    """An inner step: what its gradient is a function of, and by, and the gradient.

    `theta` (tasks, parameters) are the weights that it was taken from. `at` and `gradient` are of the same shape: all
    weights, or the output layer's alone.
    """

    theta: Tensor
    at: Tensor
    gradient: Tensor


class SideBySide:
    """Several tasks of the same shape for the inner loop: a :class:`~trainer.maml.TaskBatch`."""

    def __init__(
        self, learner: MetaLearner, tasks: Sequence[TaskData], dtype: torch.dtype, device: torch.device
    ) -> None:
        def stacked(name: str) -> Tensor:
            return torch.from_numpy(np.stack([getattr(task, name) for task in tasks])).to(device)

        self._model: Model = learner.model
        self._inner = learner.inner
        self._images = stacked("images").to(dtype) / 255  # (tasks, drawings, side, side), ink 1
        self._labels = stacked("labels")  # (tasks, drawings)
        self._batches = stacked("batches")  # (tasks, epochs, steps, N)
        # Of the drawings that are passed to evaluate the queries, those in front of them, which only lend statistics.
        self._support = tasks[0].support
        self._lent = self._support if learner.norm_statistics == "support" else 0
        self._queried = self._images[:, self._support - self._lent :]
        self._query_labels = self._labels[:, self._support :]
        self._query_weights = learner.query_weights(self._query_labels.to(dtype))

    @property
    def drawings(self) -> Drawings:
        """What the tasks are made of."""
        return Drawings(self._images, self._labels, self._batches, self._support)

    @property
    def schedule(self) -> tuple[int, int]:
        """Epochs, and inner steps in each."""
        return self._batches.shape[1], self._batches.shape[2]

    def step(self, theta: Tensor, epoch: int, step: int, *, traced: bool) -> tuple[Tensor, Tensor, Tensor, Traced]:
        """Differentiate the mean loss on a batch of each task."""
        drawings = self._batches[:, epoch, step]  # (tasks, N)
        tasks = torch.arange(len(drawings), device=drawings.device).unsqueeze(1)
        theta = theta.detach().requires_grad_()
        features = self._model.features(theta, self._images[tasks, drawings], drawings.shape[1])
        head = theta[:, -self._model.head_parameters :]
        head_alone = self._head_alone(epoch, step)
        if head_alone:
            head = head.detach().requires_grad_()
        logits = self._model.output(head, features)
        losses, correct = evaluate(logits, self._labels[tasks, drawings], double_sigmoid=self._model.double_sigmoid)
        at = head if head_alone else theta
        (gradient,) = torch.autograd.grad(losses.mean(-1).sum(), at, create_graph=traced)
        return losses.detach(), correct, self._padded(gradient.detach()), Traced(theta, at, gradient)

    def _head_alone(self, epoch: int, step: int) -> bool:
        """Whether an inner step changes the output layer alone, which saves the pass back through the rest.

        So it is with ANIL, and in the first step from an output layer of zeros, through which no gradient passes.
        """
        if self._model.body_parameters + self._model.head_parameters < self._model.parameters:
            return False  # ANIL adapts more than the output layer of such a network
        return self._inner.algorithm == "anil" or (self._inner.zero_head and epoch == step == 0)

    def _padded(self, gradient: Tensor) -> Tensor:
        """Put zeros in front of a gradient of the output layer's weights."""
        return F.pad(gradient, (self._model.parameters - gradient.shape[1], 0))

    def evaluate(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return losses and correct on the query drawings."""
        with torch.no_grad():
            return self._queries(theta)

    def query_gradient(self, theta: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
        """Return losses and correct on the query drawings, the meta-losses, and their gradients by the weights."""
        at = theta.detach().requires_grad_()
        losses, correct = self._queries(at)
        meta_losses = (losses * self._query_weights).sum(-1)
        (gradient,) = torch.autograd.grad(meta_losses.sum(), at)
        return (losses.detach(), correct), meta_losses.detach(), gradient

    def hessian_product(self, trace: Traced, direction: Tensor) -> Tensor:
        """Return the Hessian of each traced loss times a vector.

        Where the output layer was traced alone, the vector's other entries count as zero: so they are with ANIL; from
        an output layer of zeros, they would reach that layer's entries alone, which are not meta-learned.
        """
        # The Hessian is symmetric, so that a pass back from the gradient gives the product.
        direction = direction[:, -trace.gradient.shape[1] :]
        if trace.at is trace.theta:
            return torch.autograd.grad(trace.gradient, trace.theta, direction)[0]
        by_all, by_head = torch.autograd.grad(trace.gradient, (trace.theta, trace.at), direction)
        return by_all + self._padded(by_head)

    def _queries(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        reference = self._lent or self._queried.shape[1]
        logits = self._model.logits(theta, self._queried, reference)[:, self._lent :]
        return evaluate(logits, self._query_labels, double_sigmoid=self._model.double_sigmoid)


class AutogradWorker:
    """A :class:`~trainer.engines.workers.Worker` for any network.

    Parameters
    ----------
    learner
        What the run does.
    device
        Where to compute. On a GPU, TF32 is switched off for the whole process, so that only rounding sets the results
        apart from those of a CPU, and cuDNN is told to be reproducible.
    """

    #: More gain little and leave a meta-batch of eight to a single process; fewer are slower (56 ms a task alone, 25 of
    #: four, 29 of eight).
    unit = 4

    def __init__(self, learner: MetaLearner, device: torch.device) -> None:
        self._learner = learner
        self._device = device
        if device.type == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
            torch.backends.cudnn.deterministic = True

    @property
    def name(self) -> str:
        """What computes."""
        return f"autograd on {torch.cuda.get_device_name(self._device) if self._device.type == 'cuda' else 'the CPU'}"

    def solve(
        self, theta: Tensor, tasks: Sequence[TaskData], *, gradient: bool, inner: InnerLoopConfig | None
    ) -> list[Outcome]:
        """Adapt to tasks of the same shape, all at once."""
        learner = replace(self._learner, inner=inner or self._learner.inner)
        batch = SideBySide(learner, tasks, theta.dtype, self._device)
        start = theta.detach().to(self._device).expand(len(tasks), -1)
        if changes_heads_alone(learner.inner, learner.model, tasks[0].batches.shape, tasks[0].support):
            return outcomes_of(adapt_heads(batch.drawings, start, learner, direction=gradient))
        return outcomes_of(adapt(batch, start, learner, direction=gradient))


def outcomes_of(adaptation: Adaptation) -> list[Outcome]:
    """Take the outcome of each task out of that of all."""
    count = len(adaptation.queries[0][0])
    on_cpu = _mapped(adaptation, Tensor.cpu)
    return [Outcome.of(_mapped(on_cpu, itemgetter(number))) for number in range(count)]


def _mapped(adaptation: Adaptation, change: Callable[[Tensor], Tensor]) -> Adaptation:
    def pair(both: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        return change(both[0]), change(both[1])

    meta_loss, direction = adaptation.meta_loss, adaptation.direction
    return Adaptation(
        [[pair(step) for step in epoch] for epoch in adaptation.steps],
        [pair(each) for each in adaptation.queries],
        None if meta_loss is None else change(meta_loss),
        None if direction is None else change(direction),
    )

"""One problem, solved by one thread with the passes written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from trainer.engines.by_hand.kernels import Kernels, Trace
from trainer.engines.by_hand.patches import DrawingPatches
from trainer.engines.interface import Episode, Method, Outcome
from trainer.maml import Adaptation, adapt


class Solver:
    """Solves episodes, one after the other."""

    def __init__(self, method: Method) -> None:
        self._method = method
        self._kernels = Kernels(method.network)

    def solve(self, theta: Tensor, episode: Episode, *, gradient: bool) -> Outcome:
        """Adapt the initial weights `theta` (parameters,) to one problem."""
        rule = self._method.rule
        with _one_thread(), torch.inference_mode():
            learner = KernelLearner(self._method, self._kernels, episode, theta.dtype)
            adaptation = adapt(learner, theta, rule.rates(self._method.network, theta), rule, direction=gradient)
        return as_outcome(adaptation)


class KernelLearner:
    """One problem for the inner loop: a :class:`~trainer.maml.Learner`."""

    def __init__(self, method: Method, kernels: Kernels, episode: Episode, dtype: torch.dtype) -> None:
        self._kernels = kernels
        self._batches = episode.batches.tolist()
        self._schedule = episode.batches.shape[:2]  # no epochs at all: the initial weights are judged as they are
        self._labels = torch.from_numpy(episode.labels).to(dtype)
        self._patches = DrawingPatches(method.network, torch.from_numpy(episode.images), dtype)
        labels = self._labels[episode.train :]
        self._judged = self._patches.pick(range(episode.train, len(self._labels)), labels, method.meta_weights(labels))

    @property
    def schedule(self) -> tuple[int, int]:
        """Epochs, and inner steps in each."""
        return self._schedule

    def step(self, theta: Tensor, epoch: int, step: int) -> tuple[Tensor, Tensor, Tensor, Trace]:
        """Differentiate the mean loss on a batch."""
        drawings = self._batches[epoch][step]
        labels = self._labels[drawings]
        mean = torch.full_like(labels, 1 / len(labels))
        return self._kernels.gradient(theta, self._patches.pick(drawings, labels, mean))

    def judge(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return losses and hits on the drawings that the problem is judged by."""
        return self._kernels.losses(theta, self._judged)

    def meta_loss(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return the meta-loss and its gradient by the weights reached."""
        losses, _, gradient, _ = self._kernels.gradient(theta, self._judged)
        return losses @ self._judged.weights, gradient

    def hessian_product(self, trace: Trace, direction: Tensor) -> Tensor:
        """Return the Hessian of a traced step's loss times a vector."""
        return self._kernels.hessian_product(trace, direction)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute by one thread, so that sums are rounded the same whatever the number of cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def as_outcome(adaptation: Adaptation) -> Outcome:
    """Turn the tensors of one problem into plain numbers, and a gradient that autograd and optimizers may meet."""
    before, *validations = [(loss.item(), accuracy.item()) for loss, accuracy in adaptation.judged]
    steps = [[(loss.item(), accuracy.item()) for loss, accuracy in epoch] for epoch in adaptation.steps]
    if adaptation.meta_loss is None or adaptation.direction is None:
        return Outcome(steps, validations, before, float("nan"), None)
    return Outcome(steps, validations, before, adaptation.meta_loss.item(), adaptation.direction.clone())

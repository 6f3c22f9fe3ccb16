"""The engine for a GPU: the problems of a meta-batch side by side, by autograd and vmap through the plain network.

Under vmap each problem's weights turn a convolution into a grouped one: fast on a GPU, slow on a CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.func import grad, grad_and_value, vjp, vmap

from trainer.engines.by_hand.learner import as_outcome
from trainer.engines.interface import Episode, Method, Outcome
from trainer.maml import Adaptation, adapt
from trainer.tasks.splits import Problem


class VectorisedEngine:
    """An :class:`~trainer.engines.interface.Engine`.

    Parameters
    ----------
    method
        What the run does.
    images
        uint8, (drawings, side, side).
    device
        Where to compute. On a GPU, TF32 is switched off for the whole process, so that only rounding sets the results
        apart from those of a CPU, and cuDNN is told to be reproducible.
    """

    def __init__(self, method: Method, images: npt.NDArray[np.uint8], device: torch.device) -> None:
        self.name = f"vmap on {torch.cuda.get_device_name(device) if device.type == 'cuda' else 'the CPU'}"
        self._method = method
        self._images = images
        self._device = device
        if device.type == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
            torch.backends.cudnn.deterministic = True

    def run(
        self, theta: Tensor, problems: Sequence[Problem], *, gradient: bool, judged: str = "validation"
    ) -> list[Outcome]:
        """Adapt to all problems at once."""
        if not problems:
            return []
        rule = self._method.rule
        episodes = [Episode.of(problem, self._images, judged) for problem in problems]
        learner = SideBySide(self._method, episodes, theta.dtype, self._device)
        start = theta.detach().to(self._device).expand(len(episodes), -1)
        rates = rule.rates(self._method.network, start)
        adaptation = _on_cpu(adapt(learner, start, rates, rule, direction=gradient))
        return [as_outcome(_one(adaptation, number)) for number in range(len(episodes))]

    def close(self) -> None:
        """Hold nothing."""


class Traced(NamedTuple):
    """An inner step: the weights (problems, parameters) and the batch that it was taken with."""

    theta: Tensor
    images: Tensor
    labels: Tensor
    weights: Tensor


class SideBySide:
    """Several problems for the inner loop: a :class:`~trainer.maml.Learner`."""

    def __init__(self, method: Method, episodes: Sequence[Episode], dtype: torch.dtype, device: torch.device) -> None:
        def stacked(name: str) -> Tensor:
            return torch.from_numpy(np.stack([getattr(episode, name) for episode in episodes])).to(device)

        self._network = method.network
        self._images = stacked("images").to(dtype) / 255  # (problems, drawings, side, side), ink 1
        self._labels = stacked("labels").to(dtype)  # (problems, drawings)
        self._batches = stacked("batches")  # (problems, epochs, steps, N)
        train = episodes[0].train
        labels = self._labels[:, train:]
        self._judged = self._images[:, train:], labels, method.meta_weights(labels)

    @property
    def schedule(self) -> tuple[int, int]:
        """Epochs, and inner steps in each."""
        return self._batches.shape[1], self._batches.shape[2]

    def step(self, theta: Tensor, epoch: int, step: int) -> tuple[Tensor, Tensor, Tensor, Traced]:
        """Differentiate the mean loss on a batch of each problem."""
        drawings = self._batches[:, epoch, step]  # (problems, N)
        problems = torch.arange(len(drawings), device=drawings.device).unsqueeze(1)
        images, labels = self._images[problems, drawings], self._labels[problems, drawings]
        traced = Traced(theta, images, labels, torch.full_like(labels, 1 / labels.shape[1]))
        gradient, (_, (losses, hits)) = self._differentiate(traced)
        return losses, hits, gradient, traced

    def judge(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return losses and hits on the drawings that the problems are judged by."""
        with torch.no_grad():
            judged: tuple[Tensor, Tensor] = vmap(self._loss)(theta, *self._judged)[1]
        return judged

    def meta_loss(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return the meta-losses and their gradients by the weights reached."""
        gradient, (losses, _) = self._differentiate(Traced(theta, *self._judged))
        return losses, gradient

    def hessian_product(self, trace: Traced, direction: Tensor) -> Tensor:
        """Return the Hessian of each traced loss times a vector."""

        def product(theta: Tensor, direction: Tensor, *batch: Tensor) -> Tensor:
            slope = grad(lambda at: self._loss(at, *batch)[0])
            result: Tensor = vjp(slope, theta)[1](direction)[0]  # the Hessian is symmetric
            return result

        products: Tensor = vmap(product)(trace.theta, direction, trace.images, trace.labels, trace.weights)
        return products

    def _differentiate(self, traced: Traced) -> tuple[Tensor, tuple[Tensor, tuple[Tensor, Tensor]]]:
        result: tuple[Tensor, tuple[Tensor, tuple[Tensor, Tensor]]]
        result = vmap(grad_and_value(self._loss, has_aux=True))(*traced)
        return result

    def _loss(
        self, theta: Tensor, images: Tensor, labels: Tensor, weights: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        losses, hits = self._network.judge(self._network.logits(theta, images), labels)
        return losses @ weights, (losses, hits)


def _on_cpu(adaptation: Adaptation) -> Adaptation:
    steps = [[(loss.cpu(), accuracy.cpu()) for loss, accuracy in epoch] for epoch in adaptation.steps]
    judged = [(loss.cpu(), accuracy.cpu()) for loss, accuracy in adaptation.judged]
    if adaptation.meta_loss is None or adaptation.direction is None:
        return Adaptation(steps, judged, None, None)
    return Adaptation(steps, judged, adaptation.meta_loss.cpu(), adaptation.direction.cpu())


def _one(adaptation: Adaptation, number: int) -> Adaptation:
    """Take one problem out of several."""
    steps = [[(loss[number], accuracy[number]) for loss, accuracy in epoch] for epoch in adaptation.steps]
    judged = [(loss[number], accuracy[number]) for loss, accuracy in adaptation.judged]
    if adaptation.meta_loss is None or adaptation.direction is None:
        return Adaptation(steps, judged, None, None)
    return Adaptation(steps, judged, adaptation.meta_loss[number], adaptation.direction[number])

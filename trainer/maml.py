"""The inner loop and the meta-gradient: the same few lines for one problem and for many side by side.

What they need of the problems is a :class:`Learner`; a tensor's leading dimensions, written `…` below, are () for one
problem and (problems,) for several.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch
from torch import Tensor

from trainer.writeup import Network


class Learner(Protocol):
    """Problems as the inner loop meets them."""

    @property
    def schedule(self) -> tuple[int, int]:
        """Epochs, and inner steps in each."""

    def step(self, theta: Tensor, epoch: int, step: int) -> tuple[Tensor, Tensor, Tensor, Any]:
        """Return losses (…, N), hits (…, N), the mean loss's gradient (…, parameters) on a batch, and a trace of it."""

    def judge(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return losses (…, M) and hits (…, M) on the drawings that the problem is judged by."""

    def meta_loss(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return the meta-loss (…) and its gradient (…, parameters) by the weights reached."""

    def hessian_product(self, trace: Any, direction: Tensor) -> Tensor:
        """Return the Hessian of a traced step's loss times a vector, (…, parameters)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How to learn.

    Attributes
    ----------
    algorithm
        ``"maml"`` (Finn et al. 2017); ``"anil"`` (Raghu et al. 2020), whose inner steps change the linear layers only;
        ``"reptile"`` (Nichol et al. 2018), whose direction is how far the inner loop went, over its rate.
    order
        ``"second"`` differentiates through the inner steps, ``"first"`` takes their gradients for constants.
    inner_lr
        Learning rate of the inner steps.
    """

    algorithm: Literal["maml", "anil", "reptile"] = "maml"
    order: Literal["first", "second"] = "first"
    inner_lr: float = 0.01

    def rates(self, network: Network, like: Tensor) -> Tensor:
        """Return each weight's inner learning rate (parameters,)."""
        rates = torch.full((network.parameters,), self.inner_lr, dtype=like.dtype, device=like.device)
        if self.algorithm == "anil":
            rates[: network.body_parameters] = 0
        return rates


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What the inner loop leaves; losses and accuracies are means over drawings.

    Attributes
    ----------
    steps
        [epoch][step]: loss (…) and accuracy (…) on the batch, before the step.
    judged
        Before the first epoch and after each: loss (…), in float64, and accuracy (…).
    meta_loss, direction
        (…) and (…, parameters): what the meta-optimizer descends; None if not asked for.
    """

    steps: list[list[tuple[Tensor, Tensor]]]
    judged: list[tuple[Tensor, Tensor]]
    meta_loss: Tensor | None
    direction: Tensor | None


def adapt(learner: Learner, theta: Tensor, rates: Tensor, rule: Rule, *, direction: bool) -> Adaptation:
    """Run the inner loop from the initial weights `theta` (…, parameters) at `rates` (parameters,).

    With `direction`, differentiate the meta-loss by the initial weights too: with w' = w - r g(w) in each inner step,
    the gradient v by w' gives v - H(w) (r v) by w, H being the Hessian of the step's loss.
    """
    fast, traces = theta, []
    keep = direction and rule.order == "second" and rule.algorithm != "reptile"
    steps: list[list[tuple[Tensor, Tensor]]] = []
    judged = [_means(learner.judge(theta))]
    epochs, steps_per_epoch = learner.schedule
    for epoch in range(epochs):
        steps.append([])
        for step in range(steps_per_epoch):
            losses, hits, gradient, trace = learner.step(fast, epoch, step)
            fast = fast - rates * gradient
            steps[-1].append((losses.mean(-1), hits.mean(-1)))
            if keep:
                traces.append(trace)
        judged.append(_means(learner.judge(fast)))
    if not direction:
        return Adaptation(steps, judged, None, None)
    meta_loss, by_fast = learner.meta_loss(fast)
    if rule.algorithm == "reptile":
        by_fast = (theta - fast) / rule.inner_lr
    else:
        while traces:  # last step first; each trace is given back as soon as it was used
            by_fast = by_fast - learner.hessian_product(traces.pop(), rates * by_fast)
    return Adaptation(steps, judged, meta_loss, by_fast)


def _means(judged: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    losses, hits = judged
    return losses.double().mean(-1), hits.mean(-1)

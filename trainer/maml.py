"""The learner: the inner loop and the meta-gradient, the same few lines for one task and for many side by side.

What they need of the tasks is a :class:`TaskBatch`; a tensor's leading dimensions, written `…` below, are () for one
task and (tasks,) for several.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import torch
from torch import Tensor

from trainer.model import Model, model_of

if TYPE_CHECKING:
    from trainer.config import Config


class TaskBatch(Protocol):
    """Tasks as the inner loop meets them."""

    @property
    def schedule(self) -> tuple[int, int]:
        """Epochs, and inner steps in each."""

    def step(self, theta: Tensor, epoch: int, step: int, *, traced: bool) -> tuple[Tensor, Tensor, Tensor, Any]:
        """Return losses (…, N), correct (…, N) and the mean loss's gradient (…, parameters) on a batch, and its trace.

        A trace is what :meth:`hessian_product` needs; it may be None unless it was asked for.
        """

    def evaluate(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return losses (…, M) and correct (…, M) on the query drawings."""

    def query_gradient(self, theta: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
        """Return what :meth:`evaluate` does, the meta-loss (…) and its gradient (…, parameters) by the weights."""

    def hessian_product(self, trace: Any, direction: Tensor) -> Tensor:
        """Return the Hessian of a traced step's loss times a vector, (…, parameters)."""


@dataclass(frozen=True, slots=True)
class InnerLoopConfig:
    """How to learn a task, and what of it the meta-gradient sees.

    Attributes
    ----------
    algorithm
        ``"maml"`` (Finn et al. 2017); ``"anil"`` (Raghu et al. 2020), whose inner steps change the linear layers only;
        ``"reptile"`` (Nichol et al. 2018), whose direction is how far the inner loop went, over its rate.
    order
        ``"second"`` differentiates through the inner steps, ``"first"`` takes their gradients for constants.
    inner_lr
        Learning rate of the inner steps.
    zero_head
        Whether the output layer is zero at the start of every task (the zeroing trick of Kao et al. 2022): it is then
        never meta-learned.
    """

    algorithm: Literal["maml", "anil", "reptile"] = "maml"
    order: Literal["first", "second"] = "first"
    inner_lr: float = 0.01
    zero_head: bool = False

    def rates(self, model: Model, like: Tensor) -> Tensor:
        """Return each weight's inner learning rate (parameters,)."""
        rates = torch.full((model.parameters,), self.inner_lr, dtype=like.dtype, device=like.device)
        if self.algorithm == "anil":
            rates[: model.body_parameters] = 0
        return rates


@dataclass(frozen=True, slots=True)
class MetaLearner:
    """All that decides an outcome besides the task and the initial weights.

    Attributes
    ----------
    model, inner
        The network, and how it learns a task.
    norm_statistics
        ``"support"``: query drawings are normalised by the support drawings' means and variances, so that no answer
        depends on the other query drawings. ``"query"``: by their own (transductive).
    last_sample_meta_loss
        The write-up's slip: the last query drawing's loss alone is the meta-loss.
    """

    model: Model
    inner: InnerLoopConfig
    norm_statistics: Literal["support", "query"] = "support"
    last_sample_meta_loss: bool = False

    @classmethod
    def of(cls, config: Config) -> MetaLearner:
        """Take it out of a run's configuration."""
        inner = InnerLoopConfig(config.algorithm, config.order, config.inner_lr, config.zero_head)
        return cls(model_of(config), inner, config.norm_statistics, config.last_sample_meta_loss)

    def query_weights(self, labels: Tensor) -> Tensor:
        """Return the share of each query drawing's loss in the meta-loss, of the shape of `labels` (…, M)."""
        if not self.last_sample_meta_loss:
            return torch.full_like(labels, 1 / labels.shape[-1])
        weights = torch.zeros_like(labels)
        weights[..., -1] = 1
        return weights


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What the inner loop leaves; losses and accuracies are means over drawings.

    Attributes
    ----------
    steps
        [epoch][step]: loss (…) and accuracy (…) on the batch, before the step.
    queries
        After each epoch: loss (…), in float64, and accuracy (…) on the query drawings. Before the first one, too, if no
        direction was asked for, and perhaps if it was.
    meta_loss, direction
        (…) and (…, parameters): what the meta-optimizer descends; None if not asked for.
    """

    steps: list[list[tuple[Tensor, Tensor]]]
    queries: list[tuple[Tensor, Tensor]]
    meta_loss: Tensor | None
    direction: Tensor | None


def adapt(tasks: TaskBatch, theta: Tensor, learner: MetaLearner, *, direction: bool) -> Adaptation:
    """Run the inner loop from the initial weights `theta` (…, parameters).

    With `direction`, differentiate the meta-loss by the initial weights too: with w' = w - r g(w) in each inner step,
    the gradient v by w' gives v - H(w) (r v) by w, H being the Hessian of the step's loss.
    """
    inner = learner.inner
    rates = inner.rates(learner.model, theta)
    traced = direction and inner.order == "second" and inner.algorithm != "reptile"
    fast, traces = theta, []
    steps: list[list[tuple[Tensor, Tensor]]] = []
    queries = [] if direction else [means_of(tasks.evaluate(theta))]
    epochs, steps_per_epoch = tasks.schedule
    for epoch in range(epochs):
        steps.append([])
        for step in range(steps_per_epoch):
            losses, correct, gradient, trace = tasks.step(fast, epoch, step, traced=traced)
            fast = fast - rates * gradient
            steps[-1].append((losses.mean(-1), correct.mean(-1)))
            if traced:
                traces.append(trace)
        if not direction or epoch < epochs - 1:
            queries.append(means_of(tasks.evaluate(fast)))
    if not direction:
        return Adaptation(steps, queries, None, None)
    judged, meta_loss, by_fast = tasks.query_gradient(fast)
    queries.append(means_of(judged))
    if inner.algorithm == "reptile":
        by_fast = (theta - fast) / inner.inner_lr
    while traces:  # last step first; each trace is given back as soon as it was used
        by_fast = by_fast - tasks.hessian_product(traces.pop(), rates * by_fast)
    if inner.zero_head:
        by_fast[..., -learner.model.head_parameters :] = 0
    return Adaptation(steps, queries, meta_loss, by_fast)


def means_of(evaluated: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Return the means over drawings of losses (…, M), in float64, and of what was told right."""
    losses, correct = evaluated
    return losses.double().mean(-1), correct.mean(-1)

"""Inner loops that change the output layer alone: the features of all drawings are computed once, with one pass back.

So it is with ANIL, and with MAML where the output layer is zero at the start and there is a single inner step: through
zeros no gradient passes, so that the step leaves the rest as it is, and how it would depend on the rest, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from trainer.losses import evaluate
from trainer.maml import Adaptation, InnerLoopConfig, MetaLearner, means_of
from trainer.model import Model


class Drawings(NamedTuple):
    """What tasks of one shape are made of.

    `images` (tasks, drawings, side, side), ink 1, and `labels` (tasks, drawings): the `support` drawings first;
    `batches` int64, (tasks, epochs, steps, N): positions in them.
    """

    images: Tensor
    labels: Tensor
    batches: Tensor
    support: int


def changes_heads_alone(inner: InnerLoopConfig, model: Model, batches: tuple[int, ...], support: int) -> bool:
    """Tell whether an inner loop of `batches` (epochs, steps, N) is one that this module knows."""
    epochs, steps, drawings = batches
    if model.body_parameters + model.head_parameters < model.parameters or drawings != support:
        return False  # ANIL adapts more of such a network; a part of the support drawings has statistics of its own
    return inner.algorithm == "anil" or (inner.algorithm == "maml" and inner.zero_head and epochs * steps == 1)


def adapt_heads(drawings: Drawings, theta: Tensor, learner: MetaLearner, *, direction: bool) -> Adaptation:
    """Do what :func:`trainer.maml.adapt` does, from the initial weights `theta` (tasks, parameters)."""
    inner, model = learner.inner, learner.model
    traced = direction and inner.order == "second"
    theta = theta.detach().requires_grad_(direction)
    images, labels, batches, support = drawings
    with torch.set_grad_enabled(direction):
        features = _features(model, theta, images, support, alone=learner.norm_statistics == "query")
    head = theta[:, -model.head_parameters :]
    tasks = torch.arange(len(labels), device=labels.device).unsqueeze(1)

    def losses_of(head: Tensor, chosen: Tensor | slice, features: Tensor = features) -> tuple[Tensor, Tensor]:
        at = (tasks, chosen) if isinstance(chosen, Tensor) else (slice(None), chosen)
        return evaluate(model.output(head, features[at]), labels[at], double_sigmoid=model.double_sigmoid)

    queries = slice(support, None)
    steps: list[list[tuple[Tensor, Tensor]]] = []
    judged = [_judged(losses_of, head, queries)]
    for epoch in batches.unbind(1):
        steps.append([])
        for batch in epoch.unbind(1):
            at = head if traced else head.detach().requires_grad_()
            losses, correct = losses_of(at, batch, features if traced else features.detach())
            (gradient,) = torch.autograd.grad(losses.mean(-1).sum(), at, create_graph=traced)
            head = head - inner.inner_lr * gradient
            steps[-1].append((losses.detach().mean(-1), correct.mean(-1)))
        judged.append(_judged(losses_of, head, queries))
    if not direction:
        return Adaptation(steps, judged, None, None)
    losses = losses_of(head, queries)[0]
    meta_loss = (losses * learner.query_weights(losses)).sum(-1)
    (by_theta,) = torch.autograd.grad(meta_loss.sum(), theta)
    if inner.zero_head:
        by_theta[:, -model.head_parameters :] = 0
    return Adaptation(steps, judged, meta_loss.detach(), by_theta)


def _features(model: Model, theta: Tensor, images: Tensor, support: int, *, alone: bool) -> Tensor:
    """Return the features of all drawings; `alone`: of the queries by their own statistics."""
    if not alone:
        return model.features(theta, images, support)
    parts = images[:, :support], images[:, support:]
    return torch.cat([model.features(theta, part, part.shape[1]) for part in parts], dim=1)


def _judged(
    losses_of: Callable[[Tensor, slice], tuple[Tensor, Tensor]], head: Tensor, queries: slice
) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        return means_of(losses_of(head, queries))

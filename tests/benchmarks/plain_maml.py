"""The recommended network's meta-step as one writes it plainly, a task at a time: what the engine is compared with."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer.config import Config
from trainer.tasks.task import Task

#: A task's support drawings and labels, then its query drawings and labels.
Drawn: TypeAlias = tuple[Tensor, Tensor, Tensor, Tensor]
#: Takes the inner learning rate, the number of inner steps, the network and tasks; gives the meta-gradient.
MetaGradient: TypeAlias = Callable[[float, int, nn.Sequential, list[Drawn]], list[Tensor]]


def plain_network(config: Config) -> nn.Sequential:
    """Return it with torch's own weights; batch norm takes each batch's own statistics, as in libraries' examples."""
    layers: list[nn.Module] = []
    for inputs, outputs in zip((1, *config.channels), config.channels, strict=False):
        convolution = nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False)
        layers += [convolution, nn.BatchNorm2d(outputs, track_running_stats=False), nn.ReLU()]
    side = config.side
    for _ in config.channels:
        side = (side + 1) // 2
    outputs = 1 if config.ways == 2 else config.ways
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(config.channels[-1] * side**2, outputs))


def drawn(task: Task, images: np.ndarray) -> Drawn:
    """Take a task's drawings out of all, (drawings, side, side)."""
    support, query = (
        torch.from_numpy(images[numbers]).unsqueeze(1).float() / 255 for numbers in (task.support, task.query)
    )
    return support, torch.from_numpy(task.support_labels), query, torch.from_numpy(task.query_labels)


def loss_of(logits: Tensor, labels: Tensor) -> Tensor:
    if logits.shape[1] == 1:
        return F.binary_cross_entropy_with_logits(logits.squeeze(1), labels.float())
    return F.cross_entropy(logits, labels)


def with_functional_call(rate: float, steps: int, network: nn.Sequential, tasks: list[Drawn]) -> list[Tensor]:
    """A meta-step of second order."""
    initial = dict(network.named_parameters())
    losses = [
        loss_of(torch.func.functional_call(network, adapted(rate, steps, network, task, trace=True), task[2]), task[3])
        for task in tasks
    ]
    return list(torch.autograd.grad(torch.stack(losses).mean(), list(initial.values())))


def adapted(rate: float, steps: int, network: nn.Sequential, task: Drawn, *, trace: bool) -> dict[str, Tensor]:
    """Take the inner steps; with `trace`, so that they can be differentiated."""
    fast: dict[str, Tensor] = dict(network.named_parameters())
    support, labels, *_ = task
    for _ in range(steps):
        loss = loss_of(torch.func.functional_call(network, fast, (support,)), labels)
        gradients = torch.autograd.grad(loss, list(fast.values()), create_graph=trace)
        fast = {name: weight - rate * g for (name, weight), g in zip(fast.items(), gradients, strict=True)}
    return fast


def with_higher(rate: float, steps: int, network: nn.Sequential, tasks: list[Drawn]) -> list[Tensor]:
    """The same with the library."""
    import higher

    optimizer = torch.optim.SGD(network.parameters(), rate)
    losses = []
    for support, support_labels, query, query_labels in tasks:
        with higher.innerloop_ctx(network, optimizer, copy_initial_weights=False) as (fast, inner):
            for _ in range(steps):
                inner.step(loss_of(fast(support), support_labels))
            losses.append(loss_of(fast(query), query_labels))
    return list(torch.autograd.grad(torch.stack(losses).mean(), list(network.parameters())))


def ways_to_take_it() -> dict[str, MetaGradient]:
    """Name the rivals that are installed, the foremost first."""
    found: dict[str, MetaGradient] = {}
    if importlib.util.find_spec("higher"):
        found["torch.nn and higher"] = with_higher
    return found | {"torch.nn and functional_call": with_functional_call}

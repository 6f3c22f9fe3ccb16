"""What solves tasks in one process, by one thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor

from trainer.engines.interface import Outcome, TaskData
from trainer.engines.side_by_side import AutogradWorker
from trainer.maml import InnerLoopConfig, MetaLearner
from trainer.writeup import WriteUp


class Worker(Protocol):
    """Solves tasks."""

    @property
    def name(self) -> str:
        """What computes."""

    @property
    def unit(self) -> int:
        """How many tasks it computes together."""

    def solve(
        self, theta: Tensor, tasks: Sequence[TaskData], *, gradient: bool, inner: InnerLoopConfig | None
    ) -> list[Outcome]:
        """Adapt the initial weights `theta` (parameters,) to at most :attr:`unit` tasks of the same shape."""


def make_worker(learner: MetaLearner) -> Worker:
    """Make the worker for a CPU: the passes written by hand for the write-up's network, autograd for all others."""
    if isinstance(learner.model, WriteUp):
        from trainer.engines.by_hand.worker import HandWorker

        return HandWorker(learner, learner.model)
    return AutogradWorker(learner, torch.device("cpu"))


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute by one thread, so that sums are rounded the same whatever the number of cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)

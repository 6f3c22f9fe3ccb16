"""What solves tasks in one process, by one thread."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
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
    keep_freed_memory()
    return AutogradWorker(learner, torch.device("cpu"))


def keep_freed_memory() -> None:
    """Have the C library keep memory that is freed, up to half a gigabyte, where it can be told to (glibc).

    By default it gives each large tensor back to the system at once, which then clears the pages of the next one: a
    third of the time of an inner loop.
    """
    trim_threshold, mmap_threshold = -1, -3
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(mmap_threshold, 1 << 25)
        mallopt(trim_threshold, 1 << 29)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute by one thread, so that sums are rounded the same whatever the number of cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)

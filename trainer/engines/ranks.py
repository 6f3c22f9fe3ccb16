"""A run on several ranks, as ``torchrun`` starts them: the meta-batch is shared out, everything else is done by each.

Outcomes are gathered in the order of the tasks and each rank takes the same meta-step from them, so that a run's
results don't depend on the number of ranks. Rank 0 alone reads and writes files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as dist
import torch.distributed.nn.functional  # before there is a group: see :func:`joined`
from torch import Tensor

from metalog.errors import MetalogError
from trainer.engines.interface import Engine, Outcome
from trainer.maml import InnerLoopConfig
from trainer.tasks.task import Task

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Ranks:
    """The processes of a run: this one's number, and how many there are."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the rank that reads and writes files."""
        return self.rank == 0

    def broadcast_from_rank0(self, call: Callable[[], _T]) -> _T:
        """Return on every rank what `call` returns on rank 0; where it raises MetalogError, others exit silently."""
        if self.size == 1:
            return call()
        told: list[tuple[_T | None, MetalogError | None]] = [(None, None)]
        if self.first:
            try:
                told[0] = (call(), None)
            except MetalogError as error:
                told[0] = (None, error)
        dist.broadcast_object_list(told, src=0)
        result, failure = told[0]
        if failure is not None:
            raise failure if self.first else SystemExit(2)
        return result  # type: ignore[return-value]  # None only if the call returned it

    def any_rank(self, flag: bool) -> bool:
        """Tell whether `flag` is set on any rank."""
        return any(self.all_gather(flag))

    def all_gather(self, value: _T) -> list[_T]:
        """Return the values of all ranks, in their order."""
        if self.size == 1:
            return [value]
        values: list[_T] = [value] * self.size
        dist.all_gather_object(values, value)
        return values


@contextmanager
def joined(device: str) -> Iterator[Ranks]:
    """Join the other ranks if ``torchrun`` started this process, by nccl on GPUs and gloo on CPUs.

    Default arguments in ``torch.distributed.nn`` keep the group that is there when it is first imported, as other parts
    of torch do at their time. A group that is kept keeps its threads, and these may abort the process when Python ends.
    """
    size = int(os.environ.get("WORLD_SIZE", "1")) if dist.is_torchelastic_launched() else 1
    if size == 1:
        yield Ranks()
        return
    on_gpu = device != "cpu" and torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
    dist.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield Ranks(dist.get_rank(), size)
        dist.barrier()  # a rank whose peers leave while its threads still talk to them aborts
    finally:
        dist.destroy_process_group()


class SharedEngine:
    """An engine that runs this rank's share of a meta-batch and gathers the others', under that engine's name."""

    def __init__(self, engine: Engine, ranks: Ranks) -> None:
        self.name, self.unit = engine.name, engine.unit
        self._engine, self._ranks = engine, ranks

    def run(
        self,
        theta: Tensor,
        tasks: Sequence[Task],
        *,
        gradient: bool,
        judged: str = "query",
        inner: InnerLoopConfig | None = None,
    ) -> list[Outcome]:
        """Do what :class:`~trainer.engines.interface.Engine` asks for; every rank takes every n-th unit of tasks."""
        rank, size = self._ranks.rank, self._ranks.size
        owner = [number // self.unit % size for number in range(len(tasks))]
        own = [task for task, whose in zip(tasks, owner, strict=True) if whose == rank]
        outcomes = self._engine.run(theta, own, gradient=gradient, judged=judged, inner=inner) if own else []
        shares = [iter(share) for share in self._ranks.all_gather(outcomes)]
        return [next(shares[whose]) for whose in owner]

    def close(self) -> None:
        """Close this rank's engine."""
        self._engine.close()

"""The engine for CPUs: tasks are shared out over single-threaded processes.

The calling process works too; the others are given their tasks, drawings included, through a pipe, so that they hold
no data. They end when the calling process does, however it ended, even if they are still starting.
"""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from metalog.errors import MetalogError
from trainer.engines.helper import serve
from trainer.engines.interface import Outcome, TaskData, units
from trainer.engines.workers import make_worker, one_thread
from trainer.maml import InnerLoopConfig, MetaLearner
from trainer.tasks.task import Task

_PATIENCE: Final = 5.0  # seconds that a process is given to end by itself


class _Asked(NamedTuple):
    """What is wanted of a helper, besides its tasks."""

    gradient: bool
    inner: InnerLoopConfig | None


class ProcessEngine:
    """An :class:`~trainer.engines.interface.Engine`.

    Parameters
    ----------
    learner
        What the run does.
    images
        uint8, (drawings, side, side).
    processes
        How many work, the calling one included.
    """

    def __init__(self, learner: MetaLearner, images: npt.NDArray[np.uint8], processes: int) -> None:
        self._images = images
        self._worker = make_worker(learner)
        self.name, self.unit = self._worker.name, self._worker.unit
        self._helpers = [_Helper(learner) for _ in range(processes - 1)]

    def run(
        self,
        theta: Tensor,
        tasks: Sequence[Task],
        *,
        gradient: bool,
        judged: str = "query",
        inner: InnerLoopConfig | None = None,
    ) -> list[Outcome]:
        """Adapt to each task; of n processes, the k-th takes every n-th unit from the k-th on."""
        cut = units([TaskData.of(task, self._images, judged) for task in tasks], self.unit)
        workers = len(self._helpers) + 1
        asked = _Asked(gradient, inner)
        for number, helper in enumerate(self._helpers, start=1):
            helper.give(theta, cut[number::workers], asked)
        outcomes: list[Outcome] = []
        for number, unit in enumerate(cut):
            if number % workers:
                outcomes += self._helpers[number % workers - 1].take()
            else:
                with one_thread():
                    outcomes += self._worker.solve(theta, unit, gradient=gradient, inner=inner)
        return outcomes

    def close(self) -> None:
        """End the other processes."""
        for helper in self._helpers:
            helper.close()


class _Helper:
    """Another process that solves tasks."""

    def __init__(self, learner: MetaLearner) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, pickle.dumps((_solve, learner))), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, theta: Tensor, cut: Sequence[Sequence[TaskData]], asked: _Asked) -> None:
        """Give it units of tasks to solve."""
        try:
            self._pipe.send((theta.detach().numpy(), cut, asked))
        except OSError as error:
            raise self._lost() from error

    def take(self) -> list[Outcome]:
        """Wait for the outcomes of the next unit."""
        try:
            received = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._lost() from error
        return [
            outcome if gradient is None else replace(outcome, gradient=torch.from_numpy(gradient))
            for outcome, gradient in received
        ]

    def close(self) -> None:
        """End it."""
        self._pipe.close()
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()

    def _lost(self) -> MetalogError:
        self._process.join(_PATIENCE)
        return MetalogError(
            f"a process that shares the work has ended (exit code {self._process.exitcode}), perhaps for want of "
            "memory: go on from the last checkpoint with --resume, with fewer --processes if it comes again"
        )


def _solve(pipe: Connection, learner: MetaLearner) -> None:
    """Solve what comes through the pipe."""
    torch.set_num_threads(1)
    worker = make_worker(learner)
    while True:
        theta, cut, asked = pipe.recv()
        for unit in cut:
            outcomes = worker.solve(torch.from_numpy(theta), unit, gradient=asked.gradient, inner=asked.inner)
            # A tensor would be sent by a file in shared memory, which a killed process may take away.
            gradients = [None if each.gradient is None else each.gradient.numpy() for each in outcomes]
            pipe.send([(replace(each, gradient=None), by) for each, by in zip(outcomes, gradients, strict=True)])

"""The engine for CPUs: problems are shared out over single-threaded processes.

The calling process works too; the others are given their problems, drawings included, through a pipe, so that they hold
no data. They end when the pipe does, however the calling process ended.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from metalog.errors import MetalogError
from trainer.engines.by_hand.learner import Solver
from trainer.engines.interface import Episode, Method, Outcome
from trainer.tasks.splits import Problem

_PATIENCE: Final = 5.0  # seconds that a process is given to end by itself


class ProcessEngine:
    """An :class:`~trainer.engines.interface.Engine`.

    Parameters
    ----------
    method
        What the run does.
    images
        uint8, (drawings, side, side).
    processes
        How many work, the calling one included.
    """

    def __init__(self, method: Method, images: npt.NDArray[np.uint8], processes: int) -> None:
        self.name = "matrix products on the CPU"
        self._images = images
        self._solver = Solver(method)
        self._helpers = [_Helper(method) for _ in range(processes - 1)]

    def run(
        self, theta: Tensor, problems: Sequence[Problem], *, gradient: bool, judged: str = "validation"
    ) -> list[Outcome]:
        """Adapt to each problem; of n processes, the k-th takes every n-th one from the k-th on."""
        episodes = [Episode.of(problem, self._images, judged) for problem in problems]
        workers = len(self._helpers) + 1
        for number, helper in enumerate(self._helpers, start=1):
            helper.give(theta, episodes[number::workers], gradient=gradient)
        outcomes = []
        for number, episode in enumerate(episodes):
            if number % workers:
                outcomes.append(self._helpers[number % workers - 1].take())
            else:
                outcomes.append(self._solver.solve(theta, episode, gradient=gradient))
        return outcomes

    def close(self) -> None:
        """End the other processes."""
        for helper in self._helpers:
            helper.close()


class _Helper:
    """Another process that solves episodes."""

    def __init__(self, method: Method) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, method), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, theta: Tensor, episodes: Sequence[Episode], *, gradient: bool) -> None:
        """Give it episodes to solve."""
        try:
            self._pipe.send((theta.detach().numpy(), episodes, gradient))
        except OSError as error:
            raise self._lost() from error

    def take(self) -> Outcome:
        """Wait for the outcome of the next one."""
        try:
            outcome, gradient = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._lost() from error
        told: Outcome = outcome
        return told if gradient is None else replace(told, gradient=torch.from_numpy(gradient))

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


def _serve(pipe: Connection, method: Method) -> None:
    """Solve what comes through the pipe until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the calling process decides
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    torch.set_num_threads(1)
    solver = Solver(method)
    with suppress(EOFError, OSError):
        while True:
            theta, episodes, gradient = pipe.recv()
            for episode in episodes:
                outcome = solver.solve(torch.from_numpy(theta), episode, gradient=gradient)
                # A tensor would be sent by a file in shared memory, which a killed process may take away.
                by_theta = None if outcome.gradient is None else outcome.gradient.numpy()
                pipe.send((replace(outcome, gradient=None), by_theta))

"""The engine for a GPU: all tasks of a call side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from trainer.engines.interface import Outcome, TaskData, units
from trainer.engines.side_by_side import AutogradWorker
from trainer.maml import InnerLoopConfig, MetaLearner
from trainer.tasks.task import Task


class GpuEngine:
    """An :class:`~trainer.engines.interface.Engine`.

    Parameters
    ----------
    learner
        What the run does.
    images
        uint8, (drawings, side, side).
    device
        Where to compute.
    """

    #: On a GPU the number of tasks computed together may change a last digit, as the log's `engine` warns.
    unit = 1

    def __init__(self, learner: MetaLearner, images: npt.NDArray[np.uint8], device: torch.device) -> None:
        self._images = images
        self._worker = AutogradWorker(learner, device)
        self.name = self._worker.name

    def run(
        self,
        theta: Tensor,
        tasks: Sequence[Task],
        *,
        gradient: bool,
        judged: str = "query",
        inner: InnerLoopConfig | None = None,
    ) -> list[Outcome]:
        """Adapt to all tasks at once."""
        outcomes: list[Outcome] = []
        for unit in units([TaskData.of(task, self._images, judged) for task in tasks], len(tasks)):
            outcomes += self._worker.solve(theta, unit, gradient=gradient, inner=inner)
        return outcomes

    def close(self) -> None:
        """Hold nothing."""

"""What meta-learning has to beat: the features of a network that learns to name the meta-train characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from trainer.config import Config
from trainer.engines.workers import one_thread
from trainer.maml import MetaLearner
from trainer.model import initial_weights, model_of
from trainer.progress import Tick
from trainer.randomness import Purpose, generator
from trainer.tasks.prepare import MetaDataset
from trainer.tasks.task import Task

#: Drawings in a step of supervised training, and Adam's learning rate.
_BATCH: Final = 128
_RATE: Final = 0.003


def supervised_weights(config: Config, data: MetaDataset, tick: Tick) -> Tensor:
    """Train the run's network to name the meta-train characters, and return its weights, the output layer's zero.

    It starts from the run's own random weights and has an output layer of its own, one output a character, that is
    thrown away afterwards: float32 (parameters,).

    Parameters
    ----------
    config, data
        Of the run; `supervised_steps` says how long.
    tick
        Is told of each step.
    """
    model = model_of(config)
    body = initial_weights(config).requires_grad_()
    characters = np.unique(data.splits["meta-train"].pairs)
    drawings = data.splits["meta-train"].drawings_per_character
    rng = generator(config.seed, Purpose.SUPERVISED)
    with one_thread():
        width = model.features(body.detach()[None], _images(data, np.zeros((1, 1), np.int64)), 1).shape[-1]
        head = torch.zeros(len(characters), width, requires_grad=True)
        optimizer = torch.optim.Adam([body, head], lr=_RATE)
        for _ in range(config.supervised_steps):
            labels = rng.integers(len(characters), size=_BATCH)
            chosen = characters[labels] * drawings + rng.integers(drawings, size=_BATCH)
            features = model.features(body[None], _images(data, chosen[None]), _BATCH)[0]
            loss = F.cross_entropy(features @ head.t(), torch.from_numpy(labels))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            tick(1)
    theta = body.detach().clone()
    theta[-model.head_parameters :] = 0
    return theta


def nearest_means(
    learner: MetaLearner, theta: Tensor, tasks: Sequence[Task], data: MetaDataset
) -> npt.NDArray[np.float64]:
    """Tell each test drawing by the nearest mean of its task's support drawings (Snell et al. 2017), in features.

    Parameters
    ----------
    learner
        Whose network gives the features, normalised as in the run.
    theta
        float32 (parameters,): its weights.
    tasks, data
        Of the meta-test.

    Returns
    -------
    numpy.ndarray
        float64, (tasks,): the share of right answers.
    """
    shares = []
    with one_thread(), torch.no_grad():
        for task in tasks:
            images = _images(data, np.concatenate([task.support, task.test])[None])
            shots = len(task.support)
            reference = shots if learner.norm_statistics == "support" else images.shape[1]
            features = learner.model.features(theta[None], images, reference)[0]
            labels = torch.from_numpy(task.support_labels)
            means = torch.stack([features[:shots][labels == way].mean(0) for way in range(len(task.characters))])
            told = torch.cdist(features[shots:], means).argmin(1)
            shares.append(told.eq(torch.from_numpy(task.test_labels)).double().mean().item())
    return np.array(shares)


def _images(data: MetaDataset, numbers: npt.NDArray[np.int64]) -> Tensor:
    return torch.from_numpy(data.images[numbers]).float() / 255

"""Times a meta-step of the recipe ``blog`` at full size: ``python -m tests.benchmarks.training [--data ZIP]``.

The rival is what one writes first, and what the write-up did: DataLoaders over PNG files, ``autograd.grad`` for each
inner step, validation drawings one at a time. What autograd gains by memory and layout alone stands beside it. Rivals
have PyTorch's own threads. All work on the same problems with the same batches, in turns, so that what else the machine
does falls on all alike; the table shows medians.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms.functional import to_tensor

from trainer.config import Config, resolve
from trainer.engines.interface import Method, cores
from trainer.engines.processes import ProcessEngine
from trainer.tasks.data import load
from trainer.tasks.prepare import initial_weights
from trainer.tasks.splits import Problem, ProblemOptions, make_splits
from trainer.writeup import KERNEL, Network


class Drawings(Dataset):
    """Some PNG files and their labels."""

    def __init__(self, folder: Path, numbers: np.ndarray, labels: np.ndarray) -> None:
        self._items = [(folder / f"{number}.png", label) for number, label in zip(numbers, labels, strict=True)]

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, float]:
        path, label = self._items[index]
        return 1 - to_tensor(Image.open(path).convert("L")), label


def apply(weights: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    for weight, bias in zip(weights[:-4:2], weights[1:-4:2], strict=True):
        x = F.max_pool2d(F.relu(F.conv2d(x, weight, bias)), 2)
    x = F.relu(F.linear(x.flatten(1), weights[-4], weights[-3]))
    return torch.sigmoid(F.linear(x, weights[-2], weights[-1])).squeeze(1)


class Files:
    """Batches as the rival gets them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def train(self, problem: Problem, epoch: np.ndarray) -> Iterable:
        drawings = Drawings(self._folder, problem.train, problem.train_labels)
        return DataLoader(drawings, batch_sampler=epoch.tolist())

    def validation(self, problem: Problem) -> Iterable:
        return DataLoader(Drawings(self._folder, problem.validation, problem.validation_labels), batch_size=1)


class Memory:
    """Batches out of memory, the validation drawings all at once."""

    def __init__(self, images: np.ndarray, memory_format: torch.memory_format) -> None:
        self._images, self._format = images, memory_format

    def _take(self, numbers: np.ndarray, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        ink = torch.from_numpy(self._images[numbers]).unsqueeze(1).float() / 255
        return ink.contiguous(memory_format=self._format), torch.from_numpy(labels)

    def train(self, problem: Problem, epoch: np.ndarray) -> Iterable:
        return [self._take(problem.train[batch], problem.train_labels[batch]) for batch in epoch]

    def validation(self, problem: Problem) -> Iterable:
        return [self._take(problem.validation, problem.validation_labels)]


def autograd_meta_step(config: Config, initial: list[torch.Tensor], problems: list[Problem], batches: Any) -> None:
    """One meta-step of first order, written down as it is told."""
    meta_gradient = [torch.zeros_like(weight) for weight in initial]
    for problem in problems:
        weights = [weight.clone().requires_grad_() for weight in initial]
        for epoch in problem.batches:
            for images, labels in batches.train(problem, epoch):
                loss = F.binary_cross_entropy_with_logits(apply(weights, images), labels)
                gradients = torch.autograd.grad(loss, weights)
                weights = [
                    (weight - config.inner_lr * gradient).detach().requires_grad_()
                    for weight, gradient in zip(weights, gradients, strict=True)
                ]
            for images, labels in batches.validation(problem):
                loss = F.binary_cross_entropy_with_logits(apply(weights, images), labels)
        for total, gradient in zip(meta_gradient, torch.autograd.grad(loss, weights), strict=True):
            total += gradient


def flop(network: Network, problem: Problem, problems: int) -> float:
    """Count what the plain network needs for a meta-step: two a multiplication, backward twice the forward pass."""
    products, side, inputs = [], network.side, 1
    for outputs, pooled in zip(network.channels, network.sizes, strict=True):
        side -= KERNEL - 1
        products.append(side**2 * outputs * inputs * KERNEL**2)
        side, inputs = pooled, outputs
    products.append(network.features * network.hidden + network.hidden)
    forward, backward = sum(products), 2 * sum(products) - products[0]  # the first layer's input needs no gradient
    judged = len(problem.validation)
    epochs = len(problem.batches)
    return 2 * problems * (problem.batches.size * (forward + backward) + epochs * judged * forward + judged * backward)


def product_speed() -> float:
    """Measure the FLOP per second of a large matrix product on all cores."""
    a = torch.rand(2000, 2000)
    spent = [timed(partial(torch.mm, a, a)) for _ in range(7)]
    return 2 * 2000**3 / statistics.median(spent)


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def write_pngs(folder: Path, images: np.ndarray, problems: list[Problem]) -> None:
    for number in np.unique([(*problem.train, *problem.validation) for problem in problems]):
        Image.fromarray(255 - images[number]).save(folder / f"{number}.png")


def contestants(config: Config, images: np.ndarray, problems: list[Problem], folder: Path) -> Iterator[tuple]:
    """Yield each one's name, one meta-step of it, and how to end it."""
    theta = initial_weights(config)
    method = Method.of(config)
    parts = [part.clone() for part in method.network.unflatten(theta)]
    for name, batches in (
        ("rival: DataLoaders, PNG files, autograd", Files(folder)),
        ("autograd, drawings in memory", Memory(images, torch.contiguous_format)),
        ("autograd, in memory, channels-last", Memory(images, torch.channels_last)),
    ):
        yield name, partial(autograd_meta_step, config, parts, problems, batches), lambda: None
    second = replace(method, rule=replace(method.rule, order="second"))
    for processes in sorted({1, cores()}):
        for order, each in (("first", method), ("second", second)):
            engine = ProcessEngine(each, images, processes)
            meta_step = partial(engine.run, theta, problems, gradient=True)
            yield f"engine, {processes} process{'es' * (processes > 1)}, {order} order", meta_step, engine.close


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="glyphs")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--meta-batch-size", type=int, default=8)
    options = parser.parse_args()
    config = resolve({"recipe": "blog", "data": (options.data,), "meta_batch_size": options.meta_batch_size})
    drawings = load(config.data, progress=True)
    images = drawings.images.reshape(-1, config.side, config.side)
    tasks = make_splits(drawings, ProblemOptions(), config.seed)["meta-train"]
    problems = [tasks.problem(number, occasion=0) for number in tasks.order(0)[: config.meta_batch_size].tolist()]
    with tempfile.TemporaryDirectory() as folder:
        write_pngs(Path(folder), images, problems)
        field = list(contestants(config, images, problems, Path(folder)))
        spent: dict[str, list[float]] = {name: [] for name, *_ in field}
        speeds = []
        for repeat in range(options.repeats + 1):
            speeds.append(product_speed())
            for name, meta_step, _ in field:
                seconds = timed(meta_step)
                if repeat:  # the first is for warming up
                    spent[name].append(seconds)
        for *_, close in field:
            close()
    work = flop(Method.of(config).network, problems[0], len(problems))
    report({name: statistics.median(each) for name, each in spent.items()}, work, statistics.median(speeds))


def report(seconds: dict[str, float], work: float, speed: float) -> None:
    first, *_ = seconds.values()
    print(
        f"\nA meta-step of `blog`: {work / 1e9:.0f} GFLOP. Large matrix product, all cores: {speed / 1e9:.0f} GFLOP/s,"
    )
    print(f"at which a first-order meta-step would take {work / speed:.2f} s.\n")
    print(f"{'':44}{'seconds':>9}{'faster than rival':>20}{'of matrix speed':>18}")
    for name, each in seconds.items():
        share = "" if "second order" in name else f"{work / speed / each:17.0%}"
        print(f"{name:44}{each:9.2f}{first / each:19.1f}x{share:>18}")
    print("\nSecond order over first:")
    for name, each in seconds.items():
        if name.endswith("second order"):
            print(f"  {name.removesuffix(', second order')}: {each / seconds[name.replace('second', 'first')]:.2f}x")


if __name__ == "__main__":
    main()

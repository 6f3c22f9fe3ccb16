"""Times meta-steps against rivals: ``python -m tests.benchmarks.training [--recipe sound] [--data ZIP]``.

Of the recipe ``blog``, the default, at full size, the rival is what one writes first, and what the write-up did:
DataLoaders over PNG files, ``autograd.grad`` for each inner step, validation drawings one at a time. What autograd
gains by memory and layout alone stands beside it.

Of ``sound`` it is the plain loop over the tasks with :mod:`torch.nn` and the library higher, where that is installed
(``pip install higher``; learn2learn doesn't build for this Python), and with functional_call. That they take the same
meta-gradient is checked, so that they learn the same.

Rivals have PyTorch's own threads. All work on the same problems, in turns, so that what else the machine does falls on
all alike; the tables show medians.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
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

from tests.benchmarks.plain_maml import drawn, plain_network, ways_to_take_it
from trainer.config import Config
from trainer.engines.choose import cores
from trainer.engines.gpu import GpuEngine
from trainer.engines.processes import ProcessEngine
from trainer.maml import MetaLearner
from trainer.model import initial_weights
from trainer.settings import resolve
from trainer.tasks.data import load
from trainer.tasks.prepare import options_of
from trainer.tasks.splits import make_splits
from trainer.tasks.task import Task
from trainer.writeup import KERNEL, WriteUp


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

    def train(self, problem: Task, epoch: np.ndarray) -> Iterable:
        drawings = Drawings(self._folder, problem.support, problem.support_labels)
        return DataLoader(drawings, batch_sampler=epoch.tolist())

    def validation(self, problem: Task) -> Iterable:
        return DataLoader(Drawings(self._folder, problem.query, problem.query_labels), batch_size=1)


class Memory:
    """Batches out of memory, the validation drawings all at once."""

    def __init__(self, images: np.ndarray, memory_format: torch.memory_format) -> None:
        self._images, self._format = images, memory_format

    def _take(self, numbers: np.ndarray, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        ink = torch.from_numpy(self._images[numbers]).unsqueeze(1).float() / 255
        return ink.contiguous(memory_format=self._format), torch.from_numpy(labels)

    def train(self, problem: Task, epoch: np.ndarray) -> Iterable:
        return [self._take(problem.support[batch], problem.support_labels[batch]) for batch in epoch]

    def validation(self, problem: Task) -> Iterable:
        return [self._take(problem.query, problem.query_labels)]


def autograd_meta_step(config: Config, initial: list[torch.Tensor], problems: list[Task], batches: Any) -> None:
    """One meta-step of first order, written down as it is told."""
    meta_gradient = [torch.zeros_like(weight) for weight in initial]
    for problem in problems:
        weights = [weight.clone().requires_grad_() for weight in initial]
        for epoch in problem.batches:
            for images, labels in batches.train(problem, epoch):
                loss = F.binary_cross_entropy_with_logits(apply(weights, images), labels.float())
                gradients = torch.autograd.grad(loss, weights)
                weights = [
                    (weight - config.inner_lr * gradient).detach().requires_grad_()
                    for weight, gradient in zip(weights, gradients, strict=True)
                ]
            for images, labels in batches.validation(problem):
                loss = F.binary_cross_entropy_with_logits(apply(weights, images), labels.float())
        for total, gradient in zip(meta_gradient, torch.autograd.grad(loss, weights), strict=True):
            total += gradient


def flop(network: WriteUp, problem: Task, problems: int) -> float:
    """Count what the plain network needs for a meta-step: two a multiplication, backward twice the forward pass."""
    products, side, inputs = [], network.side, 1
    for outputs, pooled in zip(network.channels, network.sizes, strict=True):
        side -= KERNEL - 1
        products.append(side**2 * outputs * inputs * KERNEL**2)
        side, inputs = pooled, outputs
    products.append(network.width * network.hidden + network.hidden)
    forward, backward = sum(products), 2 * sum(products) - products[0]  # the first layer's input needs no gradient
    judged = len(problem.query)
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


def write_pngs(folder: Path, images: np.ndarray, problems: list[Task]) -> None:
    for number in np.unique([(*problem.support, *problem.query) for problem in problems]):
        Image.fromarray(255 - images[number]).save(folder / f"{number}.png")


def contestants(config: Config, images: np.ndarray, problems: list[Task], folder: Path) -> Iterator[tuple]:
    """Yield each one's name, one meta-step of it, and how to end it."""
    theta = initial_weights(config)
    learner = MetaLearner.of(config)
    parts = [part.clone() for part in learner.model.unflatten(theta)]
    for name, batches in (
        ("rival: DataLoaders, PNG files, autograd", Files(folder)),
        ("autograd, drawings in memory", Memory(images, torch.contiguous_format)),
        ("autograd, in memory, channels-last", Memory(images, torch.channels_last)),
    ):
        yield name, partial(autograd_meta_step, config, parts, problems, batches), lambda: None
    second = replace(learner, inner=replace(learner.inner, order="second"))
    for processes in sorted({1, cores()}):
        for order, each in (("first", learner), ("second", second)):
            engine = ProcessEngine(each, images, processes)
            meta_step = partial(engine.run, theta, problems, gradient=True)
            yield f"engine, {processes} process{'es' * (processes > 1)}, {order} order", meta_step, engine.close


def fill(network: torch.nn.Sequential, theta: torch.Tensor) -> None:
    """Give it the engine's weights: those of the convolutions, then of the norms, then of the output layer."""
    convolutions, norms = network[:-2:3], network[1:-2:3]
    order = [*convolutions.parameters(), *norms.parameters(), *network[-1].parameters()]
    torch.nn.utils.vector_to_parameters(theta, order)


def compare_sound(config: Config, images: np.ndarray, tasks: list[Task], repeats: int) -> None:
    """Time the recommended recipe; batch norm takes each batch's own statistics, as the libraries' examples do."""
    learner = replace(MetaLearner.of(config), norm_statistics="query")
    theta, network = initial_weights(config), plain_network(config)
    fill(network, theta)
    given = [drawn(task, images) for task in tasks]
    rivals = ways_to_take_it()
    field: dict[str, Callable[[], Any]] = {
        name: partial(way, config.inner_lr, config.inner_steps, network, given) for name, way in rivals.items()
    }
    engines: dict[str, ProcessEngine | GpuEngine] = {
        f"engine, {count} process{'es' * (count > 1)}": ProcessEngine(learner, images, count)
        for count in sorted({1, cores()})
    }
    if torch.cuda.is_available():
        field |= on_gpu(field)
        engines["engine, GPU"] = GpuEngine(learner, images, torch.device("cuda"))
    for name, engine in engines.items():
        field[name] = partial(engine.run, theta, tasks, gradient=True)
    outcomes = engines["engine, 1 process"].run(theta, tasks, gradient=True)
    ours = torch.stack([outcome.gradient for outcome in outcomes]).mean(0).norm()
    for rival in list(field.values())[: len(rivals)]:
        theirs = torch.cat([part.flatten() for part in rival()[:-2]]).norm()
        assert torch.isclose(ours, theirs, rtol=1e-3), (ours, theirs)  # the output layer is not meta-learned
    spent: dict[str, list[float]] = {name: [] for name in field}
    for repeat in range(repeats + 1):
        for name, meta_step in field.items():
            seconds = timed(meta_step)
            if repeat:
                spent[name].append(seconds)
    for engine in engines.values():
        engine.close()
    medians = {name: statistics.median(each) for name, each in spent.items()}
    first, *_ = medians.values()
    print(f"\nA meta-step of `sound`, {len(tasks)} problems; the same meta-gradient.\n")
    for name, each in medians.items():
        print(f"{name:44}{each:9.3f} s{first / each:8.1f}x")


def on_gpu(field: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """Return the rivals with network and drawings on the GPU, each waiting until it has its gradient."""

    def finished(way: Callable[..., list[torch.Tensor]], *arguments: Any) -> list[torch.Tensor]:
        gradients = way(*arguments)
        torch.cuda.synchronize()
        return gradients

    moved = {}
    for name, call in field.items():
        rate, steps, network, given = call.args
        there = [tuple(part.cuda() for part in task) for task in given]
        moved[f"{name}, GPU"] = partial(finished, call.func, rate, steps, deepcopy(network).cuda(), there)
    return moved


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="glyphs")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--meta-batch-size", type=int, default=8)
    parser.add_argument("--recipe", choices=("blog", "sound"), default="blog")
    options = parser.parse_args()
    config = resolve({"recipe": options.recipe, "data": (options.data,), "meta_batch_size": options.meta_batch_size})
    drawings = load(config.data, side=config.side, progress=True)
    images = drawings.images.reshape(-1, config.side, config.side)
    sound = {"pair_map": False, "misaligned_alphabets": False, "unstratified_split": False}
    tasks = make_splits(drawings, replace(options_of(config), **sound), config.seed)["meta-train"]
    problems = [tasks.task(number, occasion=0) for number in tasks.order(0)[: config.meta_batch_size].tolist()]
    if options.recipe == "sound":
        compare_sound(config, images, problems, options.repeats)
        return
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
    work = flop(MetaLearner.of(config).model, problems[0], len(problems))
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

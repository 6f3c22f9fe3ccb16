"""Trains beside a rival: ``python -m tests.benchmarks.few_shot --data ZIP --data ZIP [--problems 2x5 --problems 5x1]``.

The rival is the plain loop with the library higher, or torch.func if that isn't installed, as learn2learn's example for
Omniglot has it (learn2learn itself doesn't build for this Python): one inner step at 0.5, Adam at 0.003, an output
layer that is learnt, and batch norm with each batch's own statistics, so that its answers depend on the other query
drawings (transductive). It learns from the same tasks as the trainer's default recipe, as many at a time, in the same
order, and is tested on the same ones: after as many seconds, and after as many meta-steps.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from tests.benchmarks.plain_maml import adapted, drawn, plain_network, ways_to_take_it
from trainer.checkpoint import load, path_of
from trainer.config import Config
from trainer.engines.choose import make_engine
from trainer.evaluate import chosen_weights, evaluate
from trainer.intervals import over_characters
from trainer.settings import resolve
from trainer.tasks.prepare import MetaDataset, batches, evaluation_tasks, prepare
from trainer.tasks.task import Task
from trainer.train import train

RATE, META_RATE = 0.5, 0.003


def rivals(config: Config, data: MetaDataset, seconds: float) -> dict[str, nn.Sequential]:
    """Train the rival; its weights after so many seconds and after all meta-steps."""
    name, meta_gradient = next(iter(ways_to_take_it().items()))
    torch.manual_seed(config.seed)
    network, found = plain_network(config), {}
    optimizer = torch.optim.Adam(network.parameters(), META_RATE)
    tasks, size = data.splits["meta-train"], config.meta_batch_size
    started = time.perf_counter()
    for step in tqdm(range(config.meta_steps), desc="rival", leave=False, disable=None):
        batch = tasks.meta_batch(size, *divmod(step, len(tasks) // size))
        gradients = meta_gradient(RATE, 1, network, [drawn(task, data.images) for task in batch])
        for weight, gradient in zip(network.parameters(), gradients, strict=True):
            weight.grad = gradient
        optimizer.step()
        if not found and time.perf_counter() - started >= seconds:
            found[f"{name}, {seconds:.0f} s: {step + 1} meta-steps"] = deepcopy(network)
    spent = time.perf_counter() - started
    return found | {f"{name}, {config.meta_steps} meta-steps: {spent:.0f} s": network}


def rival_accuracies(network: nn.Sequential, tasks: list[Task], images: np.ndarray) -> np.ndarray:
    """Return the share of right answers of each task, after its inner step."""
    shares = []
    for task in tasks:
        fast = adapted(RATE, 1, network, drawn(task, images), trace=False)
        _, _, query, labels = drawn(task, images)
        with torch.no_grad():
            logits = torch.func.functional_call(network, fast, (query,))
        told = logits.argmax(1) if logits.shape[1] > 1 else logits.squeeze(1).gt(0)
        shares.append(told.eq(labels).double().mean().item())
    return np.array(shares)


def own_accuracies(config: Config, data: MetaDataset, log: Path, tasks: list[Task]) -> np.ndarray:
    theta = chosen_weights(load(path_of(log)), config)
    engine = make_engine(config, data.images)
    try:
        outcomes = [
            outcome
            for batch in batches(tasks, config.meta_batch_size)
            for outcome in engine.run(theta, batch, gradient=False, judged="test")
        ]
    finally:
        engine.close()
    return np.array([outcome.queries[-1][1] for outcome in outcomes])


def compare(config: Config, log: Path) -> None:
    print(
        f"\n{config.ways} ways, {config.shots} shots, {config.meta_steps} meta-steps, seed {config.seed}\n", flush=True
    )
    started = time.perf_counter()
    if not train(config, log):
        raise SystemExit("stopped")
    seconds = time.perf_counter() - started
    print(f"trained in {seconds:.0f} s, start and meta-validation included;", end=" ", flush=True)
    evaluate(path_of(log), {"meta_test": 600})
    data = prepare(config, progress=False)
    tasks = evaluation_tasks(data.splits["meta-test"], 600)
    characters = np.array([task.characters for task in tasks])
    own = own_accuracies(config, data, log, tasks)
    print(f"\nthe rival, on the same problems:{'accuracy':>33}{'ours minus it':>21}")
    for name, network in rivals(config, data, seconds).items():
        theirs = rival_accuracies(network, tasks, data.images)
        cells = [
            f"{mean[0]:{sign}.3f} ± {(high - low)[0] / 2:.3f}"
            for values, sign in ((theirs, ""), (own - theirs, "+"))
            for mean, low, high in [over_characters(values[:, None], characters)]
        ]
        print(f"{name:<50}{cells[0]:>15}{cells[1]:>21}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", action="append")
    parser.add_argument("--problems", action="append", help="WAYSxSHOTS; by default 2x5, 5x1 and 5x5")
    parser.add_argument("--meta-steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="of the rival; by default as many as PyTorch takes")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    for problems in options.problems or ("2x5", "5x1", "5x5"):
        ways, shots = map(int, problems.split("x"))
        told = {"data": tuple(options.data or ["glyphs"]), "ways": ways, "shots": shots, "meta_test": 0}
        with tempfile.TemporaryDirectory() as folder:
            compare(resolve(told, {"meta_steps": options.meta_steps, "seed": options.seed}), Path(folder) / "run.txt")


if __name__ == "__main__":
    main()

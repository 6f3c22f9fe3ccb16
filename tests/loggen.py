"""Writes synthetic logs of any size: the input of benchmarks, and of tests that need many meta-steps.

``python -m tests.loggen run.txt --meta-steps 1300`` writes the 42 MB log that the benchmarks read.
The losses fall with the inner steps and drift with the meta-steps, so that figures drawn from them look like real ones.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from metalog.formats.writer import format_line


@dataclass(frozen=True)
class Shape:
    """How much of everything a synthetic log holds; ``meta_steps`` is for each meta-epoch."""

    meta_epochs: int = 1
    meta_steps: int = 4
    problems: int = 8
    epochs: int = 15
    steps: int = 3
    meta_validate_every: int = 0
    meta_batches: int = 20


def lines(shape: Shape, seed: int = 0) -> Iterator[str]:
    """Yield the log a meta-step's text at a time."""
    rng = np.random.default_rng(seed)
    for meta_epoch in range(1, shape.meta_epochs + 1):
        yield format_line("rule") + format_line("meta-epoch", meta_epoch) + format_line("rule")
        for updates in range(shape.meta_steps):
            progress = (updates + shape.meta_steps * (meta_epoch - 1)) / (shape.meta_steps * shape.meta_epochs)
            yield format_line("meta-step", updates) + "".join(_problems(shape, rng, progress))
            if shape.meta_validate_every and (updates + 1) % shape.meta_validate_every == 0:
                yield "".join(_meta_validation(shape, rng, progress))


def _problems(shape: Shape, rng: np.random.Generator, progress: float) -> Iterator[str]:
    inner = np.linspace(1, 0, shape.epochs * shape.steps).reshape(shape.epochs, shape.steps)
    for problem in range(1, shape.problems + 1):
        difficulty = rng.normal(0, 0.06)
        level = 0.35 + 0.33 * inner - 0.12 * progress + difficulty
        losses = np.float32(np.abs(level + rng.normal(0, 0.05, level.shape))).tolist()
        hits = (rng.binomial(8, np.clip(1.1 - level, 0, 1)) / 8).tolist()
        validation = (np.abs(level[:, -1] + rng.normal(0, 0.02, shape.epochs))).tolist()
        accuracy = np.float32(rng.binomial(6, np.clip(1.1 - level[:, -1], 0, 1)) / 6).tolist()
        yield f"- Problem {problem} -\n"
        for epoch in range(shape.epochs):
            number = epoch + 1
            yield f"Epoch {number}\n"
            for step in range(shape.steps):
                loss, hit = losses[epoch][step], hits[epoch][step]
                yield f"Epoch {number}, step {step + 1:5}], Loss: {loss!r}, Accuracy: {hit!r}\n"
            yield f"Epoch {number}, VALIDATION], Loss: {validation[epoch]!r}, Accuracy: {accuracy[epoch]!r}\n"


def _meta_validation(shape: Shape, rng: np.random.Generator, progress: float) -> Iterator[str]:
    yield format_line("meta-validation begin")
    for batch in range(10, shape.meta_batches + 1, 10):
        yield format_line("meta-validation batch", batch)
        for _ in range(shape.problems):
            loss = abs(float(np.float32(rng.normal(0.62 - 0.15 * progress, 0.06))))
            accuracy = float(np.float32(rng.binomial(6, 0.6 + 0.2 * progress) / 6))
            yield format_line("meta-validation result", loss, accuracy)
    yield format_line("meta-validation end")


def write(stream: TextIO, shape: Shape, seed: int = 0) -> None:
    """Write a whole log to `stream`."""
    stream.writelines(lines(shape, seed))


def text(shape: Shape, seed: int = 0) -> str:
    """Return a whole log."""
    stream = io.StringIO()
    write(stream, shape, seed)
    return stream.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    for name, default in asdict(Shape()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    parser.add_argument("--seed", type=int, default=0)
    options = vars(parser.parse_args())
    path, seed = options.pop("path"), options.pop("seed")
    with path.open("w", newline="\n") as stream:
        write(stream, Shape(**options), seed)


if __name__ == "__main__":
    main()

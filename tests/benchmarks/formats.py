"""Logs of other programs: read by their declarations, against metalog's own format and a loop over the lines.

Run with ``python -m tests.benchmarks.formats [MB]``. The loop is what users write: a regular expression a line, floats,
a frame at the end; it checks nothing.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pandas as pd

import metalog
from metalog.formats import bundled, native
from metalog.formats.model import Format
from tests.benchmarks.timing import interleaved, print_table
from tests.loggen import Shape, text

ROUNDS = 5
_BLOCK = re.compile(r"(Iteration|Meta (?:Train|Valid) (?:Error|Accuracy)) (\S+)")
_BATCH = re.compile(
    r"Epoch: \[(\d+)\]\[ *(\d+)/\d+\]\tTime +(\S+) \( *(\S+)\)\tData +(\S+) \( *(\S+)\)"
    r"\tLoss (\S+) \((\S+)\)\tAcc@1 +(\S+) \( *(\S+)\)\tAcc@5 +(\S+) \( *(\S+)\)"
)


def learn2learn(rng: Random) -> Iterator[str]:
    for number in range(10**9):
        values = "\n".join(
            f"Meta {split} {what} {rng.random()!r}" for split in ("Train", "Valid") for what in ("Error", "Accuracy")
        )
        yield f"\n\nIteration {number}\n{values}\n"


def imagenet(rng: Random) -> Iterator[str]:
    for epoch in range(10**9):
        for batch in range(0, 5005, 10):
            time, data, loss, top = rng.random(), rng.random(), 7 * rng.random(), 100 * rng.random()
            yield (
                f"Epoch: [{epoch}][{batch:4}/5005]\tTime {time:6.3f} ({time:6.3f})\tData {data:6.3f} ({data:6.3f})"
                f"\tLoss {loss:.4e} ({loss:.4e})\tAcc@1 {top:6.2f} ({top:6.2f})\tAcc@5 {top:6.2f} ({top:6.2f})\n"
            )


def loop_over_blocks(path: Path) -> pd.DataFrame:
    rows: list[dict[str, float]] = []
    with path.open() as file:
        for line in file:
            if found := _BLOCK.match(line):
                if found[1] == "Iteration":
                    rows.append({"iteration": int(found[2])})
                else:
                    rows[-1][found[1]] = float(found[2])
    return pd.DataFrame(rows)


def loop_over_batches(path: Path) -> pd.DataFrame:
    with path.open() as file:
        rows = [[float(text) for text in found.groups()] for line in file if (found := _BATCH.match(line))]
    return pd.DataFrame(rows)


def write(path: Path, pieces: Iterator[str], size: int) -> float:
    """Write pieces of a log up to a size in bytes; return the megabytes written."""
    written = 0
    with path.open("w") as file:
        for piece in pieces:
            written += file.write(piece)
            if written >= size:
                break
    return path.stat().st_size / 1e6


def frames(path: Path, form: Format) -> dict[str, pd.DataFrame]:
    return dict(metalog.read(path, format=form).frames)


def main() -> None:
    """Time all and print the table."""
    size = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 40_000_000
    rivals: dict[str, tuple[Callable[[Random], Iterator[str]], Callable[[Path], pd.DataFrame]]] = {
        "learn2learn": (learn2learn, loop_over_blocks),
        "pytorch-imagenet": (imagenet, loop_over_batches),
    }
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "maml.txt"
        own.write_text(text(Shape(meta_steps=max(1, size // 32_300))))
        sizes = {"maml": own.stat().st_size / 1e6}
        cases: dict[str, Callable[[], object]] = {"maml": lambda: frames(own, native())}
        for name, (pieces, loop) in rivals.items():
            path = Path(folder) / f"{name}.txt"
            sizes[name] = write(path, pieces(Random(0)), size)
            cases[name] = lambda path=path, name=name: frames(path, bundled(name))  # type: ignore[misc]  # bound now
            cases[f"loop {name}"] = lambda path=path, loop=loop: loop(path)  # type: ignore[misc]
        timings = interleaved(cases, ROUNDS)
    rows = []
    for name, timing in timings.items():
        log = name.removeprefix("loop ")
        speed, native_speed = sizes[log] / timing.wall, sizes["maml"] / timings["maml"].wall
        beside = timings[f"loop {log}"].wall / timing.wall if f"loop {log}" in timings else 1.0
        rows.append(
            (
                name,
                f"{sizes[log]:.0f}",
                f"{timing.wall:.3f}",
                f"{speed:.0f}",
                f"{speed / native_speed:.2f}",
                f"{beside:.1f}",
            )
        )
    print_table(("log", "MB", "seconds", "MB/s", "of maml's MB/s", "times the loop"), rows)


if __name__ == "__main__":
    main()

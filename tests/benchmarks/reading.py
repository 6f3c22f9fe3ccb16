"""Times ``metalog.read`` against other ways to read the same log: ``python -m tests.benchmarks.reading``.

The log is the 42 MB that :mod:`tests.loggen` writes (1,300 meta-steps of 8 problems x 15 epochs x 3 steps); what the
rivals do, and what they leave out, stands in :mod:`tests.benchmarks.rivals`. They come with
``pip install 'metalog-toolkit[bench]'``; one that is not installed is left out, and said so.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

import metalog
from metalog.reading.threads import processors
from metalog.scan.engines import engine_name
from tests import loggen
from tests.benchmarks.rivals import OURS, PLAIN, READERS, Reader, check_same, events_beside, write_events
from tests.benchmarks.timing import Timing, interleaved, print_table

#: Meta-steps in a megabyte of log.
META_STEPS_IN_MB = 1300 / 42.7
LEAST_ADVANTAGE, WANTED_ADVANTAGE = 40, 60


def write_log(path: Path, megabytes: float) -> Path:
    """Write the log that is read."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        loggen.write(stream, loggen.Shape(meta_steps=max(round(megabytes * META_STEPS_IN_MB), 1)))
    return path


def present(readers: tuple[Reader, ...]) -> list[Reader]:
    """Leave out whom a package is missing, and say so."""
    for reader in readers:
        if not reader.available:
            print(f"left out, as {reader.needs} is not installed: {reader.name}")
    return [reader for reader in readers if reader.available]


def check(path: Path, readers: list[Reader]) -> None:
    """Check that all readers find the same in a log."""
    run = OURS.read(path)
    prepare(path, readers, run)
    for reader in readers:
        check_same(reader.frames(reader.read(path)), OURS.frames(run))


def prepare(path: Path, readers: list[Reader], run: metalog.Run) -> None:
    """Write what else must be there besides the log."""
    if any(reader.needs == "tbparse" for reader in readers):
        write_events(run, events_beside(path))


def measure(path: Path, rivals: list[Reader], rounds: int) -> dict[str, tuple[Timing, Timing]]:
    """Time each rival on a log in turns with metalog: once the slow ones, else in so many rounds.

    A pair at a time, so that none pays for the memory that a third one has given back to the system.
    """
    prepare(path, rivals, OURS.read(path))
    pairs = {}
    for rival in rivals:
        cases = {OURS.name: partial(OURS.read, path), rival.name: partial(rival.read, path)}
        timings = interleaved(cases, 1 if rival.slow else rounds)
        pairs[rival.name] = timings[rival.name], timings[OURS.name]
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=42.7, help="size of the log (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="how often each reads it (default: %(default)s)")
    options = parser.parse_args()
    if engine_name() != "native":
        raise SystemExit("there is no compiled scan engine in this install; build it first (pip install -e .)")
    readers = present(READERS)
    with tempfile.TemporaryDirectory() as folder:
        check(write_log(Path(folder) / "small.txt", 0.5), readers)
        path = write_log(Path(folder) / "run.txt", options.megabytes)
        size = path.stat().st_size / 1e6
        pairs = measure(path, [reader for reader in readers if reader is not OURS], options.rounds)
    print(f"\nA log of {size:.1f} MB, {processors()} processors, median of {options.rounds} rounds (slow ones: 1)\n")
    rows = [
        (
            name,
            f"{rival.wall:.3f}",
            f"{rival.cpu:.3f}",
            f"{size / rival.wall:.0f}",
            f"{own.wall:.3f}",
            f"{own.cpu:.3f}",
            f"{rival.wall / own.wall:.1f}",
        )
        for name, (rival, own) in pairs.items()
    ]
    print_table(("rival", "seconds", "of processors", "MB/s", "metalog", "of processors", "times ours"), rows)
    rival, own = pairs[PLAIN.name]
    advantage = rival.wall / own.wall
    print(f"\nplain Python takes {advantage:.0f} times as long; target {LEAST_ADVANTAGE}, wanted {WANTED_ADVANTAGE}")


if __name__ == "__main__":
    main()

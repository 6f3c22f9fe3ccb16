"""Reads a log and one ten times as large: time and memory, each in a process of its own.

``python -m tests.benchmarks.scaling``. Ten times the log may take eleven times as long, and reading may take 150 MB
more than 2.5 times the finished frames. Written to parquet, a log goes through in memory that does not grow with it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.processes import Usage, metalog, python, run
from tests.benchmarks.reading import write_log
from tests.benchmarks.timing import print_table

TIMES = 10
MOST_TIMES_AS_LONG = 11
_READ = """
import json, sys, time
import pandas
import metalog
from metalog.formats import native
metalog.read(sys.argv[2]).steps
start, cpu = time.perf_counter(), time.process_time()
run = metalog.read(sys.argv[1])
frames = [getattr(run, name) for name in native().frames]
measured = [time.perf_counter() - start, time.process_time() - cpu]
print(json.dumps([*measured, sum(int(frame.memory_usage(deep=True).sum()) for frame in frames) / 1e6]))
"""
#: A virtual machine's host takes back memory that is free for some seconds, and lets the next process wait for it, most
#: for the larger log. So as much is used right before each read, and all find it there.
_USE_MEMORY = "import sys, numpy; numpy.ones(int(sys.argv[1]), numpy.uint8)"


@dataclass(frozen=True, slots=True)
class Read:
    """What reading took: seconds of the clock and of the processors, MB of the frames and most MB of the process."""

    wall: float
    cpu: float
    frames: float
    peak: float

    @property
    def may_be(self) -> float:
        """The most MB that the process may take."""
        return 2.5 * self.frames + 150


def repeat(path: Path, target: Path, times: int) -> Path:
    """Write a log with the meta-epoch of `path` so many times, numbered on."""
    text = path.read_text(encoding="utf-8")
    with target.open("w", encoding="utf-8", newline="\n") as stream:
        for number in range(1, times + 1):
            stream.write(text.replace("Meta-Epoch 1 ", f"Meta-Epoch {number} ", 1))
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=42.7, help="size of the smaller log (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is read (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        warm_up = write_log(Path(folder) / "tiny.txt", 0.1)
        small = write_log(Path(folder) / "small.txt", options.megabytes)
        large = repeat(small, Path(folder) / "large.txt", TIMES)
        rounds = [[_read(path, warm_up, large) for path in (small, large)] for _ in range(options.rounds)]
        exports = [run(metalog("parse", str(path), "-o", str(path.with_suffix(".parquet")))) for path in (small, large)]
        sizes = [path.stat().st_size / 1e6 for path in (small, large)]
    reads = [_median(usages) for usages in zip(*rounds, strict=True)]
    print(f"metalog.read to finished frames, median of {options.rounds} rounds, a process each\n")
    rows = [
        (
            f"{size:.0f} MB",
            f"{own.wall:.3f}",
            f"{own.cpu:.3f}",
            f"{own.peak:.0f}",
            f"{own.frames:.0f}",
            f"{own.may_be:.0f}",
        )
        for size, own in zip(sizes, reads, strict=True)
    ]
    print_table(("log", "seconds", "of processors", "peak MB", "frames MB", "may be MB"), rows)
    small_read, large_read = reads
    print(f"\n{TIMES} times the log: {large_read.wall / small_read.wall:.1f} times as long by the clock,", end=" ")
    print(f"{large_read.cpu / small_read.cpu:.1f} times of the processors; at most {MOST_TIMES_AS_LONG}")
    print("\nmetalog parse -o out.parquet, one round\n")
    written = [
        (f"{size:.0f} MB", f"{own.wall:.2f}", f"{own.megabytes:.0f}") for size, own in zip(sizes, exports, strict=True)
    ]
    print_table(("log", "seconds", "peak MB"), written)


def _read(path: Path, warm_up: Path, largest: Path) -> Usage:
    run([*python(_USE_MEMORY), str(2 * largest.stat().st_size)])
    return run([*python(_READ), str(path), str(warm_up)])


def _median(usages: tuple[Usage, ...]) -> Read:
    told = [(*json.loads(usage.output), usage.megabytes) for usage in usages]
    return Read(*map(statistics.median, zip(*told, strict=True)))


if __name__ == "__main__":
    main()

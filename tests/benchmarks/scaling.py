"""Reads a log and one ten times as large: time and memory, each in a process of its own.

``python -m tests.benchmarks.scaling``. Ten times the log may take eleven times as long, and reading may take 150 MB
more than 2.5 times the finished frames. Written to parquet, a log goes through in memory that does not grow with it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
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
from metalog.grammar import FRAMES
metalog.read(sys.argv[2]).steps
start = time.perf_counter()
run = metalog.read(sys.argv[1])
frames = [getattr(run, name) for name in FRAMES]
seconds = time.perf_counter() - start
print(json.dumps([seconds, sum(int(frame.memory_usage(deep=True).sum()) for frame in frames) / 1e6]))
"""


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
        rounds = [
            [run([*python(_READ), str(path), str(warm_up)]) for path in (small, large)] for _ in range(options.rounds)
        ]
        exports = [run(metalog("parse", str(path), "-o", str(path.with_suffix(".parquet")))) for path in (small, large)]
        sizes = [path.stat().st_size / 1e6 for path in (small, large)]
    reads = [_median(usages) for usages in zip(*rounds, strict=True)]
    print(f"metalog.read to finished frames, median of {options.rounds} rounds, a process each\n")
    rows = [
        (f"{size:.0f} MB", f"{seconds:.3f}", f"{peak:.0f}", f"{frames:.0f}", f"{2.5 * frames + 150:.0f}")
        for size, (seconds, frames, peak) in zip(sizes, reads, strict=True)
    ]
    print_table(("log", "seconds", "peak MB", "frames MB", "may be MB"), rows)
    print(f"\n{TIMES} times the log: {reads[1][0] / reads[0][0]:.1f} times as long, at most {MOST_TIMES_AS_LONG}")
    print("\nmetalog parse -o out.parquet, one round\n")
    written = [
        (f"{size:.0f} MB", f"{own.wall:.2f}", f"{own.megabytes:.0f}") for size, own in zip(sizes, exports, strict=True)
    ]
    print_table(("log", "seconds", "peak MB"), written)


def _median(usages: tuple[Usage, ...]) -> tuple[float, float, float]:
    """Return seconds, MB of the frames and most MB of the process."""
    told = [(*json.loads(usage.output), usage.megabytes) for usage in usages]
    seconds, frames, peak = (statistics.median(values) for values in zip(*told, strict=True))
    return seconds, frames, peak


if __name__ == "__main__":
    main()

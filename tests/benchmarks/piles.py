"""Writes a data set of 10,000 small logs, with one process and with two: ``python -m tests.benchmarks.piles``.

Beside it, one log as large as many of them together, which is read to frames and written to one Parquet file. Each is a
process of its own; MB/s are those of the logs.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from tests.benchmarks.processes import Usage, metalog, python, run
from tests.benchmarks.reading import write_log
from tests.benchmarks.timing import print_table
from tests.loggen import Shape, text

#: So many different logs are written; the others are copies under other names.
DIFFERENT = 16
_WRITE = """
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from metalog.output.dataset import write_dataset

if __name__ == "__main__":
    logs, folder, processes = sys.argv[1:]
    if processes == "0":
        outcome = write_dataset(logs, folder)
    else:
        with ProcessPoolExecutor(int(processes), get_context("fork")) as executor:
            outcome = write_dataset(logs, folder, executor=executor)
    assert not outcome.failures
    print(len(outcome.written), len(outcome.unchanged))
"""
_READ = "import sys, metalog; metalog.read(sys.argv[1]).steps"


def write_logs(folder: Path, number: int, megabytes: float) -> float:
    """Write the pile; return how many MB it is."""
    folder.mkdir()
    meta_steps = max(round(megabytes * 1e6 / 32_850), 1)
    contents = [text(Shape(meta_steps=meta_steps), seed).encode() for seed in range(DIFFERENT)]
    for place in range(number):
        (folder / f"run-{place:05}.txt").write_bytes(contents[place % DIFFERENT])
    return sum(len(contents[place % DIFFERENT]) for place in range(number)) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=10_000, help="how many logs (default: %(default)s)")
    parser.add_argument("--megabytes", type=float, default=0.5, help="size of each (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = write_logs(folder / "logs", options.logs, options.megabytes)
        large = write_log(folder / "large.txt", 427)
        large_size = large.stat().st_size / 1e6
        rows = []

        def add(case: str, megabytes: float, usage: Usage) -> None:
            rate = f"{megabytes / usage.wall:.0f}"
            rows.append((case, f"{megabytes:.0f}", f"{usage.wall:.1f}", rate, f"{usage.megabytes:.0f}"))
            print(rows[-1], flush=True)

        add("one large log, to frames", large_size, run([*python(_READ), str(large)]))
        parquet = run(metalog("parse", str(large), "-o", str(folder / "large.parquet")))
        add("one large log, to a Parquet file", large_size, parquet)
        write = [*python(_WRITE), str(folder / "logs")]
        add("the pile, no executor", size, run([*write, str(folder / "none"), "0"]))
        add("the pile, one process", size, run([*write, str(folder / "one"), "1"]))
        add("the pile, two processes", size, run([*write, str(folder / "two"), "2"]))
        add("the pile again, nothing changed", size, run([*write, str(folder / "two"), "0"]))
        print(f"\n{options.logs:,} logs, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
        print_table(("", "MB of logs", "seconds", "MB/s", "peak MB"), rows)


if __name__ == "__main__":
    main()

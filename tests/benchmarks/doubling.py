"""Doubles inputs of many sorts twice: time and memory may at most double too. ``python -m tests.benchmarks.doubling``.

Each input is read to finished frames (the runs of a folder: to their summary) three times in a process of its own;
MB, seconds and memory are those of the largest size, seconds are of the processors, the median of the three, and each
"doubled" is how many times as long one doubling took. ``--package``
measures the metalog of another checkout on the same inputs.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.processes import python, run
from tests.benchmarks.timing import print_table
from tests.loggen import Shape, text

DOUBLINGS = 2
_READ = """
import glob, json, os, statistics, sys, time
import pandas
import metalog, metalog.stats
def read(path):
    if os.path.isdir(path):
        return metalog.stats.summary(metalog.read_many(sorted(glob.glob(path + "/*.txt"))))
    run = metalog.read(path)
    return [run.steps, run.validations, run.meta_steps, run.meta_validation, run.diagnostics]
def seconds(path):
    start = time.process_time()
    read(path)
    return time.process_time() - start
read(sys.argv[1])
print(json.dumps(statistics.median(seconds(sys.argv[2]) for _ in range(int(sys.argv[3])))))
"""
_BANNER = text(Shape(meta_steps=1, problems=1, epochs=1, steps=1)).partition("0 updates")[0]
_BODY = """\
- Problem 1 -
Epoch 1
Epoch 1, step     1], Loss: 0.73, Accuracy: 0.5
Epoch 1, VALIDATION], Loss: 0.7, Accuracy: 0.5
"""
_CLAIMED = 10 << 30


@dataclass(frozen=True, slots=True)
class Case:
    """An input that can be written in any size; the smallest has `size` of what it is made of."""

    name: str
    size: int
    write: Callable[[Path, int], Path]


def _log(lines: Callable[[int], Iterable[str]]) -> Callable[[Path, int], Path]:
    def write(folder: Path, size: int) -> Path:
        path = folder / "run.txt"
        path.write_text("".join(lines(size)), encoding="utf-8", newline="\n")
        return path

    return write


def _meta_steps(size: int, comment: str = "") -> Iterable[str]:
    yield _BANNER
    for number in range(size):
        yield f"{number} updates at Meta-Level\n{_BODY}{comment.replace('NUMBER', str(number))}"


def _plain(size: int) -> list[str]:
    return text(Shape(meta_steps=size)).splitlines(keepends=True)


def _prefixed(prefix: Callable[[int], str]) -> Callable[[int], Iterable[str]]:
    return lambda size: (prefix(number) + line for number, line in enumerate(_plain(size), 1))


def _writers(size: int) -> Iterable[str]:
    log = _plain(4)
    return (f"[rank{writer}]: {line}" for line in log for writer in range(size))


def _cut_tar(folder: Path, size: int) -> Path:
    member = tarfile.TarInfo("run.txt")
    member.size = _CLAIMED
    path = folder / "run.tar"
    path.write_bytes(member.tobuf(tarfile.GNU_FORMAT) + "".join(_plain(size)).encode())
    return path


def _runs(folder: Path, size: int) -> Path:
    for number in range(size):
        (folder / f"run-{number}.txt").write_text("".join(_plain(4)), encoding="utf-8", newline="\n")
    return folder


_RECORD = '# meta-step {"seconds": 1.25, "gradient_norm": 0.5, "learning_rate": 0.001}\n'
CASES = (
    Case("plain log", 100, _log(_plain)),
    Case("comment records", 4000, _log(lambda size: _meta_steps(size, _RECORD))),
    Case("restarts", 4000, _log(lambda size: (_BANNER + "0 updates at Meta-Level\n" + _BODY for _ in range(size)))),
    Case("names in comments", 2000, _log(lambda size: _meta_steps(size, '# meta-step {"kNUMBER": 1}\n'))),
    Case("blank lines", 500_000, _log(lambda size: ["\n" * size])),
    Case("noise", 10_000, _log(lambda size: (f"UserWarning {number}: something\n" for number in range(size)))),
    Case("near misses", 4000, _log(lambda size: ["Epoch 1, step     1, Loss: 0.73, Accuracy: 0.5\n"] * size)),
    Case("timestamps", 40, _log(_prefixed(lambda number: f"2026-01-02 03:04:{number % 60:02},678 - INFO - "))),
    Case("a grep's output", 40, _log(_prefixed(lambda number: f"runs/run.txt:{number}:"))),
    Case("many writers", 16, _log(_writers)),
    Case("a tar's member cut short", 100, _cut_tar),
    Case("runs for summary", 8, _runs),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What reading one size took."""

    megabytes: float
    lines: int
    seconds: float
    peak: float


def measure(case: Case, size: int, warm_up: Path, rounds: int) -> Measured:
    """Write an input and read it in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = case.write(Path(folder), size)
        contents = [file.read_bytes() for file in ([path] if path.is_file() else sorted(path.iterdir()))]
        usage = run([*python(_READ), str(warm_up), str(path), str(rounds)])
        lines = sum(content.count(b"\n") for content in contents)
        return Measured(sum(map(len, contents)) / 1e6, lines, json.loads(usage.output), usage.megabytes)


def _row(case: Case, sizes: list[Measured]) -> tuple[str, ...]:
    ratios = [later.seconds / earlier.seconds for earlier, later in itertools.pairwise(sizes)]
    last = sizes[-1]
    return (
        case.name,
        f"{last.megabytes:.1f}",
        f"{last.seconds:.3f}",
        f"{last.seconds / last.lines * 1e6:.2f}",
        *(f"{ratio:.2f}" for ratio in ratios),
        f"{last.peak:.0f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="only these (default: all)")
    parser.add_argument("--package", type=Path, help="a checkout whose metalog is measured (default: this one)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is read (default: %(default)s)")
    options = parser.parse_args()
    if options.package:
        os.environ["PYTHONPATH"] = str(options.package.resolve())
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        warm_up = _log(_plain)(Path(folder), 1)
        for case in CASES:
            if not options.cases or case.name in options.cases:
                sizes = [case.size << doubling for doubling in range(DOUBLINGS + 1)]
                rows.append(_row(case, [measure(case, size, warm_up, options.rounds) for size in sizes]))
    print_table(("input", "MB", "seconds", "us a line", *["doubled"] * DOUBLINGS, "peak MB"), rows)


if __name__ == "__main__":
    main()

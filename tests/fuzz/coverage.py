"""Say which lines of the compiled modules the fuzzers reach: ``python -m tests.fuzz.coverage``."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from random import Random

from tests.fuzz import floats, mutate, sanitizers
from tests.fuzz.oracle import BUILD_VARIABLE, check, load_engine
from tests.fuzz.spellings import FAMILIES


def replay() -> None:
    """Scan numbered blocks, floats of each family and the guided fuzzer's corpus, if there is one."""
    scan = load_engine()
    for number in range(300):
        mutate.compare(scan, 0, number)
    for family in FAMILIES:
        floats.check(scan, family(Random(0), 10_000))
    for path in (sanitizers.FOLDER / "corpus").glob("*"):
        check(scan, path.read_bytes())


def report(counters: Path) -> str:
    """Return how much of a module's Cython source ran, and the lines that did not."""
    command = ["gcov", "--stdout", str(counters)]
    output = subprocess.run(command, cwd=sanitizers.ROOT, check=True, capture_output=True, text=True).stdout
    parts = re.split(r"(?m)^ *-: *0:Source:", output)
    name, source = next(part.split("\n", 1) for part in parts if part.partition("\n")[0].endswith("native.pyx"))
    missed = re.findall(r"(?m)^ *#####: *(.*)", source)
    ran = len(re.findall(r"(?m)^ *\d+\*?:", source))
    return "\n".join((f"{name}: {ran} of {ran + len(missed)} lines ran; not these:", *missed))


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    built = sanitizers.build_counting()
    command = [sys.executable, "-c", "from tests.fuzz import coverage; coverage.replay()"]
    subprocess.run(command, env=os.environ | {BUILD_VARIABLE: str(built)}, check=True)
    for counters in sorted(built.glob("*.gcda")):
        print(report(counters))


if __name__ == "__main__":
    main()

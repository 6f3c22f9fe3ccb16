"""Say which lines of the compiled engine the fuzzers reach: ``python -m tests.fuzz.coverage``."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from random import Random

from tests.fuzz import floats, mutate, sanitizers
from tests.fuzz.oracle import ENGINE_VARIABLE, check, load_engine
from tests.fuzz.spellings import FAMILIES

_BUILT = sanitizers.FOLDER / "native.coverage.so"


def build() -> None:
    """Build the engine with gcc's counters, which know the lines of the Cython source."""
    include = sysconfig.get_path("include")
    sanitizers.run("gcc", "-shared", "-fPIC", "--coverage", "-O0", "-I", include, sanitizers.translate(), "-o", _BUILT)


def replay() -> None:
    """Scan numbered blocks, floats of each family and the guided fuzzer's corpus, if there is one."""
    scan = load_engine()
    for number in range(2000):
        mutate.compare(scan, 0, number)
    for family in FAMILIES:
        floats.check(scan, family(Random(0), 10_000))
    for path in (sanitizers.FOLDER / "corpus").glob("*"):
        check(scan, path.read_bytes())


def report() -> str:
    """Return how much of the Cython source ran, and the lines that did not."""
    command = ["gcov", "--stdout", f"{_BUILT}-native.gcda"]
    output = subprocess.run(command, cwd=sanitizers.ROOT, check=True, capture_output=True, text=True).stdout
    parts = re.split(r"(?m)^ *-: *0:Source:", output)
    source = next(part for part in parts if part.startswith("metalog/scan/native.pyx"))
    missed = re.findall(r"(?m)^ *#####: *(.*)", source)
    ran = len(re.findall(r"(?m)^ *\d+\*?:", source))
    return f"{ran} of {ran + len(missed)} lines ran; not these:\n" + "\n".join(missed)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    build()
    Path(f"{_BUILT}-native.gcda").unlink(missing_ok=True)
    command = [sys.executable, "-c", "from tests.fuzz import coverage; coverage.replay()"]
    subprocess.run(command, env=os.environ | {ENGINE_VARIABLE: str(_BUILT)}, check=True)
    print(report())


if __name__ == "__main__":
    main()

"""Fuzz the compiled modules with libFuzzer, guided by their coverage: ``python -m tests.fuzz.guided --seconds 600``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.fuzz import inputs, sanitizers
from tests.fuzz.oracle import check, load_engine
from tests.fuzz.report import Progress

CORPUS = sanitizers.FOLDER / "corpus"
_LONGEST_INPUT = 2000


def target() -> Callable[[bytes], None]:
    """Return the function that libFuzzer, in a process that it started, calls with each input."""
    scan, progress = load_engine(), Progress()
    return lambda data: progress.add(check(scan, data), len(data), "guided")


def write_seeds() -> None:
    """Write inputs to begin with: small blocks of every recipe, the same each time."""
    CORPUS.mkdir(parents=True, exist_ok=True)
    rng = Random(0)
    for number in range(500):
        (CORPUS / f"seed-{number}").write_bytes(inputs.block(rng)[:_LONGEST_INPUT])


def write_dictionary() -> Path:
    """Write the pieces of lines in libFuzzer's form."""
    path = sanitizers.FOLDER / "pieces.dict"
    path.write_text("".join('"' + "".join(map("\\x{:02x}".format, piece)) + '"\n' for piece in inputs.PIECES))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0, help="0 for one of libFuzzer's choice")
    parser.add_argument("input", nargs="*", type=Path, help="only these inputs, to repeat a failure")
    options = parser.parse_args()
    variables = sanitizers.environment(sanitizers.build_sanitized())
    program = sanitizers.build_guided()
    write_seeds()
    command = [
        str(program),
        f"-dict={write_dictionary()}",
        f"-max_len={_LONGEST_INPUT}",
        "-len_control=0",
        "-print_final_stats=1",
    ]
    command += ["-rss_limit_mb=4096", "-timeout=300", f"-artifact_prefix={sanitizers.FOLDER}/", f"-seed={options.seed}"]
    command += map(str, options.input) if options.input else [f"-max_total_time={options.seconds}", str(CORPUS)]
    variables |= {"METALOG_FUZZ_PYTHON": sys.executable, "PYTHONPATH": str(sanitizers.ROOT)}
    sys.exit(subprocess.run(command, env=os.environ | variables, check=False).returncode)


if __name__ == "__main__":
    main()

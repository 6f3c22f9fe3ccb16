"""Compare the engines on damaged logs without end: ``python -m tests.fuzz.mutate --seconds 60``."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from random import Random

from metalog.formats import native
from tests.fuzz import deep, inputs, sanitizers
from tests.fuzz.oracle import Scan, check, check_loops, load_engine
from tests.fuzz.report import Progress


def compare(scan: Scan, seed: int, number: int) -> tuple[int, int]:
    """Compare the engines on the numbered blocks of this seed, one of each format; return their lines and bytes."""
    rng = Random(f"{seed}/{number}")
    data, other = inputs.block(rng), inputs.deep_block(rng)
    try:
        for form in (native(), deep.FORM):
            tokens = inputs.tokens(rng, form)
            check_loops(tokens, form, [0, rng.randrange(len(tokens)), len(tokens)])
        return check(scan, data) + check(load_engine(deep.FORM), other, deep.FORM), len(data) + len(other)
    except Exception as error:
        error.add_note(f"repeat with --seed {seed} --first {number}")
        raise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    parser.add_argument("--first", type=int, default=0, help="number of the first block")
    sanitizers.add_option(parser)
    options = parser.parse_args()
    scan = sanitizers.engine(options.sanitized, "tests.fuzz.mutate", sys.argv[1:])
    print(f"seed {options.seed}", flush=True)
    progress = Progress()
    for number in itertools.count(options.first):
        progress.add(*compare(scan, options.seed, number), note=f"block {number}")
        if progress.seconds >= options.seconds:
            break
    print(progress)


if __name__ == "__main__":
    main()

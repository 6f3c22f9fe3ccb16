"""Compare the compiled engine's floats with ``float()``: ``python -m tests.fuzz.floats --count 20000000``."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from random import Random

import numpy as np

from metalog.formats import native
from tests.fuzz import sanitizers
from tests.fuzz.oracle import MismatchError, Scan, bits
from tests.fuzz.report import Progress
from tests.fuzz.spellings import FAMILIES

_BEFORE, _BETWEEN = (text.encode() for text in native().by_name["meta-validation result"].literals)
_CHUNK = 20_000


def check(scan: Scan, chunk: list[bytes]) -> int:
    """Read the texts, two a line, with the engine and with ``float()``; return the number of bytes.

    Raises
    ------
    MismatchError
        If one is not read, or not to the same bits.
    """
    block = b"".join(
        map(b"%b%b%b%b\n".__mod__, ((_BEFORE, a, _BETWEEN, b) for a, b in zip(chunk[::2], chunk[1::2], strict=True)))
    )
    scanned = scan(block)
    if len(scanned.odd):
        raise MismatchError(f"not read: {block[scanned.odd.start[0] : scanned.odd.end[0]]!r}")
    expected = np.array([*map(float, chunk)])
    found = scanned.tokens.values[:2].T.ravel()
    if (differs := bits(found) != bits(expected)).any():
        place = int(differs.argmax())
        raise MismatchError(f"{chunk[place]!r} was read as {found[place]!r}, float() gives {expected[place]!r}")
    return len(block)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    sanitizers.add_option(parser)
    options = parser.parse_args()
    scan = sanitizers.engine(options.sanitized, "tests.fuzz.floats", sys.argv[1:])
    print(f"seed {options.seed}", flush=True)
    progress = Progress()
    for number in itertools.count():
        family = FAMILIES[number % len(FAMILIES)]
        progress.add(_CHUNK // 2, check(scan, family(Random(f"{options.seed}/{number}"), _CHUNK)), note=family.__name__)
        if 2 * progress.lines >= options.count:
            break
    print(f"{2 * progress.lines:,} floats: {progress}")


if __name__ == "__main__":
    main()

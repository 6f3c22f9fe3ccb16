"""Times cases against each other, and prints what came out."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of the clock and of the processors, each the median of all rounds."""

    wall: float
    cpu: float


def interleaved(cases: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Time every case once a round, A B A B …, so that a slow moment of the machine meets all of them.

    What a case returns is freed, and garbage collected, outside the measured time.
    """
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            result = case()
            measured[name].append((time.perf_counter() - wall, time.process_time() - cpu))
            del result
    return {name: Timing(*map(statistics.median, zip(*times, strict=True))) for name, times in measured.items()}


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, ["-" * width for width in widths], *rows):
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join([row[0].ljust(widths[0]), *cells[1:]]).rstrip(), flush=True)

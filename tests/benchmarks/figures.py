"""Times the grids against one Axes per cell: ``python -m tests.benchmarks.figures``.

Both draw the same cells of the same synthetic run and save the same number of pixels. The rival is what one writes
first: ``subplots``, then a loop that plots each cell's group of the frame into an Axes of its own.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from typing import Any

import pandas as pd

import metalog
from metalog import plots
from tests import loggen

DPI = 100
REPEATS = 5
#: What is drawn: split, a row for every so many meta-steps, the most seconds, the least advantage.
GRIDS = {
    "figure 2: 13 x 8 train grid": ("train", 100, 0.7, 7),
    "figure 3: 130 x 8 validation grid": ("validation", 10, 2.0, 15),
    "every meta-step: 1,300 x 8 validation grid": ("validation", 1, None, None),
}


def ours(run: Any, split: str, every: int) -> Any:
    figure = plots.grid(run, split=split, every=every)
    plots.save(figure, io.BytesIO(), dpi=DPI)
    return figure


def rival(frame: pd.DataFrame, size: tuple[float, float]) -> None:
    """Draw one Axes per cell, all on one scale, labelled along the edges.

    Limits are set by hand: ``sharex`` and ``sharey`` would make it several times slower still.
    """
    from matplotlib.figure import Figure

    rows = sorted(frame["meta_step"].unique())
    figure = Figure(figsize=size)
    cells = figure.subplots(len(rows), frame["problem"].max(), squeeze=False)
    limits = frame["loss"].min(), frame["loss"].max()
    for (meta_step, problem), group in frame.groupby(["meta_step", "problem"]):
        ax = cells[rows.index(meta_step), problem - 1]
        ax.plot(range(1, len(group) + 1), group["loss"].to_numpy(), linewidth=0.9)
        ax.set_ylim(limits)
        ax.tick_params(labelbottom=meta_step == rows[-1], labelleft=problem == 1)
        if problem == 1:
            ax.set_ylabel(meta_step)
        if meta_step == rows[0]:
            ax.set_title(problem)
    figure.savefig(io.BytesIO(), format="png", dpi=DPI)


def seconds(draw: Callable[[], object], repeats: int) -> float:
    """Return the median of `repeats` runs."""
    measured = []
    for _ in range(repeats):
        start = time.perf_counter()
        draw()
        measured.append(time.perf_counter() - start)
    return statistics.median(measured)


def main() -> None:
    run = metalog.read(io.BytesIO(loggen.text(loggen.Shape(meta_steps=1300)).encode()))
    ours(run, "train", 100)  # fonts and imports
    print(f"{'drawing and saving':44}{'ours':>9}{'target':>8}{'an Axes per cell':>18}{'times faster':>14}{'target':>8}")
    for name, (split, every, most, least) in GRIDS.items():
        size = tuple(ours(run, split, every).get_size_inches())
        fast = seconds(lambda split=split, every=every: ours(run, split, every), REPEATS)
        line = f"{name:44}{fast:8.2f}s{f'{most}s' if most else '':>8}"
        if least:
            frame = run.steps if split == "train" else run.validations
            chosen = frame[(frame["meta_step"] - 1) % every == 0]
            slow = seconds(lambda chosen=chosen, size=size: rival(chosen, size), 1 if every < 100 else 3)
            line += f"{slow:17.2f}s{slow / fast:14.0f}{least:8}"
        print(line, flush=True)


if __name__ == "__main__":
    main()

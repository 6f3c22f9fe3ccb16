"""Draws docs/gallery/*.png and writes docs/gallery.md: ``python -m docs.make_gallery``, from the project's root.

The logs are synthetic (tests.loggen), so that the gallery needs no training and never changes by itself.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import metalog
from metalog import plots
from tests.loggen import Shape, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
USUAL = Shape(meta_steps=1300, meta_validate_every=100)


@dataclass(frozen=True)
class Entry:
    """A picture: its file's name, what it shows, the command that draws the like, and how it is drawn here."""

    name: str
    shows: str
    command: str
    draw: Callable[[], Figure]
    dpi: int = 80


def log(shape: Shape, name: str = "run", seed: int = 0, config: object = None) -> metalog.Run:
    """Read a synthetic log."""
    return read(text(shape, seed), name, config)


def read(lines: str, name: str, config: object = None) -> metalog.Run:
    """Read a log that is in memory."""
    comment = f"# config {json.dumps(config)}\n" if config else ""
    return metalog.read(io.BytesIO((comment + lines).encode()), name=name)


def several(rates: Iterable[float], shape: Shape) -> metalog.RunSet:
    """Make runs that differ in meta learning rate, seed and length."""
    runs = {}
    for number, rate in enumerate(rates):
        own = Shape(meta_steps=shape.meta_steps - 20 * number, meta_validate_every=shape.meta_validate_every)
        runs[f"run-{number + 1}"] = log(own, f"run-{number + 1}", number, {"meta_lr": rate, "meta_optimizer": "adam"})
    return metalog.RunSet(runs)


def broken() -> metalog.Run:
    """Read a run that was resumed, diverged for a while, and was cut off."""
    first = text(Shape(meta_steps=160, problems=4), seed=1)
    second = text(Shape(meta_steps=200, problems=4), seed=2)
    resumed = second[second.index("120 updates") :]
    resumed = re.sub(r"(15, VALIDATION\], Loss: )0\.10\d+", r"\1nan", resumed)
    resumed = re.sub(r"(15, VALIDATION\], Loss: )0\.09\d+", r"\1inf", resumed)
    return read(first + resumed[:-20_000], "resumed")


def only_nan() -> metalog.Run:
    """Read a run that never had a finite loss."""
    return read(re.sub(r"Loss: [^,]+", "Loss: nan", text(Shape(meta_steps=6, problems=3))), "all-nan")


ENTRIES = (
    Entry(
        "learning-curve",
        "Figure 1. One problem's learning curve",
        "metalog plot run.txt --problem 1 3",
        lambda: plots.learning_curve(log(Shape()), 1, 3),
    ),
    Entry(
        "grid",
        "Figure 2. The inner training of each problem, a row for every 100th meta-step",
        "metalog plot run.txt --grid --smooth mean:5",
        lambda: plots.grid(log(USUAL), smooth="mean:5"),
    ),
    Entry(
        "grid-validation",
        "Figure 3. The same for the validations, every 10th meta-step: 1,040 cells",
        "metalog plot run.txt --grid --split validation",
        lambda: plots.grid(log(USUAL), split="validation"),
    ),
    Entry(
        "train-curve",
        "Figure 4. Train loss of the last inner step, mean over the problems",
        "metalog plot run.txt --train-curve",
        lambda: plots.train_curve(log(USUAL)),
    ),
    Entry(
        "curve",
        "Figure 5. The meta-train curve: what a meta-learner should lower",
        "metalog plot run.txt --curve",
        lambda: plots.curve(log(USUAL)),
    ),
    Entry(
        "meta-validation",
        "Figure 6. The distribution over the problems of each meta-validation",
        "metalog plot run.txt --meta-validation",
        lambda: plots.meta_validation(log(USUAL)),
    ),
    Entry(
        "compare",
        "Figure 7. Runs side by side, called by what differs in their configurations",
        "metalog plot run-*.txt --compare",
        lambda: plots.compare(several([0.1, 0.01, 0.001, 0.0001], Shape(meta_steps=300, meta_validate_every=50))),
    ),
    Entry(
        "heatmap",
        "Figure 8. Every meta-step as a column of colours",
        "metalog plot run.txt --heatmap",
        lambda: plots.heatmap(log(USUAL)),
    ),
    Entry(
        "adaptation",
        "Figure 9. Whether later initialisations adapt faster or further",
        "metalog plot run.txt --adaptation",
        lambda: plots.adaptation(log(USUAL)),
    ),
    Entry(
        "resumed",
        "A run that was resumed and cut off, with values that are not finite",
        "metalog plot resumed.txt --curve",
        lambda: plots.curve(broken()),
    ),
    Entry(
        "resumed-heatmap",
        "The same run as a heat map: where a segment begins, a column stays blank",
        "metalog plot resumed.txt --heatmap",
        lambda: plots.heatmap(broken()),
    ),
    Entry(
        "one-meta-step",
        "A single meta-step of 16 problems",
        "metalog plot short.txt --grid",
        lambda: plots.grid(log(Shape(meta_steps=1, problems=16), "short")),
    ),
    Entry(
        "one-problem",
        "A meta-batch of a single problem",
        "metalog plot single.txt --grid",
        lambda: plots.grid(log(Shape(meta_steps=12, problems=1), "single")),
    ),
    Entry(
        "thirty-runs",
        "Thirty runs: ten colours, three kinds of line",
        "metalog plot runs/ --curve --smooth mean:20",
        lambda: plots.curve(
            metalog.RunSet({f"run-{seed:02}": log(Shape(meta_steps=60), seed=seed) for seed in range(30)}),
            smooth="mean:20",
        ),
    ),
    Entry(
        "all-nan",
        "A log of nothing but nan is drawn too, and says so",
        "metalog plot all-nan.txt --grid",
        lambda: plots.grid(only_nan()),
    ),
)


def page() -> str:
    """Return docs/gallery.md."""
    parts = [
        "# Gallery\n\nMade by `python -m docs.make_gallery` from synthetic logs. Each picture is one command, and one "
        "function of `metalog.plots`.\n"
    ]
    parts += [
        f"## {entry.shows}\n\n```sh\n{entry.command}\n```\n\n![{entry.shows}](gallery/{entry.name}.png)\n"
        for entry in ENTRIES
    ]
    return "\n".join(parts)


def main() -> None:
    """Draw all pictures and write the page."""
    (HERE / "gallery").mkdir(exist_ok=True)
    for entry in ENTRIES:
        path = HERE / "gallery" / f"{entry.name}.png"
        plots.save(entry.draw(), path, dpi=entry.dpi)
        print(path.relative_to(HERE.parent), f"{path.stat().st_size / 1000:.0f} kB")
    (HERE / "gallery.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()

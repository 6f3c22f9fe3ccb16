"""Draws docs/gallery/*.png and writes docs/gallery.md: ``python -m docs.make_gallery``, from the project's root.

The logs are of real runs of the trainer, which docs.gallery_runs keeps and makes, so that the gallery needs no training
and never changes by itself. Those that show what odd logs look like are real ones that were cut and damaged here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import metalog
from docs import gallery_runs
from metalog import plots

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    """A picture: its file's name, what it shows, the command that draws the like, and how it is drawn here."""

    name: str
    shows: str
    command: str
    draw: Callable[[], Figure]
    dpi: int = 80


def log(name: str = "run") -> metalog.Run:
    """Read a log that docs.gallery_runs keeps."""
    return read(gallery_runs.text(name), name)


def read(lines: str, name: str) -> metalog.Run:
    """Read a log that is in memory."""
    return metalog.read(io.BytesIO(lines.encode()), name=name)


def four() -> metalog.RunSet:
    """Read four runs that differ."""
    return metalog.read_many(HERE / "notebook-runs")


def thirty() -> metalog.RunSet:
    """Read thirty runs that differ in their seed."""
    return metalog.read_many(gallery_runs.HERE / "thirty.tar.xz")


def settings() -> dict[str, metalog.RunSet]:
    """Read four settings of five seeds each."""
    return metalog.read_many(gallery_runs.HERE / "settings.tar.xz").groups(by=["order", "inner_lr"])


def paper(draw: Callable[[], Figure]) -> Callable[[], Figure]:
    """Draw for a column of a paper."""

    def drawn() -> Figure:
        with plots.styled("paper"):
            return draw()

    return drawn


def broken() -> metalog.Run:
    """Read a run that was stopped at meta-step 160, went on from 121, was not finite for a while, and was cut off."""
    whole = gallery_runs.text("run")
    resumed = whole[_start(whole, 120) : _start(whole, 200) - 2000]
    resumed = re.sub(r"(5, VALIDATION\], Loss: )0\.01\d+", r"\1nan", resumed)
    resumed = re.sub(r"(5, VALIDATION\], Loss: )0\.02\d+", r"\1inf", resumed)
    return read(whole[: _start(whole, 160)] + resumed, "resumed")


def _start(lines: str, updates: int) -> int:
    """Return where the meta-step begins before which so many updates were done."""
    return lines.rindex("\n", 0, re.search(rf"^.*\b{updates} updates", lines, re.MULTILINE).start()) + 1


def only_nan() -> metalog.Run:
    """Read a run that never had a finite loss."""
    return read(re.sub(r"Loss: [^,]+", "Loss: nan", gallery_runs.text("short")), "all-nan")


ENTRIES = (
    Entry(
        "learning-curve",
        "Figure 1. One problem's learning curve",
        "metalog plot run.txt --problem 1 3",
        lambda: plots.learning_curve(log(), 1, 3),
    ),
    Entry(
        "grid",
        "Figure 2. The inner training of each problem: the later the meta-step, the further the loss falls",
        "metalog plot run.txt --grid",
        lambda: plots.grid(log()),
    ),
    Entry(
        "grid-validation",
        "Figure 3. The same for the validations, every second meta-step: 1,040 cells",
        "metalog plot run.txt --grid --split validation",
        lambda: plots.grid(log(), split="validation"),
    ),
    Entry(
        "train-curve",
        "Figure 4. Train loss of the last inner step, mean over the problems",
        "metalog plot run.txt --train-curve",
        lambda: plots.train_curve(log()),
    ),
    Entry(
        "curve",
        "Figure 5. The meta-train curve: what a meta-learner should lower",
        "metalog plot run.txt --curve",
        lambda: plots.curve(log()),
    ),
    Entry(
        "curve-trailing",
        "Figure 5 with the trailing means of the write-up, which show what happens up to a window later",
        "metalog plot run.txt --curve --smooth mean:50 --smooth mean:300",
        lambda: plots.curve(log(), smooth=["mean:50", "mean:300"]),
    ),
    Entry(
        "meta-validation",
        "Figure 6. The distribution over the problems of each meta-validation",
        "metalog plot run.txt --meta-validation",
        lambda: plots.meta_validation(log()),
    ),
    Entry(
        "compare",
        "Figure 7. Runs side by side, called by what differs",
        "metalog plot docs/notebook-runs --compare",
        lambda: plots.compare(four()),
    ),
    Entry(
        "heatmap",
        "Figure 8. Every meta-step as a column of colours",
        "metalog plot run.txt --heatmap",
        lambda: plots.heatmap(log()),
    ),
    Entry(
        "adaptation",
        "Figure 9. Whether later initialisations adapt faster or further",
        "metalog plot run.txt --adaptation",
        lambda: plots.adaptation(log()),
    ),
    Entry(
        "resumed",
        "A run that was resumed and cut off, with values that are not finite (made so for this picture)",
        "metalog plot resumed.txt --curve",
        lambda: plots.curve(broken()),
    ),
    Entry(
        "resumed-heatmap",
        "The same run as a heat map: where a segment begins, a column is hatched",
        "metalog plot resumed.txt --heatmap",
        lambda: plots.heatmap(broken()),
    ),
    Entry(
        "one-meta-step",
        "A single meta-step of 16 problems",
        "metalog plot short.txt --grid",
        lambda: plots.grid(log("short")),
    ),
    Entry(
        "one-problem",
        "A meta-batch of a single problem",
        "metalog plot single.txt --grid",
        lambda: plots.grid(log("single")),
    ),
    Entry(
        "settings-curve",
        "Settings: the mean over five seeds, its 95 % interval, and the runs faintly behind it",
        "metalog plot settings.tar.xz --curve --smooth mean:10",
        lambda: plots.curve(settings(), smooth="mean:10"),
    ),
    Entry(
        "settings-compare",
        "Settings side by side, with the table of metalog compare",
        "metalog plot settings.tar.xz --compare --smooth mean:10",
        lambda: plots.compare(settings(), smooth="mean:10"),
    ),
    Entry(
        "settings-paper",
        "The same curve for a column of a paper: 3.25 inches, 8 points, told apart without colours, no title",
        "metalog plot settings.tar.xz --curve --smooth mean:10 --style paper",
        paper(lambda: plots.curve(settings(), smooth="mean:10")),
        dpi=160,
    ),
    Entry(
        "forest",
        "A forest plot: what each setting reached, with its interval and its seeds",
        "metalog plot settings.tar.xz --forest --metric accuracy",
        lambda: plots.forest(settings(), metric="accuracy"),
    ),
    Entry(
        "differences",
        "Differences from the first setting, paired by seed",
        "metalog plot settings.tar.xz --differences --metric accuracy",
        lambda: plots.differences(settings(), metric="accuracy"),
    ),
    Entry(
        "improvement",
        "P(A > B): how probably a seed of a setting is better than one of the first setting",
        "metalog plot settings.tar.xz --improvement --metric accuracy",
        lambda: plots.improvement(settings(), metric="accuracy"),
    ),
    Entry(
        "profile",
        "Performance profiles: the share of problems above each accuracy",
        "metalog plot settings.tar.xz --profile",
        lambda: plots.profile(settings()),
    ),
    Entry(
        "thirty-seeds",
        "Thirty seeds of one setting",
        "metalog plot thirty.tar.xz --curve --smooth centred:20",
        lambda: plots.curve(thirty().groups(by="meta_lr"), smooth="centred:20"),
    ),
    Entry(
        "thirty-runs",
        "The same one by one: ten colours, four kinds of line, markers",
        "metalog plot thirty.tar.xz --curve --smooth centred:20 --each",
        lambda: plots.curve(thirty(), smooth="centred:20"),
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
        "# Gallery\n\nMade by `python -m docs.make_gallery` from logs of the trainer that lie in `docs/gallery-runs/`, "
        "made by `python -m docs.gallery_runs`: MAML on the embedded glyphs, small; where nothing else is said, with "
        "five inner steps at 0.1. Each picture is one command, and one function of `metalog.plots`.\n"
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

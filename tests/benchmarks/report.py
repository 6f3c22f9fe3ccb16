"""Measures the report: ``python -m tests.benchmarks.report``.

The log is the 42 MB that :mod:`tests.loggen` writes. ``metalog report`` is timed as a whole process in turns with
``metalog parse``; the file is opened in Chromium and timed until it can be used. Beside it Plotly's and Bokeh's files
of some of the same cells' validation losses, each in axes of its own, as the grid of figures has them. They come with
``pip install 'metalog-toolkit[bench]'``; one that is not installed is left out, and said so.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import metalog
from tests import loggen
from tests.benchmarks.processes import python, run
from tests.benchmarks.timing import print_table

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
META_STEPS, PROBLEMS = 1300, 8
MOST_MEGABYTES, MOST_RATIO, MOST_SECONDS = 3.0, 1.5, 1.0


def command(*arguments: str) -> list[str]:
    return python(f"import sys; sys.argv[1:] = {list(arguments)!r}; from metalog.cli import main; main()")


def written(log: Path, page: Path, rounds: int) -> tuple[float, float]:
    """Return the median seconds of parse and of report, in turns."""
    times: dict[str, list[float]] = {"parse": [], "report": []}
    for _ in range(rounds):
        times["parse"].append(run(command("parse", str(log))).wall)
        times["report"].append(run(command("report", str(log), "-o", str(page))).wall)
    return statistics.median(times["parse"]), statistics.median(times["report"])


def opened(pages: dict[str, tuple[Path, str]], rounds: int) -> dict[str, float]:
    """Return the median seconds from the call until the selector of each page is there and two frames were drawn."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    drawn = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    found: dict[str, list[float]] = {name: [] for name in pages}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for _ in range(rounds):
            for name, (page, selector) in pages.items():
                tab = browser.new_page(viewport={"width": 1200, "height": 900})
                start = time.perf_counter()
                tab.goto(page.as_uri(), timeout=300_000)
                tab.wait_for_selector(selector, state="attached", timeout=300_000)
                tab.evaluate(drawn)
                found[name].append(time.perf_counter() - start)
                tab.close()
        browser.close()
    return {name: statistics.median(times) for name, times in found.items()}


def cells_of(frame: Any, every: int) -> list[list[float]]:
    chosen = frame[(frame["meta_step"] - 1) % every == 0]
    return [list(group["loss"]) for _, group in chosen.groupby(["meta_step", "problem"])]


def with_plotly(cells: list[list[float]], path: Path) -> None:
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=len(cells) // PROBLEMS, cols=PROBLEMS, vertical_spacing=0, shared_xaxes="all")
    for place, losses in enumerate(cells):
        figure.add_scatter(y=losses, row=place // PROBLEMS + 1, col=place % PROBLEMS + 1)
    figure.write_html(path, include_plotlyjs=True)


def with_bokeh(cells: list[list[float]], path: Path) -> None:
    from bokeh.embed import file_html
    from bokeh.layouts import gridplot
    from bokeh.plotting import figure
    from bokeh.resources import INLINE

    drawn = []
    for losses in cells:
        one = figure(width=140, height=90, tools="hover")
        one.line(list(range(len(losses))), losses)
        drawn.append(one)
    path.write_text(file_html(gridplot(drawn, ncols=PROBLEMS), INLINE))


RIVALS: dict[str, tuple[Callable[[list[list[float]], Path], None], str]] = {
    "plotly": (with_plotly, ".main-svg .trace path"),
    "bokeh": (with_bokeh, ".bk-GridPlot"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is timed (default: %(default)s)")
    parser.add_argument("--every", type=int, default=100, help="rivals: every Nth meta-step (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log, page = Path(folder) / "run.txt", Path(folder) / "report.html"
        with log.open("w", encoding="utf-8", newline="\n") as stream:
            loggen.write(stream, loggen.Shape(meta_steps=META_STEPS, problems=PROBLEMS))
        parse, report = written(log, page, options.rounds)
        cells = cells_of(metalog.read(log).validations, options.every)
        pages, made = {"metalog, whole run": (page, "html[data-ready]")}, {"metalog, whole run": report}
        for name, (draw, selector) in RIVALS.items():
            if find_spec(name) is None:
                print(f"left out, as it is not installed: {name}")
                continue
            file, label = Path(folder) / f"{name}.html", f"{name}, {len(cells)} cells"
            start = time.perf_counter()
            draw(cells, file)
            made[label], pages[label] = time.perf_counter() - start, (file, selector)
        megabytes = {name: file.stat().st_size / 1e6 for name, (file, _) in pages.items()}
        usable = opened(pages, min(options.rounds, 3))
    rows = [(name, f"{megabytes[name]:.2f}", f"{made[name]:.2f}", f"{usable[name]:.2f}") for name in pages]
    print_table(("file", "MB", "seconds to write", "seconds until usable"), rows)
    ours = "metalog, whole run"
    print(f"\nsize {megabytes[ours]:.2f} MB; target {MOST_MEGABYTES:g}")
    print(f"metalog report takes {report / parse:.2f} times as long as metalog parse; target {MOST_RATIO:g}")
    print(f"usable after {usable[ours]:.2f} s; target {MOST_SECONDS:g}")


if __name__ == "__main__":
    main()

"""``metalog plot``: a run's figures, as files, on standard output or in a window."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import click

from metalog.cli.chosen import exclude_option, join_option
from metalog.cli.console import data_stream
from metalog.cli.figures import FIGURES, asked_for, draw, refuse_meaningless
from metalog.cli.format_option import format_option
from metalog.cli.group_options import Choice, figure_group_options
from metalog.cli.inputs import FileName, read_runs
from metalog.cli.outputs import refuse_overwriting
from metalog.cli.pictures import Picture, destination, pictures_of, ready_matplotlib, show_windows
from metalog.cli.shown_runs import shown_runs
from metalog.errors import UsageError
from metalog.printable import printable

_COUNT = click.IntRange(min=1)
#: So many pictures take long enough for a progress bar.
_MANY = 4
#: What says which runs belong together.
_OF_GROUPS = ("where", "group_by", "group_name", "each", "sort", "top", "center")


def _figure_flags(command: Any) -> Any:
    for figure in reversed(FIGURES):
        command = click.option(f"--{figure.name}", is_flag=True, help=figure.help)(command)
    return command


@click.command()
@click.argument("runs", metavar="[RUN]...", nargs=-1, type=FileName())
@_figure_flags
@click.option("--problem", type=int, nargs=2, metavar="M P", help="Learning curve of problem P in meta-step M.")
@click.option("--all", "everything", is_flag=True, help="Every figure that the runs can give, into a folder.")
@click.option("--split", type=click.Choice(["train", "validation"]), help="Inner steps or validations.")
@click.option("--metric", type=click.Choice(["loss", "accuracy"]), help="Loss (default) or accuracy.")
@click.option("--frame", metavar="NAME", help="Curve: columns of this frame.")
@click.option("--x", metavar="COLUMN", help="Curve: the axis (default: what numbers the rows through the whole log).")
@click.option("--y", multiple=True, metavar="COLUMN", help="Curve: this column (default: losses and accuracies).")
@click.option("--every", type=_COUNT, metavar="N", help="Grid: a row for every Nth meta-step (100; validation: 10).")
@click.option("--rows", type=_COUNT, metavar="N", help="Grid: N rows, spread evenly over the run.")
@click.option("--columns", type=_COUNT, metavar="N", help="Grid: only the first N problems.")
@click.option(
    "--smooth",
    multiple=True,
    metavar="HOW",
    help="centred:25, mean:50 (trailing), ema:0.9, gauss:5 or none; the curves take several (default: centred, over a "
    "tenth of the run; grid and learning curve: none).",
)
@click.option("--share-y/--no-share-y", default=None, help="Grid: one scale for all cells (default), or one for each.")
@click.option(
    "--robust", is_flag=True, default=None, help="Grid: the most extreme percent at each end lies beyond the scale."
)
@click.option("--log-y", is_flag=True, default=None, help="Logarithmic scale; heat map: logarithmic colours.")
@click.option("--baseline", metavar="NAME", help="Differences, improvement: the setting that others are compared with.")
@figure_group_options
@click.option(
    "--style",
    type=click.Choice(["screen", "paper", "talk"]),
    default="screen",
    help="For a paper (3.25 inches wide, grids 6.75, 8 point text, PDF, legible in grey, no title) or a talk.",
)
@click.option("--width", type=float, metavar="INCHES", help="Width of the picture.")
@click.option("--title", metavar="TEXT", help="Title instead of the usual one; '' for none.")
@click.option("--dpi", type=float, help="Pixels an inch of a PNG (default: 150).")
@click.option(
    "-o",
    "--output",
    type=FileName(),
    metavar="FILE",
    help="File ending in .png, .svg, .pdf, …, or a folder, or - for stdout.",
)
@format_option
@exclude_option
@join_option
@click.option("--show", is_flag=True, help="Open a window; writes a file only with -o.")
def plot(
    runs: tuple[str, ...],
    problem: tuple[int, int] | None,
    everything: bool,
    output: str | None,
    dpi: float | None,
    show: bool,
    log_format: str | None,
    join: bool,
    style: str,
    width: float | None,
    title: str | None,
    **options: Any,
) -> None:
    """Draw figures of RUN (files, folders, globs, - for stdin); by default of the run last parsed or trained here.

    Several figures may be asked for at once. Without any, a run's meta-train curve is drawn, a plain learning log's
    learning curve, and several runs are compared. Of a log of another format losses and accuracies are drawn, or the
    columns that --frame, --x and --y name. Runs that differ in the seed alone are one line, with a band over the seeds.
    The path of each picture is printed.
    """
    choice = Choice(**{name: options.pop(name) for name in _OF_GROUPS})
    chosen = [figure for figure in FIGURES if options.pop(figure.name.replace("-", "_"))]
    given = {name: value for name, value in options.items() if value not in (None, ())}
    ready_matplotlib(window=show)
    read = read_runs(runs, [output] if output else [], join=join, format=log_format)
    shown = shown_runs(choice, read, given)
    given |= choice.of_groups()
    figures = asked_for(chosen, everything, problem, shown.runs.runs, given, len(shown.groups))
    refuse_meaningless(figures, given)
    pictures = pictures_of(figures, shown.runs, shown.groups, shown.settings)
    if output == "-" and (len(pictures) > 1 or sys.stdout.isatty()):
        raise UsageError("-o - takes a single picture, into a pipe or a file; name a file or a folder instead")
    for_windows: list[Any] = []

    def use(picture: Picture, figure: Any) -> None:
        if output or not show:
            _write(figure, picture, output, dpi, several=len(pictures) > 1, everything=everything)
        if show:
            for_windows.append(figure)

    from metalog.plots import styled

    with styled(style, width=width, title=title), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a user can do nothing about what matplotlib warns its callers of
        _draw_each(pictures, given, problem, use, patient=everything)
        if show:
            show_windows(for_windows)
    if read.failures:
        sys.exit(1)


def _draw_each(
    pictures: list[Picture],
    given: dict[str, Any],
    problem: Any,
    use: Callable[[Picture, Any], None],
    *,
    patient: bool,
) -> None:
    """Draw each picture and `use` its figure; `patient`: say which failed and go on, unless all do."""
    from tqdm import tqdm

    failures = 0
    disabled = None if len(pictures) >= _MANY else True
    for picture in tqdm(pictures, "Drawing", unit=" pictures", leave=False, disable=disabled):
        try:
            use(picture, draw(picture.figure, picture.data, given, problem))
        except UsageError as error:
            failures += 1
            if not patient or failures == len(pictures):
                raise
            tqdm.write(f"metalog: no {picture.figure.name}: {error}", file=sys.stderr)


def _write(
    figure: Any, picture: Picture, output: str | None, dpi: float | None, *, several: bool, everything: bool
) -> None:
    from tqdm import tqdm

    from metalog import plots
    from metalog.plots import looks

    look = looks.current()
    if output == "-":
        plots.save(figure, data_stream(), dpi=dpi)
        return
    path = destination(output, picture, several=several, into_folder=everything, ending=look.ending)
    refuse_overwriting([path])
    plots.save(figure, path, dpi=dpi)
    tqdm.write(printable(str(path)))  # to stdout, beside a progress bar
    if figure.notes and not look.in_words:
        tqdm.write(printable(f"{path}: for the caption: {figure.notes}."), file=sys.stderr)

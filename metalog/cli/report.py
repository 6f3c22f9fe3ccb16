"""``metalog report``: one HTML file that shows runs, still or live."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from metalog.cli.console import data_stream, show
from metalog.cli.follow_report import follow_report
from metalog.cli.format_option import format_option
from metalog.cli.inputs import FileName, names_or_recent, read_runs
from metalog.cli.outputs import STDOUT, refuse_overwriting
from metalog.errors import UsageError

if TYPE_CHECKING:
    from metalog.runs.run import Run

_ENDING: Final = ".html"
#: A file's name tells so many runs.
_MOST_NAMES: Final = 3


@click.command()
@click.argument("runs", metavar="[RUN]...", nargs=-1, type=FileName())
@click.option(
    "-o",
    "--output",
    type=FileName(),
    metavar="FILE",
    help="Write this file, into this folder, or to standard output (-); by default RUN-report.html here.",
)
@format_option
@click.option("--follow", is_flag=True, help="Write it anew while the log grows; an open page follows. Ctrl-C ends.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="With --follow: how often it is written and loaded (default: 5).",
)
def report(
    runs: tuple[str, ...], output: str | None, log_format: str | None, follow: bool, every: float | None
) -> None:
    """Write one HTML file that shows RUN (files, folders, globs, - for stdin); by default the run last worked on here.

    All of it: curves, the grid of all problems, meta-validation, configuration, diagnostics; of several runs a table
    too. It opens by a double click, without a network, and makes no request. Its path is printed.
    """
    if every is not None and not follow:
        raise UsageError("--every means nothing without --follow")
    if follow:
        name = _only(names_or_recent(runs), output)
        path = _path(output, [Path(name).name])
        refuse_overwriting([path], [name])
        follow_report(name, path, every=every or 5.0, log_format=log_format)
        return
    found = read_runs(runs, [output] if output else [], format=log_format)
    _write(found, output)
    sys.exit(1 if found.failures else 0)


def _only(names: object, output: str | None) -> str:
    assert isinstance(names, list | tuple)
    if len(names) != 1 or output == STDOUT:
        raise UsageError("--follow takes one log and writes a file; name one, and a file with -o")
    return str(names[0])


def _write(runs: Mapping[str, Run], output: str | None) -> None:
    from metalog.report import report as made

    if output == STDOUT:
        if sys.stdout.isatty():
            raise UsageError("-o - writes a page, into a pipe or a file; name a file instead")
        data_stream().write(made(runs).page)
        return
    path = _path(output, list(runs))
    refuse_overwriting([path])
    made(runs).save(path)
    show(str(path))


def _path(output: str | None, names: list[str]) -> Path:
    """Return where the report goes: to the file that was named, or to one named after the runs."""
    from metalog.output.file_names import file_stems, fitted, with_hash

    path = Path(output or ".")
    if output and not output.endswith(("/", "\\")) and not path.is_dir():
        return path
    if not path.is_dir():
        raise UsageError(f"there is no folder {output}; make it, or name a file")
    together = "+".join(file_stems([Path(name).stem if len(names) == 1 else name for name in names]))
    stem = together if len(names) <= _MOST_NAMES else with_hash(f"{len(names)}-runs", together)
    return path / fitted(f"{stem}-report", _ENDING)

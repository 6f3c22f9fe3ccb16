"""``metalog check``: every diagnostic of a log, with its place."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING

import click

from metalog.cli.format_option import format_option
from metalog.cli.inputs import FileName, names_or_recent, report_failures
from metalog.cli.outputs import STDOUT, refuse_overwriting
from metalog.errors import UsageError
from metalog.printable import printable

if TYPE_CHECKING:
    from metalog.runs.run import Run
    from metalog.sources import Source


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...", type=FileName())
@click.option(
    "--rejects",
    type=FileName(),
    metavar="FILE",
    help="Write the lines that were not understood to FILE.",
)
@format_option
def check(runs: tuple[str, ...], rejects: str | None, log_format: str | None) -> None:
    """List every diagnostic as PATH:LINE:COLUMN: CODE MESSAGE; exit with 1 if there is any.

    RUN is whatever metalog parse takes; by default the run last parsed or trained in this directory. What the codes
    mean and what to do about them stands in docs/diagnostics.md.
    """
    from metalog.errors import MetalogError
    from metalog.output.atomic import replacing
    from metalog.sources import expand

    if rejects == STDOUT:
        raise UsageError("standard output gets the list of diagnostics; name a file with --rejects")
    failures: dict[str, MetalogError] = {}
    sources = expand(names_or_recent(runs), failures=failures)
    refuse_overwriting([rejects] if rejects else [], sources)
    read = diagnostics = 0
    with ExitStack() as stack:
        stream = stack.enter_context(replacing(rejects)) if rejects else None
        for source in sources:
            try:
                run = _read(source, stream, log_format)
            except UsageError:  # the call is wrong, not the log
                raise
            except MetalogError as error:
                failures[source.name] = error
            else:
                read, diagnostics = read + 1, diagnostics + _print_diagnostics(run)
    report_failures(failures, all_failed=not read)
    sys.exit(1 if failures or diagnostics else 0)


def _read(source: Source, rejects: IO[bytes] | None, log_format: str | None) -> Run:
    from metalog.reading.finding import find_format
    from metalog.reading.parser import Parser
    from metalog.reading.read import parse, read
    from metalog.reading.read_many import require_lines

    with source.open() as stream:
        found = find_format(stream, log_format, source.path)
        if found.whole:
            run = read(stream, name=source.name, format=found.format)
            require_lines(run, found)
            return run
        parser = Parser(source.name, format=found.format, rejects=rejects)
        for _ in parse(stream, parser, progress=True, total=source.size):
            parser.take_records()
        run = parser.close()
    require_lines(run, found)
    return run


def _print_diagnostics(run: Run) -> int:
    """Print a line for each diagnostic; return how many there are."""
    found = run.columns("diagnostics")
    for line, column, code, message in zip(*(found[n] for n in ("line", "column", "code", "message")), strict=True):
        click.echo(printable(f"{run.name}:{line}:{column}: {code} {message}"))
    return len(found["line"])

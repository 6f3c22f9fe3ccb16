"""``metalog check``: every diagnostic of a log, with its place."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING

import click

from metalog.cli.chosen import exclude_option, find_runs, join_option
from metalog.cli.format_option import format_option
from metalog.cli.inputs import FileName, names_or_recent, report_failures
from metalog.cli.outputs import STDOUT, refuse_overwriting
from metalog.errors import UsageError

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
@click.option(
    "--as",
    "form",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="Form of the list; github's is that of annotations in its workflows.",
)
@format_option
@exclude_option
@join_option
def check(runs: tuple[str, ...], rejects: str | None, form: str, log_format: str | None, join: bool) -> None:
    """List every diagnostic as PATH:LINE:COLUMN: CODE MESSAGE; exit with 1 if there is any.

    RUN is whatever metalog parse takes; by default the run last parsed or trained in this directory. What a code means
    and what to do about it: metalog explain CODE.
    """
    from metalog.errors import MetalogError
    from metalog.output.atomic import replacing
    from metalog.output.diagnostics import writer

    if rejects == STDOUT:
        raise UsageError("standard output gets the list of diagnostics; name a file with --rejects")
    failures: dict[str, MetalogError] = {}
    sources = find_runs(names_or_recent(runs), failures, join=join)
    refuse_overwriting([rejects] if rejects else [], sources)
    read = diagnostics = 0
    listed = writer(form)
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
                read, diagnostics = read + 1, diagnostics + len(run.diagnostic_records)
                for line in listed.add(run):
                    click.echo(line)
    for line in listed.end():
        click.echo(line)
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
    require_lines(run, found, records=False)
    return run

"""``metalog check``: every oddity of a log, with its place."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from metalog.run import Run
    from metalog.sources import Source


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the lines that were not understood to FILE.",
)
def check(runs: tuple[str, ...], rejects: Path | None) -> None:
    """List every oddity as PATH:LINE:COLUMN: CODE MESSAGE; exit with 1 if there is any.

    RUN is whatever metalog parse takes; by default the run last parsed or trained in this directory. What the codes
    mean and what to do about them stands in docs/diagnostics.md.
    """
    from metalog.atomic import replacing
    from metalog.cli.inputs import names_or_recent
    from metalog.errors import MetalogError
    from metalog.sources import expand

    failures: dict[str, MetalogError] = {}
    findings = 0
    with ExitStack() as stack:
        stream = stack.enter_context(replacing(rejects)) if rejects else None
        for source in expand(names_or_recent(runs), failures=failures):
            try:
                findings += _print_findings(_read(source, stream))
            except MetalogError as error:
                failures[source.name] = error
    for failure in failures.values():
        click.echo(f"metalog: {failure}", err=True)
    if failures or findings:
        sys.exit(1 if findings or len(failures) < len(runs) else 2)


def _read(source: Source, rejects: IO[bytes] | None) -> Run:
    from metalog.parser import Parser
    from metalog.reader import parse

    with source.open() as stream:
        parser = Parser(source.name, rejects=rejects)
        for _ in parse(stream, parser, progress=True, total=source.size):
            parser.take_records()
        return parser.close()


def _print_findings(run: Run) -> int:
    """Print a line for each diagnostic; return how many there are, a log without a record counting as one."""
    shown = run.diagnostics[["line", "column", "code", "message"]]
    for line, column, code, message in shown.itertuples(index=False):
        click.echo(f"{run.name}:{line}:{column}: {code} {message}")
    if not run.counts.keys() - {"lines", "blank", "console", "comment", "noise", "decorated"}:
        click.echo(f"{run.name}:1:1: empty no line of the log format in it")
        return len(shown) + 1
    return len(shown)

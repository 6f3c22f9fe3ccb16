"""``metalog parse``: logs to a summary, or to files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from metalog.runs.run import OnRestart, Run
    from metalog.runs.run_set import RunSet
    from metalog.sources import Source

_FRAMES = ("all", "steps", "validations", "meta_validation", "meta_steps", "diagnostics")


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="Write the frames: to a folder, to a file (.csv, .jsonl, .parquet or .feather), or to stdout (-).",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "parquet", "feather"]),
    help="Format of the files (default: what the ending of -o says, else csv).",
)
@click.option(
    "--frame",
    type=click.Choice(_FRAMES),
    default="all",
    show_default=True,
    help="What a single file gets: one frame, or all records in the order of their lines.",
)
@click.option("--strict", is_flag=True, help="Stop at the first diagnostic instead of reading around it.")
@click.option(
    "--on-restart",
    type=click.Choice(["all", "last", "first"]),
    default="all",
    show_default=True,
    help="Which copy of a meta-step counts that a resumed run has repeated.",
)
@click.option("--follow", is_flag=True, help="Go on reading while the log grows; Ctrl-C ends it.")
def parse(
    runs: tuple[str, ...],
    output: str | None,
    form: str | None,
    frame: str,
    strict: bool,
    on_restart: OnRestart,
    follow: bool,
) -> None:
    """Read logs into tidy frames and print a summary, or write the frames.

    RUN is a file, compressed or not, a folder, a glob, a URL, or - for standard input; by default the run last parsed
    or trained in this directory.
    """
    from metalog.cli.inputs import names_or_recent, report_failures
    from metalog.reading.read_many import read_many
    from metalog.sources import expand

    target = _Target.of(output, form, frame)
    names = names_or_recent(runs)
    if follow:
        _refuse_with_follow(names, output, on_restart)
        _follow(names[0], strict=strict)
    elif len(names) == 1 and len(sources := expand(names)) == 1:
        run = _parse_one(sources[0], target, strict=strict, on_restart=on_restart)
        _remember(sources[0].name)
        _tell(repr(run), output)
    else:
        several = read_many(names, strict=strict, on_restart=on_restart, progress=True)
        if several:
            _write(several, target)
            _tell("\n".join(map(repr, several.values())), output)
        report_failures(several.failures, all_failed=not several)
        sys.exit(1 if several.failures else 0)


@dataclass(frozen=True, slots=True)
class _Target:
    """What ``-o``, ``--format`` and ``--frame`` say together."""

    output: Path | IO[bytes]
    form: str
    frame: str

    @classmethod
    def of(cls, output: str | None, form: str | None, frame: str) -> _Target | None:
        if output is None:
            if form or frame != "all":
                raise click.UsageError("--format and --frame say what is written; say where to with -o")
            return None
        from metalog.output.sinks import format_of

        named = None if output == "-" else format_of(Path(output))
        if named and form and named != form:
            raise click.UsageError(f"{output} names the format {named}, but --format says {form}")
        if not named and output != "-" and frame != "all":
            raise click.UsageError(
                f"{output} is a folder's name, and a folder gets every frame; -o {frame}.csv gets one"
            )
        where: Path | IO[bytes] = sys.stdout.buffer if output == "-" else Path(output)
        return cls(where, form or named or "csv", frame)


def _parse_one(source: Source, target: _Target | None, *, strict: bool, on_restart: OnRestart) -> Run:
    """Read one log; if it is to be written, without holding it, unless copies of its meta-steps must be compared."""
    from metalog.output.export import export_log, open_export
    from metalog.reading.parser import Parser
    from metalog.reading.read import read
    from metalog.reading.read_many import require_lines

    with source.open() as stream:
        if target is None or on_restart != "all":
            run = read(stream, strict=strict, on_restart=on_restart, progress=True, name=source.name)
            require_lines(run)
            _write(run, target)
            return run
        parser = Parser(source.name, strict=strict)
        with open_export(target.output, target.form, target.frame) as export:
            run = export_log(stream, parser, export, progress=True, total=source.size)
            require_lines(run)
        return run


def _write(runs: Run | RunSet, target: _Target | None) -> None:
    """Write one run, or several with a leading column that names them."""
    from metalog.output.export import open_export
    from metalog.runs.run import Run

    if target is None:
        return
    with open_export(target.output, target.form, target.frame) as export:
        if isinstance(runs, Run):
            export.records(runs.records)
        else:
            import pandas as pd

            for name, run in runs.items():
                export.records(run.records, pd.Categorical([name], categories=list(runs)))
        export.finish(runs)


def _remember(name: str) -> None:
    from metalog.cli.recent import remember

    if Path(name).is_file():
        remember(name)


def _tell(summary: str, output: str | None) -> None:
    click.echo(summary, err=output == "-")
    if output not in (None, "-"):
        click.echo(f"written: {output}", err=True)


def _refuse_with_follow(names: Sequence[str], output: str | None, on_restart: str) -> None:
    if len(names) > 1 or output or on_restart != "all":
        raise click.UsageError("--follow takes one log, all of it, and writes no file")


def _follow(name: str, *, strict: bool) -> None:
    from metalog.cli.status_line import StatusLine
    from metalog.reading.follow import follow, until_interrupted
    from metalog.runs.live import Live

    live = Live(name)
    line = StatusLine() if sys.stderr.isatty() else None
    _remember(name)
    with until_interrupted() as interrupted:
        updates = follow(name, poll=0.5, stop=interrupted, strict=strict)
        if not Path(name).exists():
            click.echo(f"{name} is not there yet; waiting for it (Ctrl-C ends)", err=True)
        for update in updates:
            completed = live.add(update)
            if line:
                line.show(live.status())
            elif completed:
                click.echo(live.status(), err=True)
    if line:
        line.clear()
    click.echo(live.status())

"""``metalog parse``: logs to a summary, or to files."""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import click

from metalog.cli.chosen import exclude_option, find_runs, join_option
from metalog.cli.console import say, show
from metalog.cli.follow_log import follow_log
from metalog.cli.format_option import format_option, tell_apart
from metalog.cli.frames_target import FramesTarget
from metalog.cli.inputs import FileName, names_or_recent, report_failures
from metalog.cli.pile import check_options, write_pile, write_tracked

if TYPE_CHECKING:
    from metalog.errors import MetalogError
    from metalog.runs.run import OnRestart, Run
    from metalog.sources import Source

_FORMS = ("csv", "jsonl", "parquet", "feather")


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...", type=FileName())
@click.option(
    "-o",
    "--output",
    type=FileName(),
    metavar="PATH",
    help="Write the frames: to a folder, to a file (.csv, .jsonl, .parquet or .feather), or to stdout (-).",
)
@click.option(
    "--as",
    "form",
    type=click.Choice(_FORMS),
    help="Form of the files (default: what the ending of -o says, else csv).",
)
@format_option
@exclude_option
@join_option
@click.option(
    "--frame",
    metavar="NAME",
    default="all",
    show_default=True,
    help="What a single file gets: one frame (steps, validations, meta_validation, meta_steps, diagnostics, or one of "
    "the log's own format), or all records in the order of their lines.",
)
@click.option("--strict", is_flag=True, help="Stop at the first diagnostic instead of reading around it.")
@click.option(
    "--on-restart",
    type=click.Choice(["all", "last", "first"]),
    default="all",
    show_default=True,
    help="Which copy of a meta-step counts that a resumed run has repeated.",
)
@click.option(
    "--to",
    "tracker",
    type=click.Choice(["tensorboard", "wandb"]),
    help="Write scalars to the folder -o, for TensorBoard (event files) or Weights & Biases (offline runs).",
)
@click.option(
    "--partition",
    is_flag=True,
    help="Write a data set to the folder -o: FRAME/run=NAME/part.parquet for each log that is new or has changed.",
)
@click.option(
    "--with-config",
    is_flag=True,
    help="Put the settings of each run into what -o writes, as columns config.NAME.",
)
@click.option("--follow", is_flag=True, help="Go on reading while the log grows; Ctrl-C ends it.")
def parse(
    runs: tuple[str, ...],
    output: str | None,
    form: str | None,
    log_format: str | None,
    frame: str,
    strict: bool,
    on_restart: OnRestart,
    tracker: str | None,
    partition: bool,
    with_config: bool,
    follow: bool,
    join: bool,
) -> None:
    """Read logs into tidy frames and print a summary, or write the frames.

    RUN is a file, compressed or not, a tar or zip archive, a folder, a glob, a URL, or - for standard input; by default
    the run last parsed or trained in this directory.
    """
    form, log_format = tell_apart(form, log_format, _FORMS)
    pile = check_options("--partition", output, form, frame) if partition else None
    tracked = check_options("--to", output, form, frame) if tracker else None
    if pile and tracked:
        raise click.UsageError("--partition and --to write different things; call metalog parse for each")
    target = None if pile or tracked else FramesTarget.of(output, form, frame)
    if with_config and not target:
        raise click.UsageError("--with-config says what is written; give -o, and neither --partition nor --to")
    how: dict[str, Any] = {"strict": strict, "on_restart": on_restart, "log_format": log_format}
    names = names_or_recent(runs)
    if follow:
        if join or len(names) > 1 or output or on_restart != "all":
            raise click.UsageError("--follow takes one log, all of it, and writes no file")
        follow_log(names[0], strict=strict, log_format=log_format)
    elif tracker and tracked:
        sys.exit(write_tracked(names, tracker, tracked, join=join, **how))
    elif pile:
        sys.exit(write_pile(names, pile, join=join, **how))
    elif len(names) == 1 or join:
        _parse_named(names, target, join=join, config=with_config, **how)
    else:
        _parse_several(names, target, config=with_config, **how)


def _parse_named(names: Sequence[str], target: FramesTarget | None, *, join: bool, **how: Any) -> None:
    """Parse what one name stands for, or what is joined; a single log is remembered."""
    sources = find_runs(names, join=join)
    if len(sources) > 1:
        _parse_several(names, target, **how)
        return
    (source,) = sources
    run = _parse_one(source, target, **how)
    if how["log_format"] is None:
        _tell_formats([run])
    if source.path is not None and source.member is None:
        _remember([str(part.path) for part in source.parts] or [str(source.path)])
    _report(repr(run), target)
    if target is None:
        given = [*(["--join"] if join else []), *(["--format", how["log_format"]] if how["log_format"] else [])]
        say(_next(run, [*names, *given]))


def _parse_several(
    names: Sequence[str],
    target: FramesTarget | None,
    *,
    strict: bool,
    on_restart: OnRestart,
    log_format: str | None,
    config: bool,
) -> None:
    from metalog.output.export import open_export
    from metalog.reading.read_many import read_many
    from metalog.runs.run_set import RunSet

    failures: dict[str, MetalogError] = {}
    sources = find_runs(names, failures)
    runs = read_many(sources, strict=strict, on_restart=on_restart, progress=True, format=log_format, config=config)
    runs = RunSet(runs.runs, failures | runs.failures)
    if runs:
        if log_format is None:
            _tell_formats(runs.values())
        if target:
            formats = list({run.format.name: run.format for run in runs.values()}.values())
            target.refuse_overwriting(sources, formats)
            with open_export(target.output, target.form, target.frame, formats) as export:
                export.runs(runs)
        _remember(names)
        _report("\n".join(map(repr, runs.values())), target)
        if target is None and not runs.failures:
            say(f"next: metalog summary {shlex.join(names)}")
    report_failures(runs.failures, all_failed=not runs)
    sys.exit(1 if runs.failures else 0)


def _tell_formats(runs: Collection[Run]) -> None:
    """Say which formats were found where they are not metalog's own."""
    from metalog.formats import native

    for name, number in Counter(run.format.name for run in runs).items():
        if name != native().name:
            logs = f" ({number} of {len(runs)} runs)" if len(runs) > 1 else ""
            say(f"format: {name}{logs}, as found; --format says another")


def _parse_one(
    source: Source,
    target: FramesTarget | None,
    *,
    strict: bool,
    on_restart: OnRestart,
    log_format: str | None,
    config: bool,
) -> Run:
    """Read one log; if it is to be written, without holding it, unless what is written needs to know all of it."""
    from metalog.output.export import export_log, open_export
    from metalog.reading.finding import find_format
    from metalog.reading.parser import Parser
    from metalog.reading.read import read
    from metalog.reading.read_many import require_lines

    with source.open() as stream:
        found = find_format(stream, log_format, source.path)
        if target is None or on_restart != "all" or found.whole or config:
            run = read(
                stream, strict=strict, on_restart=on_restart, progress=True, name=source.name, format=found.format
            )
            require_lines(run, found)
            if config:
                _tell_settings(run, source)
            if target:
                target.refuse_overwriting([source], [run.format])
                with open_export(target.output, target.form, target.frame, [run.format]) as export:
                    export.run(run)
            return run
        parser = Parser(source.name, format=found.format, strict=strict)
        target.refuse_overwriting([source], [parser.format])
        with open_export(target.output, target.form, target.frame, [parser.format]) as export:
            run = export_log(stream, parser, export, progress=True, total=source.size)
            require_lines(run, found)
        return run


def _tell_settings(run: Run, source: Source) -> None:
    """Tell a run the settings of its place, for its frames; say what can't be read there."""
    from metalog.cli.console import complain
    from metalog.reading.beside import Beside

    told = Beside()
    run.beside, run.with_config = told(source), True
    for failure in told.failures.values():
        complain(failure)


def _remember(names: Sequence[str]) -> None:
    """Note what was read, if all of it can be found again: on disk."""
    from metalog.cli.recent import remember

    paths = [os.path.expanduser(name) for name in names]  # noqa: PTH111 - Path's own raises where there is no such user
    if all(name != "-" and "://" not in name for name in names) and not any(map(_is_stream, paths)):
        remember(*paths)


def _is_stream(path: str) -> bool:
    return os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path))  # noqa: PTH110, PTH112, PTH113


def _next(run: Run, names: Sequence[str]) -> str:
    """Return the command that is of use next: what is damaged is looked at before what is drawn."""
    from metalog.diagnostics import CODES

    damaged = any(CODES[code].severity == "error" for code in run.diagnostic_counts)
    return f"next: metalog {'check' if damaged else 'plot --curve'} {shlex.join(names)}"


def _report(summary: str, target: FramesTarget | None) -> None:
    """Print what was read, beside the data, and say what was written."""
    show(summary, err=bool(target and target.is_stdout))
    if target and not target.is_stdout:
        say(f"written: {target.output}")

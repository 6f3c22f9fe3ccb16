"""The runs that a command is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from metalog.cli.chosen import find_runs
from metalog.cli.console import complain, say

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from metalog.errors import MetalogError
    from metalog.runs.run_set import RunSet


class FileName(click.types.StringParamType):
    """A name that a shell completes as a file's; nothing else is asked of it."""

    name = "file"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click's signature
        """Let the shell complete it as it does file names."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


def read_runs(
    names: Sequence[str], outputs: Iterable[str | Path] = (), *, join: bool = False, **options: Any
) -> RunSet:
    """Read what the user named, or the run last parsed or trained in this directory; say what couldn't be read.

    Parameters
    ----------
    names
        What the user named.
    outputs
        Files that the command will write.
    join
        Whether all is one log.
    options
        As for :func:`metalog.read_many`.

    Raises
    ------
    UsageError
        If an output is a log.
    MetalogError
        If there is nothing to read, or nothing could be read.
    """
    from metalog.cli.outputs import refuse_overwriting
    from metalog.reading.read_many import read_many
    from metalog.runs.run_set import RunSet

    failures: dict[str, MetalogError] = {}
    sources = find_runs(names_or_recent(names), failures, join=join)
    refuse_overwriting(outputs, sources)
    runs = read_many(sources, progress=True, **options)
    runs = RunSet(runs.runs, failures | runs.failures)
    report_failures(runs.failures, all_failed=not runs)
    return runs


def report_failures(failures: Mapping[str, MetalogError], *, all_failed: bool) -> None:
    """Say which logs couldn't be read, and why.

    Raises
    ------
    MetalogError
        If `all_failed`: the last of them, for the exit code.
    """
    others = list(failures.values())
    last = others.pop() if others and all_failed else None
    for failure in others:
        complain(failure)
    if last:
        raise last


def names_or_recent(names: Sequence[str]) -> Sequence[str]:
    """Return what the user named, or the run or runs last parsed or trained in this directory, and say which.

    Raises
    ------
    UsageError
        If nothing was named and there is no such run.
    """
    from metalog.cli.recent import recall

    if names:
        return names
    recent = recall()
    many = len(recent) > 1 or not recent[0].is_file()
    what, which, named = "runs" if many else "run", "ones" if many else "one", ", ".join(map(str, recent))
    say(f"{what}: {named}, the {which} last worked on here")
    return [as_path(path) for path in recent]


def as_path(path: Path) -> str:
    """Return the name of a file so that it means that file, also if it is called ``-`` or ``~``, or as a URL is."""
    name = str(path)
    return f"./{name}" if name.startswith(("-", "~")) or "://" in name else name

"""The runs that a command is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from metalog.errors import MetalogError
    from metalog.runs.run_set import RunSet


def read_runs(names: Sequence[str]) -> RunSet:
    """Read what the user named, or the run last parsed or trained in this directory; say what couldn't be read.

    Raises
    ------
    MetalogError
        If there is nothing to read, or nothing could be read.
    """
    from metalog.reading.read_many import read_many

    runs = read_many(names_or_recent(names), progress=True)
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
        click.echo(f"metalog: {failure}", err=True)
    if last:
        raise last


def names_or_recent(names: Sequence[str]) -> Sequence[str]:
    """Return what the user named, or the run last parsed or trained in this directory, and say which one.

    Raises
    ------
    UsageError
        If nothing was named and there is no such run.
    """
    from metalog.cli.recent import recall

    if names:
        return names
    recent = recall()
    click.echo(f"run: {recent}, the one last worked on here", err=True)
    return [str(recent)]

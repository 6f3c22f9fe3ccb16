"""The runs that a command is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from metalog.runset import RunSet


def read_runs(names: Sequence[str]) -> RunSet:
    """Read what the user named, or the run last parsed or trained in this directory; say what couldn't be read.

    Raises
    ------
    MetalogError
        If there is nothing to read, or nothing could be read.
    """
    from metalog.runset import read_many

    runs = read_many(names_or_recent(names), progress=True)
    if not runs and runs.failures:
        raise next(iter(runs.failures.values()))
    for failure in runs.failures.values():
        click.echo(f"metalog: {failure}", err=True)
    return runs


def names_or_recent(names: Sequence[str]) -> Sequence[str]:
    """Return what the user named, or the run last parsed or trained in this directory, and say which one.

    Raises
    ------
    UsageError
        If nothing was named and there is no such run.
    """
    from metalog.recent import recall

    if names:
        return names
    recent = recall()
    click.echo(f"run: {recent}, the one last worked on here", err=True)
    return [str(recent)]

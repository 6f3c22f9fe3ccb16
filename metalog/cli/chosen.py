"""Which logs a command reads: what the user named, perhaps with a name for it, without what was excluded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any, Final

import click

from metalog.cli.console import say
from metalog.errors import SourceError, UsageError

if TYPE_CHECKING:
    from metalog.errors import MetalogError
    from metalog.sources import Source

_EXCLUDED: Final = f"{__name__}.excluded"


def _keep(ctx: click.Context, _: click.Parameter, patterns: tuple[str, ...]) -> None:
    ctx.meta[_EXCLUDED] = patterns


#: Gives a command the option; :func:`find_runs` heeds it.
exclude_option: Callable[..., Any] = click.option(
    "--exclude",
    multiple=True,
    expose_value=False,
    callback=_keep,
    metavar="GLOB",
    help="Leave out logs whose path, file or folder matches, as in --exclude 'debug-*'; may be given several times.",
)


#: Gives a command the option.
join_option: Callable[..., Any] = click.option(
    "--join",
    is_flag=True,
    help="All that is named is one log, cut into pieces, the oldest first; members of a rotation are joined anyway.",
)


def find_runs(
    names: Iterable[str], failures: dict[str, MetalogError] | None = None, *, join: bool = False
) -> list[Source]:
    """Find the logs that the user named, as :func:`metalog.sources.expand` does; say which files are read as one.

    ``NAME=PATH`` gives a log a name.

    Raises
    ------
    SourceError
        If something names no log and `failures` is not given.
    UsageError
        If a name is given to several logs, or nothing is left.
    """
    from metalog.sources import expand

    found = expand([source for name in names for source in _find(name, failures)])
    context = click.get_current_context(silent=True)
    patterns = context.meta.get(_EXCLUDED, ()) if context else ()
    kept = [source for source in found if not any(_matches(source.name, pattern) for pattern in patterns)]
    if found and not kept:
        raise UsageError(f"--exclude leaves out all {len(found)} logs; choose another pattern")
    sources = expand(kept, join=join)
    for source in sources:
        if source.parts:
            parts = ", ".join(part.name for part in source.parts)
            say(f"{source.name}: {len(source.parts)} files read as one log, line numbers go through all: {parts}")
    return sources


def _find(spec: str, failures: dict[str, MetalogError] | None) -> list[Source]:
    from metalog.sources import expand

    label, sign, path = spec.partition("=")
    if not (sign and label and path) or os.sep in label or "://" in label or os.path.lexists(spec):
        return expand([spec], failures=failures)
    try:  # a folder may be called lr=0.1
        return expand([spec])
    except SourceError as unnamed:
        told = unnamed
    try:
        named = expand([path])
    except SourceError:
        return _not_found(spec, told, failures)
    if len(named) != 1:
        raise UsageError(f"{path} holds {len(named)} logs, which can't all be called {label!r}")
    return [replace(named[0], name=label)]


def _not_found(spec: str, error: SourceError, failures: dict[str, MetalogError] | None) -> list[Source]:
    if failures is None:
        raise error
    failures[spec] = error
    return []


def _matches(path: str, pattern: str) -> bool:
    """Tell whether a glob matches a log's path from one of its parts on, or a folder in it."""
    path = path.replace(os.sep, "/")
    return any(fnmatch(f"/{path}", f"*/{pattern.strip('/')}{end}") for end in ("", "/*"))

"""Many logs at once: read in parallel, kept by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from typing import Any, Literal, TypeVar

from metalog.errors import EmptyLogError, MetalogError, UsageError
from metalog.reading.finding import Found, find_format
from metalog.reading.known import AnyFormat
from metalog.reading.threads import processors
from metalog.runs.run import Run
from metalog.runs.run_set import RunSet
from metalog.sources import Source, expand
from metalog.sources.run_names import short_names

_T = TypeVar("_T")


def read_many(
    specs: str | os.PathLike[str] | Sequence[str | os.PathLike[str] | Source],
    *,
    strict: bool = False,
    on_restart: Literal["all", "last", "first"] = "all",
    progress: bool = False,
    workers: int | None = None,
    format: AnyFormat | None = None,  # noqa: A002 - what logs have
) -> RunSet:
    """Read all logs that `specs` name.

    One that can't be read never stops the rest: it is entered in the result's `failures`.

    Parameters
    ----------
    specs
        One or several of what :func:`metalog.sources.expand` takes: files, folders, globs, archives, URLs, ``-``;
        or what it returned.
    strict, on_restart
        As for :func:`metalog.read`.
    progress
        Show a bar on standard error, if that is a terminal.
    workers
        Logs read at the same time; by default as many as there are processors for this process.
    format
        The format of all of them, as for :func:`metalog.read`; by default that of each is found out.

    Returns
    -------
    RunSet
        A run is called the shortest part of its path that tells it from the others, a log of several writers
        gives a run for each, called ``name[writer]``.

    Raises
    ------
    UsageError
        If `on_restart` or `format` is unknown.
    """
    failures: dict[str, MetalogError] = {}
    sources = expand([specs] if isinstance(specs, str | os.PathLike) else specs, failures=failures)
    tasks = [
        partial(_read_source, source, name, given=format, strict=strict, on_restart=on_restart)
        for source, name in zip(sources, short_names([source.name for source in sources]), strict=True)
    ]
    runs: dict[str, Run] = {}
    for source, outcome in zip(sources, _in_parallel(tasks, workers, progress), strict=True):
        if isinstance(outcome, MetalogError):
            failures[source.name] = outcome
        else:
            runs |= outcome
    return RunSet(runs, failures)


def _read_source(
    source: Source, name: str, *, given: AnyFormat | None, **options: Any
) -> dict[str, Run] | MetalogError:
    from metalog.reading.read import read

    try:
        with source.open() as stream:
            found = find_format(stream, given, source.path)
            run = read(stream, name=source.name, format=found.format, **options)
        require_lines(run, found)
    except UsageError:  # the call is wrong, not the source
        raise
    except MetalogError as error:
        return error
    several = len(run.writers) > 1
    runs = {f"{name}[{writer}]": part for writer, part in run.by_writer().items()} if several else {name: run}
    for own_name, part in runs.items():
        part.name = own_name
    return runs


def require_lines(run: Run, found: Found) -> None:
    """Refuse what is no log at all: a file that somebody put beside the logs, or one that is still empty.

    Parameters
    ----------
    run
        What was read.
    found
        What was found out about its format.

    Raises
    ------
    EmptyLogError
        If no line but comments was understood.
    """
    lines = {line.name for line in run.format.lines if not line.comment}
    if run.empty and not run.counts.keys() & lines:
        if run.counts.get("lines"):
            raise EmptyLogError(found.why_empty(run.name))
        raise EmptyLogError(f"{run.name} is empty; name the log of a run that has begun")


def _in_parallel(tasks: Sequence[Callable[[], _T]], workers: int | None, progress: bool) -> list[_T]:
    """Run tasks in threads (the scan doesn't hold Python's lock); return their results in order."""
    if len(tasks) == 1:
        return [tasks[0]()]
    from tqdm import tqdm

    pool = ThreadPoolExecutor(workers or processors())
    try:
        futures = [pool.submit(task) for task in tasks]
        hidden = None if progress else True
        for _ in tqdm(as_completed(futures), "Reading", len(tasks), unit=" logs", leave=False, disable=hidden):
            pass
        return [future.result() for future in futures]
    finally:
        pool.shutdown(cancel_futures=True)  # after an interruption, only what has begun is waited for

"""Many logs at once: read in parallel, kept by name."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any, Literal

from metalog.errors import EmptyLogError, MetalogError, SourceError, UsageError
from metalog.reading.beside import Beside
from metalog.reading.finding import Found, find_format
from metalog.reading.known import AnyFormat
from metalog.reading.sharing import map_logs
from metalog.runs.run import Run
from metalog.runs.run_set import RunSet
from metalog.sources import Source, expand
from metalog.sources.archives import natural_order
from metalog.sources.run_names import short_names


def read_many(
    specs: str | os.PathLike[str] | Sequence[str | os.PathLike[str] | Source],
    *,
    strict: bool = False,
    on_restart: Literal["all", "last", "first"] = "all",
    progress: bool = False,
    workers: int | None = None,
    join: bool = False,
    executor: Executor | None = None,
    format: AnyFormat | None = None,  # noqa: A002 - what logs have
    config: bool = False,
) -> RunSet:
    """Read all logs that `specs` name.

    One that can't be read never stops the rest: it is entered in the result's `failures`. Only a call that names no log
    at all, as with a misspelt path, is an error.

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
    join
        All that is named is one log, cut into pieces, the oldest first. Members of a rotation are joined anyway.
    executor
        Reads instead, wherever its workers are: any :class:`concurrent.futures.Executor`, such as a
        ``ProcessPoolExecutor``, Dask's ``Client.get_executor()`` or mpi4py's ``MPIPoolExecutor``. The workers must find
        the logs by the same names. Standard input, and an archive that came from there, is read here.
    format
        The format of all of them, as for :func:`metalog.read`; by default that of each is found out.
    config
        Put the settings of each run (:attr:`metalog.RunSet.configs`) into all frames, as columns ``config.NAME``.

    Returns
    -------
    RunSet
        A run is called the shortest part of its path that tells it from the others, a log of several writers
        gives a run for each, called ``name[writer]``.

    Raises
    ------
    SourceError
        If nothing that `specs` name is there at all.
    UsageError
        If `on_restart` or `format` is unknown, or there are both `workers` and an `executor`.

    Examples
    --------
    >>> runs = metalog.read_many("runs/")
    >>> runs.meta_steps.groupby("run", observed=True)["validation_loss"].min().round(4).to_dict()
    {'run': 0.0657, 'short': 0.5886}
    """
    failures: dict[str, MetalogError] = {}
    sources = expand([specs] if isinstance(specs, str | os.PathLike) else specs, failures=failures, join=join)
    if failures and not sources:
        raise _nothing_named(list(failures.values()))
    logs = list(zip(sources, short_names([source.name for source in sources]), strict=True))
    read = partial(_read_source, given=format, strict=strict, on_restart=on_restart)
    found: list[dict[str, Run]] = []
    beside = Beside()
    outcomes = map_logs(read, logs, executor=executor, workers=workers, progress=progress)
    for source, outcome in zip(sources, outcomes, strict=True):
        if isinstance(outcome, MetalogError):
            failures[source.name] = outcome
            found.append({})
        else:
            told = beside(source)
            for run in outcome.values():
                run.beside, run.with_config = told, config
            found.append(outcome)
    runs = {name: run for place in natural_order(sources) for name, run in found[place].items()}
    return RunSet(runs, failures | beside.failures)


def _nothing_named(failures: list[MetalogError]) -> MetalogError:
    if len(failures) == 1:
        return failures[0]
    return SourceError(f"none of what was named is there: {'; '.join(map(str, failures))}")


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


def require_lines(run: Run, found: Found, *, records: bool = True) -> None:
    """Refuse what is no log at all: a file that somebody put beside the logs, or one that is still empty.

    Parameters
    ----------
    run
        What was read.
    found
        What was found out about its format.
    records
        Whether a log whose records are all damaged is refused too.

    Raises
    ------
    EmptyLogError
        If no line but comments was understood, or if `records` and there is none.
    """
    if records and (damaged := _all_damaged(run)):
        raise EmptyLogError(damaged)
    lines = {line.name for line in run.format.lines if not line.comment}
    if run.empty and not run.counts.keys() & lines:
        if found.whole or run.counts.get("lines"):
            raise EmptyLogError(found.why_empty(run.name))
        raise EmptyLogError(f"{run.name} is empty; name the log of a run that has begun")


def _all_damaged(run: Run) -> str:
    """Return what the lines of a log lack that has no record, but lines that were meant to be some; else nothing."""
    if any(len(columns["line"]) for columns in run.records.values()) or not run.diagnostic_counts.get("malformed"):
        return ""
    damaged = [one for one, _ in run.diagnostic_records if one.code == "malformed"]
    sorts = Counter[str]()
    for one in damaged:
        sorts[one.message.rpartition(": no ")[2].removeprefix("no ")] += one.lines
    sort, number = sorts.most_common(1)[0]
    first = next(one for one in damaged if one.message.endswith(sort))
    what = first.message.replace(", found ", f" in column {first.column}, found ", 1)
    alike = f" ({number:,} lines like this)" if number > 1 else ""
    return f"{run.name} has no whole record; line {first.line} is {what}{alike}; metalog check lists all"

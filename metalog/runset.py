"""Many logs at once: read in parallel, kept by name, tabulated together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from metalog.errors import EmptyLogError, MetalogError, UsageError
from metalog.grammar import BY_NAME
from metalog.sources import Source, expand
from metalog.sources.run_names import short_names

if TYPE_CHECKING:
    import pandas as pd

    from metalog.run import Run

_T = TypeVar("_T")


class RunSet(Mapping[str, "Run"]):
    """Runs by name, and their frames put together.

    Each frame has a leading column ``run`` (categorical, the categories are all runs in order); otherwise it is the
    frame of the same name of a :class:`~metalog.run.Run`, also when it is empty. Further columns that only some runs
    have are missing in the others' rows.

    Attributes
    ----------
    runs : dict of str to Run
        In the order in which they were named; a folder's in natural order, an archive's in its own.
    failures : dict of str to MetalogError
        What couldn't be read, by its path, and why.
    """

    def __init__(self, runs: Mapping[str, Run], failures: Mapping[str, MetalogError] | None = None) -> None:
        self.runs = dict(runs)
        self.failures = dict(failures or {})

    @cached_property
    def steps(self) -> pd.DataFrame:
        """One row an inner step."""
        return self._joined("steps")

    @cached_property
    def validations(self) -> pd.DataFrame:
        """One row a validation after an epoch."""
        return self._joined("validations")

    @cached_property
    def meta_validation(self) -> pd.DataFrame:
        """One row a problem of a meta-validation."""
        return self._joined("meta_validation")

    @cached_property
    def meta_steps(self) -> pd.DataFrame:
        """One row a meta-step."""
        return self._joined("meta_steps")

    @cached_property
    def diagnostics(self) -> pd.DataFrame:
        """One row an oddity."""
        return self._joined("diagnostics")

    @property
    def config(self) -> dict[str, dict[str, Any]]:
        """The configurations that the logs tell, by run."""
        return {name: run.config for name, run in self.runs.items()}

    def _joined(self, frame: str) -> pd.DataFrame:
        import numpy as np
        import pandas as pd

        from metalog.frames import empty

        parts: list[pd.DataFrame] = [getattr(run, frame) for run in self.runs.values()]
        # A part without rows must not bring dtypes either: those of further columns could only be guesses.
        joined = pd.concat([part for part in parts if len(part)] or [empty(frame)], ignore_index=True)
        codes = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        names = pd.Categorical.from_codes(codes, categories=pd.Index(list(self.runs), dtype="str"))
        joined.insert(0, "run", pd.Series(names))
        return joined

    def __getitem__(self, name: str) -> Run:
        return self.runs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.runs)

    def __len__(self) -> int:
        return len(self.runs)

    def __repr__(self) -> str:
        lines = [f"RunSet of {len(self)} run{'s' * (len(self) != 1)}", *self._overview().to_string().splitlines()]
        return "\n".join([*lines, *self._told_failures()])

    def _repr_html_(self) -> str:
        from html import escape

        failures = "".join(f"<li>{escape(line)}</li>" for line in self._told_failures())
        return self._overview().to_html() + (f"<ul>{failures}</ul>" if failures else "")

    def _overview(self) -> pd.DataFrame:
        import pandas as pd

        counted = ("meta_steps", "steps", "validations", "meta_validation", "diagnostics")
        rows = {name: [len(getattr(run, frame)) for frame in counted] for name, run in self.runs.items()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(counted))

    def _told_failures(self) -> list[str]:
        return [f"not read: {error}" for error in self.failures.values()]


def read_many(
    specs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    strict: bool = False,
    on_restart: Literal["all", "last", "first"] = "all",
    progress: bool = False,
    workers: int | None = None,
) -> RunSet:
    """Read all logs that `specs` name.

    One that can't be read never stops the rest: it is entered in the result's `failures`.

    Parameters
    ----------
    specs
        One or several of what :func:`metalog.sources.expand` takes: files, folders, globs, archives, URLs, ``-``.
    strict, on_restart
        As for :func:`metalog.read`.
    progress
        Show a bar on standard error, if that is a terminal.
    workers
        Logs read at the same time; by default as many as there are processors for this process.

    Returns
    -------
    RunSet
        A run is called the shortest part of its path that tells it from the others, a log of several writers
        gives a run for each, called ``name[writer]``.

    Raises
    ------
    UsageError
        If `on_restart` is unknown.
    """
    failures: dict[str, MetalogError] = {}
    sources = expand([specs] if isinstance(specs, str | os.PathLike) else specs, failures=failures)
    tasks = [
        partial(_read_source, source, name, strict=strict, on_restart=on_restart)
        for source, name in zip(sources, short_names([source.name for source in sources]), strict=True)
    ]
    runs: dict[str, Run] = {}
    for source, outcome in zip(sources, _in_parallel(tasks, workers, progress), strict=True):
        if isinstance(outcome, MetalogError):
            failures[source.name] = outcome
        else:
            runs |= outcome
    return RunSet(runs, failures)


def _read_source(source: Source, name: str, **options: Any) -> dict[str, Run] | MetalogError:
    from metalog.reader import read

    try:
        with source.open() as stream:
            run = read(stream, name=source.name, **options)
        require_lines(run)
    except UsageError:  # the call is wrong, not the source
        raise
    except MetalogError as error:
        return error
    several = len(run.writers) > 1
    runs = {f"{name}[{writer}]": part for writer, part in run.by_writer().items()} if several else {name: run}
    for own_name, part in runs.items():
        part.name = own_name
    return runs


def require_lines(run: Run) -> None:
    """Refuse what is no log at all: a file that somebody put beside the logs, or one that is still empty.

    Raises
    ------
    EmptyLogError
        If no line but comments was understood.
    """
    if run.empty and not run.counts.keys() & (BY_NAME.keys() - {"comment"}):
        found = (
            "has no line of the log format; name the log of a run"
            if run.counts.get("lines")
            else "is empty; name the log of a run that has begun"
        )
        raise EmptyLogError(f"{run.name} {found}")


def _in_parallel(tasks: Sequence[Callable[[], _T]], workers: int | None, progress: bool) -> list[_T]:
    """Run tasks in threads (the scan doesn't hold Python's lock); return their results in order."""
    from tqdm import tqdm

    from metalog.threads import processors

    pool = ThreadPoolExecutor(workers or processors())
    try:
        futures = [pool.submit(task) for task in tasks]
        hidden = None if progress else True
        for _ in tqdm(as_completed(futures), "Reading", len(tasks), unit=" logs", leave=False, disable=hidden):
            pass
        return [future.result() for future in futures]
    finally:
        pool.shutdown(cancel_futures=True)  # after an interruption, only what has begun is waited for

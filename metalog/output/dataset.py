"""Piles of logs to a data set of Parquet files: a folder a frame, in it a folder ``run=NAME`` a run.

DuckDB, Polars, Dask, Spark and pyarrow read that as one table with a column ``run``, only the parts that are asked for.
A log goes through in batches, so memory depends neither on how many logs there are nor on how large they are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

from metalog.columns import Columns
from metalog.errors import MetalogError, UsageError
from metalog.formats.model import Format
from metalog.output.arrow import arrow_table
from metalog.output.atomic import replacing
from metalog.output.export import export_log
from metalog.output.ledger import Ledger, checksum_of, entry_of
from metalog.output.sinks import need_pyarrow
from metalog.reading.events import events_format
from metalog.reading.finding import find_format
from metalog.reading.known import AnyFormat, resolve
from metalog.reading.parser import Parser
from metalog.reading.read import read
from metalog.reading.read_many import require_lines
from metalog.reading.sharing import Named, map_logs
from metalog.runs.run import OnRestart, Run
from metalog.sources import Source, expand
from metalog.sources.run_names import short_names

_FORM: Final = "parquet"
#: A larger log has all threads, and the memory, for itself.
LARGE: Final = 1 << 24


@dataclass
class Outcome:
    """What became of some logs: the names of the runs that were written or had not changed, and what wasn't read."""

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failures: dict[str, MetalogError] = field(default_factory=dict)


def write_dataset(
    specs: str | os.PathLike[str] | Sequence[str | os.PathLike[str] | Source],
    folder: str | os.PathLike[str],
    *,
    strict: bool = False,
    on_restart: OnRestart = "all",
    executor: Executor | None = None,
    workers: int | None = None,
    progress: bool = False,
    format: AnyFormat | None = None,  # noqa: A002 - what logs have
) -> Outcome:
    """Write the frames of any number of logs as a data set of Parquet files.

    The rows of a frame of a run are in ``FOLDER/FRAME/run=NAME/part.parquet``; there is none where the frame has no
    row. A log that is as it was when its run was written is not read: its size and its time are the same, or its size
    and its checksum. Runs that came from other logs stay.

    Parameters
    ----------
    specs, strict, on_restart, executor, progress, format
        As for :func:`metalog.read_many`. A log of several writers is one run; ``segment`` tells them apart.
    workers
        Logs worked on at the same time without an executor; by default one. Processes bring more than threads here.
    folder
        Where the data set is, or will be.

    Returns
    -------
    Outcome

    Raises
    ------
    UsageError
        If an option is unknown, or the folder can't be written.
    MissingExtraError
        If pyarrow is missing.
    """
    need_pyarrow(_FORM)
    failures: dict[str, MetalogError] = {}
    sources = expand([specs] if isinstance(specs, str | os.PathLike) else specs, failures=failures)
    ledger = Ledger(Path(folder))
    wished = zip(sources, short_names([source.name for source in sources]), strict=True)
    logs = list(zip(sources, ledger.names(wished), strict=True))
    made = _made(strict, on_restart, format)
    write = partial(_write_log, ledger, made, strict=strict, on_restart=on_restart, given=format)
    outcome = Outcome(failures=failures)
    if executor is None and workers is None:
        workers = 1  # most of the work on small logs holds Python's lock: two threads take longer than one
    small = [log for log in logs if _is_small(log[0])]
    _note(outcome, small, map_logs(write, small, executor=executor, workers=workers, progress=progress))
    for log in logs:
        if not _is_small(log[0]):
            _note(outcome, [log], map_logs(write, [log], executor=executor, workers=workers))
    return outcome


def _is_small(source: Source) -> bool:
    return source.size is not None and source.size <= LARGE


def _note(outcome: Outcome, logs: Sequence[Named], results: Sequence[bool | MetalogError]) -> None:
    for (source, name), result in zip(logs, results, strict=True):
        if isinstance(result, MetalogError):
            outcome.failures[source.name] = result
        else:
            (outcome.written if result else outcome.unchanged).append(name)


def _made(strict: bool, on_restart: OnRestart, given: AnyFormat | None) -> dict[str, Any]:
    """Return what the rows of a run depend on besides its log and the format that is found for it."""
    from metalog import __version__

    asked = "" if given is None else resolve(given).fingerprint
    return {"metalog": __version__, "strict": strict, "on_restart": on_restart, "format": asked}


def _is_declared(told: str) -> bool:
    """Tell whether a format was declared, and not made from what event files hold."""
    return told.partition(" ")[0] != events_format().name


@lru_cache
def _known(name: str, folder: Path | None) -> str:
    """Return what a format of that name says, for logs in a folder; nothing if none is known any more."""
    try:
        return resolve(name, folder).fingerprint
    except MetalogError:
        return ""


def _write_log(
    ledger: Ledger, made: Mapping[str, Any], source: Source, name: str, *, given: AnyFormat | None, **options: Any
) -> bool | MetalogError:
    """Write a run; return True, or False if it had not changed, or why its log can't be read."""
    now = entry_of(source, ledger.folder, made)
    then = ledger.get(name)
    if then and ledger.is_unchanged(name, now, source.path):
        beside = source.path.parent if source.path else None
        if (
            given is not None
            or not _is_declared(then.format)
            or then.format == _known(then.format.partition(" ")[0], beside)
        ):
            return False
    try:
        rows = _write_rows(ledger, source, name, given, **options)
    except UsageError:  # the call is wrong, not the source
        raise
    except MetalogError as error:
        return error
    # A log that has grown while it was read is read again the next time.
    if source.path is not None and entry_of(source, ledger.folder, made) == now:
        now = replace(now, checksum=checksum_of(source.path))
    else:
        now = replace(now, size=None)
    parts = {frame: ledger.part(frame, name).stat().st_size for frame in rows.files}
    for frame in then.parts if then else ():
        if frame not in parts:
            ledger.part(frame, name).unlink(missing_ok=True)
    ledger.put(name, replace(now, format=rows.form.fingerprint, parts=parts))
    return True


def _write_rows(
    ledger: Ledger, source: Source, name: str, given: AnyFormat | None, *, strict: bool, on_restart: OnRestart
) -> _Rows:
    with source.open() as stream, ExitStack() as stack:
        found = find_format(stream, given, source.path)
        if on_restart == "all" and not found.whole:
            rows = _Rows(ledger, name, found.format, stack)
            run = export_log(stream, Parser(source.name, format=found.format, strict=strict), rows)
        else:
            run = read(stream, strict=strict, on_restart=on_restart, name=source.name, format=found.format)
            rows = _Rows(ledger, name, run.format, stack)
            rows.records(run.records)
            rows.finish(run)
        require_lines(run, found)
    return rows


class _Rows:
    """Takes the rows of a log, as :class:`metalog.output.export.Export` does, and writes a file a frame."""

    def __init__(self, ledger: Ledger, name: str, form: Format, stack: ExitStack) -> None:
        self._ledger, self._name, self.form, self._stack = ledger, name, form, stack
        self.files: dict[str, Any] = {}

    def records(self, records: Mapping[str, Columns], *, part: bool = False) -> None:  # noqa: ARG002 - Arrow's same type
        """Append records."""
        for frame, columns in records.items():
            if frame in self.form.frames:
                self._write(frame, columns)

    def finish(self, run: Run) -> None:
        """Append the frames that are only known at the end."""
        for frame in self.form.frames:
            if frame not in run.records:
                self._write(frame, run.columns(frame), run.extra.get(frame))

    def _write(self, frame: str, columns: Columns, further: Columns | None = None) -> None:
        """Append rows; a file is made when the first ones come."""
        if not columns or not len(next(iter(columns.values()))):
            return
        table = arrow_table(frame, columns, further, form=self.form)
        if frame not in self.files:
            from pyarrow.parquet import ParquetWriter

            path = self._ledger.part(frame, self._name)
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = self._stack.enter_context(replacing(path, durable=False))
            self.files[frame] = self._stack.enter_context(ParquetWriter(stream, table.schema))
        self.files[frame].write_table(table)

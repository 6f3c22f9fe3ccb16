"""Frames to files: csv, JSON lines, parquet, feather; a batch at a time, so that a log may be larger than memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from metalog.columns import Columns
from metalog.errors import MissingExtraError, UsageError
from metalog.formats import native
from metalog.formats.template import MISSING
from metalog.output.atomic import replacing
from metalog.reading.parser import Parser
from metalog.reading.read import parse
from metalog.runs.run import RECORDS, Run, concat_rows
from metalog.sources.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from metalog.runs.run_set import RunSet

#: File ending -> format.
ENDINGS: Final = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".feather": "feather",
    ".arrow": "feather",
}
FORMATS: Final = ("csv", "jsonl", "parquet", "feather")
#: Records that are written at a time, so that the row groups of a parquet file are neither small nor many.
BATCH: Final = 250_000
#: Table of records -> the kind of line that it holds, as the column ``kind`` of the joint table names it.
_KINDS: Final = {"steps": "step", "validations": "validation", "meta_validation": "meta-validation result"}
#: Columns of the joint table, which holds all records in the order of their lines.
JOINT: Final = (
    "kind",
    "segment",
    "meta_epoch",
    "meta_step",
    "batch",
    "problem",
    "epoch",
    "step",
    "loss",
    "accuracy",
    "line",
)


def format_of(path: Path) -> str | None:
    """Return the format that a file's ending names, None for a folder: one that is there, or a name without an ending.

    Raises
    ------
    UsageError
        If the ending means no format.
    """
    if not path.suffix or path.is_dir():
        return None
    if path.suffix.lower() not in ENDINGS:
        endings = ", ".join(ENDINGS)
        raise UsageError(f"{path}: can't tell the format from {path.suffix}; use {endings}, or the name of a folder")
    return ENDINGS[path.suffix.lower()]


class Sink(Protocol):
    """Takes frames with the same columns, one after the other."""

    def write(self, frame: pd.DataFrame) -> None:
        """Append a frame."""


@contextmanager
def open_sink(target: Path | IO[bytes], form: str) -> Iterator[Sink]:
    """Open a file, or take a stream, for frames in a format of :data:`FORMATS`.

    A file appears when all is written, and not at all if something fails.

    Raises
    ------
    UsageError
        If the file can't be written.
    MissingExtraError
        If the format needs pyarrow and that is missing.
    """
    if form in ("parquet", "feather"):
        _need_pyarrow(form)
    opened: AbstractContextManager[IO[bytes]] = replacing(target) if isinstance(target, Path) else nullcontext(target)
    with opened as stream, ExitStack() as stack:
        yield _Arrow(stream, form, stack) if form in ("parquet", "feather") else _Text(stream, form)


def _need_pyarrow(form: str) -> None:
    try:
        import pyarrow  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet", f"writing {form}") from error


class _Text:
    """CSV and JSON lines: floats as their shortest exact text, NaN as ``nan`` or ``NaN``, <NA> as nothing or null."""

    def __init__(self, stream: IO[bytes], form: str) -> None:
        self._stream, self._form, self._first = stream, form, True

    def write(self, frame: pd.DataFrame) -> None:
        text = self._csv(frame) if self._form == "csv" else _json_lines(frame)
        self._first = False
        self._stream.write(text.encode())

    def _csv(self, frame: pd.DataFrame) -> str:
        plain = frame.copy(deep=False)
        for name, column in frame.items():
            if column.dtype == np.float64 and column.isna().any():
                plain[name] = column.astype(object).where(column.notna(), "nan")
        return plain.to_csv(index=False, header=self._first, lineterminator="\n")


def _json_lines(frame: pd.DataFrame) -> str:
    columns = [_json_values(column) for _, column in frame.items()]
    names = list(map(str, frame.columns))
    return "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in zip(*columns, strict=True))


def _json_values(column: pd.Series[Any]) -> list[Any]:
    values = column.tolist()
    if column.dtype == np.float64:
        return values
    return [None if missing else value for value, missing in zip(values, column.isna().tolist(), strict=True)]


class _Arrow:
    """Parquet and feather, a row group or record batch for each frame."""

    def __init__(self, stream: IO[bytes], form: str, stack: ExitStack) -> None:
        self._stream, self._form, self._stack = stream, form, stack
        self._writer: Any = None

    def write(self, frame: pd.DataFrame) -> None:
        import pyarrow as pa

        table = pa.Table.from_pandas(frame, preserve_index=False)
        for place, (_, column) in enumerate(frame.items()):
            if column.dtype == np.float64:  # from_pandas makes nulls of its NaN, but a loss that is NaN is not missing
                table = table.set_column(place, table.schema.field(place), pa.array(column.to_numpy()))
        if self._writer is None:
            self._writer = self._stack.enter_context(self._open(table.schema))
            self._schema = table.schema
        self._writer.write_table(table.cast(self._schema))

    def _open(self, schema: Any) -> Any:
        if self._form == "parquet":
            import pyarrow.parquet as pq

            return pq.ParquetWriter(self._stream, schema)
        import pyarrow as pa

        return pa.ipc.new_file(self._stream, schema)


def joint(records: Mapping[str, Columns]) -> pd.DataFrame:
    """Put all records into one frame, in the order of their lines, with a column that names their kind.

    Parameters
    ----------
    records
        The columns of the tables of records, as :meth:`metalog.reading.parser.Parser.take_records` returns them.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`JOINT`; what a kind of record doesn't have is <NA>. ``kind`` is categorical.
    """
    import pandas as pd

    from metalog.runs.frames import DTYPES, column

    frames = native().frames
    sizes = [len(records[name]["line"]) for name in RECORDS]
    order = np.argsort(np.concatenate([records[name]["line"] for name in RECORDS]), kind="stable")

    def stacked(name: str) -> Any:
        parts = [
            records[table][name] if name in frames[table] else np.full(size, MISSING)
            for table, size in zip(RECORDS, sizes, strict=True)
        ]
        return column(np.concatenate(parts)[order], DTYPES[name])

    codes = np.repeat(np.arange(len(RECORDS), dtype=np.int8), sizes)[order]
    kind = pd.Categorical.from_codes(codes, categories=pd.Index([_KINDS[name] for name in RECORDS], dtype="str"))
    return pd.DataFrame({"kind": kind, **{name: stacked(name) for name in JOINT[1:]}}, copy=False)


class Export:
    """Where the frames of runs go: into one file or stream, or a file a frame in a folder.

    Parameters
    ----------
    sinks
        Where each frame goes, by its name in :attr:`metalog.formats.model.Format.frames`; ``"all"`` stands for the
        joint table.
    """

    def __init__(self, sinks: Mapping[str, Sink]) -> None:
        self._sinks = sinks

    def records(self, records: Mapping[str, Columns], run: pd.Categorical[str] | None = None) -> None:
        """Append records; `run`, of length 1, is the value of a leading column that names the run."""
        from metalog.runs.frames import frame

        for name, sink in self._sinks.items():
            if name == "all":
                made = joint(records)
            elif name in RECORDS:
                made = frame(name, records[name])
            else:
                continue
            if run is not None:
                column: Any = run.take(np.zeros(len(made), np.intp))
                made.insert(0, "run", column)
            sink.write(made)

    def finish(self, runs: Run | RunSet) -> None:
        """Append the frames that are only known at the end."""
        for name in ("meta_steps", "diagnostics"):
            if name in self._sinks:
                self._sinks[name].write(getattr(runs, name))


@contextmanager
def open_export(output: Path | IO[bytes], form: str, frame: str = "all") -> Iterator[Export]:
    """Open what frames are written to.

    Parameters
    ----------
    output
        A file whose ending names a format, a binary stream, or else a folder, which gets a file for each frame.
    form
        One of :data:`FORMATS`.
    frame
        What a file or stream gets: the name of a frame, or ``"all"`` for the joint table of all records.

    Raises
    ------
    UsageError
        If something can't be written.
    MissingExtraError
        If the format needs pyarrow and that is missing.
    """
    with ExitStack() as stack:
        if isinstance(output, Path) and format_of(output) is None:
            try:
                output.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(f"{output} can't be made a folder: {error.strerror}") from error
            targets: dict[str, Path | IO[bytes]] = {name: output / f"{name}.{form}" for name in native().frames}
        else:
            targets = {frame: output}
        yield Export({name: stack.enter_context(open_sink(target, form)) for name, target in targets.items()})


def export_log(stream: Stream, parser: Parser, export: Export, *, progress: bool, total: int | None) -> Run:
    """Parse a log into an export without ever holding all its records; return the run without them.

    The meta-validations, which are few, stay with the run.
    """
    kept: list[Columns] = []

    def hand_over() -> None:
        records = parser.take_records()
        kept.append(records["meta_validation"])
        export.records(records)

    for _ in parse(stream, parser, progress=progress, total=total):
        if parser.pending >= BATCH:
            hand_over()
    parser.end()
    hand_over()
    run = parser.close()
    run.records["meta_validation"] = concat_rows(kept, run.format, "meta_validation")
    export.finish(run)
    return run

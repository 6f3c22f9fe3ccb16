"""Frames to one file or stream: csv, JSON lines, parquet, feather; one frame after the other.

Parquet and feather hold every value and type exactly; of a log that is written in parts whole numbers are nullable
throughout, since a later part may lack one. CSV holds floats as their shortest exact text, ``nan``, ``inf``
and ``-inf`` spelt out, and nothing for ``<NA>``; see :func:`metalog.output.escapes.csv_text` for its texts. JSON lines
are strict JSON: see :func:`_json_lines`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from metalog.errors import MissingExtraError, UsageError
from metalog.output.atomic import is_written_through, replacing
from metalog.output.escapes import csv_text

if TYPE_CHECKING:
    import pandas as pd

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
#: The column of JSON lines that tells which numbers of a row are not finite.
NOT_FINITE: Final = "not_finite"


def format_of(path: Path) -> str | None:
    """Return the format that a file's ending names; None for a folder (see :func:`is_folder`), a device or a pipe.

    Raises
    ------
    UsageError
        If the ending means no format.
    """
    if is_folder(path) or is_written_through(path):
        return None
    if path.suffix.lower() not in ENDINGS:
        endings = ", ".join(ENDINGS)
        raise UsageError(f"{path}: can't tell the format from {path.suffix}; use {endings}, or the name of a folder")
    return ENDINGS[path.suffix.lower()]


def is_folder(path: Path) -> bool:
    """Tell whether a folder is meant: one that is there, or a name without an ending."""
    return path.is_dir() or not (path.suffix or is_written_through(path))


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
        need_pyarrow(form)
    opened: AbstractContextManager[IO[bytes]] = replacing(target) if isinstance(target, Path) else nullcontext(target)
    with opened as stream, ExitStack() as stack:
        yield _Arrow(stream, form, stack) if form in ("parquet", "feather") else _Text(stream, form)


def need_pyarrow(form: str) -> None:
    """Raise MissingExtraError if pyarrow is missing."""
    try:
        import pyarrow  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet", f"writing {form}") from error


class _Text:
    """CSV and JSON lines."""

    def __init__(self, stream: IO[bytes], form: str) -> None:
        self._stream, self._form, self._first = stream, form, True

    def write(self, frame: pd.DataFrame) -> None:
        text = self._csv(frame) if self._form == "csv" else _json_lines(frame)
        self._first = False
        self._stream.write(text.encode())

    def _csv(self, frame: pd.DataFrame) -> str:
        plain = frame.set_axis([csv_text(str(name)) for name in frame.columns], axis="columns")
        for place, (_, column) in enumerate(frame.items()):
            if column.dtype == np.float64 and column.isna().any():
                plain.isetitem(place, column.astype(object).where(column.notna(), "nan").to_numpy())
            elif column.dtype == "category":
                texts = np.array([*map(csv_text, column.cat.categories), ""], object)  # the code -1 is the last
                plain.isetitem(place, texts[column.cat.codes])
            elif column.dtype == "str":
                texts = np.array([csv_text(text) for text in column.fillna("")], object)
                plain.isetitem(place, texts)
        return plain.to_csv(index=False, header=self._first, lineterminator="\n")


def _json_lines(frame: pd.DataFrame) -> str:
    """Write rows as strict JSON, which has no word for NaN and the infinities: these are null.

    A last column, :data:`NOT_FINITE`, tells them from each other and from what is missing. It is a text in every row,
    such as ``"loss=NaN; accuracy=-Infinity"`` and mostly empty, so that readers that guess a column's type from its
    first rows take every number for a number.
    """
    columns = {str(name): _json_values(column) for name, column in frame.items()}
    not_finite = [""] * len(frame)
    floats = [(str(name), column.to_numpy()) for name, column in frame.items() if column.dtype == np.float64]
    for name, values in floats:
        for row in np.flatnonzero(~np.isfinite(values)).tolist():
            columns[name][row] = None
            not_finite[row] += f"{'; ' if not_finite[row] else ''}{name}={json.dumps(values[row].item())}"
    if floats:
        columns[_free_name(columns)] = not_finite
    rows = zip(*columns.values(), strict=True)
    return "".join(json.dumps(dict(zip(columns, row, strict=True)), allow_nan=False) + "\n" for row in rows)


def _free_name(columns: Mapping[str, Any]) -> str:
    """Return what to call the last column: a log's comments may have brought one of that name."""
    name = NOT_FINITE
    while name in columns:
        name += "_"
    return name


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

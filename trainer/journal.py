"""The log of a run, open for writing, and the checkpoint beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import FileIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Self, TextIO

from metalog.errors import UsageError
from metalog.writer import LogWriter
from trainer.checkpoint import Checkpoint, path_of, save

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Journal:
    """Writes a log line by line, and checkpoints that know how long it is.

    Parameters
    ----------
    path
        Of the log; None on a rank that writes nothing.
    state
        Where the run goes on; the log is cut there. At the beginning, this checkpoint is written before the log, so
        that there is no moment at which the run couldn't be resumed.

    Attributes
    ----------
    log
        What lines are written with.

    Raises
    ------
    UsageError
        If the log can't be written.
    """

    def __init__(self, path: Path | None, state: Checkpoint) -> None:
        self._path = path
        if path and state.offset == 0:
            _make_folder(path.parent)
            self.save(state)
        self._stream = _opened(path or Path(os.devnull), state.offset if path else 0)
        self.log = LogWriter(self._stream)

    @property
    def offset(self) -> int:
        """Bytes of the log by now."""
        return self._stream.tell()

    def save(self, checkpoint: Checkpoint) -> None:
        """Write the checkpoint."""
        if self._path:
            save(path_of(self._path), checkpoint)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


@contextmanager
def writing(path: Path) -> Iterator[LogWriter]:
    """Open a log without checkpoints, from its beginning."""
    _make_folder(path.parent)
    with closing(_opened(path)) as stream:
        yield LogWriter(stream)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are missing.

    Raises
    ------
    UsageError
        If it can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} can't be made: {error.strerror or error}") from error


class _LogFile(FileIO):
    """A file without buffer: a full disk costs no line but the one it cuts, and closing has nothing left to write."""

    def __init__(self, path: Path, offset: int) -> None:
        self._path = path
        with self._telling():
            super().__init__(path, "r+b" if offset else "wb")
            if offset:
                self.truncate(offset)
                self.seek(offset)

    def write(self, data: ReadableBuffer, /) -> int:
        rest = memoryview(data)
        with self._telling():
            while rest:
                rest = rest[super().write(rest) :]
        return len(memoryview(data))

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UsageError(
                f"the log {self._path} can't be written: {error.strerror or error}; what is in it stays, and --resume "
                "goes on with it"
            ) from error


def _opened(path: Path, offset: int = 0) -> TextIO:
    return TextIOWrapper(_LogFile(path, offset), encoding="utf-8", newline="\n", write_through=True)

"""The log of a run, open for writing, and the checkpoint beside it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import FileIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Self, TextIO

from metalog.errors import UsageError
from metalog.formats.writer import LogWriter
from trainer.checkpoint import Checkpoint, path_of, save

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Journal:
    """Writes a log line by line, and checkpoints that know how long it is.

    Parameters
    ----------
    path
        Of the log.

    Attributes
    ----------
    log
        What lines are written with; until :meth:`open`, and so on ranks that write nothing, they go nowhere.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_open = False
        self._to(FileIO(os.devnull, "wb"))

    def open(self, state: Checkpoint, *, new: bool = False) -> None:
        """Open the log where a run begins or goes on.

        Parameters
        ----------
        state
            Where the run goes on; the log is cut there. At the beginning, this checkpoint is written before the first
            line, so that there is no moment at which the run couldn't be resumed.
        new
            Refuse a log that has lines; it was empty or missing when it was last looked at.

        Raises
        ------
        UsageError
            If the log can't be written, or another process writes it.
        """
        _make_folder(self._path.parent)
        file = _LogFile(self._path, new=new)
        self._stream.close()
        self._to(file)
        self._is_open = True
        if state.offset == 0:
            self.save(state)
        file.cut(state.offset)

    def _to(self, file: FileIO) -> None:
        self._stream = _lines_to(file)
        self.log = LogWriter(self._stream)

    @property
    def offset(self) -> int:
        """Bytes of the log by now."""
        return self._stream.tell()

    def save(self, checkpoint: Checkpoint) -> None:
        """Write the checkpoint; nothing on ranks that write nothing."""
        if self._is_open:
            save(path_of(self._path), checkpoint)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


@contextmanager
def writing(path: Path, *, new: bool = False) -> Iterator[LogWriter]:
    """Open a log without checkpoints, from its beginning; `new` as for :meth:`Journal.open`."""
    _make_folder(path.parent)
    file = _LogFile(path, new=new)
    file.cut(0)
    with closing(_lines_to(file)) as stream:
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
    """A file without buffer: a full disk costs no line but the one it cuts, and closing has nothing left to write.

    As long as it is open, another process that opens it in this way is refused.
    """

    def __init__(self, path: Path, *, new: bool = False) -> None:
        self._path = path
        try:
            super().__init__(path, "ab")
        except OSError as error:
            raise UsageError(f"the log {path} can't be written: {error.strerror or error}") from error
        try:
            self._lock()
            if new:
                self._refuse_lines()
        except UsageError:
            self.close()
            raise

    def cut(self, offset: int) -> None:
        """Leave the first `offset` bytes, and go on writing behind them."""
        with self._telling():
            if os.fstat(self.fileno()).st_size > offset:  # a device can't be cut, and needn't be
                self.truncate(offset)
            self.seek(offset)

    def write(self, data: ReadableBuffer, /) -> int:
        rest = memoryview(data)
        with self._telling():
            while rest:
                rest = rest[super().write(rest) :]
        return len(memoryview(data))

    def _lock(self) -> None:
        """Keep other processes away; the system takes the lock off when this one ends, however it does."""
        if sys.platform == "win32":
            return  # which has no such lock
        import fcntl

        try:
            fcntl.flock(self, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"the log {self._path} is being written by another process: wait for its end, stop it, or name another "
                "with -o"
            ) from None
        except OSError:
            pass  # a file system without locks: then nobody is kept away

    def _refuse_lines(self) -> None:
        if os.fstat(self.fileno()).st_size:
            raise UsageError(f"the log {self._path} was written by another process just now: name another with -o")

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UsageError(
                f"the log {self._path} can't be written: {error.strerror or error}; what is in it stays, and --resume "
                "goes on with it"
            ) from error


def _lines_to(file: FileIO) -> TextIO:
    return TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=True)

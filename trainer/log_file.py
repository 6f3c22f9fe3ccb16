"""The file of a log: without buffer, and kept from other processes that would write it."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import FileIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from metalog.errors import UsageError

if TYPE_CHECKING:
    import hashlib

    from _typeshed import ReadableBuffer

#: So many bytes of a log are read at once.
_CHUNK: Final = 1 << 20
#: What a device or pipe answers that has nothing to bring to a disk.
_NO_DISK: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EROFS})


def make_folder(folder: Path) -> None:
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


class LogFile(FileIO):
    """A file without buffer: a full disk costs no line but the one it cuts, and closing has nothing left to write.

    As long as it is open, another process that opens it in this way is refused.
    """

    def __init__(self, path: Path, *, new: bool = False) -> None:
        self._path = path
        self._hash = sha256()
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
            self._hash = hash_of(self._path, offset)
            if os.fstat(self.fileno()).st_size > offset:  # a device can't be cut, and needn't be
                self.truncate(offset)
            self.seek(offset)

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of it."""
        rest = memoryview(data)
        with self._telling():
            while rest:
                written = super().write(rest)
                self._hash.update(rest[:written])
                rest = rest[written:]
        return len(memoryview(data))

    def digest(self) -> str:
        """Return the SHA-256 of the log by now."""
        return self._hash.hexdigest()

    def sync(self) -> None:
        """Bring to the disk what was written."""
        with self._telling():
            try:
                os.fsync(self.fileno())
            except OSError as error:
                if error.errno not in _NO_DISK:
                    raise

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


def hash_of(path: Path, size: int) -> hashlib._Hash:
    """Return the SHA-256 of a file's first `size` bytes, to be gone on with.

    Raises
    ------
    OSError
        If the file can't be read.
    """
    found = sha256()
    if size:  # what is empty may be what can't be read
        with path.open("rb") as stream:
            while size and (chunk := stream.read(min(size, _CHUNK))):
                found.update(chunk)
                size -= len(chunk)
    return found


def lines_to(file: FileIO) -> TextIO:
    """Return a stream of text that hands every line to the file at once."""
    return TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=True)

"""A log's bytes, whatever they come from and however they are compressed, as one binary stream."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

from metalog.errors import SourceError
from metalog.printable import printable
from metalog.sources.compression import MAGIC_BYTES, BrokenStreamError, Decompressor, codec_of
from metalog.sources.raw_input import RawInput, fill, is_on_disk

#: What a zip archive begins with.
_ZIP: Final = b"PK\x03\x04"
_SKIP_BLOCK: Final = 1 << 20


class Stream(io.RawIOBase):
    """Reads a source, decompressed, in bounded memory.

    Parameters
    ----------
    raw
        Where the bytes come from: a binary stream, of which ``read(size)`` and ``close()`` are used, or what one was
        put into to be looked at.
    name
        What messages call it.
    owned
        Whether closing this stream closes `raw`.

    Attributes
    ----------
    name : str
        As given, as :func:`metalog.printable.printable` shows it.
    failure : str or None
        After the end, why there may be more than could be read (a cut or damaged compressed file, a disk or connection
        that failed on the way); None if all is well. What could be read was handed out before.
    position : int
        Bytes handed out or skipped so far.

    Raises
    ------
    SourceError
        If not even the first byte can be read.
    MissingExtraError
        If a package is missing that the compression needs.
    """

    def __init__(self, raw: Any, name: str, *, owned: bool = True) -> None:
        super().__init__()
        self.name = printable(name)
        self.failure: str | None = None
        self.position = 0
        self._owned = owned
        self._input = raw if isinstance(raw, RawInput) else RawInput(raw)
        self._ahead = b""  # what was decompressed ahead, and what went wrong behind it
        self._later: BrokenStreamError | OSError | None = None
        self._decompressor: Decompressor | None = None
        try:
            self._decompressor = self._begin()
        except Exception as error:
            self.close()
            if isinstance(error, BrokenStreamError | OSError):
                raise unreadable(name, error) from error
            raise

    def _begin(self) -> Decompressor | None:
        head = self._input.peek(MAGIC_BYTES)
        if head.startswith(_ZIP):
            raise SourceError(f"{self.name} is a zip archive inside of something else; take it out and name the file")
        codec = codec_of(head)
        return Decompressor(self._input.read, codec) if codec else None

    @property
    def consumed(self) -> int:
        """Bytes taken from the raw stream so far: fewer than `position` where it is compressed."""
        return self._input.taken

    @property
    def size(self) -> int:
        """Bytes in all, if this is a plain file on disk; else 0."""
        plain = self._decompressor is None and self._input.is_plain_file
        return os.fstat(self._input.raw.fileno()).st_size if plain else 0

    @property
    def on_disk(self) -> bool:
        """Whether the raw stream is a file on disk (or in memory), so that reading never waits for a writer."""
        return is_on_disk(self._input.raw)

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes without taking them; fewer only where the source ends or fails.

        Such a failure is met again, and told, by whoever reads up to there.
        """
        if self._decompressor is None:
            with suppress(OSError):
                return self._input.peek(size)[:size]
            return b""
        if self._later is None:
            self._ahead, self._later = fill(self._ahead, size, self._decompressor.read)
        return self._ahead[:size]

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes, as many as come at once; none at the end. All that are left, if it is negative.

        Raises
        ------
        SourceError
            If the source fails before it yielded anything.
        """
        return self.readall() if size is None or size < 0 else self._take(size)

    def read_lines(self, size: int) -> bytes | memoryview:
        """Return up to `size` bytes; out of a plain file, where possible, so many that they end with a line.

        What ends with a line needs not be copied together with what comes next. Raises like :meth:`read`.
        """
        if self._decompressor or self.failure is not None or not self._input.is_plain_file:
            return self._take(size)
        try:
            data = self._input.read_lines(size)
        except OSError as error:
            self._fail(error)
            return b""
        self.position += len(data)
        return data

    def readinto(self, buffer: Any, /) -> int:
        """Read up to ``len(buffer)`` bytes into it; say how many. Raises like :meth:`read`."""
        view = memoryview(buffer).cast("B")
        data = self._take(len(view))
        view[: len(data)] = data
        return len(data)

    def _take(self, size: int) -> bytes:
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
            self.position += len(data)
            return data
        if self.failure is not None:
            return b""
        pieces: list[bytes] = []
        missing = size
        try:
            if self._decompressor is None:
                pieces.append(self._input.read(size))
            elif self._later is not None:
                raise self._later
            else:
                while missing and (piece := self._decompressor.read(missing)):
                    pieces.append(piece)
                    missing -= len(piece)
        except (BrokenStreamError, OSError) as error:
            self._fail(error, some=bool(pieces))
        data = b"".join(pieces)
        self.position += len(data)
        return data

    def _fail(self, error: BrokenStreamError | OSError, *, some: bool = False) -> None:
        """Note why there is no more; with nothing read before, and not `some` just now, it is the caller's error."""
        if not some and not self.position:
            raise unreadable(self.name, error) from error
        self.failure = str(error) if isinstance(error, BrokenStreamError) else f"reading it failed: {reason(error)}"

    def skip(self, size: int) -> None:
        """Step over `size` bytes, or to the end: by a jump in a plain file, else by reading."""
        if self._decompressor is None and self._input.jump(size):
            self.position += size
            return
        while size and (data := self._take(min(size, _SKIP_BLOCK))):
            size -= len(data)

    def close(self) -> None:
        """Close the source too, if it is this stream's own."""
        if self._owned and not self.closed:
            self._input.raw.close()
        super().close()


def open_file(path: Path) -> Stream:
    """Open a file for reading from its beginning.

    Raises
    ------
    SourceError
        If it can't be opened or read.
    MissingExtraError
        If a package is missing that its compression needs.
    """
    try:
        raw = path.open("rb", buffering=0)
    except OSError as error:
        raise unreadable(str(path), error) from error
    return Stream(raw, str(path))


def open_files(name: str, paths: Sequence[Path]) -> Stream:
    """Open files as one stream, one after the other; raises like :func:`open_file`."""
    try:
        return Stream(_Joined(paths), name)
    except OSError as error:
        raise unreadable(name, error) from error


class _Joined:
    """The bytes of several files."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = list(paths)
        self._raw: IO[bytes] = io.BytesIO()

    def read(self, size: int) -> bytes:
        while not (data := self._raw.read(size)) and size and self._paths:
            self._raw.close()
            self._raw = self._paths.pop(0).open("rb")
        return data

    def close(self) -> None:
        self._raw.close()


def unreadable(name: str, error: OSError | BrokenStreamError) -> SourceError:
    """Turn a failure to open or read `name` into one sentence that says what to do."""
    if isinstance(error, SourceError):
        return error
    if isinstance(error, FileNotFoundError):
        return SourceError(f"{name}: no such file; check the path")
    if isinstance(error, IsADirectoryError):
        return SourceError(f"{name} is a folder, not a log; name a file in it")
    if isinstance(error, PermissionError):
        return SourceError(f"{name} can't be read: permission denied; make it readable (chmod +r) or run as its owner")
    return SourceError(f"{name} can't be read: {reason(error)}")


def reason(error: Exception) -> str:
    """Return what an operating system's or a backend's error says, without numbers and paths."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

"""What comes as bytes in order, from standard input or a URL: a log, or an archive, told by its first bytes.

An archive is kept in a temporary file (a small one in memory), so that its members can be read in any order and as
often as one likes.
"""

from __future__ import annotations

import io
import tempfile
import threading
import weakref
from functools import partial
from typing import IO, Any, Final, Literal

from metalog.errors import MetalogError, SourceError
from metalog.sources.compression import codec_of
from metalog.sources.raw_input import RawInput
from metalog.sources.streams import Stream, reason
from metalog.sources.tars import HEADER_BYTES, TarArchive, is_tar_header
from metalog.sources.zips import MAGIC, ZipArchive

#: An archive of so many bytes stays in memory.
IN_MEMORY: Final = 1 << 24
#: So many compressed bytes hold the first header of a tar archive, however they are compressed: bz2 takes a block.
_COMPRESSED: Final = 1 << 20
_PIECE: Final = 1 << 20


def kind_of(incoming: RawInput) -> Literal["tar", "zip", ""]:
    """Tell which archive it is, ``""`` for none, without taking any bytes.

    Raises
    ------
    OSError
        If not even the first byte can be read.
    """
    head = incoming.peek(HEADER_BYTES)
    if head.startswith(MAGIC):
        return "zip"
    if codec_of(head):
        try:
            head = Stream(io.BytesIO(incoming.peek(_COMPRESSED)), "").peek(HEADER_BYTES)
        except MetalogError:  # reading it as a log tells what is wrong
            return ""
    return "tar" if is_tar_header(head) else ""


def archive_of(incoming: RawInput, name: str, kind: Literal["tar", "zip"]) -> TarArchive | ZipArchive:
    """Take all of an archive, and return it.

    Raises
    ------
    SourceError
        If it can't be read, or there is no room for it.
    """
    kept = Kept(incoming, name)
    if kind == "tar":
        return TarArchive(name, partial(_stream, kept, name))
    if kept.failure:
        raise SourceError(f"{name} can't be read: {kept.failure}")
    return ZipArchive(name, io.BufferedReader(kept.open()))


def _stream(kept: Kept, name: str) -> Stream:
    return Stream(kept.open(), name)


class Kept:
    """Bytes that came once, in a temporary file.

    Attributes
    ----------
    failure : str
        Why there may be more than came, ``""`` if all is well.
    """

    def __init__(self, incoming: RawInput, name: str) -> None:
        self.failure = ""
        self._lock = threading.Lock()
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it is kept
        weakref.finalize(self, self._file.close)
        self.size = 0
        while data := self._next(incoming):
            try:
                self._file.write(data)
            except OSError as error:
                self._file.close()
                raise SourceError(f"{name} can't be kept in {tempfile.gettempdir()}: {reason(error)}") from error
            self.size += len(data)

    def _next(self, incoming: RawInput) -> bytes:
        try:
            return incoming.read(_PIECE)
        except OSError as error:
            self.failure = reason(error)
            return b""

    def open(self) -> io.RawIOBase:
        """Return a stream of the bytes from their beginning; behind all of them it fails as the source did."""
        return _Reader(self)

    def read_at(self, place: int, size: int) -> bytes:
        """Return up to `size` bytes from a place on."""
        with self._lock:
            self._file.seek(place)
            data = self._file.read(size)
        if not data and size and self.failure:
            raise OSError(self.failure)
        return data


class _Reader(io.RawIOBase):
    """Reads what was kept, from a place of its own."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self._kept, self._place = kept, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._kept.size}[whence]
        self._place = max(begin + offset, 0)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._kept.read_at(self._place, len(view))
        view[: len(data)] = data
        self._place += len(data)
        return len(data)

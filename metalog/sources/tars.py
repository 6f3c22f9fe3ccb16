"""Logs in tar archives, compressed or not: each is read in place, nothing is unpacked to disk.

A compressed archive can only be read forwards. So the streams that have read up to some place in it are kept: members
that are read in order cost one pass over the archive (one for each thread that reads), not one pass each.
"""

from __future__ import annotations

import io
import tarfile
import threading
import weakref
from collections.abc import Callable
from typing import Final

from metalog.errors import MetalogError, SourceError
from metalog.sources.compression import BrokenStreamError
from metalog.sources.streams import Stream

#: Bytes of a member's header.
HEADER_BYTES: Final = 512
_MAGIC: Final = slice(257, 262)
#: A header that holds a long name or a member's attributes has no more bytes; it would be read into memory at once.
_LARGEST_HEADER: Final = 1 << 20
_EXTENDED: Final = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)


def is_tar(opener: Callable[[], Stream]) -> bool:
    """Say whether it is a tar archive; False also where it can't be read: opening it again will tell why."""
    try:
        with io.BufferedReader(opener()) as stream:
            return is_tar_header(stream.read(HEADER_BYTES))
    except MetalogError:
        return False


def is_tar_header(head: bytes) -> bool:
    """Say whether a tar archive begins so."""
    return head[_MAGIC] == b"ustar"


class TarArchive:
    """A tar archive's regular files.

    Parameters
    ----------
    opener
        Opens the archive for reading from its beginning, any number of times.

    Attributes
    ----------
    name : str
        What messages call it.
    members : list of tarfile.TarInfo
        The regular files in it, in its order.
    failure : str or None
        Why members may be lost behind the last of these; None if the archive is whole, or if it ends within the last of
        these, so that reading that one will tell.

    Raises
    ------
    MetalogError
        If it can't be opened or read at all.
    """

    def __init__(self, name: str, opener: Callable[[], Stream]) -> None:
        self.name = name
        self._opener = opener
        self.members: list[tarfile.TarInfo] = []
        self.failure: str | None = None
        self._idle: list[Stream] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _close_all, self._idle)
        self._list()

    def __getstate__(self) -> tuple[str, Callable[[], Stream]]:
        """Tell another process where the archive is: what opens its members, not the list of them."""
        return self.name, self._opener

    def __setstate__(self, state: tuple[str, Callable[[], Stream]]) -> None:
        self.name, self._opener = state
        self.members, self.failure, self._idle, self._lock = [], None, [], threading.Lock()
        weakref.finalize(self, _close_all, self._idle)

    def _list(self) -> None:
        failure = None
        with self._opener() as stream:
            try:
                with tarfile.open(fileobj=_Ending(stream), mode="r|", tarinfo=_Header) as tar:
                    self.members.extend(member for member in tar if member.isreg())
                if stream.position < tar.offset + HEADER_BYTES:  # not even the block of zeros that ends an archive
                    failure = "its end is missing"
            except (tarfile.TarError, BrokenStreamError) as error:
                failure = str(error)
        if failure and (not self.members or stream.position >= _end(self.members[-1])):
            self.failure = stream.failure or failure

    def open(self, member: tarfile.TarInfo) -> Stream:
        """Open a member, which may be compressed itself.

        Raises
        ------
        SourceError
            If nothing of it can be read.
        """
        name = f"{self.name}/{member.name}"
        if member.issparse():
            raise SourceError(f"{name} is stored as a sparse file; unpack the archive and read the file itself")
        return Stream(_Member(self, member), name)

    def lend(self, offset: int) -> Stream:
        """Hand out a stream of the whole archive that stands at `offset`, or at the end of a cut archive."""
        with self._lock:
            usable = [stream for stream in self._idle if stream.position <= offset]
            stream = max(usable, key=lambda stream: stream.position, default=None)
            if stream is not None:
                self._idle.remove(stream)
        stream = stream or self._opener()
        stream.skip(offset - stream.position)
        return stream

    def take_back(self, stream: Stream) -> None:
        """Keep a stream for the members behind the one it was lent for."""
        with self._lock:
            self._idle.append(stream)


class _Header(tarfile.TarInfo):
    """A member's header, which can't fill the memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        """Read a header.

        Raises
        ------
        tarfile.ReadError
            If it is one that goes on for longer than any name or attributes do.
        """
        header = super().frombuf(buf, encoding, errors)
        if header.type in _EXTENDED and header.size > _LARGEST_HEADER:
            raise tarfile.ReadError("a header claims to be larger than any is")
        return header


class _Ending(io.RawIOBase):
    """A stream that is over when it has ended.

    tarfile steps over a member by reading until so many bytes have come, however many the member claims to have and
    although none come any more.
    """

    #: Reads at the end that tarfile does on its usual way.
    _USUAL: Final = 8

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream
        self._empty = 0

    def read(self, size: int = -1, /) -> bytes:
        """Read from the stream.

        Raises
        ------
        BrokenStreamError
            If it has ended a good while ago.
        """
        data = self._stream.read(size)
        self._empty = 0 if data else self._empty + 1
        if self._empty > self._USUAL:
            raise BrokenStreamError("its end is missing")
        return data


def _close_all(streams: list[Stream]) -> None:
    for stream in streams:
        stream.close()


def _end(member: tarfile.TarInfo) -> int:
    return member.offset_data + member.size


class _Member:
    """The bytes of one member."""

    def __init__(self, archive: TarArchive, member: tarfile.TarInfo) -> None:
        self._archive = archive
        self._end = _end(member)
        self._stream = archive.lend(member.offset_data)

    def read(self, size: int) -> bytes:
        size = max(min(size, self._end - self._stream.position), 0)
        data = self._stream.read(size)
        if size and not data:
            raise BrokenStreamError(self._stream.failure or "the archive ends in the middle of it")
        return data

    def close(self) -> None:
        self._archive.take_back(self._stream)

"""The bytes that are added to a file while it is written, whatever happens to the file meanwhile.

Every read begins a little before the place reached and checks that what was there, and the file's first bytes, are
still there: a file that was truncated or rewritten in place, however fast it grew again, gives itself away by that. A
file that was put in the place of the followed one (a rotation, an editor, a copying tool) is known by its identity;
if it holds what was read already, as a fresh copy of the same log does, reading goes on where it was, else anew.

What can't be seen: bytes that were written and taken away again between two reads.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path
from typing import Final

from metalog.errors import UsageError
from metalog.sources.compression import codec_of
from metalog.sources.streams import unreadable

_BLOCK: Final = 1 << 24
#: So many bytes at the beginning and before the place reached are compared.
_OVERLAP: Final = 4096
#: What a network file system says of an open file that was replaced on another machine.
_STALE: Final = getattr(errno, "ESTALE", None)


class Tail:
    """Reads a growing file; a context manager.

    Parameters
    ----------
    path
        The file; it need not exist yet.

    Attributes
    ----------
    generation : int
        1 for the file as it was first found; one more whenever the bytes begin anew because it was truncated,
        rewritten or replaced by another one.
    position : int
        Bytes of this generation read so far.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.generation = 1
        self.position = 0
        self._head = self._before = b""
        self._file: io.FileIO | None = None

    def __enter__(self) -> Tail:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def read(self) -> bytes:
        """Return the next bytes, a bounded number of them; none where nothing new is there yet.

        Look at `generation` afterwards: where it rose, these bytes are the first of a new generation.

        Raises
        ------
        SourceError
            If the file can't be read.
        UsageError
            If it can't be followed: it is compressed, or no regular file.
        """
        try:
            data = self._next()
            if not data and self._replaced():
                # What was added to the old file before the new one was made comes before the new one's bytes.
                data = self._next() or self._switch()
        except OSError as error:
            if error.errno != _STALE:
                raise unreadable(str(self.path), error) from error
            self._close()
            data = b""
        return data

    def _next(self) -> bytes:
        if self._file is None:
            return self._switch()
        data = self._beyond(self._file)
        if data is None:
            self._begin_anew()
            data = self._beyond(self._file) or b""
        if self.position == 0 and (codec := codec_of(data)):
            raise UsageError(
                f"{self.path} is compressed ({codec.name}), so it can't be followed; read it: metalog parse {self.path}"
            )
        self.position += len(data)
        self._before = (self._before + data[-_OVERLAP:])[-_OVERLAP:]
        self._head = self._head or data[:_OVERLAP]
        return data

    def _beyond(self, file: io.FileIO) -> bytes | None:
        """Return what `file` holds beyond the place reached; None if it isn't what was read up to there."""
        file.seek(0)
        if file.read(len(self._head)) != self._head:
            return None
        file.seek(self.position - len(self._before))
        data = file.read(len(self._before) + _BLOCK) or b""
        return data[len(self._before) :] if data.startswith(self._before) else None

    def _replaced(self) -> bool:
        """Say whether another file has taken the name; one that is still empty waits, as the old one may still grow."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return False
        return (
            self._file is not None and found.st_size > 0 and not os.path.samestat(found, os.fstat(self._file.fileno()))
        )

    def _switch(self) -> bytes:
        """Go on in the file that has the name now; no bytes if there is none."""
        try:
            file = io.FileIO(self.path)
        except FileNotFoundError:
            return b""
        self._close()
        self._file = file
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise UsageError(
                f"{self.path} is no regular file, so it can't be followed; read it: metalog parse {self.path}"
            )
        return self._next()

    def _begin_anew(self) -> None:
        self.generation += 1
        self.position = 0
        self._head = self._before = b""

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

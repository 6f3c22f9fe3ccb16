"""A source's bytes before they are decompressed: what was looked at is kept until it is read."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from metalog.sources.compression import BrokenStreamError

#: Bytes at the end of a piece in which a line end is looked for.
_LAST_FEW: Final = 1 << 12


class RawInput:
    """A raw stream whose first bytes can be looked at before they are read; counts the bytes taken."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.taken = 0
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end or before a failure; raise if it comes before any."""
        self._ahead, failure = fill(self._ahead, size, lambda missing: _data(self.raw.read(missing)))
        if failure and not self._ahead:
            raise failure
        return self._ahead

    def read(self, size: int) -> bytes:
        """Take up to `size` bytes; none at the end."""
        piece, self._ahead = self._ahead[:size], self._ahead[size:]
        piece = piece or _data(self.raw.read(size))
        self.taken += len(piece)
        return piece

    @property
    def is_plain_file(self) -> bool:
        """Whether this is a file on disk, read without a buffer in between."""
        return isinstance(self.raw, io.FileIO) and is_on_disk(self.raw)

    def read_lines(self, size: int) -> bytes | memoryview:
        """Take up to `size` bytes of a plain file, up to a line end if there is one in the last few of them.

        They lie in memory of numpy's, which is given in huge pages (see :func:`metalog.columns.allocate`).
        """
        memory = np.empty(size, np.uint8).data
        some = min(len(self._ahead), size)
        memory[:some] = self._ahead[:some]
        try:
            end = some + self.raw.readinto(memory[some:])
        except OSError:
            if not some:
                raise
            end = some  # what was read before is handed out first
        self._ahead = self._ahead[some:]
        if end == size:
            last_few = bytes(memory[-_LAST_FEW:])
            end -= (len(last_few) - 1 - last_few.rfind(b"\n")) % len(last_few)
            self._ahead = bytes(memory[end:]) + self._ahead
        self.taken += end
        return memory[:end]

    def jump(self, size: int) -> bool:
        """Step over `size` bytes at once; say whether that was possible."""
        if not is_on_disk(self.raw):
            return False
        self.raw.seek(size - len(self._ahead), io.SEEK_CUR)
        self._ahead = b""
        self.taken += size
        return True


def fill(held: bytes, size: int, read: Callable[[int], bytes]) -> tuple[bytes, BrokenStreamError | OSError | None]:
    """Return `held` and what is read behind it, up to `size` bytes in all, and why there are fewer if reading fails."""
    pieces, missing = [held], size - len(held)
    try:
        while missing > 0 and (piece := read(missing)):
            pieces.append(piece)
            missing -= len(piece)
    except (BrokenStreamError, OSError) as error:
        return b"".join(pieces), error
    return b"".join(pieces), None


def is_on_disk(raw: Any) -> bool:
    """Tell whether a binary stream is a file on disk or in memory: one whose place can be changed."""
    return hasattr(raw, "seekable") and bool(raw.seekable())


def _data(answer: bytes | None) -> bytes:
    """Refuse the answer of a stream in non-blocking mode that has nothing just now: it would look like the end."""
    if answer is None:
        raise BlockingIOError("the stream is in non-blocking mode")
    return answer

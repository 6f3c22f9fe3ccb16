"""Compressed bytes to plain ones, a bounded piece at a time: gz, bz2, xz and zst, told by their first bytes.

Streams that follow one another in a file (``cat a.gz b.gz``, parallel compressors) are one text. What a cut or
damaged stream still holds is handed out before the error is raised.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from metalog.errors import MissingExtraError

#: So many first bytes tell the compression.
MAGIC_BYTES: Final = 10
# Compressed bytes taken at once. The zstandard package's decoder can't limit its output: as 4 bytes become 128 KiB at
# most, this bounds what a maliciously dense file puts into memory. Damaged data cost the output of one piece.
_PIECE: Final = 1024


class Decoder(Protocol):
    """What Python's own decompressors have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was met."""

    @property
    def needs_input(self) -> bool:
        """Whether no output is left to take without more input."""

    @property
    def unused_data(self) -> bytes:
        """The bytes behind the end of the stream."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Take `data`, return at most `max_length` bytes of output."""


class BrokenStreamError(Exception):
    """Compressed data can't be read further; the text completes the sentence "<name> is incomplete: "."""


class _Gzip:
    """zlib's decompressor with the interface of the others."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)


class _Zstandard:
    """The zstandard package's decompressor with the interface of the others."""

    def __init__(self, zstandard: Any) -> None:
        self._zstd = zstandard.ZstdDecompressor().decompressobj()
        self._ready = memoryview(b"")

    @property
    def eof(self) -> bool:
        return bool(self._zstd.eof) and not self._ready

    @property
    def needs_input(self) -> bool:
        return not self._ready

    @property
    def unused_data(self) -> bytes:
        return bytes(self._zstd.unused_data)

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        if not self._ready:
            self._ready = memoryview(self._zstd.decompress(data))
        output, self._ready = self._ready[:max_length], self._ready[max_length:]
        return bytes(output)


def _bz2() -> Decoder:
    import bz2

    return bz2.BZ2Decompressor()


def _xz() -> Decoder:
    import lzma

    return lzma.LZMADecompressor(lzma.FORMAT_XZ)


def _zst() -> Decoder:
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]  # from Python 3.14 on
    except ImportError:
        pass
    else:
        decoder: Decoder = zstd.ZstdDecompressor()
        return decoder
    try:
        import zstandard
    except ImportError:
        raise MissingExtraError("zstandard", "zstd", "reading a zst file") from None
    return _Zstandard(zstandard)


@dataclass(frozen=True)
class Codec:
    """A way of compressing: its ending, the bytes it begins with and what undoes it."""

    name: str
    magic: re.Pattern[bytes]
    decoder: Callable[[], Decoder]


#: All that are understood.
CODECS: Final = (
    Codec("gz", re.compile(rb"\x1f\x8b"), _Gzip),
    Codec("bz2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)"), _bz2),
    Codec("xz", re.compile(rb"\xfd7zXZ\0"), _xz),
    Codec("zst", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), _zst),
)


def codec_of(head: bytes) -> Codec | None:
    """Tell the compression of a file by its first :data:`MAGIC_BYTES` bytes; None if it isn't compressed."""
    return next((codec for codec in CODECS if codec.magic.match(head)), None)


class Decompressor:
    """Reads through one compressed stream after the other.

    Parameters
    ----------
    read
        Called with a size, returns at most so many compressed bytes, none at the end.
    codec
        How they are compressed.

    Raises
    ------
    MissingExtraError
        If a package is missing that this compression needs.
    """

    def __init__(self, read: Callable[[int], bytes], codec: Codec) -> None:
        self._read = read
        self._codec = codec
        self._decoder = codec.decoder()
        self._next = b""

    def read(self, size: int) -> bytes:
        """Return from 1 to `size` bytes; none at the end.

        Raises
        ------
        BrokenStreamError
            Where the compressed data end too early or are damaged.
        """
        while True:
            if self._decoder.eof and not self._begin_next():
                return b""
            taken, self._next = self._next, b""
            if not taken and self._decoder.needs_input:
                taken = self._read(_PIECE)
            output = self._decompress(taken, size)
            if output:
                return output
            if not taken and not self._decoder.eof:
                raise BrokenStreamError(f"its compressed ({self._codec.name}) data end in the middle")

    def _begin_next(self) -> bool:
        # Zero bytes between and behind streams are padding (tape blocks, xz's alignment).
        rest = self._decoder.unused_data.lstrip(b"\0")
        while not rest and (piece := self._read(_PIECE)):
            rest = piece.lstrip(b"\0")
        if rest:
            self._next, self._decoder = rest, self._codec.decoder()
        return bool(rest)

    def _decompress(self, data: bytes, size: int) -> bytes:
        try:
            return self._decoder.decompress(data, size)
        except Exception as error:  # each codec has its own error classes, none of them with a useful base in common
            raise BrokenStreamError(f"its compressed ({self._codec.name}) data are damaged ({error})") from error

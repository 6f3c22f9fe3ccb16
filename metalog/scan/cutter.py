r"""Bytes, however they are cut, to blocks of whole lines in UTF-8.

The block that comes out depends on how the bytes came in, but the lines in it do not. Lines end with ``\n``,
``\r\n`` or a lone ``\r``, as in Python's text files. Whatever the input, no more than :data:`LONGEST_LINE` bytes
are held back.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from metalog.scan.tokens import LONGEST_LINE, Block

#: What is kept of a longer line: the head shows what it is, the tail may hold a record (after a block of NUL bytes,
#: say).
KEPT_HEAD, KEPT_TAIL = 256, 4096
#: Stands between the two; tells the scanner that the line was shortened. NUL is not part of any line of the format.
LEFT_OUT = b"\0[... %d bytes left out ...]\0"

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ENOUGH_TO_TELL = 4
#: Bytes of a record that may be wrapped over several lines: for so many more lines are waited for.
_MOST_WAITING = 1 << 14


def shorten(line: bytes) -> bytes:
    """Return a line without its line end as it is, or if it is too long, its head and tail."""
    if len(line) <= LONGEST_LINE:
        return line
    left_out = len(line) - KEPT_HEAD - KEPT_TAIL
    return line[:KEPT_HEAD] + LEFT_OUT % left_out + line[-KEPT_TAIL:]


def detect_encoding(head: bytes) -> tuple[str, int]:
    """Tell the encoding of a log from its first bytes, and how many of them are a byte order mark.

    Without a mark, UTF-16 is known by the NUL beside each of the first two ASCII characters.
    """
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding, len(bom)
    zeros = tuple(byte == 0 for byte in head[:_ENOUGH_TO_TELL])
    if zeros == (False, True, False, True):
        return "utf-16-le", 0
    if zeros == (True, False, True, False):
        return "utf-16-be", 0
    return "utf-8", 0


class _LongLine:
    """The head, tail and length of a line that is too long to be held."""

    def __init__(self, begin: bytes) -> None:
        self.head = begin[:KEPT_HEAD]
        self.tail = b""
        self.length = 0
        self.add(begin)

    def add(self, piece: bytes) -> None:
        # One byte more than is kept: the last one may be a \r that turns out to be the line end.
        self.tail = (self.tail + piece[-KEPT_TAIL - 1 :])[-KEPT_TAIL - 1 :]
        self.length += len(piece)

    def take_back_return(self) -> bytes:
        r"""Take back a \r at the end, since what follows decides what it is."""
        if not self.tail.endswith(b"\r"):
            return b""
        self.tail, self.length = self.tail[:-1], self.length - 1
        return b"\r"

    def end(self) -> bytes:
        return self.head + LEFT_OUT % (self.length - KEPT_HEAD - KEPT_TAIL) + self.tail[-KEPT_TAIL:]


class BlockCutter:
    r"""Takes bytes in any pieces and gives blocks of whole lines; what is left at the end is the unfinished line.

    Parameters
    ----------
    returns
        Whether a lone ``\r`` ends a line where blocks are cut.
    heads
        If lines may be wrapped: with what a record begins. Blocks are cut there only.

    Attributes
    ----------
    encoding
        The input's encoding once it is known, else None.
    """

    def __init__(self, *, returns: bool = True, heads: re.Pattern[bytes] | None = None) -> None:
        self._line_ends = b"\n\r" if returns else b"\n"
        self._heads, self._waiting = heads, b""
        self.encoding: str | None = None
        self._decoder: codecs.IncrementalDecoder | None = None
        self._carry = b""
        self._long: _LongLine | None = None

    def feed(self, data: Block) -> Iterator[Block]:
        """Yield what is whole now: no block, or a few."""
        return self._feed(data) if self._heads is None else self._at_heads(self._feed(data), self._heads)

    def _at_heads(self, blocks: Iterator[Block], heads: re.Pattern[bytes]) -> Iterator[Block]:
        """Keep the last record of each block for the next one: lines may follow that belong to it."""
        for block in blocks:
            whole = self._waiting + bytes(block)
            last = max(
                (found.start() for found in heads.finditer(whole, max(len(whole) - _MOST_WAITING, 0))), default=0
            )
            self._waiting = whole[last:] if last else b""
            if last or len(whole) > _MOST_WAITING:
                yield whole[:last] if last else whole
            else:
                self._waiting = whole

    def _feed(self, data: Block) -> Iterator[Block]:
        if self.encoding is None:
            data = b"".join((self._carry, data)) if self._carry else data
            if len(data) < _ENOUGH_TO_TELL:
                self._carry = bytes(data)
                return
            self._carry = b""
            data = self._begin(data)
        if self.encoding == "utf-8" and not self._carry and self._long is None and data[-1:] == b"\n":
            yield data
            return
        data = bytes(data)
        if self._decoder is not None:
            data = self._decoder.decode(data).encode("utf-8", "replace")
        yield from self._cut(data)

    def close(self) -> tuple[bytes, bytes]:
        """Return what is whole now that the input has ended (often nothing), and the line without an end."""
        rest = b""
        if self.encoding is None and self._carry:
            rest, self._carry = bytes(self._begin(self._carry)), b""
        if self._decoder is not None:
            rest = self._decoder.decode(rest, True).encode("utf-8", "replace")
        blocks = self._waiting + b"".join(self._cut(rest))
        self._waiting = b""
        last, self._carry = self._carry, b""
        if self._long is not None:
            line_end = self._long.take_back_return()
            last, self._long = self._long.end() + line_end, None
        if last.endswith(b"\r"):
            return blocks + last, b""
        return blocks, last

    def _begin(self, data: Block) -> Block:
        self.encoding, mark = detect_encoding(bytes(data[:_ENOUGH_TO_TELL]))
        if self.encoding != "utf-8":
            self._decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        return data[mark:]

    def _cut(self, data: bytes) -> Iterator[bytes]:
        if self._long is not None:
            data = self._go_on(self._long, data)
            if self._long is not None:
                return
        end = self._last_line_end(data)
        if end:
            yield b"".join((self._carry, memoryview(data)[:end]))
            self._carry = data[end:]
        else:
            self._carry += data
            end = self._last_line_end(self._carry)  # a held-back \r turns out to be a line end
            if end:
                yield self._carry[:end]
                self._carry = self._carry[end:]
        if len(self._carry) > LONGEST_LINE + 1:  # one more: it may end with a \r that waits for its \n
            self._long, self._carry = _LongLine(self._carry), b""

    def _last_line_end(self, data: bytes) -> int:
        r"""Return the offset behind the last line end, 0 if there is none; a \r at the very end may become \r\n."""
        newline = data.rfind(b"\n") + 1
        if len(self._line_ends) == 1:
            return newline
        return max(newline, data.rfind(b"\r", newline, max(len(data) - 1, 0)) + 1)

    def _go_on(self, line: _LongLine, data: bytes) -> bytes:
        """Give the long line what belongs to it; return the rest, led by the shortened line if that has ended."""
        data = line.take_back_return() + data
        ends = [place for sign in self._line_ends if (place := data.find(sign)) >= 0]
        end = min(ends, default=len(data))
        if end == len(data) or (end == len(data) - 1 and data.endswith(b"\r")):
            line.add(data)
            return b""
        line.add(data[:end])
        self._long = None
        return line.end() + data[end:]

"""How much of a log a format explains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from metalog.formats.shapes import shape
from metalog.runs.words import counted

if TYPE_CHECKING:
    from metalog.formats.model import Format
    from metalog.sources.streams import Stream

#: Bytes that are read at a time, shapes that are told apart, and shapes that are shown.
_PIECE, _MOST_SHAPES, _SHOWN = 1 << 20, 10_000, 5
_DIGITS: Final = frozenset(b"0123456789")


@dataclass
class Explained:
    """What a format explains of a log: its rows by frame, its lines with numbers, and those not understood by shape."""

    rows: dict[str, int] = field(default_factory=dict)
    with_numbers: int = 0
    unexplained: int = 0
    shapes: Counter[str] = field(default_factory=Counter)

    @property
    def rows_in_all(self) -> int:
        """The number of rows of all frames."""
        return sum(self.rows.values())

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Take lines that were not understood, as the file does to which a parser writes its rejects."""
        for line in lines:
            if not _DIGITS.isdisjoint(line):
                self.unexplained += 1
                own = shape(line.decode("utf-8", "replace"))
                if own in self.shapes or len(self.shapes) < _MOST_SHAPES:
                    self.shapes[own] += 1

    def lines(self, name: str) -> list[str]:
        """Return what there is to say of the log called `name`, as lines."""
        understood = self.with_numbers - self.unexplained
        share = understood / self.with_numbers if self.with_numbers else 0
        told = [f"{name}: {understood:,} of {counted(self.with_numbers, 'line')} with numbers understood ({share:.1%})"]
        width = max(map(len, self.rows), default=0)
        told += [f"  {frame:<{width}}  {counted(number, 'row')}" for frame, number in self.rows.items()]
        if self.unexplained:
            told.append("  most frequent of those not understood:")
            told += [f"  {counted(number, 'time'):>14}  {own}" for own, number in self.shapes.most_common(_SHOWN)]
        return told


def explain(stream: Stream, form: Format) -> Explained:
    """Read a log with a format; return how much of it that explains."""
    from metalog.reading.parser import Parser
    from metalog.scan.cutter import BlockCutter

    found = Explained()
    rejects: Any = found
    parser, cutter, rows = Parser(stream.name, format=form, rejects=rejects), BlockCutter(), Counter[str]()

    def take() -> None:
        for name, columns in parser.take_records().items():
            rows[name] += len(columns["line"])

    def count(block: bytes) -> None:
        found.with_numbers += sum(not _DIGITS.isdisjoint(line) for line in block.splitlines())

    while data := stream.read(_PIECE):
        parser.feed(data)
        take()
        for block in cutter.feed(data):
            count(bytes(block))
    count(b"\n".join(cutter.close()))
    parser.end()
    take()
    found.rows = dict(rows)
    return found

"""How the prefixes of a log look, so that most lines need no search."""

from __future__ import annotations

from metalog.scan.prefix_parts import Span, read_prefix, writer_name

_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_MOST_LENGTHS, _MOST_SHAPES = 8, 1 << 12


class PrefixShapes:
    """Remembers how the prefixes of a log look, digits aside.

    What a prefix means depends on its digits' places only, and a record behind a known shape is where it was before.
    """

    def __init__(self) -> None:
        self._lengths: list[int] = []
        self._shapes: dict[bytes, list[Span]] = {}
        self._names: dict[bytes, str] = {}

    def learn(self, prefix: bytes) -> None:
        """Remember the prefix of a line in which a record was found."""
        if not prefix or prefix[-1:].isalnum() or prefix[-1:] in b"_." or len(self._shapes) > _MOST_SHAPES:
            return
        read = read_prefix(prefix)
        if read is None or read.bar:
            return
        self._shapes[prefix.translate(_DIGITS)] = read.spans
        if len(prefix) not in self._lengths:
            self._lengths = [len(prefix), *self._lengths[: _MOST_LENGTHS - 1]]

    def guess(self, line: bytes) -> tuple[bytes, str] | None:
        """Return what stands behind a prefix of a known shape, and the writer's name."""
        if b"\x1b" in line or b"\0" in line:
            return None
        for length in self._lengths:
            prefix = line[:length]
            spans = self._shapes.get(prefix.translate(_DIGITS))
            if spans is not None and len(line) > length:
                return line[length:].rstrip(b" \t"), self._name(prefix, spans)
        return None

    def _name(self, prefix: bytes, spans: list[Span]) -> str:
        if not spans:
            return ""
        tags = prefix[spans[0][0] : spans[-1][1]]
        if tags not in self._names:
            if len(self._names) > _MOST_SHAPES:
                return writer_name(prefix, spans)
            self._names[tags] = writer_name(prefix, spans)
        return self._names[tags]

"""A block of whole lines to tokens: records, comments, and what was odd about the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from metalog.diagnostics import CODES
from metalog.errors import Diagnostic
from metalog.formats.grammar import KINDS, Field, Kind
from metalog.scan import engine
from metalog.scan.blocks import shorten
from metalog.scan.decoration import Undressed, undress
from metalog.scan.portable import matchable
from metalog.scan.tokens import Block, Matches, join

TEXT_LENGTH = 200
#: Bytes that so many characters can take.
LONGEST_EXCERPT = 4 * TEXT_LENGTH
_ENDS_OPEN = tuple(kind.ends_open for kind in KINDS)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment line: number within the block from 0, who wrote it (index into ``writers``), the text behind ``# ``."""

    line: int
    writer: int
    text: str


@dataclass(slots=True)
class Tokens:
    """A scanned block.

    Attributes
    ----------
    block
        The bytes; ``matches.start`` points into it.
    matches
        The records, whoever wrote them, in order.
    writers, writer
        The tags that name the writers, and for each record the index of its writer; ``writer`` is None while
        nothing in the block bears a tag.
    comments, findings
        In order of their lines, which count from 0 within the block.
    counts
        Lines by what they are: blank, console, comment, noise, decorated.
    rejected
        Start and end of the lines that were not understood.
    lines
        Number of lines.
    """

    block: Block
    matches: Matches
    lines: int
    writers: tuple[str, ...] = ("",)
    writer: NDArray[np.int32] | None = None
    comments: list[Comment] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    rejected: list[tuple[int, int]] = field(default_factory=list)

    @property
    def untagged(self) -> bool:
        """Whether no line bears a tag, so that all are one writer's."""
        return self.writer is None and len(self.writers) == 1

    def text(self, token: int) -> str:
        """Return the line of a record, for a message."""
        start = int(self.matches.start[token])
        line = bytes(self.block[start : start + LONGEST_EXCERPT])
        return excerpt(re.split(rb"[\r\n]", line, maxsplit=1)[0])


def excerpt(line: bytes) -> str:
    """Return a line as text for a message, cut to 200 characters."""
    return line[:LONGEST_EXCERPT].decode("utf-8", "replace")[:TEXT_LENGTH]


def scan_block(block: Block) -> Tokens:
    """Scan a block of whole lines, each with its line end."""
    scanned = engine()(block)
    tokens = Tokens(block, scanned.matches, scanned.lines)
    if len(scanned.odd):
        _OddLines(tokens).add(scanned.odd.line.tolist(), scanned.odd.start.tolist(), scanned.odd.end.tolist())
    return tokens


def scan_last_line(line: bytes) -> Tokens:
    """Scan what is left at the end of the input: a line without a line end, which may have been cut."""
    tokens = scan_block(line + b"\n")
    record = len(tokens.matches) and _ENDS_OPEN[tokens.matches.kind[0]]
    if record or tokens.comments or tokens.rejected or line.strip().isdigit():
        message = "the last line has no line end and may be cut; it is not used"
        finding = Diagnostic(0, 1, "cut-line", CODES["cut-line"].severity, message, excerpt(shorten(line)))
        return Tokens(line, tokens.matches.select(slice(0)), 1, findings=[finding], rejected=[(0, len(line))])
    return tokens


class _OddLines:
    """Sorts the lines that match no template as they are, and adds what they turn out to be to the tokens."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.records: list[bytes] = []
        self.places: list[tuple[int, int]] = []
        self.by: list[int] = []
        self.writers = {"": 0}

    def add(self, lines: list[int], starts: list[int], ends: list[int]) -> None:
        block = self.tokens.block
        for line, start, end in zip(lines, starts, ends, strict=True):
            raw = shorten(bytes(block[start:end]))
            undressed = undress(raw)
            if undressed.kind == "record":
                self._record(line, start, raw, undressed)
            elif undressed.kind == "comment":
                self._comment(line, undressed)
            elif undressed.kind == "other":
                self._other(line, raw, undressed.text)
                self.tokens.rejected.append((start, end))
            else:
                self.tokens.counts[undressed.kind] += 1
            if b"\0" in raw:
                self._nul(line, raw)
        self._merge()

    def _writer(self, name: str) -> int:
        return self.writers.setdefault(name, len(self.writers))

    def _record(self, line: int, start: int, raw: bytes, undressed: Undressed) -> None:
        self.records.append(undressed.text)
        self.places.append((line, start))
        self.by.append(self._writer(undressed.writer))
        self.tokens.counts["decorated"] += 1
        if undressed.before:
            column = _column(raw, undressed.before + undressed.text, len(undressed.before))
            self._find(line, column, "text-before", "a record follows other text on its line", raw)

    def _comment(self, line: int, undressed: Undressed) -> None:
        self.tokens.counts["comment"] += 1
        text = undressed.text[2:].decode("utf-8", "replace")
        self.tokens.comments.append(Comment(line, self._writer(undressed.writer), text))

    def _other(self, line: int, raw: bytes, text: bytes) -> None:
        self.tokens.counts["noise"] += 1
        if nearest := nearest_kind(text):
            kind, follows = nearest
            column = _column(raw, text, follows)
            part = f"no {kind} line from column {column} on"
            message = part if follows < len(text) else f"no whole {kind} line: cut, or behind other text"
            self._find(line, column, "malformed", message, raw)
        else:
            self._find(line, 1, "noise", "not a line of the format", raw)

    def _nul(self, line: int, raw: bytes) -> None:
        if b"\0[... " in raw and b" bytes left out ...]\0" in raw:
            self._find(line, 1, "long-line", "the line is too long; its middle was not looked at", raw)
        else:
            column = raw.find(b"\0") + 1
            self._find(line, column, "nul-bytes", "NUL bytes in the line", raw.replace(b"\0", "␀".encode()))

    def _find(self, line: int, column: int, code: str, message: str, raw: bytes) -> None:
        self.tokens.findings.append(Diagnostic(line, column, code, CODES[code].severity, message, excerpt(raw)))

    def _merge(self) -> None:
        """Put the records among the others, in the order of their lines."""
        tokens = self.tokens
        tokens.writers = tuple(self.writers)
        if not self.records:
            return
        found = engine()(b"\n".join(self.records) + b"\n").matches
        found.line[:], found.start[:] = np.array(self.places, np.int32).T
        own = len(tokens.matches)
        merged = join([tokens.matches, found])
        order = np.argsort(merged.line, kind="stable")
        tokens.matches = merged.select(order)
        if len(self.writers) > 1:
            tokens.writer = np.concatenate([np.zeros(own, np.int32), np.array(self.by, np.int32)])[order]


def _progressive(kind: Kind) -> re.Pattern[bytes]:
    """Return a pattern that matches as much of a template as a damaged line has."""
    pieces = [
        piece
        for part in kind.parts
        for piece in ([part.pattern] if isinstance(part, Field) else (re.escape(char.encode()) for char in part))
    ]
    return re.compile(b"(?:".join(pieces) + b")?" * (len(pieces) - 1))


def _signs(kind: Kind) -> Iterator[tuple[re.Pattern[bytes], bool]]:
    """Yield the patterns that show that a line was meant to be of a kind, and whether its template begins with them.

    They are its literals with a capital letter. A plain word must stand with what follows it in the template, since
    progress bars begin with ``Epoch 1:`` too.
    """
    for part, following in zip_longest(kind.parts, kind.parts[1:]):
        if isinstance(part, str) and re.search("[A-Z]", part):
            sign = re.escape(part.encode())
            if re.fullmatch(r"\w+ ", part) and isinstance(following, Field):
                sign += following.pattern + rb"(?=,|\Z)"
            yield re.compile(sign), part is kind.parts[0]


_SIGNS = [(kind, _progressive(kind), *sign) for kind in KINDS if matchable(kind) for sign in _signs(kind)]
_ANY_SIGN = re.compile(b"|".join(sign.pattern for _, _, sign, _ in _SIGNS))


def nearest_kind(text: bytes) -> tuple[str, int] | None:
    """Return the kind whose template a damaged line follows furthest, and how many bytes; None if it is none's."""
    if not _ANY_SIGN.search(text):
        return None
    best, furthest = "", -1
    for kind, pattern, sign, leads in _SIGNS:
        if seen := sign.search(text):
            found = pattern.match(text, seen.start() if leads else 0)
            reached = found.end() if found else 0
            if reached > furthest:
                best, furthest = kind.name, reached
    return best, furthest


def _column(raw: bytes, bare: bytes, place: int) -> int:
    """Return the column of a place in a bare line, counted in the raw one; colours in it can't be counted."""
    return len(raw[: max(raw.find(bare), 0) + place].decode("utf-8", "replace")) + 1

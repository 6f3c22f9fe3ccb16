"""A block of whole lines, scanned: tokens, comments, and what is wrong with the text of a line."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

from metalog.errors import Diagnostic
from metalog.scan.failures import Traceback
from metalog.scan.tokens import Block, Ints, Tokens

TEXT_LENGTH: Final = 200
#: Bytes that so many characters can take.
LONGEST_EXCERPT: Final = 4 * TEXT_LENGTH


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment line: number within the block from 0, who wrote it (index into ``writers``), the text behind ``# ``."""

    line: int
    writer: int
    text: str


@dataclass(slots=True)
class ScannedBlock:
    """A scanned block.

    Attributes
    ----------
    block
        The bytes; ``tokens.start`` points into it.
    tokens
        The lines of the format, whoever wrote them, in order.
    lines
        Number of lines.
    writers, writer
        The tags that name the writers, and for each token the index of its writer; ``writer`` is None while nothing in
        the block bears a tag.
    comments, diagnostics
        In order of their lines, which count from 0 within the block.
    counts
        Lines by what they are: blank, console, comment, noise, decorated.
    more
        Lines for which the last diagnostic stands besides its own, as long as it may go on.
    rejected
        Start and end of the lines that were not understood.
    leading
        Lines that were not understood and stand at the begin of the block, with their numbers: a traceback may go on.
    open_traceback
        The traceback that reaches to the end of the block, if there is one.
    texts
        The words, lists and pairs of the lines, and their numbers; equal ones once.
    """

    block: Block
    tokens: Tokens
    lines: int
    writers: tuple[str, ...] = ("",)
    writer: Ints | None = None
    comments: list[Comment] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    more: int = 0
    rejected: list[tuple[int, int]] = field(default_factory=list)
    leading: list[tuple[int, bytes]] = field(default_factory=list)
    open_traceback: Traceback | None = None
    texts: dict[str, int] = field(default_factory=dict)

    def end_stretch(self) -> None:
        """Let the last diagnostic stand for no further lines."""
        if self.more:
            self.diagnostics[-1] = replace(self.diagnostics[-1], lines=1 + self.more)
            self.more = 0

    @property
    def untagged(self) -> bool:
        """Whether no line bears a tag, so that all are one writer's."""
        return self.writer is None and len(self.writers) == 1

    def text(self, token: int) -> str:
        """Return the line of a token, for a message."""
        start = int(self.tokens.start[token])
        line = bytes(self.block[start : start + LONGEST_EXCERPT])
        return excerpt(re.split(rb"[\r\n]", line, maxsplit=1)[0])


def excerpt(line: bytes) -> str:
    """Return a line as text for a message, cut to 200 characters."""
    return line[:LONGEST_EXCERPT].decode("utf-8", "replace")[:TEXT_LENGTH]

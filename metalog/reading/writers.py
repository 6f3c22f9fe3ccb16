"""The processes that write a log: each one's wheels, and what it has in a block."""

from __future__ import annotations

from dataclasses import dataclass, field

from metalog.columns import Array
from metalog.composing.marks import Marks
from metalog.diagnostics import CODES
from metalog.errors import Diagnostic
from metalog.odometer.case import Finding
from metalog.odometer.odometer import Odometer
from metalog.odometer.state import Output
from metalog.odometer.summary import SummaryRows
from metalog.scan.block import ScannedBlock
from metalog.scan.tokens import Tokens


@dataclass(slots=True)
class Writer:
    """One of the processes that wrote a log.

    ``segments`` gives the number of each of its segments among those of all writers, ``last`` line and text of its last
    token.
    """

    name: str
    odometer: Odometer
    summaries: list[SummaryRows]
    marks: Marks
    segments: list[int] = field(default_factory=list)
    last: tuple[int, str] = (0, "")


@dataclass(slots=True)
class Part:
    """What one writer has in a block: its tokens, their places among all (None: they are all), and their rows."""

    writer: Writer
    tokens: Tokens
    index: Array | None
    out: Output
    found: list[Finding]

    def line(self, token: int) -> int:
        """Return the number of a token's line within the block."""
        return int(self.tokens.line[token])

    def place(self, token: int) -> int:
        """Return the place of a token among those of all writers."""
        return token if self.index is None else int(self.index[token])


def diagnostic(line: int, code: str, message: str, text: str) -> Diagnostic:
    """Return a diagnostic of a whole line."""
    return Diagnostic(line, 1, code, CODES[code].severity, message, text)


def diagnostics(part: Part, scanned: ScannedBlock) -> list[Diagnostic]:
    """Return what the odometer found, with lines within the block."""
    return [
        diagnostic(part.line(token), code, message, scanned.text(part.place(token)))
        for token, code, message in part.found
    ]

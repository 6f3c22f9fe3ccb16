"""Bytes to tokens: a format's lines are found in blocks of whole lines."""

from __future__ import annotations

import re
from functools import cache
from typing import Protocol

import numpy as np

from metalog.diagnostics import CODES
from metalog.errors import Diagnostic
from metalog.formats.model import Format
from metalog.scan.bars import last_states
from metalog.scan.block import ScannedBlock, excerpt
from metalog.scan.cutter import BlockCutter, shorten
from metalog.scan.engines import engine_name, load
from metalog.scan.odd_lines import OddLineSorter
from metalog.scan.ranges import check_finite, check_ranges
from metalog.scan.texts import take_out
from metalog.scan.tokens import Block, Scanned, concat_tokens
from metalog.scan.wraps import heads


class Engine(Protocol):
    """Matches each line of a block with a format's templates."""

    def scan(self, block: Block) -> Scanned:
        """Cut a block of whole lines (each with its line end) and match each line."""


class Scanner:
    """Scans the logs of a format; may be used by several threads at once."""

    def __init__(self, form: Format, engine: str) -> None:
        self.format = form
        self._engine: Engine = load("scan", engine).Engine(form)
        self._odd_lines = OddLineSorter(form, self._engine.scan)
        self._ends_open = tuple(line.ends_open for line in form.lines)

    def cutter(self) -> BlockCutter:
        """Return what cuts a log of the format into blocks."""
        return BlockCutter(returns=not self.format.last_bar, heads=heads(self.format) if self.format.wraps else None)

    def scan_block(self, block: Block) -> ScannedBlock:
        """Scan a block of whole lines, each with its line end."""
        if self.format.last_bar:
            block = last_states(block)
        scanned = self._engine.scan(block)
        result = ScannedBlock(block, scanned.tokens, scanned.lines)
        if self.format.text_slots:
            take_out(scanned.tokens, block, result.texts)
        if scanned.blank:
            result.counts["blank"] = scanned.blank
        if len(scanned.odd):
            self._add_odd_lines(scanned, result)
        check_finite(self.format, result)
        check_ranges(self.format, result)
        return result

    def scan_last_line(self, line: bytes, above: str = "") -> ScannedBlock:
        """Scan what is left at the end of the input: a line without a line end, which may have been cut.

        It is whole if it ends with as many decimals as the record `above`, in a format whose programs print so many.
        """
        scanned = self.scan_block(line + b"\n")
        record = len(scanned.tokens) and self._ends_open[scanned.tokens.kind[0]]
        if record and not self.format.exact and 0 < _decimals(line) == _decimals(above.encode()):
            return scanned
        if record or scanned.comments or scanned.rejected or line.strip().isdigit():
            message = "the last line has no line end and may be cut; it is not used"
            found = Diagnostic(0, 1, "cut-line", CODES["cut-line"].severity, message, excerpt(shorten(line)))
            nothing = scanned.tokens.select(slice(0))
            return ScannedBlock(line, nothing, 1, diagnostics=[found], rejected=[(0, len(line))])
        return scanned

    def _add_odd_lines(self, scanned: Scanned, into: ScannedBlock) -> None:
        """Put the records behind prefixes among the others, in the order of their lines."""
        records = self._odd_lines.sort(scanned.odd, into)
        if not records.texts:
            return
        lines = b"\n".join(records.texts) + b"\n"
        behind = self._engine.scan(lines).tokens
        if self.format.text_slots:
            take_out(behind, lines, into.texts)
        records.place(behind)
        merged = concat_tokens([into.tokens, behind])
        order = np.argsort(merged.line, kind="stable")
        if len(into.writers) > 1:
            own = np.zeros(len(into.tokens), np.int32)
            into.writer = np.concatenate([own, np.array(records.writers, np.int32)])[order]
        into.tokens = merged.select(order)


def _decimals(line: bytes) -> int:
    found = re.search(rb"\.([0-9]+)\W*\Z", line)
    return len(found[1]) if found else 0


@cache
def _scanner(form: Format, engine: str) -> Scanner:
    return Scanner(form, engine)


def scanner(form: Format) -> Scanner:
    """Return the scanner of a format with the engine in use; it is made once."""
    return _scanner(form, engine_name())

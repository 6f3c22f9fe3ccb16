"""Bytes in, in any pieces; runs out. The parser joins the stages: blocks, scan, odometer, frames."""

from __future__ import annotations

from dataclasses import replace
from typing import IO, Any

import numpy as np

from metalog.columns import Array, Columns
from metalog.composing.composer import Composer
from metalog.composing.marks import Marks
from metalog.errors import Diagnostic, FormatError
from metalog.formats import native
from metalog.formats.comments import read_record
from metalog.formats.model import Format
from metalog.odometer.odometer import Odometer, own_columns
from metalog.odometer.state import Reserve
from metalog.odometer.summary import MOST_NAMES, SummaryRows
from metalog.reading.collected import Collected
from metalog.reading.diagnostic_log import DiagnosticLog
from metalog.reading.failing import FailureJoiner
from metalog.reading.writers import Part, Writer, diagnostic, diagnostics
from metalog.runs.run import Run, Segment
from metalog.scan.block import TEXT_LENGTH, Comment, ScannedBlock
from metalog.scan.engines import engine_name
from metalog.scan.scanner import scanner
from metalog.scan.tokens import Tokens

#: Prefixes that are told apart as writers; the lines of any further ones are taken for those of the writer without
#: prefix.
MOST_WRITERS = 256
#: More bytes than these are taken in pieces, so that a place in a block always fits the scan's 32 bits.
LARGEST_PIECE = 1 << 26


class Parser:
    """Reads a log that comes in pieces.

    The frames don't depend on where the pieces were cut. What goes from one piece to the next is small.

    Parameters
    ----------
    name
        What to call the log in messages.
    format
        The log's format; metalog's own by default.
    strict
        Raise :class:`~metalog.errors.FormatError` at the first diagnostic that is not just an ``info``.
    rejects
        A binary stream to which the lines are written that were not understood.
    """

    def __init__(
        self,
        name: str = "<bytes>",
        *,
        format: Format | None = None,  # noqa: A002 - what users call it everywhere else
        strict: bool = False,
        rejects: IO[bytes] | None = None,
    ) -> None:
        self.name = name
        self.format = format or native()
        self.scanner = scanner(self.format)
        self.cutter = self.scanner.cutter()
        self._strict, self._rejects = strict, rejects
        self._lines = 0
        self._writers: dict[str, Writer] = {}
        self._segments = 0
        self._segment_writers: list[int] = []
        self._diagnostics, self._failures = DiagnosticLog(), FailureJoiner()
        self._tags = {tag.name: tag for tag in self.format.tags}
        self._names: dict[str, set[str]] = {summary.frame: set() for summary in self.format.summaries}
        self._names_told = False
        self._composer = Composer(self.format)
        self._collected = Collected(name, self.format)
        self._bytes, self._expected = 0, 0
        self._ended = False

    def expect(self, size: int) -> None:
        """Tell how many bytes there will be, so that memory for the rows is reserved at once; a guess will do."""
        self._expected = self._bytes + size

    def feed(self, data: bytes) -> None:
        """Take the next bytes, cut anywhere."""
        for begin in range(0, len(data), LARGEST_PIECE):
            for block in self.cutter.feed(data[begin : begin + LARGEST_PIECE]):
                self.add(self.scanner.scan_block(block))

    def add(self, scanned: ScannedBlock) -> None:
        """Take the next block, scanned already."""
        self._bytes += len(scanned.block)
        self._collected.share = self._bytes / self._expected if self._bytes < self._expected else 0.0
        if goes_on := self._failures.join(scanned):
            self._diagnostics.extend(self._lines + goes_on[0] + 1, goes_on[1])
        base = self._composer.texts.add(scanned.texts)
        parts = self._split(scanned)
        if self._composer.is_needed:
            for part in parts:
                part.writer.marks.write(part.tokens, part.out.columns, base)
        self._number_segments(parts)
        found: list[tuple[Diagnostic, str | None]] = [(one, None) for one in scanned.diagnostics]
        for part in parts:
            self._collect(part)
            found += ((one, part.writer.name) for one in diagnostics(part, scanned))
            found += ((one, part.writer.name) for one in self._read_comments(part, scanned))
            if len(part.tokens):
                token = len(part.tokens) - 1
                part.writer.last = (self._lines + part.line(token) + 1, scanned.text(part.place(token)))
        if self._rejects is not None:
            self._rejects.writelines(bytes(scanned.block[start:end]) + b"\n" for start, end in scanned.rejected)
        self._count(scanned)
        for one, writer in sorted(found, key=lambda pair: pair[0].line):
            self._report(replace(one, line=self._lines + one.line + 1), writer)
        self._lines += scanned.lines

    def fail(self, reason: str) -> None:
        """Note that the input could not be read to its end."""
        message = f"the input ends too early: {reason}"
        self._report(diagnostic(max(self._lines, 1), "truncated-stream", message, ""), None)

    @property
    def pending(self) -> int:
        """The number of rows that were read and not yet taken."""
        return self._collected.pending

    def take_records(self) -> dict[str, Columns]:
        """Return the columns of the rows read since the last call, a table each frame, and forget them."""
        return self._take_records(ended=self._ended)

    def settle(self) -> None:
        """Take a traceback at the end for whole, if its exception is there: nothing has come behind it for a while.

        Lines that come later all the same are no diagnostics of their own, but its number of lines leaves them out.
        """
        if self._failures.is_said:
            self._diagnostics.end_stretch()

    def end(self) -> None:
        """Tell the parser that the input has ended, so that it reads what was held back; to be called once."""
        blocks, last = self.cutter.close()
        if blocks:
            self.add(self.scanner.scan_block(blocks))
        if last:
            above = max((writer.last for writer in self._writers.values()), default=(0, ""))[1]
            self.add(self.scanner.scan_last_line(last, above))
        self._ended = True

    def take(self) -> Run:
        """Return the rows that were completed since the last call; a summary's row that may go on is not among them."""
        return self._hand_out(ended=False)

    def close(self) -> Run:
        """Tell the parser that the input has ended, if it was not told; return all rows not yet taken."""
        if not self._ended:
            self.end()
        return self._hand_out(ended=True)

    # What a block holds

    def _writer(self, name: str) -> Writer:
        if name not in self._writers:
            if len(self._writers) >= MOST_WRITERS:
                name = ""
            if name not in self._writers:
                odometer = Odometer(self.format, engine_name())
                summaries = [
                    SummaryRows(odometer.tables, summary, self._names[summary.frame])
                    for summary in self.format.summaries
                ]
                marks = Marks(self.format, self._composer.texts)
                self._writers[name] = Writer(name, odometer, summaries, marks)
        return self._writers[name]

    def _split(self, scanned: ScannedBlock) -> list[Part]:
        """Give each writer its tokens; one who only has comments in this block gets none."""
        if not len(scanned.tokens) and not scanned.comments:
            return []
        if scanned.untagged:
            return [self._part(self._writer(""), scanned.tokens, None, self._collected.reserve)]
        by = np.zeros(len(scanned.tokens), np.int32) if scanned.writer is None else scanned.writer
        codes: dict[str, list[int]] = {}
        for code, name in enumerate(scanned.writers):
            codes.setdefault(self._writer(name).name, []).append(code)
        parts = []
        for name, own in codes.items():
            index = np.flatnonzero(np.isin(by, own))
            parts.append(self._part(self._writers[name], scanned.tokens.select(index), index, own_columns))
        return parts

    def _part(self, writer: Writer, tokens: Tokens, index: Array | None, reserve: Reserve) -> Part:
        out, found = writer.odometer.take(tokens, self._lines + 1, reserve)
        return Part(writer, tokens, index, out, found)

    def _number_segments(self, parts: list[Part]) -> None:
        """Give numbers to the segments that begin in this block, in the order of their lines, whoever writes them."""
        begun: list[tuple[int, Writer]] = []
        for part in parts:
            if len(part.tokens) and not part.writer.segments:
                begun.append((part.line(0), part.writer))
            begun += ((part.line(token), part.writer) for token in part.out.segments)
        for line, writer in sorted(begun, key=lambda pair: pair[0]):
            writer.segments.append(self._segments)
            self._collected.segments.append(Segment(self._segments, writer.name, self._lines + line + 1))
            self._segment_writers.append([*self._writers].index(writer.name))
            self._segments += 1

    def _collect(self, part: Part) -> None:
        """Give a writer's rows their segments among those of all, and count the turns in."""
        if len(self._writers) > 1 and part.writer.segments:
            part.out.renumber_segments(np.array(part.writer.segments, np.int64))
        if part.index is not None:  # they were written apart, since their segments were not known yet
            self._collected.add(part.out.columns)
        for rows in part.writer.summaries:
            rows.add(part.out, part.tokens, self._lines + 1, part.found)

    def _count(self, scanned: ScannedBlock) -> None:
        counts = self._collected.counts
        counts["lines"] += scanned.lines
        counts.update(scanned.counts)
        tally = scanned.tokens.tally(len(self.format.lines))
        for line, number in zip(self.format.lines, tally, strict=True):
            if number:
                counts[line.name] += number

    def _read_comments(self, part: Part, scanned: ScannedBlock) -> list[Diagnostic]:
        """Read the comments that mean something; return what is wrong with them."""
        bad = []
        for comment in scanned.comments:
            if self._writer(scanned.writers[comment.writer]) is not part.writer:
                continue
            try:
                record = read_record(comment.text, self._tags)
                if record:
                    self._use_comment(*record, part, comment)
            except ValueError as error:
                text = f"# {comment.text}"[:TEXT_LENGTH]
                bad.append(diagnostic(comment.line, "bad-comment", str(error), text))
        return bad

    def _use_comment(self, tag: str, values: dict[str, Any], part: Part, comment: Comment) -> None:
        """Use what a comment tells; ValueError if that can't be done, for the first of too many names only."""
        into = self._tags[tag].into
        if into == "config":
            self._collected.configs[part.writer.name] = values
        elif into == "results":
            self._collected.results.append((part.writer.name, values))
        else:
            for summary, rows in zip(self.format.summaries, part.writer.summaries, strict=True):
                if summary.frame != into or rows.record(rows.row_at(comment.line), values) or self._names_told:
                    continue
                self._names_told = True
                raise ValueError(f"over {MOST_NAMES:,} different names in such comments; further ones are not used")

    def _report(self, diagnostic: Diagnostic, writer: str | None) -> None:
        if self._strict and diagnostic.severity != "info":
            raise FormatError(self.name, diagnostic)
        self._diagnostics.add(diagnostic, writer)

    # Handing out

    def _hand_out(self, *, ended: bool) -> Run:
        collected = self._collected
        for writer in self._writers.values():
            for code, message in writer.odometer.end() if ended else ():
                line, text = writer.last
                self._report(diagnostic(line, code, message, text), writer.name)
            for summary, rows in zip(self.format.summaries, writer.summaries, strict=True):
                cut = ended and writer.odometer.cuts(summary)
                collected.summaries[summary.frame].append(rows.take(ended=ended, cut=cut))
        collected.diagnostics = self._diagnostics.take(self._lines, ended=ended, goes_on=self._failures.is_open)
        collected.diagnostic_counts = self._diagnostics.counts
        collected.writers = tuple(name for name, writer in self._writers.items() if writer.segments)
        records = self._take_records(ended=ended)
        self._collected = Collected(self.name, self.format)
        self._collected.configs = dict(collected.configs)
        return collected.run(records)

    def _take_records(self, *, ended: bool) -> dict[str, Columns]:
        tables = self._collected.take_records(sort=len(self._writers) > 1)
        if not self._composer.is_needed:
            return tables
        return self._composer.take(tables, np.array(self._segment_writers, np.int64), ended=ended)

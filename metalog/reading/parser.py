"""Bytes in, in any pieces; runs out. The parser joins the stages: blocks, scan, state machine, tables."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import IO, Any

import numpy as np

from metalog.columns import Array, Columns
from metalog.diagnostics import CODES
from metalog.errors import Diagnostic, FormatError
from metalog.formats.comments import read_record
from metalog.formats.grammar import KINDS
from metalog.runs.run import Run, Segment, Tables
from metalog.scan.block import TEXT_LENGTH, Comment, Tokens, scan_block, scan_last_line
from metalog.scan.blocks import BlockCutter
from metalog.scan.tokens import Matches
from metalog.structure.findings import Findings
from metalog.structure.machine import Finding, Machine, Ordered
from metalog.structure.meta_steps import MetaSteps
from metalog.structure.survey import Survey, survey

#: Prefixes that are told apart as writers; the lines of any further ones are taken for those of the writer without
#: prefix.
MOST_WRITERS = 256
#: More bytes than these are taken in pieces, so that a place in a block always fits the scan's 32 bits.
LARGEST_PIECE = 1 << 26


@dataclass(slots=True)
class Writer:
    """One of the processes that wrote a log.

    ``segments`` gives the number of each of its segments among those of all writers, ``last`` line and text of its last
    record.
    """

    name: str
    machine: Machine = field(default_factory=Machine)
    meta_steps: MetaSteps = field(default_factory=MetaSteps)
    segments: list[int] = field(default_factory=list)
    last: tuple[int, str] = (0, "")

    def state(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs, as plain JSON."""
        parts = {"machine": self.machine.state(), "meta_steps": self.meta_steps.state()}
        return {"name": self.name, "segments": self.segments, "last": self.last, **parts}

    @classmethod
    def restore(cls, state: dict[str, Any]) -> Writer:
        """Return the writer with this state."""
        machine, meta_steps = Machine.restore(state["machine"]), MetaSteps.restore(state["meta_steps"])
        line, text = state["last"]
        return cls(state["name"], machine, meta_steps, list(state["segments"]), (line, text))


@dataclass(slots=True)
class _Part:
    """What one writer has in a block: its records, their places among all (None: they are all), and their order."""

    writer: Writer
    matches: Matches
    index: Array | None
    ordered: Ordered

    def line(self, token: int) -> int:
        return int(self.matches.line[token])


class Parser:
    """Reads a log that comes in pieces.

    The frames don't depend on where the pieces were cut. What goes from one piece to the next is small, and can be
    saved with :meth:`state`.

    Parameters
    ----------
    name
        What to call the log in messages.
    strict
        Raise :class:`~metalog.errors.FormatError` at the first oddity (anything that is not just an ``info``).
    rejects
        A binary stream to which the lines are written that were not understood.
    """

    def __init__(self, name: str = "<bytes>", *, strict: bool = False, rejects: IO[bytes] | None = None) -> None:
        self.name = name
        self._strict = strict
        self._rejects = rejects
        self.cutter = BlockCutter()
        self._lines = 0
        self._writers: dict[str, Writer] = {}
        self._segments = 0
        self._findings = Findings()
        self._tables = Tables(name)
        self._bytes, self._expected = 0, 0
        self._ended = False

    def expect(self, size: int) -> None:
        """Tell how many bytes there will be, so that room for the rows is made at once; a guess will do."""
        self._expected = self._bytes + size

    def feed(self, data: bytes) -> None:
        """Take the next bytes, cut anywhere."""
        for begin in range(0, len(data), LARGEST_PIECE):
            for block in self.cutter.feed(data[begin : begin + LARGEST_PIECE]):
                self.add(scan_block(block))

    def add(self, tokens: Tokens, seen: Survey | None = None) -> None:
        """Take the next block, scanned already, and surveyed if it is of one writer."""
        self._bytes += len(tokens.block)
        self._tables.share = self._bytes / self._expected if self._bytes < self._expected else 0.0
        parts = self._split(tokens, seen)
        self._number_segments(parts)
        found: list[tuple[Diagnostic, str | None]] = [(finding, None) for finding in tokens.findings]
        for part in parts:
            out_of_order = self._collect(part)
            found += ((finding, part.writer.name) for finding in _diagnostics(out_of_order, part, tokens))
            found += ((finding, part.writer.name) for finding in self._read_comments(part, tokens))
            if len(part.matches):
                token = len(part.matches) - 1
                part.writer.last = (self._lines + part.line(token) + 1, tokens.text(_place(part, token)))
        if self._rejects is not None:
            self._rejects.writelines(bytes(tokens.block[start:end]) + b"\n" for start, end in tokens.rejected)
        self._count(tokens, parts)
        for finding, writer in sorted(found, key=lambda pair: pair[0].line):
            self._report(replace(finding, line=self._lines + finding.line + 1), writer)
        self._lines += tokens.lines

    def trouble(self, reason: str) -> None:
        """Note that the input could not be read to its end."""
        code = "truncated-stream"
        self._report(
            Diagnostic(max(self._lines, 1), 1, code, CODES[code].severity, f"the input ends too early: {reason}"), None
        )

    @property
    def pending(self) -> int:
        """The number of records that were read and not yet taken."""
        return sum(map(len, self._tables.records.values()))

    def take_records(self) -> dict[str, Columns]:
        """Return the columns of the records read since the last call, a table each, and forget them."""
        return self._tables.take_records(sort=len(self._writers) > 1)

    def end(self) -> None:
        """Tell the parser that the input has ended, so that it reads what was held back; to be called once."""
        blocks, last = self.cutter.close()
        if blocks:
            self.add(scan_block(blocks))
        if last:
            self.add(scan_last_line(last))
        self._ended = True

    def take(self) -> Run:
        """Return the rows that were completed since the last call; a meta-step that may go on is not among them."""
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
            self._writers.setdefault(name, Writer(name))
        return self._writers[name]

    def _split(self, tokens: Tokens, seen: Survey | None) -> list[_Part]:
        """Give each writer its records; one who only has comments in this block gets none."""
        if not len(tokens.matches) and not tokens.comments:
            return []
        if tokens.untagged:
            writer = self._writer("")
            return [self._part(writer, tokens.matches, None, seen or survey(tokens.matches))]
        by = np.zeros(len(tokens.matches), np.int32) if tokens.writer is None else tokens.writer
        codes: dict[str, list[int]] = {}
        for code, name in enumerate(tokens.writers):
            codes.setdefault(self._writer(name).name, []).append(code)
        parts = []
        for name, own in codes.items():
            index = np.flatnonzero(np.isin(by, own))
            matches = tokens.matches.select(index)
            parts.append(self._part(self._writers[name], matches, index, survey(matches)))
        return parts

    def _part(self, writer: Writer, matches: Matches, index: Array | None, seen: Survey) -> _Part:
        return _Part(writer, matches, index, writer.machine.order(seen, self._lines + 1))

    def _number_segments(self, parts: list[_Part]) -> None:
        """Give numbers to the segments that begin in this block, in the order of their lines, whoever writes them."""
        begun: list[tuple[int, Writer]] = []
        for part in parts:
            if len(part.matches) and not part.writer.segments:
                begun.append((part.line(0), part.writer))
            begun += ((part.line(token), part.writer) for token in part.ordered.events.segment_tokens())
        for line, writer in sorted(begun, key=lambda pair: pair[0]):
            writer.segments.append(self._segments)
            self._tables.segments.append(Segment(self._segments, writer.name, self._lines + line + 1))
            self._segments += 1

    def _collect(self, part: _Part) -> list[Finding]:
        """Put a writer's rows into the tables, and count its meta-steps in; return what the state machine found."""
        segments = np.array(part.writer.segments or [0], np.int32) if len(self._writers) > 1 else None
        rows = part.writer.machine.rows(part.ordered, self._tables.room, segments)
        line = part.matches.line[part.ordered.events.step_tokens()] + np.int64(self._lines + 1)
        part.writer.meta_steps.add(rows, line)
        return rows.findings

    def _count(self, tokens: Tokens, parts: list[_Part]) -> None:
        counts = self._tables.counts
        counts["lines"] += tokens.lines
        counts.update(tokens.counts)
        for part in parts:
            for kind, number in zip(KINDS, part.ordered.seen.kinds, strict=False):
                if number:
                    counts[kind.name] += number

    def _read_comments(self, part: _Part, tokens: Tokens) -> list[Diagnostic]:
        """Read the comments that mean something; return what is wrong with them."""
        bad = []
        for comment in tokens.comments:
            if self._writer(tokens.writers[comment.writer]) is not part.writer:
                continue
            try:
                record = read_record(comment.text)
            except ValueError as error:
                code, text = "bad-comment", f"# {comment.text}"[:TEXT_LENGTH]
                bad.append(Diagnostic(comment.line, 1, code, CODES[code].severity, str(error), text))
            else:
                if record:
                    self._use_comment(*record, part, comment)
        return bad

    def _use_comment(self, tag: str, values: dict[str, Any], part: _Part, comment: Comment) -> None:
        if tag == "meta-step":
            token = int(np.searchsorted(part.matches.line, comment.line))
            part.writer.meta_steps.record(part.ordered.events.step_row_at(token), values)
        elif tag == "config":
            self._tables.configs[part.writer.name] = values
        else:
            self._tables.meta_test.append((part.writer.name, values))

    def _report(self, finding: Diagnostic, writer: str | None) -> None:
        if self._strict and finding.severity != "info":
            raise FormatError(self.name, finding)
        self._findings.add(finding, writer)

    # Handing out

    def _hand_out(self, *, ended: bool) -> Run:
        tables = self._tables
        for writer in self._writers.values():
            findings, cut = writer.machine.close() if ended else ([], False)
            for code, message in findings:
                line, text = writer.last
                self._report(Diagnostic(line, 1, code, CODES[code].severity, message, text), writer.name)
            tables.meta_steps.append(writer.meta_steps.take(ended=ended, cut=cut))
        tables.diagnostics = self._findings.take(self._lines, ended=ended)
        tables.writers = tuple(name for name, writer in self._writers.items() if writer.segments)
        self._tables = Tables(self.name, configs=dict(tables.configs))
        return Run(tables)

    # Saving and restoring

    def state(self) -> dict[str, Any]:
        """Return what goes from one piece to the next, as plain JSON. Rows that were not taken are no part of it."""
        return {
            "name": self.name,
            "strict": self._strict,
            "cutter": self.cutter.state(),
            "lines": self._lines,
            "segments": self._segments,
            "writers": [writer.state() for writer in self._writers.values()],
            "findings": self._findings.state(),
            "configs": self._tables.configs,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any], *, rejects: IO[bytes] | None = None) -> Parser:
        """Return a parser that goes on where the one with this state stopped."""
        parser = cls(state["name"], strict=state["strict"], rejects=rejects)
        parser.cutter = BlockCutter.restore(state["cutter"])
        parser._lines, parser._segments = state["lines"], state["segments"]
        parser._writers = {one["name"]: Writer.restore(one) for one in state["writers"]}
        parser._findings = Findings.restore(state["findings"])
        parser._tables.configs = dict(state["configs"])
        return parser


def _place(part: _Part, token: int) -> int:
    return token if part.index is None else int(part.index[token])


def _diagnostics(findings: list[Finding], part: _Part, tokens: Tokens) -> list[Diagnostic]:
    """Return what the state machine found, with lines within the block."""
    return [
        Diagnostic(part.line(token), 1, code, CODES[code].severity, message, tokens.text(_place(part, token)))
        for token, code, message in findings
    ]

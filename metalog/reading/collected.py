"""What a parser collects until it hands it out as a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from metalog.columns import Columns, select_rows
from metalog.errors import Diagnostic
from metalog.formats.model import LINE, Format
from metalog.reading.growing import GrowingTable
from metalog.runs.parts import concat_rows
from metalog.runs.run import Run, Segment


@dataclass(slots=True)
class Collected:
    """Columns in parts, and what belongs to the whole log.

    ``share`` tells how much of the log there was up to the block that is being read, 0 if that is unknown.
    """

    name: str
    format: Format
    records: dict[str, GrowingTable] = field(init=False)
    summaries: dict[str, list[tuple[Columns, Columns]]] = field(init=False)
    diagnostics: list[tuple[Diagnostic, str | None]] = field(default_factory=list)
    diagnostic_counts: Counter[str] = field(default_factory=Counter)
    segments: list[Segment] = field(default_factory=list)
    writers: tuple[str, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    results: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    share: float = 0.0

    def __post_init__(self) -> None:
        self.records = {name: GrowingTable() for name in self.format.parts}
        self.summaries = {summary.frame: [] for summary in self.format.summaries}

    @property
    def pending(self) -> int:
        """The number of rows that were not taken yet."""
        return sum(map(len, self.records.values()))

    def reserve(self, name: str, dtypes: Mapping[str, DTypeLike], rows: int) -> Columns:
        """Return columns of a frame for the next rows, to be filled in."""
        return self.records[name].reserve(dtypes, rows, self.share)

    def add(self, records: list[Columns]) -> None:
        """Take rows that were written elsewhere: the columns of each frame, in the order of the frames."""
        for name, columns in zip(self.records, records, strict=True):
            dtypes = {column: values.dtype for column, values in columns.items()}
            for column, into in self.reserve(name, dtypes, len(columns[LINE])).items():
                into[:] = columns[column]

    def take_records(self, *, sort: bool) -> dict[str, Columns]:
        """Return the rows as one set of columns a frame, and forget them; `sort` them by line if writers differ."""
        return {name: self._taken(name, table, sort=sort) for name, table in self.records.items()}

    def _taken(self, name: str, table: GrowingTable, *, sort: bool) -> Columns:
        if not len(table):
            return empty_table(self.format, name)
        columns = table.take()
        return select_rows(columns, np.argsort(columns[LINE], kind="stable")) if sort else columns

    def run(self, records: dict[str, Columns]) -> Run:
        """Return all that was collected as a run, with the rows of its frames."""
        several = len(self.writers) > 1
        run = Run(self.name, self.format, records)
        for name, parts in self.summaries.items():
            run.summaries[name], run.extra[name] = _concat_summaries(parts, sort=several)
        run.diagnostic_counts = dict(self.diagnostic_counts)
        run.diagnostic_records, run.segments = self.diagnostics, tuple(self.segments)
        run.writers, run.counts = self.writers or ("",), dict(self.counts)
        run.configs, run.results = self.configs, self.results
        return run


def empty_table(form: Format, name: str) -> Columns:
    """Return the columns of a table of rows without any."""
    floats = {value for line in form.lines for value in line.values}
    types = {LINE: np.int64, **dict.fromkeys(floats, np.float64)}
    return {column: np.empty(0, types.get(column, np.int32)) for column in form.parts[name]}


def _concat_summaries(parts: list[tuple[Columns, Columns]], *, sort: bool) -> tuple[Columns, Columns]:
    parts = [(fixed, extra) for fixed, extra in parts if fixed and len(fixed[LINE])]
    if not parts:
        return {}, {}
    names = list(dict.fromkeys(name for _, extra in parts for name in extra))
    fixed = {name: np.concatenate([columns[name] for columns, _ in parts]) for name in parts[0][0]}
    nothing = [np.full(len(columns[LINE]), np.nan) for columns, _ in parts]
    extra = {
        name: np.concatenate([own.get(name, absent) for (_, own), absent in zip(parts, nothing, strict=True)])
        for name in names
    }
    order = np.argsort(fixed[LINE], kind="stable") if sort else slice(None)
    return select_rows(fixed, order), select_rows(extra, order)


def concat_runs(parts: list[Run]) -> Run:
    """Return the runs that a parser handed out one after the other as one.

    Raises
    ------
    IndexError
        If there are none.
    """
    last = parts[-1]
    records = {name: concat_rows([part.records[name] for part in parts], last.format, name) for name in last.records}
    run = Run(last.name, last.format, records)
    for name in last.summaries:
        summaries = [(part.summaries[name], part.extra[name]) for part in parts]
        run.summaries[name], run.extra[name] = _concat_summaries(summaries, sort=len(last.writers) > 1)
    run.writers = last.writers
    counts: Counter[str] = Counter()
    for part in parts:
        run.diagnostic_records += part.diagnostic_records
        run.segments += part.segments
        counts.update(part.counts)
        run.configs |= part.configs
        run.results += part.results
    run.counts, run.diagnostic_counts = dict(counts), last.diagnostic_counts
    return run

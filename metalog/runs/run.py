"""A log, read: tidy frames, the configuration, and what was odd."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import DTypeLike

from metalog.columns import Array, Columns
from metalog.errors import Diagnostic, UsageError
from metalog.formats.grammar import FRAMES
from metalog.reading.growing import GrowingTable

if TYPE_CHECKING:
    import pandas as pd

RECORDS = ("steps", "validations", "meta_validation")
OnRestart = Literal["all", "last", "first"]
RESTARTS: tuple[OnRestart, ...] = get_args(OnRestart)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a log in which one run goes on without starting over: its number, who wrote it, its first line."""

    number: int
    writer: str
    line: int


@dataclass(slots=True)
class Tables:
    """What a parser collects: columns in parts, and what belongs to the whole log.

    ``share`` tells how much of the log there was up to the block that is being read, 0 if that is unknown.
    """

    name: str
    records: dict[str, GrowingTable] = field(default_factory=lambda: {name: GrowingTable() for name in RECORDS})
    meta_steps: list[tuple[Columns, Columns]] = field(default_factory=list)
    diagnostics: list[tuple[Diagnostic, str | None]] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    writers: tuple[str, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    meta_test: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    share: float = 0.0

    def room(self, name: str, dtypes: Mapping[str, DTypeLike], rows: int) -> Columns:
        """Return columns of a table for the next rows, to be filled in."""
        return self.records[name].room(dtypes, rows, self.share)

    def take_records(self, *, sort: bool) -> dict[str, Columns]:
        """Return the records as one set of columns a table, and forget them; `sort` them by line if writers differ."""
        return {name: _taken(table, name, sort=sort) for name, table in self.records.items()}


def _taken(table: GrowingTable, name: str, *, sort: bool) -> Columns:
    if not len(table):
        return without_rows(name)
    columns = table.take()
    return _where(columns, np.argsort(columns["line"], kind="stable")) if sort else columns


def without_rows(name: str) -> Columns:
    """Return the columns of a frame without rows."""
    return {column: np.empty(0, np.int64) for column in (*FRAMES[name], "line")}


def behind_each_other(parts: Sequence[Columns], name: str) -> Columns:
    """Return the rows of parts of a frame as one set of columns."""
    parts = [part for part in parts if len(part["line"])]
    if not parts:
        return without_rows(name)
    return {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}


class Run:
    """One log, or what one writer put into it.

    Attributes
    ----------
    name
        The log's name.
    steps, validations, meta_validation, meta_steps, diagnostics
        Tidy frames; see :data:`metalog.formats.grammar.FRAMES` for their columns and
        :data:`metalog.runs.frames.DTYPES` for the dtypes. ``meta_steps`` has further columns
        for what the log's comments tell of each meta-step.
    config
        The configuration that the log's comments tell, else empty.
    meta_test
        The results of meta-tests that the log's comments tell, a dict each.
    segments
        Where the log starts over, and who writes there.
    records
        What the first three frames are made from: plain columns, ``MISSING`` for ``<NA>``.
    counts
        Number of lines by kind; empty for a part of a log.
    writers
        The prefixes that tell the writers of an interleaved log apart; ``("",)`` for a usual one.
    """

    def __init__(self, tables: Tables) -> None:
        self.name = tables.name
        several = len(tables.writers) > 1
        self.records = tables.take_records(sort=several)
        self._meta_steps, self._extra = _join_meta_steps(tables.meta_steps, sort=several)
        self._diagnostics = tables.diagnostics
        self._configs = tables.configs
        self.segments = tuple(tables.segments)
        self.writers = tables.writers or ("",)
        self.counts = dict(tables.counts)
        self._meta_test = tables.meta_test

    @property
    def config(self) -> dict[str, Any]:
        """The configuration told last, else an empty dict."""
        return next(reversed(self._configs.values()), {})

    @property
    def meta_test(self) -> list[dict[str, Any]]:
        """The results of meta-tests that the log's comments tell, a dict each."""
        return [result for _, result in self._meta_test]

    @cached_property
    def steps(self) -> pd.DataFrame:
        """Inner steps, one row each."""
        return self._frame("steps")

    @cached_property
    def validations(self) -> pd.DataFrame:
        """Validations after an epoch, one row each."""
        return self._frame("validations")

    @cached_property
    def meta_validation(self) -> pd.DataFrame:
        """Results of meta-validation, one row a problem."""
        return self._frame("meta_validation")

    @cached_property
    def meta_steps(self) -> pd.DataFrame:
        """Meta-steps, one row each: means over the problems."""
        return self._frame("meta_steps", self._extra)

    @cached_property
    def diagnostics(self) -> pd.DataFrame:
        """Oddities, one row each, in the order of their lines; what is told of the end of the log comes last."""
        return self._frame("diagnostics")

    def _frame(self, name: str, extra: Columns | None = None) -> pd.DataFrame:
        from metalog.runs.frames import frame

        return frame(name, self.columns(name), extra)

    def columns(self, name: str) -> Columns:
        """Return what the frame `name` is made from: plain columns, ``MISSING`` for ``<NA>``. Needs no pandas."""
        if name == "diagnostics":
            found = [diagnostic for diagnostic, _ in self._diagnostics]
            return {column: np.array([getattr(one, column) for one in found], object) for column in FRAMES[name]}
        return self.records[name] if name in RECORDS else self._meta_steps or without_rows(name)

    @property
    def empty(self) -> bool:
        """Whether the log has no record at all."""
        return not (self._meta_steps or any(len(columns["line"]) for columns in self.records.values()))

    def by_writer(self) -> dict[str, Run]:
        """Return a run for each writer of an interleaved log, its segments numbered from 0.

        Diagnostics that are nobody's go to the first.
        """
        runs = {}
        for name in self.writers:
            own_segments = [segment for segment in self.segments if segment.writer == name]
            numbers = [segment.number for segment in own_segments]
            run = self._only(partial(_of_segments, numbers))
            for columns in (*run.records.values(), run._meta_steps):
                if columns:
                    columns["segment"] = np.searchsorted(numbers, columns["segment"]).astype(np.int32)
            run.writers = (name,)
            run.segments = tuple(replace(segment, number=number) for number, segment in enumerate(own_segments))
            run._configs = {name: self._configs.get(name, self._configs.get("", {}))}
            run._meta_test = [pair for pair in self._meta_test if pair[0] in (name, "")]
            own = (name, None) if name == self.writers[0] else (name,)
            run._diagnostics = [pair for pair in self._diagnostics if pair[1] in own]
            runs[name] = run
        return runs

    def choose(self, on_restart: OnRestart) -> Run:
        """Return the run with one copy of each meta-step that a resumed or restarted run repeats.

        Parameters
        ----------
        on_restart
            ``"all"`` keeps every copy, ``"first"`` the first one and ``"last"`` the last one of each writer, a complete
            one if there is any. Rows whose meta-epoch or meta-step is missing are always kept.

        Raises
        ------
        UsageError
            If `on_restart` is something else.
        """
        if on_restart not in RESTARTS:
            raise UsageError(f"on_restart is {on_restart!r}; it can be {', '.join(map(repr, RESTARTS))}")
        if on_restart == "all" or not self._meta_steps:
            return self
        from metalog.runs.restarts import superseded

        dropped = superseded(self._meta_steps, self.segments, keep=on_restart)
        return self._only(lambda columns: ~dropped(columns))

    def _only(self, keep: Callable[[Columns], Array]) -> Run:
        """Return a run with the rows that `keep` tells, given the columns of a table."""
        run = Run(Tables(self.name, configs=self._configs, meta_test=self._meta_test))
        run.segments, run.writers, run._diagnostics = self.segments, self.writers, self._diagnostics
        run.records = {name: _where(columns, keep(columns)) for name, columns in self.records.items()}
        if self._meta_steps:
            kept = keep(self._meta_steps)
            run._meta_steps, run._extra = _where(self._meta_steps, kept), _where(self._extra, kept)
        return run

    def __repr__(self) -> str:
        from metalog.runs.describe import describe

        return describe(self)

    def _repr_html_(self) -> str:
        from metalog.runs.describe import describe_html

        return describe_html(self)


def _of_segments(numbers: list[int], columns: Columns) -> Array:
    return np.isin(columns["segment"], numbers)


def together(parts: Sequence[Run]) -> Run:
    """Put the runs that a parser handed out one after the other together to one.

    Raises
    ------
    IndexError
        If there are none.
    """
    tables = Tables(parts[-1].name, writers=parts[-1].writers)
    for part in parts:
        tables.meta_steps.append((part._meta_steps, part._extra))
        tables.diagnostics += part._diagnostics
        tables.segments += part.segments
        tables.counts.update(part.counts)
        tables.configs |= part._configs
        tables.meta_test += part._meta_test
    run = Run(tables)
    run.records = {name: behind_each_other([part.records[name] for part in parts], name) for name in RECORDS}
    return run


def _where(columns: Columns, index: Array | slice) -> Columns:
    return {name: values[index] for name, values in columns.items()}


def _join_meta_steps(parts: list[tuple[Columns, Columns]], *, sort: bool) -> tuple[Columns, Columns]:
    parts = [(fixed, extra) for fixed, extra in parts if fixed and len(fixed["line"])]
    if not parts:
        return {}, {}
    names = list(dict.fromkeys(name for _, extra in parts for name in extra))
    fixed = {name: np.concatenate([columns[name] for columns, _ in parts]) for name in parts[0][0]}
    nothing = [np.full(len(columns["line"]), np.nan) for columns, _ in parts]
    extra = {
        name: np.concatenate([own.get(name, absent) for (_, own), absent in zip(parts, nothing, strict=True)])
        for name in names
    }
    order = np.argsort(fixed["line"], kind="stable") if sort else slice(None)
    return {name: values[order] for name, values in fixed.items()}, {
        name: values[order] for name, values in extra.items()
    }

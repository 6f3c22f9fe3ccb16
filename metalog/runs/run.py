"""A log, read: tidy frames, the configuration, and the diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from metalog.columns import Array, Columns, select_rows
from metalog.errors import Diagnostic, NoFrameError, UsageError
from metalog.formats.model import LINE, SEGMENT, Format
from metalog.runs.configs import settings
from metalog.runs.frames import frame
from metalog.runs.parts import empty_columns
from metalog.runs.plotting import Plots
from metalog.runs.reported import report_of
from metalog.runs.setting_columns import with_settings
from metalog.runs.stored import to_parquet

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import pandas as pd

    from metalog.report.one_file import Report

OnRestart = Literal["all", "last", "first"]
RESTARTS: tuple[OnRestart, ...] = get_args(OnRestart)
_DIAGNOSTICS = "diagnostics"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a log in which one run goes on without starting over: its number, who wrote it, its first line."""

    number: int
    writer: str
    line: int


class Run:
    """One log, or what one writer put into it.

    ``run["steps"]`` is the frame of that name, :attr:`frames` are all; those of metalog's own format are attributes
    too.

    Parameters
    ----------
    name
        The log's name.
    format
        Its format.
    records
        The columns of each frame of rows: 1-D; int32 counters with ``MISSING`` for ``<NA>``, float64 values,
        int64 lines, texts as objects with None for what is missing. There may be columns that only the log tells.

    Attributes
    ----------
    steps, validations, meta_validation, meta_steps, diagnostics
        Tidy frames; docs/format.md shows their columns. ``meta_steps`` has further columns for what the log's comments
        tell of each meta-step.
    summaries, extra
        The columns of the frames of one row a turn of a level, and those that the log's comments add.
    diagnostic_records
        The diagnostics, each with the writer in whose lines it was found (None where the line is nobody's).
    diagnostic_counts
        How many diagnostics of each code there are; of one code only the first thousand are kept. Empty for a part of
        a log.
    beside
        The settings that the place of the log tells: a configuration file beside it, and its folders' names.
    with_config
        Whether the settings are columns of the frames.
    configs, results
        What the log's comments tell: the configuration by writer, and results with their writer.
    segments
        Where the log starts over, and who writes there.
    counts
        Number of lines by kind; empty for a part of a log.
    row_counts
        Number of rows by frame of a log whose rows went to a file and are not all here; else empty.
    writers
        The prefixes that tell the writers of an interleaved log apart; ``("",)`` for a usual one.
    """

    def __init__(self, name: str, format: Format, records: dict[str, Columns]) -> None:  # noqa: A002 - its public name
        self.name = name
        self.format = format
        self.records = records
        self.summaries: dict[str, Columns] = {summary.frame: {} for summary in format.summaries}
        self.extra: dict[str, Columns] = {summary.frame: {} for summary in format.summaries}
        self.diagnostic_records: list[tuple[Diagnostic, str | None]] = []
        self.diagnostic_counts: dict[str, int] = {}
        self.configs: dict[str, dict[str, Any]] = {}
        self.beside: dict[str, Any] = {}
        self.with_config = False
        self.results: list[tuple[str, dict[str, Any]]] = []
        self.segments: tuple[Segment, ...] = ()
        self.counts: dict[str, int] = {}
        self.row_counts: dict[str, int] = {}
        self.writers: tuple[str, ...] = ("",)
        self._frames: dict[str, pd.DataFrame] = {}

    @property
    def config(self) -> dict[str, Any]:
        """The configuration told last, else an empty dict."""
        return next(reversed(self.configs.values()), {})

    @property
    def meta_test(self) -> list[dict[str, Any]]:
        """The results of meta-tests that the log's comments tell, a dict each."""
        return [result for _, result in self.results]

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self.format.frames:
            raise NoFrameError(
                f"{self.name} has no frame {name!r}; those of its format, {self.format.name}, "
                f"are {', '.join(self.format.frames)}"
            )
        if name not in self._frames:
            self._frames[name] = self.told(self.bare(name))
        return self._frames[name]

    def bare(self, name: str) -> pd.DataFrame:
        """Return the frame of that name, made anew, without settings as columns."""
        return frame(name, self.columns(name), self.extra.get(name), form=self.format)

    def told(self, made: pd.DataFrame) -> pd.DataFrame:
        """Return a frame of the run with its settings as columns, if they are to be so."""
        if not self.with_config:
            return made
        return with_settings(made, [settings(self.name, self)], np.zeros(len(made), np.int64))

    @property
    def frames(self) -> Mapping[str, pd.DataFrame]:
        """All frames by name."""
        return {name: self[name] for name in self.format.frames}

    def long(self) -> pd.DataFrame:
        """Return all values of all frames as one long tidy frame, whatever the format.

        Returns
        -------
        pandas.DataFrame
            One row a value, in the order of the lines: ``frame``, ``segment``, a column for each level of the format
            (``Int32``, ``<NA>`` where the frame has no such level) and for each column of words (a phase, say),
            ``variable`` (the column that the value stands in), ``value`` (float64), ``line``. ``frame``, ``variable``
            and words are categorical. The frame of diagnostics, and what frames count, are not in it.
        """
        from metalog.runs.long import long

        return self.told(long(self))

    @cached_property
    def steps(self) -> pd.DataFrame:
        """Inner steps, one row each."""
        return self["steps"]

    @cached_property
    def validations(self) -> pd.DataFrame:
        """Validations after an epoch, one row each."""
        return self["validations"]

    @cached_property
    def meta_validation(self) -> pd.DataFrame:
        """Results of meta-validation, one row a problem."""
        return self["meta_validation"]

    @cached_property
    def meta_steps(self) -> pd.DataFrame:
        """Meta-steps, one row each: means over the problems."""
        return self["meta_steps"]

    @cached_property
    def diagnostics(self) -> pd.DataFrame:
        """Diagnostics, one row each, in the order of their lines; what is said of the end of the log comes last."""
        return self[_DIAGNOSTICS]

    def columns(self, name: str) -> Columns:
        """Return what the frame `name` is made from: plain columns, ``MISSING`` for ``<NA>``. Needs no pandas."""
        if name == _DIAGNOSTICS:
            found = [diagnostic for diagnostic, _ in self.diagnostic_records]
            names = self.format.frames[_DIAGNOSTICS]
            return {column: np.array([getattr(one, column) for one in found], object) for column in names}
        return self.records.get(name) or self.summaries.get(name) or empty_columns(self.format, name)

    @property
    def empty(self) -> bool:
        """Whether the log has no record at all."""
        return not (any(self.summaries.values()) or any(len(columns[LINE]) for columns in self.records.values()))

    def by_writer(self) -> dict[str, Run]:
        """Return a run for each writer of an interleaved log, its segments numbered from 0.

        Diagnostics that are nobody's go to the first.
        """
        runs = {}
        for name in self.writers:
            own_segments = [segment for segment in self.segments if segment.writer == name]
            numbers = [segment.number for segment in own_segments]
            run = self._only(partial(_of_segments, numbers))
            for columns in (*run.records.values(), *run.summaries.values()):
                if columns:
                    columns[SEGMENT] = np.searchsorted(numbers, columns[SEGMENT]).astype(np.int32)
            run.writers = (name,)
            run.segments = tuple(replace(segment, number=number) for number, segment in enumerate(own_segments))
            run.configs = {name: self.configs.get(name, self.configs.get("", {}))}
            run.results = [pair for pair in self.results if pair[0] in (name, "")]
            own = (name, None) if name == self.writers[0] else (name,)
            run.diagnostic_records = [pair for pair in self.diagnostic_records if pair[1] in own]
            runs[name] = run
        return runs

    def choose(self, on_restart: OnRestart) -> Run:
        """Return the run with one copy of each turn that a resumed or restarted run repeats.

        Turns are those of the format's outermost level, or of the one that resumes: in metalog's own format meta-steps.

        Parameters
        ----------
        on_restart
            ``"all"`` keeps every copy, ``"first"`` the first one of each writer, a complete one if there is any.
            ``"last"`` keeps what led to the run's last state: what it went back behind is left out. Rows whose
            number is missing are always kept.

        Raises
        ------
        UsageError
            If `on_restart` is something else, or the log starts over and no line shows a number that tells copies.
        """
        if on_restart not in RESTARTS:
            raise UsageError(f"on_restart is {on_restart!r}; it can be {', '.join(map(repr, RESTARTS))}")
        if on_restart == "all":
            return self
        from metalog.runs.restarts import kept_rows

        return self._only(kept_rows(self, keep=on_restart))

    def last_state(self) -> Run:
        """Return the run with what led to its last state, all of it if no number tells copies apart."""
        try:
            return self.choose("last")
        except UsageError:
            return self

    def _only(self, keep: Callable[[str, Columns], Array]) -> Run:
        """Return a run with the rows that `keep` tells, given the name and the columns of a frame."""
        records = {name: select_rows(columns, keep(name, columns)) for name, columns in self.records.items()}
        run = Run(self.name, self.format, records)
        run.segments, run.writers, run.diagnostic_records = self.segments, self.writers, self.diagnostic_records
        run.configs, run.results = self.configs, self.results
        run.beside, run.with_config = self.beside, self.with_config
        for name, columns in self.summaries.items():
            if columns:
                kept = keep(name, columns)
                run.summaries[name] = select_rows(columns, kept)
                run.extra[name] = select_rows(self.extra[name], kept)
        return run

    def report(self) -> Report:
        """Return one HTML file that shows the run: a notebook shows it, ``.save(path)`` writes it."""
        return report_of(self)

    @property
    def plot(self) -> Plots:
        """The figures as methods: ``run.plot.curve()`` is ``metalog.plots.curve(run)``."""
        return Plots(self)

    def to_parquet(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write all frames, a file ``FRAME.parquet`` each, into a folder that is made if need be; return the files.

        Raises UsageError if they can't be written, MissingExtraError if pyarrow is missing.
        """
        return to_parquet(self, folder)

    def __repr__(self) -> str:
        from metalog.runs.describe import describe

        return describe(self)

    def _repr_html_(self) -> str:
        from metalog.runs.describe import describe_html

        return describe_html(self)


def _of_segments(numbers: list[int], _: str, columns: Columns) -> Array:
    return np.isin(columns[SEGMENT], numbers)

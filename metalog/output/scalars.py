"""What a run tells as scalars over whole steps: what trackers of experiments take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from metalog.columns import Array
from metalog.curves.means import restored, scaled
from metalog.formats.model import SEGMENT
from metalog.runs.axes import axis_of
from metalog.runs.run import Run
from metalog.runs.table import Floats, Table, tables

#: What steps count where the log numbers no row of a frame by itself.
ROW: Final = "row"


@dataclass(frozen=True)
class Scalars:
    """One column of one frame, in one segment.

    Attributes
    ----------
    tag
        ``FRAME/COLUMN``, and the words that tell its rows from others: ``train/loss``.
    level
        What the steps count: a level, say.
    segment
        The segment.
    step, value
        int64 and float64, shape (n,).
    """

    tag: str
    level: str
    segment: int
    step: Array
    value: Floats


def scalars(run: Run) -> list[Scalars]:
    """Return all values of a run, each column by itself.

    Where the format has a frame of one row a turn (``meta_steps``), its turns are the steps, numbered through the whole
    log, and of the other frames the means of each turn are told. Else a step is the number that the rows of a frame
    have by themselves, or their place among its rows.
    """
    known = tables(run, incomplete=True)
    whole = next((known[summary.frame] for summary in run.format.summaries if len(known[summary.frame])), None)
    found: list[Scalars] = []
    for table in known.values():
        if whole is not None and set(whole.levels) <= set(table.levels):
            found += _by_turn(table, whole)
        elif len(table):
            found += _by_row(table)
    return found


def _by_turn(table: Table, whole: Table) -> Iterator[Scalars]:
    """Yield the mean of each turn of the level that `whole` has a row for."""
    step = _numbers(whole)
    names = (SEGMENT, *whole.levels)
    turns = np.stack([whole.columns[name] for name in names], axis=1)
    for words, rows in table.groups.items():
        own = np.stack([table.columns[name][rows] for name in names], axis=1)
        both, which = np.unique(np.concatenate([turns, own]), axis=0, return_inverse=True)
        which = which.reshape(-1)
        of_turn = np.full(len(both), np.nan)
        of_turn[which[: len(turns)]] = step
        segment = both[:, 0]
        number = np.bincount(which[len(turns) :], minlength=len(both))
        for column in table.measured:
            values, factor = scaled(table.numbers(column)[rows])
            sums = np.bincount(which[len(turns) :], values, minlength=len(both))
            means = restored(sums / np.maximum(number, 1), factor)
            yield from _cut(table, column, words, whole.levels[-1], of_turn, means, segment, number > 0)


def _by_row(table: Table) -> Iterator[Scalars]:
    axis = axis_of(table)
    for words, rows in table.groups.items():
        level, step = axis.name, axis.place[rows]
        if axis.within or not np.array_equal(step, np.round(step), equal_nan=True):
            level, step = ROW, np.arange(1.0, len(rows) + 1)
        for column in table.measured:
            yield from _cut(table, column, words, level, step, table.numbers(column)[rows], table.segment[rows])


def _cut(
    table: Table,
    column: str,
    words: Any,
    level: str,
    step: Floats,
    value: Floats,
    segment: Array,
    there: Array | None = None,
) -> Iterator[Scalars]:
    """Yield the parts of a column that lie in one segment each, in the order of their steps."""
    tag = "/".join([table.name, column, *(word or "none" for _, word in words)])
    known = ~np.isnan(step) if there is None else ~np.isnan(step) & there
    for number in np.unique(segment[known]).tolist():
        rows = np.flatnonzero(known & (segment == number))
        rows = rows[np.argsort(step[rows], kind="stable")]
        yield Scalars(tag, level, int(number), step[rows].astype(np.int64), value[rows])


def _numbers(whole: Table) -> Floats:
    """Return the number of each turn through the whole log, or at least in the turn around it."""
    total = whole.numbers(whole.total) if whole.total else np.full(len(whole), np.nan)
    return whole.numbers(whole.levels[-1]) if np.isnan(total).all() else total


def flat(config: Any, above: str = "") -> dict[str, bool | int | float | str]:
    """Return a configuration without nesting: ``{"data": {"ways": 5}}`` as ``{"data.ways": 5}``, all else as text."""
    if not isinstance(config, dict):
        return {above: config if isinstance(config, bool | int | float | str) else str(config)}
    parts = (flat(value, f"{above}.{name}" if above else str(name)) for name, value in config.items())
    return {name: value for part in parts for name, value in part.items()}


def of_segment(run: Run, number: int) -> dict[str, Any]:
    """Return the configuration that the writer of a segment told."""
    writer = next((segment.writer for segment in run.segments if segment.number == number), "")
    return run.configs.get(writer, run.config)

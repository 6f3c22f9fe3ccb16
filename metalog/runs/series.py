"""The values of a run as series: what the statistics and figures take that know no format.

A series is one column of one frame, of the rows with the same words (a phase, say), over an axis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from metalog.columns import Array
from metalog.curves.levels import full_windows
from metalog.errors import UsageError
from metalog.runs.axes import Axis, Floats, axis_of, beside
from metalog.runs.measures import Better, Half, better, split_of
from metalog.runs.table import Columned, Table, Words, tables
from metalog.runs.words import hint

#: The frame that tells all of a run, one value a meta-step, where a format has it.
_WHOLE_RUN: Final = "meta_steps"
_HALF: Final = 0.5
#: What a running average and the best so far are called, beside what they sum up.
_DERIVED: Final = ("{}_average", "best_{}")


@dataclass(frozen=True)
class Series:
    """One column over an axis.

    Attributes
    ----------
    frame, column, words
        What it is: a column of a frame, of the rows with these words.
    label
        What tells it from the run's other series: its words and its column, and its frame if another has those too.
    axis, level
        What `x` is, and the level or the column that it is made of.
    x, y
        float64, shape (n,).
    number
        The number of `level` at each value, as the log prints it; shape (n,).
    segment, line
        The segment of each value, and the line that it comes from; shape (n,).
    """

    frame: str
    column: str
    words: Words
    label: str
    axis: str
    level: str
    x: Floats
    y: Floats
    number: Floats
    segment: Array
    line: Array

    @property
    def better(self) -> Better:
        """Whether little or much of it is good."""
        return better(self.column)

    @property
    def split(self) -> Half:
        """Whether it was measured in training or in validation, as far as its names say."""
        return split_of(*(word for _, word in self.words), self.column, self.frame)

    @property
    def magnitude(self) -> float:
        """Median of the absolute finite values, 0 without any: what tells whether two series fit one scale."""
        finite = np.abs(self.y[np.isfinite(self.y)])
        return float(np.median(finite)) if finite.size else 0.0

    def smoothed(self, y: Floats, window: int) -> Series:
        """Return the series with `y`, centred means over `window` values, where the windows are whole."""
        rows = full_windows(len(y), window)
        of_rows = {name: getattr(self, name)[rows] for name in ("x", "number", "segment", "line")}
        return replace(self, y=y[rows], **of_rows)

    def best(self) -> int | None:
        """Return the place of the best finite value, the first of equals; None without any or if nobody knows."""
        finite = np.flatnonzero(np.isfinite(self.y))
        if not finite.size or not self.better:
            return None
        values = self.y[finite]
        return int(finite[np.argmin(values) if self.better == "low" else np.argmax(values)])


@dataclass(frozen=True)
class Found:
    """Series of a run, at least one, and what must be known of them."""

    series: tuple[Series, ...]
    notes: tuple[str, ...]


def series_of(run: Columned, *, frame: str | None = None, x: str | None = None, y: Sequence[str] = ()) -> Found:
    """Return series of a run.

    Parameters
    ----------
    run
        A Run of any format.
    frame
        The frame; by default all that have the columns asked for. If `y` isn't given either, ``meta_steps`` if it has
        losses or accuracies, else all frames that have some, else the first that has values.
    x
        A column as axis; by default see :mod:`metalog.runs.axes`.
    y
        Columns; by default losses, accuracies and the like, as their names tell, else the first column of values.

    Raises
    ------
    UsageError
        If there is no such frame or column, or no row.
    """
    known = tables(run)
    if frame is not None and frame not in known:
        raise UsageError(f"{run.name} has no frame {frame!r}{hint(frame, known, 'its frames')}")
    chosen = {frame: known[frame]} if frame is not None else _with_columns(run.name, known, x, y)
    wanted = {name: tuple(y) or _usual_values(table) for name, table in chosen.items()}
    for name, table in chosen.items():
        for column in (*wanted[name], *([x] if x else [])):
            _require(run.name, table, column)
    if not any(map(len, chosen.values())):
        raise UsageError(f"{run.name} has no row in {' and '.join(chosen)} that could be drawn or compared")
    axes, notes = _axes({name: table for name, table in chosen.items() if len(table)}, x)
    series = [one for name, axis in axes.items() for one in _of_table(chosen[name], axis, wanted[name])]
    (labelled,) = with_labels([[one for one in series if not np.isnan(one.y).all()] or series])
    notes += [f"Left out: {one.incomplete} incomplete of {name}" for name, one in chosen.items() if one.incomplete]
    return Found(tuple(labelled), tuple(notes))


def every_series(run: Columned, frames: Sequence[str] | None = None, *, whole: Sequence[str] = ()) -> list[Series]:
    """Return all that was measured in a run, each frame on its own axis.

    Parameters
    ----------
    run
        A Run of any format.
    frames
        Only these frames; those that have no row give nothing.
    whole
        Columns of which each row was printed, so that nan is a value and nothing that is missing.

    Returns
    -------
    list of Series
        Of summaries also the rows that can't be compared with the others, since a turn is incomplete. They have no
        labels yet: :func:`with_labels`.
    """
    known = {name: one for name, one in tables(run, incomplete=True).items() if frames is None or name in frames}
    found: list[Series] = []
    for name, table in known.items():
        if len(table) and table.measured:
            axes, _ = _axes({name: table}, None)
            found += _of_table(table, axes[name], table.measured, whole)
    return [one for one in found if not np.isnan(one.x).all()]


def _require(run: str, table: Table, column: str) -> None:
    if column in table.texts:
        raise UsageError(f"{column} in the frame {table.name} of {run} holds words, no numbers")
    if column not in table.numeric:
        raise UsageError(f"{run} has no column {column!r} in {table.name}{hint(column, table.numeric, 'its numbers')}")


def _with_columns(run: str, known: Mapping[str, Table], x: str | None, y: Sequence[str]) -> dict[str, Table]:
    """Return the frames that are meant where none is named."""
    asked = (*y, *([x] if x else []))
    if asked:
        found = {name: table for name, table in known.items() if set(asked) <= set(table.numeric)}
        if not found:
            columns = list(dict.fromkeys(column for table in known.values() for column in table.numeric))
            missing = next((column for column in asked if column not in columns), None)
            if missing is None:
                raise UsageError(f"no frame of {run} has {' and '.join(asked)} together")
            raise UsageError(f"{run} has no column {missing!r}{hint(missing, columns, 'its numbers')}")
        return {name: table for name, table in found.items() if len(table)} or found
    filled = {name: table for name, table in known.items() if len(table)} or dict(known)
    measured = {name: table for name, table in filled.items() if any(map(better, table.measured))}
    if _WHOLE_RUN in measured:
        return {_WHOLE_RUN: measured[_WHOLE_RUN]}
    if not any(map(len, known.values())):
        raise UsageError(f"{run} has no row in {' and '.join(known) or 'any frame'} that could be drawn or compared")
    with_values = [(name, table) for name, table in filled.items() if table.measured]
    if not with_values:
        raise UsageError(f"{run} has no frame with a column of values; its frames are {', '.join(known) or 'none'}")
    return measured or dict(with_values[:1])


def _usual_values(table: Table) -> tuple[str, ...]:
    """Return the losses, accuracies and the like of a frame, without what only sums up others of them."""
    measured = [name for name in table.measured if better(name)]
    derived = {template.format(name) for template in _DERIVED for name in measured}
    return tuple(name for name in measured if name not in derived) or table.measured[:1]


def _axes(chosen: Mapping[str, Table], x: str | None) -> tuple[dict[str, Axis], list[str]]:
    """Return where the rows of each frame stand on one common axis, and what is to be said of that."""
    if x is not None:
        return {name: Axis.plain(table, x) for name, table in chosen.items()}, []
    main = max(chosen.values(), key=len)
    axes, notes = {main.name: axis_of(main, alone=len(chosen) == 1)}, []
    for name, table in chosen.items():
        if name != main.name:
            axes[name], by_line = beside(table, main, axes[main.name])
            notes += [f"Rows of {name} stand at the row of {main.name} above them"] if by_line else []
    axes = {name: axes[name] for name in chosen}
    if not axes[main.name].within:
        return axes, notes
    if any((table.numbers(table.levels[0]) == 0).any() for table in chosen.values() if table.levels):
        label = f"{axes[main.name].label} + 1 (the log counts from 0)"
        axes = {name: replace(axis, place=axis.place + 1, label=label) for name, axis in axes.items()}
    return axes, notes


def _of_table(table: Table, axis: Axis, columns: Sequence[str], whole: Sequence[str] = ()) -> Iterator[Series]:
    for column in columns:
        values = table.numbers(column)
        for words, group in table.groups.items():
            rows = group if column in whole else group[_printed(values[group])]
            where = (axis.place[rows], values[rows], axis.number[rows], table.segment[rows], table.line[rows])
            yield Series(table.name, column, words, "", axis.label, axis.name, *where)


def _printed(values: Floats) -> Array:
    """Tell which values were printed, as far as that can be known: what is missing is nan too.

    If more than half of the values up to the last number are nan, lines that don't show it are among the rows.
    """
    known = ~np.isnan(values)
    up_to_last = known[: np.flatnonzero(known)[-1] + 1] if known.any() else known
    return known if up_to_last.mean() < _HALF else np.ones(len(values), bool)


def with_labels(runs: Sequence[Sequence[Series]]) -> list[list[Series]]:
    """Return the series of runs under labels that mean the same in all: the words, the column, the frame if need be."""
    counts = [Counter((one.column, one.words) for one in own) for own in runs]
    ambiguous = {key for own in counts for key, number in own.items() if number > 1}

    def labelled(one: Series) -> Series:
        told = [word or f"no {name}" for name, word in one.words]
        frame = [f"{one.frame}:"] if (one.column, one.words) in ambiguous else []
        return replace(one, label=" ".join([*frame, *told, one.column]))

    return [list(map(labelled, own)) for own in runs]

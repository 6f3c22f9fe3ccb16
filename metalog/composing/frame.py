"""One frame that is put together from the tables of several kinds of line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from metalog.columns import Array, Columns, select_rows
from metalog.composing.lists import Lists, renumbered
from metalog.composing.pairs import write_pairs
from metalog.composing.turns import number_groups, number_rows
from metalog.formats.columns import lines_of, path
from metalog.formats.line import Line
from metalog.formats.model import LINE, SEGMENT, Format
from metalog.formats.template import MISSING

_END = "#end"  # which line tells the number of a row's turn
_INTEGER, _FLOAT, _TEXT = "integer", "float", "text"
_EMPTY: Final[dict[str, tuple[Any, Any]]] = {
    _INTEGER: (MISSING, np.int32),
    _FLOAT: (np.nan, np.float64),
    _TEXT: (None, object),
}


class ComposedFrame:
    """Puts together the rows of one frame.

    Parameters
    ----------
    form
        The format.
    name
        The frame's name.
    """

    def __init__(self, form: Format, name: str) -> None:
        self._form, self._lines = form, [line for _, line in lines_of(form, name)]
        self.parts = [form.part_of[code] for code, _ in lines_of(form, name)]
        levels = sorted({level for line in self._lines for level in path(form, line)})
        self._levels = [form.levels[level].name for level in levels]
        self._late = [level for level in levels if level in form.numbered_late]
        self._columns = form.frames[name]
        self._sorts = {column: _sort(column, self._lines, self._levels) for column in self._columns}
        self._held: list[Columns] = []

    def take(
        self,
        tables: Mapping[str, Columns],
        ends: Mapping[int, Columns],
        writers: Array,
        texts: Sequence[str],
        *,
        ended: bool,
    ) -> Columns:
        """Return the rows that are whole; see :meth:`metalog.composing.composer.Composer.take`."""
        parts = [tables[part] for part in self.parts]
        if self._held:
            parts = [_join(held, new) for held, new in zip(self._held, parts, strict=True)]
        own = [self._numbered(part, ends, writers) for part in parts]
        rows, number, held = self._number_rows(own, writers, ended=ended)
        self._held = []
        if any(hold.any() for hold in held):
            self._held = [select_rows(part, hold) for part, hold in zip(parts, held, strict=True)]
            own = [select_rows(part, ~hold) for part, hold in zip(own, held, strict=True)]
        return _by_line(self._fill(own, rows, number, texts))

    def _numbered(self, part: Columns, ends: Mapping[int, Columns], writers: Array) -> Columns:
        """Return a table in which rows have the numbers that later lines have."""
        columns = {**part, _END: np.full(len(part[LINE]), MISSING, np.int64)}
        for level in self._late:
            name, end = self._form.levels[level].name, ends.get(level)
            if end is None or name not in columns or not len(end[LINE]):
                continue
            place = np.full(len(part[LINE]), MISSING, np.int64)
            for writer in np.unique(writers):
                own = np.flatnonzero(writers[end[SEGMENT]] == writer)
                rows = np.flatnonzero(writers[part[SEGMENT]] == writer)
                found = np.searchsorted(end[LINE][own], part[LINE][rows])
                place[rows[found < len(own)]] = own[found[found < len(own)]]
            known = place != MISSING
            for key in (name, SEGMENT):
                columns[key] = np.where(known, end[key][place], columns[key]).astype(np.int32)
            columns[_END] = place
        return columns

    def _number_rows(
        self, parts: list[Columns], writers: Array, *, ended: bool
    ) -> tuple[list[Array], int, list[Array]]:
        """Return for each table the number of each line's row, how many rows there are, and what is kept back."""
        nothing = [np.zeros(len(part[LINE]), bool) for part in parts]
        if ended and (even := self._even(parts)):
            return [np.arange(even)] * len(parts), even, nothing
        line, segment = (np.concatenate([part[key] for part in parts]) for key in (LINE, SEGMENT))
        order = np.lexsort((line, segment)) if len(writers) > 1 else np.argsort(line, kind="stable")
        sizes = [len(part[LINE]) for part in parts]
        kind = np.repeat(np.arange(len(parts)), sizes)[order]
        begins = np.array([not line.into for line in self._lines])[kind]
        keys = [_joined(parts, key)[order] for key in (SEGMENT, _END, *self._levels)]
        hold = np.zeros(len(line), bool)
        if not ended:
            hold = self._open(keys, kind, begins, writers)
        rows, number = number_rows([key[~hold] for key in keys], kind[~hold], begins[~hold])
        numbers = np.full(len(line), MISSING, np.int64)
        numbers[order[~hold]] = rows
        held = np.zeros(len(line), bool)
        held[order] = hold
        cuts = np.cumsum(sizes)[:-1]
        pieces = zip(np.split(numbers, cuts), np.split(held, cuts), strict=True)
        split = [(own[~held_back], held_back) for own, held_back in pieces]
        return [own for own, _ in split], number, [held_back for _, held_back in split]

    def _even(self, parts: list[Columns]) -> int:
        """Return how many rows there are if every turn has one line of each kind, as most logs have; else 0."""
        first, size = parts[0], len(parts[0][LINE])
        if not all(line.into for line in self._lines) or any(len(part[LINE]) != size for part in parts) or not size:
            return 0
        keys = (SEGMENT, _END, *self._levels)
        if any(key not in part for part in parts for key in keys):
            return 0
        if any(not np.array_equal(part[key], first[key]) for part in parts[1:] for key in keys):
            return 0
        if (np.diff(first[LINE]) < 0).any() or len(np.unique(first[SEGMENT])) > 1:
            return 0
        turns = np.zeros(size - 1, bool)
        for key in keys:
            turns |= first[key][1:] != first[key][:-1]
        lines = [part[LINE] for part in parts]
        apart = np.maximum.reduce(lines)[:-1] < np.minimum.reduce(lines)[1:]
        return size if turns.all() and apart.all() else 0

    def _open(self, keys: list[Array], kind: Array, begins: Array, writers: Array) -> Array:
        """Tell which lines belong to rows that may go on: those of a writer's last turn, and those without number."""
        if not self._late and begins.all():
            return np.zeros(len(kind), bool)
        groups = number_groups(keys, begins & begins.all())
        last = dict(zip(writers[keys[0]].tolist(), groups.tolist(), strict=True))  # the last one of each writer stays
        hold = np.isin(groups, list(last.values()))
        if self._late:
            hold |= keys[1] == MISSING
        return hold

    def _fill(self, parts: list[Columns], rows: list[Array], number: int, texts: Sequence[str]) -> Columns:
        """Write the rows: what each kind of line tells, to its places."""
        if any(line.each for line in self._lines):
            lists = [Lists(line, part, texts) for line, part in zip(self._lines, parts, strict=True)]
            parts = [one.spread(part) for one, part in zip(lists, parts, strict=True)]
            rows = renumbered(rows, lists)
            number = sum(map(len, rows))
        known = np.array([*texts, None], object)
        out: Columns = {}
        line_numbers = np.full(number, np.iinfo(np.int64).max)
        more: Columns = {}
        for line, part, own in zip(self._lines, parts, rows, strict=True):
            line_numbers[own] = np.minimum(line_numbers[own], part[LINE])
            for name, values in part.items():
                if name in self._columns and name != LINE:
                    self._put(out, name, known[values] if self._sorts[name] == _TEXT else values, own, number)
            for key, text in line.set:
                self._put(out, key, np.full(len(part[LINE]), text, object), own, number)
            if "*" in part:
                pairs = [text or "" for text in known[part["*"]]]
                write_pairs(more, pairs, own, number, line.names)
        out = {
            name: out[name] if name in out else self._nothing(name, number) for name in self._columns if name != LINE
        }
        for name in out.keys() & more.keys():  # a pair in place of a field that a line lacks
            _fill_in(out[name], more[name])
        return {**out, **{name: values for name, values in more.items() if name not in out}, LINE: line_numbers}

    def _put(self, out: Columns, name: str, values: Array, rows: Array, number: int) -> None:
        """Write values to a column; where they are all of it, in order, they become the column."""
        if len(rows) == number and (rows[1:] > rows[:-1]).all():
            out[name] = values
        else:
            out.setdefault(name, self._nothing(name, number))[rows] = values

    def _nothing(self, name: str, number: int) -> Array:
        nothing, dtype = _EMPTY[self._sorts[name]]
        return np.full(number, nothing, dtype)


def _by_line(columns: Columns) -> Columns:
    line = columns[LINE]
    return select_rows(columns, np.argsort(line, kind="stable")) if (np.diff(line) < 0).any() else columns


def _joined(parts: list[Columns], key: str) -> Array:
    joined: Array = np.concatenate([part.get(key, np.full(len(part[LINE]), MISSING, np.int32)) for part in parts])
    return joined


def _join(held: Columns, new: Columns) -> Columns:
    if not len(new[LINE]):
        return held
    return {name: np.concatenate([held[name], new[name]]) for name in held} if held else new


def _fill_in(column: Array, values: Array) -> None:
    """Fill in what is missing in a column, if its values are of the same sort."""
    if column.dtype == values.dtype:
        lacks = np.isnan(column) if column.dtype == float else np.array([value is None for value in column], bool)
        column[lacks] = values[lacks]


def _sort(column: str, lines: Sequence[Line], levels: Sequence[str]) -> str:
    if column in (SEGMENT, LINE, *levels, *(line.each for line in lines)):
        return _INTEGER
    types = [line.types().get(column, "") for line in lines]
    told_in_words = any(column in (*line.takes, *(key for key, _ in line.set)) for line in lines)
    return _TEXT if told_in_words or {*types} & {"word", "choice"} else _FLOAT

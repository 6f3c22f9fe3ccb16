"""One row a turn of a level: means over the turns inside it, and whether it can be compared with the others."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from metalog.columns import Array, Columns
from metalog.formats.model import COMPLETE, LINE, SEGMENT, Summary
from metalog.formats.template import MISSING
from metalog.odometer.case import Finding
from metalog.odometer.state import AT, LEVEL, NUMBERS, OF_SEGMENT, TOTAL, Output
from metalog.odometer.tables import Tables
from metalog.scan.tokens import Tokens

_BLOCKS_BEFORE_FOLDING = 16
#: Columns that comments may add to a frame; each takes memory for every row.
MOST_NAMES = 1000


class SummaryRows:
    """Collects the turns of a level of one writer from the rows of its blocks.

    The turns inside one are summed up as soon as it is over, so that what is held stays a small part of the log's size.
    """

    def __init__(self, tables: Tables, summary: Summary, names: set[str]) -> None:
        self._tables, self._summary = tables, summary
        self._names = names  # columns that comments have added, whichever writer's
        self._frames = tuple(dict.fromkeys(frame for _, frame, _ in summary.last))
        depth = {frame: len(tables.format.path(_level_of(tables, frame))) for frame in self._frames}
        # From the turns inside on, each count is a multiple of the one before it where all is even.
        self._nested = [0, *(1 + place for place in sorted(range(len(depth)), key=lambda p: depth[self._frames[p]]))]
        taken = (*tables.format.frames[summary.frame], *(level.name for level in tables.levels), LINE, "run")
        self._taken = frozenset(taken)
        self._begun: list[Columns] = []
        self._over: list[Columns] = []
        self._parts: list[Columns] = []
        self._records: list[tuple[int, dict[str, float]]] = []
        self._gaps: set[int] = set()  # rows inside which something is missing
        self._begins: list[int] = []  # lines of the block taken last at which a row begins
        self._forgotten = 0  # rows that were handed out
        self._summed = 0  # rows in _over, and those forgotten
        self._number = 0  # rows so far
        self._inner = 0  # turns inside them so far
        self._shapes: Counter[tuple[int, ...]] = Counter()  # (segment, *shape) of those forgotten

    # Taking blocks

    def add(self, out: Output, tokens: Tokens, first_line: int, found: Sequence[Finding]) -> None:
        """Take the rows of a block, its tokens, and what was found out of order in them."""
        turns = out.turns[: out.turned[0]]
        if self._tables.kept != {self._summary.level, self._summary.over}:  # those of other summaries are among them
            turns = turns[np.isin(turns[:, LEVEL], (self._summary.level, self._summary.over))]
        own = turns[turns[:, LEVEL] == self._summary.level]
        begins = tokens.line[own[:, AT]]
        inside = self._tables.inside[self._summary.level]
        for token, code, _ in found:
            if code == "gap" and self._tables.kinds[tokens.kind[token]].level in inside:
                self._gaps.add(self._number - 1 + int(np.searchsorted(own[:, AT], token, "right")))
        self._begins = begins.tolist()
        self._begun.append({**self._numbers(own), LINE: begins + np.int64(first_line)})
        self._parts.append(self._parts_of(out, turns))
        self._number += len(own)
        self._inner += len(turns) - len(own)
        if len(self._parts) >= _BLOCKS_BEFORE_FOLDING:
            self._sum_up()

    def _numbers(self, turns: Array) -> Columns:
        form, summary = self._tables.format, self._summary
        columns: Columns = {SEGMENT: turns[:, OF_SEGMENT].astype(np.int32)}
        for level in form.path(summary.level):
            columns[form.levels[level].name] = turns[:, NUMBERS + level].astype(np.int32)
        if summary.total:
            columns[summary.total] = turns[:, TOTAL].copy()
        return columns

    def _parts_of(self, out: Output, turns: Array) -> Columns:
        """Return what stands under each turn of a block: how many rows, their last values.

        The first part goes on with the last turn of the block before; most others begin a turn inside a row.
        """
        level = np.concatenate(([MISSING], turns[:, LEVEL]))
        parts: Columns = {
            "level": level,
            "row": self._inner - 1 + np.cumsum(level == self._summary.over),
            "of": self._number - 1 + np.cumsum(level == self._summary.level),
        }
        ends = {}
        for frame in self._frames:
            place = self._tables.frames.index(frame)
            begins = np.concatenate(([0], turns[:, NUMBERS + len(self._tables.levels) + place]))
            ends[frame] = np.concatenate((begins[1:], [out.rows[place]]))
            parts[frame] = ends[frame] - begins
        for column, frame, value in self._summary.last:
            values = out.columns[self._tables.frames.index(frame)][value]
            some = parts[frame] > 0
            parts[column] = np.full(len(level), np.nan)
            parts[column][some] = values[ends[frame][some] - 1]
        return parts

    def row_at(self, line: int) -> int:
        """Return the row to which what stands above a line of the block taken last belongs, -1 for none."""
        return self._number - len(self._begins) + bisect_left(self._begins, line) - 1

    def record(self, row: int, values: dict[str, Any]) -> bool:
        """Attach what a comment tells of a row; only numbers can become columns.

        Return whether all of them could: no more than :data:`MOST_NAMES` names are used.
        """
        numbers = {
            name: float(str(value))  # float() of an integer raises where that of its digits is infinite
            for name, value in values.items()
            if isinstance(value, int | float) and not isinstance(value, bool) and name not in self._taken
        }
        used = {name: value for name, value in numbers.items() if self._may_use(name)}
        if row >= self._forgotten and used:
            self._records.append((row, used))
        return len(used) == len(numbers)

    def _may_use(self, name: str) -> bool:
        if len(self._names) < MOST_NAMES:
            self._names.add(name)
        return name in self._names

    # Handing out

    def take(self, *, ended: bool, cut: bool = False) -> tuple[Columns, Columns]:
        """Return the frame's columns (and ``line``) and those that the comments add, and forget the rows.

        The last one may go on and is kept back unless the input has `ended`; `cut` tells that it ended inside it.
        """
        begun = _concat(self._begun)
        if self._forgotten == self._number:
            return {}, {}
        self._sum_up()
        last = self._summarize(_concat(self._parts), self._summed, self._number)
        summed = _concat([*self._over, last])
        shape = np.column_stack([begun[SEGMENT], *(summed[name] for name in self._shape)]).astype(np.int64)
        complete = self._complete(shape)
        complete[-1] &= not cut
        complete[[row - self._forgotten for row in self._gaps if row >= self._forgotten]] = False
        columns = {**begun, self._summary.count: summed[self._summary.count]}
        columns |= {column: summed[column] for column, _, _ in self._summary.last} | {COMPLETE: complete}
        extra = self._extra()
        number = len(complete) - (not ended)
        if not ended:  # later ones are held against these
            self._shapes.update(map(tuple, shape[:number].tolist()))
        self._forget(number, begun)
        return _first(number, columns), _first(number, extra)

    @property
    def _shape(self) -> tuple[str, ...]:
        return (self._summary.count, *self._frames)

    def _forget(self, number: int, begun: Columns) -> None:
        self._begun = [{name: values[number:] for name, values in begun.items()}]
        over = _concat(self._over)
        self._over = [{name: values[number:] for name, values in over.items()}]
        self._forgotten += number
        self._summed = max(self._summed, self._forgotten)
        self._records = [(row, values) for row, values in self._records if row >= self._forgotten]

    def _extra(self) -> Columns:
        names = dict.fromkeys(name for _, values in self._records for name in values)
        extra: Columns = {name: np.full(self._number - self._forgotten, np.nan) for name in names}
        for row, values in self._records:
            if row < self._number:
                for name, value in values.items():
                    extra[name][row - self._forgotten] = value
        return extra

    # Summing up

    def _sum_up(self) -> None:
        """Sum up all rows but the last, which may go on."""
        parts = self._fold(self._not_empty(_concat(self._parts)))
        last = max(self._number - 1, self._summed)
        over = int(np.searchsorted(parts["of"], last))
        self._over.append(self._summarize(_first(over, parts), self._summed, last))
        self._parts = [{name: values[over:] for name, values in parts.items()}]
        self._summed = last

    def _not_empty(self, parts: Columns) -> Columns:
        """Choose the parts with which a turn begins, or that have rows of the turn above."""
        chosen = (parts["level"] == self._summary.over) | (sum(parts[frame] for frame in self._frames) > 0)
        return {name: values[chosen] for name, values in parts.items()}

    def _fold(self, parts: Columns) -> Columns:
        """Join the parts of turns that blocks have cut: counts add up, the last part that has a value tells it."""
        going_on = np.flatnonzero(parts["row"][1:] == parts["row"][:-1]) + 1
        if not len(going_on):
            return parts
        folded = {name: values.copy() for name, values in parts.items()}
        for part in going_on[::-1].tolist():  # as a rule one a block
            for column, frame, _ in self._summary.last:
                if folded[frame][part]:
                    folded[column][part - 1] = folded[column][part]
            for frame in self._frames:
                folded[frame][part - 1] += folded[frame][part]
        whole = np.ones(len(parts["row"]), bool)
        whole[going_on] = False
        return {name: values[whole] for name, values in folded.items()}

    def _summarize(self, parts: Columns, begin: int, end: int) -> Columns:
        """Sum up the turns inside the rows `begin` to `end`: one entry each."""
        number = end - begin
        where = parts["of"] - begin
        summed: Columns = {self._summary.count: np.bincount(where, minlength=number).astype(np.int32)}
        for frame in self._frames:
            summed[frame] = np.bincount(where, parts[frame], minlength=number)
        for column, frame, _ in self._summary.last:
            some = parts[frame] > 0
            summed[column] = _means(where[some], parts[column][some], number)
        return summed

    # Completeness

    def _complete(self, own: Array) -> Array:
        """Tell which rows have the shape that most of their segment has.

        A segment with a single row is held against the whole log.
        """
        earlier = np.array([*self._shapes], np.int64).reshape(-1, own.shape[1])
        rows = np.concatenate([earlier, own])
        weight = np.concatenate([np.array([*self._shapes.values()], np.int64), np.ones(len(own), np.int64)])
        shapes, code = _number_rows(rows[:, 1:])
        usual = np.full(len(rows), self._most_common(shapes, np.bincount(code, weight, minlength=len(shapes))))
        segments, of = _number_rows(rows[:, :1])
        if len(segments) > 1:
            usual = np.where(self._alone(of, weight), usual, self._usual_of_segments(shapes, code, of, weight))
        counted = own[:, 1:][:, self._nested[:2]] > 0
        complete: Array = (code == usual)[len(earlier) :] & counted.all(axis=1)
        return complete

    def _alone(self, of: Array, weight: Array) -> Array:
        alone: Array = np.bincount(of, weight)[of] <= 1
        return alone

    def _usual_of_segments(self, shapes: Array, code: Array, of: Array, weight: Array) -> Array:
        """Return for each row the most frequent shape of its segment."""
        pairs, where = _number_rows(np.column_stack([of, code]))
        score = self._score(shapes, np.bincount(where, weight), pairs[:, 1])
        order = np.lexsort((pairs[:, 1], score, pairs[:, 0]))  # the best of each segment comes last
        ends = np.flatnonzero(np.append(pairs[order][1:, 0] != pairs[order][:-1, 0], True))
        usual: Array = pairs[order[ends], 1][of]
        return usual

    def _most_common(self, shapes: Array, frequency: Array) -> int:
        score: Array = self._score(shapes, frequency, np.arange(len(shapes)))
        return int(len(score) - 1 - np.argmax(score[::-1]))

    def _score(self, shapes: Array, frequency: Array, codes: Array) -> Array:
        """Rank shapes by how frequent they are, and among equally frequent ones those that are even first.

        A shape is even if its turns have equally many rows of each frame.
        """
        nested = shapes[codes][:, self._nested]
        even = (nested[:, 1:] % np.maximum(nested[:, :-1], 1) == 0).all(axis=1)
        score: Array = np.asarray(2 * frequency + even)
        return score


def _level_of(tables: Tables, frame: str) -> int:
    return next(kind.level for kind in tables.kinds if kind.frame == tables.frames.index(frame))


def _first(number: int, columns: Columns) -> Columns:
    return {name: values[:number] for name, values in columns.items()}


def _concat(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}


def _means(where: Array, values: Array, number: int) -> Array:
    """Return the mean of the values at each place, NaN where there are none."""
    with np.errstate(invalid="ignore", over="ignore"):
        counts = np.bincount(where, minlength=number)
        means: Array = np.bincount(where, values, minlength=number) / counts
        if np.isinf(means).any() and np.isfinite(values).all():  # the sum is too large for a float, the mean is not
            means = np.bincount(where, values / counts[where], minlength=number)
    return means


def _number_rows(rows: Array) -> tuple[Array, Array]:
    """Return the distinct rows, sorted, and the number of each row among them; ``np.unique`` imports numpy.ma."""
    order = np.lexsort(rows.T[::-1])
    ordered = rows[order]
    new = np.ones(len(rows), bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    code = np.empty(len(rows), np.int64)
    code[order] = np.cumsum(new) - 1
    return ordered[new], code

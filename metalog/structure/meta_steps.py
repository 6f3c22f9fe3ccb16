"""One row a meta-step: means over its problems, and whether it can be compared with the others."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from metalog.columns import Array, Columns
from metalog.formats.grammar import FRAMES, LEVELS
from metalog.structure.machine import Rows
from metalog.structure.numbering import PROBLEM_OF_STEP

#: Means over the problems, and the count that tells whether a problem has such a value.
_MEANS = {
    "train_loss": "steps",
    "train_accuracy": "steps",
    "validation_loss": "validations",
    "validation_accuracy": "validations",
}
_SHAPE = ("problems", "steps", "validations")
_BLOCKS_BEFORE_FOLDING = 16
#: Names that a column has already, here or in the frames of several runs.
_TAKEN = frozenset((*FRAMES["meta_steps"], *LEVELS, "line", "run"))


class MetaSteps:
    """Collects the meta-steps of one writer from the rows of its blocks.

    Problems are summed up as soon as their meta-step is over, so that what is held stays some 0.3 % of the log's size.
    """

    def __init__(self) -> None:
        self._begun: list[Columns] = []
        self._over: list[Columns] = []
        self._problems: list[Columns] = []
        self._records: list[tuple[int, dict[str, float]]] = []
        self._forgotten = 0  # meta-steps that were handed out
        self._summed = 0  # meta-steps in _over, and those forgotten
        self._number = 0
        self._shapes: Counter[tuple[int, ...]] = Counter()  # (segment, *shape) of those forgotten

    def add(self, rows: Rows, line: Array) -> None:
        """Take the meta-steps that begin in a block, with their lines, and the problems in it."""
        self._begun.append({**rows.meta_steps, "line": line})
        self._problems.append(rows.parts_of_problems)
        self._number += len(line)
        if len(self._problems) >= _BLOCKS_BEFORE_FOLDING:
            self._sum_up()

    def record(self, row: int, values: dict[str, Any]) -> None:
        """Attach what a comment tells of a meta-step; only numbers can become columns."""
        numbers = {
            name: float(str(value))  # float() of an integer raises where that of its digits is infinite
            for name, value in values.items()
            if isinstance(value, int | float) and not isinstance(value, bool) and name not in _TAKEN
        }
        if row >= self._forgotten:
            self._records.append((row, numbers))

    def take(self, *, ended: bool, cut: bool = False) -> tuple[Columns, Columns]:
        """Return the frame's columns (and ``line``) and those that the comments add, and forget the rows.

        The last meta-step may go on and is kept back unless the input has `ended`; `cut` tells that it ended inside it.
        """
        begun = _join(self._begun)
        if self._forgotten == self._number:
            return {}, {}
        self._sum_up()
        summary = _join([*self._over, _summarize(_join(self._problems), self._summed, self._number)])
        complete = _complete(begun["segment"], summary, self._shapes)
        complete[-1] &= not cut
        columns = {**begun, **{name: summary[name] for name in ("problems", *_MEANS)}, "complete": complete}
        extra = self._extra()
        number = len(complete) - (not ended)
        if not ended:  # later ones are held against these
            shapes = np.column_stack([begun["segment"], *(summary[name] for name in _SHAPE)])[:number]
            self._shapes.update(map(tuple, shapes.astype(np.int64).tolist()))
        self._forget(number, begun)
        return _first(number, columns), _first(number, extra)

    def _forget(self, number: int, begun: Columns) -> None:
        self._begun = [{name: values[number:] for name, values in begun.items()}]
        over = _join(self._over)
        self._over = [{name: values[number:] for name, values in over.items()}]
        self._forgotten += number
        self._summed = max(self._summed, self._forgotten)
        self._records = [(row, values) for row, values in self._records if row >= self._forgotten]

    def _sum_up(self) -> None:
        """Sum up the problems of all meta-steps but the last, which may go on."""
        problems = _fold(_not_empty(_join(self._problems)))
        last = max(self._number - 1, self._summed)
        over = int(np.searchsorted(problems["step_row"], last))
        self._over.append(_summarize(_first(over, problems), self._summed, last))
        self._problems = [{name: values[over:] for name, values in problems.items()}]
        self._summed = last

    def _extra(self) -> Columns:
        extra: Columns = {}
        for row, values in self._records:
            for name, value in values.items():
                column = extra.setdefault(name, np.full(self._number - self._forgotten, np.nan))
                if row < self._number:
                    column[row - self._forgotten] = value
        return extra

    def state(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs, as plain JSON."""
        problems = _not_empty(_join(self._problems))
        parts = {"_begun": _join(self._begun), "_over": _join(self._over), "_problems": problems}
        return {
            **{name: {k: [v.dtype.str, v.tolist()] for k, v in part.items()} for name, part in parts.items()},
            "_shapes": [[*shape, count] for shape, count in self._shapes.items()],
            **{name: getattr(self, name) for name in ("_records", "_forgotten", "_summed", "_number")},
        }

    @classmethod
    def restore(cls, state: dict[str, Any]) -> MetaSteps:
        """Return a collector that goes on where the one with this state stopped."""
        restored = cls()
        for name in ("_begun", "_over", "_problems"):
            part = {column: np.array(values, dtype) for column, (dtype, values) in state[name].items()}
            setattr(restored, name, [part] if part else [])
        restored._shapes = Counter({tuple(shape): count for *shape, count in state["_shapes"]})
        restored._records = [(row, values) for row, values in state["_records"]]
        restored._forgotten, restored._summed, restored._number = (
            state[n] for n in ("_forgotten", "_summed", "_number")
        )
        return restored


def _first(number: int, columns: Columns) -> Columns:
    return {name: values[:number] for name, values in columns.items()}


def _join(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}


def _not_empty(parts: Columns) -> Columns:
    """Choose the parts with which a problem begins, or that have records of the problem above."""
    if not parts:
        return parts
    chosen = (parts["level"] == PROBLEM_OF_STEP) | (parts["steps"] + parts["validations"] > 0)
    return {name: values[chosen] for name, values in parts.items()}


def _fold(parts: Columns) -> Columns:
    """Join the parts of problems that blocks have cut: counts add up, the last part that has a value tells it."""
    going_on = np.flatnonzero(parts["row"][1:] == parts["row"][:-1]) + 1
    if not len(going_on):
        return parts
    folded = {name: values.copy() for name, values in parts.items()}
    for part in going_on[::-1].tolist():  # as a rule one a block
        for name, count in _MEANS.items():
            if folded[count][part]:
                folded[name][part - 1] = folded[name][part]
        for name in ("steps", "validations"):
            folded[name][part - 1] += folded[name][part]
    whole = np.ones(len(parts["row"]), bool)
    whole[going_on] = False
    return {name: values[whole] for name, values in folded.items()}


def _summarize(problems: Columns, begin: int, end: int) -> Columns:
    """Sum up the problems of the meta-steps from row `begin` up to `end`: one entry each."""
    number = end - begin
    where = problems["step_row"] - begin
    summary: Columns = {"problems": np.bincount(where, minlength=number).astype(np.int32)}
    for name in ("steps", "validations"):
        summary[name] = np.bincount(where, problems[name], minlength=number)
    for name, count in _MEANS.items():
        some = problems[count] > 0
        with np.errstate(invalid="ignore"):  # a meta-step without such a value has the mean NaN
            sums = np.bincount(where[some], problems[name][some], minlength=number)
            summary[name] = sums / np.bincount(where[some], minlength=number)
    return summary


def _complete(segment: Array, summary: Columns, before: Counter[tuple[int, ...]]) -> Array:
    """Tell which meta-steps have the shape (problems, steps, validations) that most of their segment has.

    A segment with a single meta-step is held against the whole log. `before` counts (segment, shape) of earlier
    meta-steps.
    """
    own = np.column_stack([segment, *(summary[name] for name in _SHAPE)]).astype(np.int64)
    earlier = np.array([shape for shape, count in before.items()], np.int64).reshape(-1, own.shape[1])
    rows = np.concatenate([earlier, own])
    weight = np.concatenate([np.array([*before.values()], np.int64), np.ones(len(own), np.int64)])
    shapes, code = _number_rows(rows[:, 1:])
    usual = np.full(len(rows), _most_common(shapes, code, weight))
    for number in sorted(set(segment.tolist())):
        inside = rows[:, 0] == number
        if weight[inside].sum() > 1:
            usual[inside] = _most_common(shapes, code[inside], weight[inside])
    complete: Array = (code == usual)[len(earlier) :] & (own[:, 1] > 0) & (own[:, 3] > 0)
    return complete


def _number_rows(rows: Array) -> tuple[Array, Array]:
    """Return the distinct rows, sorted, and the number of each row among them; ``np.unique`` imports numpy.ma."""
    order = np.lexsort(rows.T[::-1])
    ordered = rows[order]
    new = np.ones(len(rows), bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    code = np.empty(len(rows), np.int64)
    code[order] = np.cumsum(new) - 1
    return ordered[new], code


def _most_common(shapes: Array, codes: Array, weight: Array) -> int:
    """Return the most frequent code of a shape (problems, steps, validations).

    Among equally frequent ones it is one whose problems have equally many validations, and each of these equally many
    steps; among several of that sort the largest.
    """
    problems, steps, validations = shapes.T
    even = (validations % np.maximum(problems, 1) == 0) & (steps % np.maximum(validations, 1) == 0)
    score = 2 * np.bincount(codes, weight, minlength=len(shapes)) + even
    return int(len(score) - 1 - np.argmax(score[::-1]))

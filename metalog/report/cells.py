"""The inner training of a run: which rows belong to which problem of which meta-step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from metalog.columns import Array, Columns
from metalog.formats.model import LINE, SEGMENT
from metalog.formats.template import MISSING
from metalog.report.blobs import Blobs, Reference
from metalog.runs.run import Run

#: Frame and counters of each split.
FRAMES: Final = {"train": ("steps", ("epoch", "step")), "validation": ("validations", ("epoch",))}
_KEYS: Final = (SEGMENT, "meta_epoch", "meta_step", "problem")
METRICS: Final = ("loss", "accuracy")


@dataclass(frozen=True)
class Cells:
    """The rows of a split, by cells: stretches of rows of the same problem of the same meta-step, C of them.

    Attributes
    ----------
    turn, problem, start
        Position of the meta-step among those of the run, number of the problem (``MISSING`` where it is lost), and the
        first row of each cell; shape (C,).
    columns
        The rows themselves.
    counters
        What numbers the rows of a cell, outermost first.
    """

    turn: Array
    problem: Array
    start: Array
    columns: Columns
    counters: tuple[str, ...]

    def stop(self) -> Array:
        """Return the end of each cell, shape (C,)."""
        return np.append(self.start[1:], len(self.columns[LINE]))

    def alike(self) -> bool:
        """Tell whether all cells have the same numbers in the same order, so that they are known from the first."""
        size = np.unique(np.diff(np.append(self.start, len(self.columns[LINE]))))
        return len(size) == 1 and all(
            bool((self.columns[name].reshape(-1, size[0]) == self.columns[name][: size[0]]).all())
            for name in self.counters
        )


def cells_of(run: Run, split: str) -> Cells | None:
    """Return the cells of a run with nested problems; None without a row of that split, or without meta-steps."""
    frame, counters = FRAMES[split]
    columns, turns = run.columns(frame), run.columns("meta_steps")
    if not len(columns[LINE]) or not has_meta_steps(run):
        return None
    changes = np.zeros(len(columns[LINE]), bool)
    changes[0] = True
    for key in _KEYS:
        changes[1:] |= columns[key][1:] != columns[key][:-1]
    begins = _begin_again(turns, columns)
    changes[begins] = True
    start = np.flatnonzero(changes)
    turn = turn_of(turns, columns[SEGMENT][start], columns[LINE][start])
    return Cells(turn, columns["problem"][start], start, columns, counters)


def has_meta_steps(run: Run) -> bool:
    """Tell whether the log of a format with nested problems has a meta level: a plain learning log hasn't."""
    return bool((run.columns("meta_steps")["meta_step"] != MISSING).any())


def _begin_again(turns: Columns, columns: Columns) -> Array:
    """Return the first row below the header of each meta-step: two whose numbers are lost have the same keys."""
    if len(np.unique(columns[SEGMENT])) > 1:  # the lines of several writers may stand in turns
        return np.empty(0, np.intp)
    rows = np.searchsorted(columns[LINE], turns[LINE])
    return rows[rows < len(columns[LINE])]


def turn_of(turns: Columns, segment: Array, line: Array) -> Array:
    """Return the position of the meta-step that each line stands in: the last of its segment that begins above it."""
    found = np.zeros(len(line), np.int64)
    for number in np.unique(segment):
        own = np.flatnonzero(turns[SEGMENT] == number)
        here = segment == number
        above = np.maximum(np.searchsorted(turns[LINE][own], line[here], side="right") - 1, 0)
        found[here] = own[above] if own.size else 0
    return found


def described(cells: Cells, blobs: Blobs) -> dict[str, Any]:
    """Return what the page needs of cells."""
    columns, size, alike = cells.columns, len(cells.columns[LINE]), cells.alike()
    once = slice(0, int(cells.stop()[0]) if alike else size)
    found: dict[str, Any] = {
        "turn": blobs.counters(cells.turn),
        "problem": blobs.counters(cells.problem),
        "start": blobs.counters(cells.start),
        "rows": size,
        "alike": alike,
        "counters": {name: blobs.counters(columns[name][once]) for name in cells.counters},
    }
    values: dict[str, Reference] = {metric: blobs.values(columns[metric]) for metric in METRICS}
    return {**found, "values": values}

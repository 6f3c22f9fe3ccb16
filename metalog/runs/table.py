"""One frame of a run as plain columns, and what each of them is: a level, a word that tells rows apart, a value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from metalog.columns import Array, Columns, select_rows
from metalog.formats.model import COMPLETE, LINE, SEGMENT, Format
from metalog.formats.template import MISSING
from metalog.runs.frames import level_columns, summary_of

Floats = npt.NDArray[np.float64]
#: The words of a group of rows, by their column.
Words = tuple[tuple[str, str], ...]

#: A column with more different words than this doesn't tell kinds of rows apart.
_MOST_WORDS: Final = 8


class Columned(Protocol):
    """What is asked of a run: its name, its format, and the columns of its frames."""

    name: str
    format: Format
    extra: dict[str, Columns]

    def columns(self, name: str) -> Columns: ...  # noqa: D102 - as in Run


@dataclass(frozen=True)
class Table:
    """A frame of rows or of a summary.

    Attributes
    ----------
    name
        That of the frame.
    columns
        All columns, those that comments add among them, of the rows that can be compared: of a summary the complete
        ones.
    levels, measured, texts
        The names of the columns that number levels, outermost first; of the numbers measured; and of those of words.
    is_placed
        Whether its lines show the number of none of these levels, so that rows are numbered by their place.
    total
        The column that numbers the turns of a summary through the whole log, ``""`` for none.
    incomplete
        How many rows were left out.
    """

    name: str
    columns: Columns
    levels: tuple[str, ...]
    measured: tuple[str, ...]
    texts: tuple[str, ...]
    is_placed: bool
    total: str
    incomplete: int

    @classmethod
    def of(cls, run: Columned, name: str, *, incomplete: bool = False) -> Table:
        """Return a frame of a run; `incomplete`: with the rows of a summary that can't be compared."""
        columns = {**run.columns(name), **run.extra.get(name, {})}
        levels, summary = level_columns(run.format, name), summary_of(run.format, name)
        left_out = 0
        if COMPLETE in columns and summary and not incomplete:
            complete = columns[COMPLETE].astype(bool)
            left_out = int((~complete).sum())
            columns = select_rows(columns, complete)
        total = summary.total if summary else ""
        known = {SEGMENT, LINE, COMPLETE, total, *levels, *([summary.count] if summary else [])}
        declared = [column for column in run.format.frames[name] if column not in known]
        own = [*declared, *(column for column in columns if column not in known and column not in declared)]
        texts = tuple(column for column in own if columns and columns[column].dtype.kind in "OU")
        measured = tuple(column for column in own if column not in texts)
        by_place = {level.name for level in run.format.levels if level.counted or level.unprinted}
        return cls(name, columns, levels, measured, texts, by_place.issuperset(levels), total, left_out)

    def __len__(self) -> int:
        return len(self.line)

    @property
    def segment(self) -> Array:
        """The segment of each row."""
        return self.columns[SEGMENT] if self.columns else np.empty(0, np.int32)

    @property
    def line(self) -> Array:
        """The line of each row."""
        return self.columns[LINE] if self.columns else np.empty(0, np.int64)

    @property
    def numeric(self) -> tuple[str, ...]:
        """The columns that can be an axis."""
        return tuple(name for name in self.columns if name not in self.texts and name != COMPLETE)

    def numbers(self, name: str) -> Floats:
        """Return a column as float64, ``nan`` where it is missing."""
        values = self.columns[name]
        if values.dtype.kind in "iu" and name not in (SEGMENT, LINE):
            return np.where(values == MISSING, np.nan, values.astype(np.float64))
        return values.astype(np.float64)

    @cached_property
    def groups(self) -> dict[Words, Array]:
        """The places of the rows by their words: those of the columns that tell a few kinds of rows apart."""
        rows = np.arange(len(self))
        codes: list[tuple[str, Array, list[str]]] = []
        for name in self.texts:
            texts = ["" if text is None else str(text) for text in self.columns[name].tolist()]
            found = list(dict.fromkeys(texts))
            if 1 < len(found) <= _MOST_WORDS:
                place = {text: number for number, text in enumerate(found)}
                codes.append((name, np.array([place[text] for text in texts]), found))
        if not codes:
            return {(): rows}
        keys = np.stack([own for _, own, _ in codes], axis=1)
        kinds, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        which = which.reshape(-1)
        return {
            tuple((name, found[code]) for (name, _, found), code in zip(codes, kinds[kind], strict=True)): rows[
                which == kind
            ]
            for kind in np.argsort(first)
        }


def tables(run: Columned, *, incomplete: bool = False) -> dict[str, Table]:
    """Return all frames of a run but that of its diagnostics, by name; `incomplete` as for :meth:`Table.of`."""
    return {name: Table.of(run, name, incomplete=incomplete) for name in run.format.frames if name != "diagnostics"}

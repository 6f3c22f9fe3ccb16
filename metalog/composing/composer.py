"""The tables of a log's lines to its frames."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from metalog.columns import Array, Columns, select_rows
from metalog.composing.frame import ComposedFrame
from metalog.composing.marks import Texts
from metalog.formats.columns import is_composed
from metalog.formats.model import LINE, SEGMENT, Format
from metalog.formats.template import MISSING


class Composer:
    """Puts the frames of a log together that are no table of one kind of line, as its rows come.

    Parameters
    ----------
    form
        The format.
    """

    def __init__(self, form: Format) -> None:
        self.texts = Texts(form)
        self._form = form
        self._late = form.numbered_late
        rows = dict.fromkeys(line.frame for line in form.lines if line.frame)
        self._frames = {name: ComposedFrame(form, name) for name in rows if is_composed(form, name)}
        self._simple = [name for name in rows if name not in self._frames]
        self._ends: dict[int, Columns] = {}

    @property
    def is_needed(self) -> bool:
        """Whether the format has any such frame."""
        return bool(self._frames)

    def take(self, tables: dict[str, Columns], writers: Array, *, ended: bool) -> dict[str, Columns]:
        """Return the new rows of all frames.

        Parameters
        ----------
        tables
            The rows that came since the last call, by table.
        writers
            For each segment the number of its writer.
        ended
            Whether nothing more comes; else rows that may go on are held back.
        """
        found = {name: tables[name] for name in self._simple}
        for level in self._late:
            self._add_ends(level, tables)
        for name, frame in self._frames.items():
            own = {part: tables[part] for part in frame.parts}
            found[name] = frame.take(own, self._ends, writers, self.texts.texts, ended=ended)
        return found

    def _add_ends(self, level: int, tables: Mapping[str, Columns]) -> None:
        """Remember the lines that have the numbers of a level numbered late."""
        name = self._form.levels[level].name
        for line, part, own in zip(self._form.lines, self._form.part_of, self._form.line_levels, strict=True):
            if not line.closes or own != level or not part:
                continue
            new = {key: tables[part][key] for key in (SEGMENT, name, LINE)}
            before = self._ends.get(level, {key: values[:0] for key, values in new.items()})
            joined = {key: np.concatenate([before[key], new[key]]) for key in new}
            known = joined[name] != MISSING
            order = np.argsort(joined[LINE][known], kind="stable")
            self._ends[level] = select_rows(select_rows(joined, known), order)

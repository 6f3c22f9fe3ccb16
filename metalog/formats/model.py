"""What a log looks like, as data: levels, kinds of line, frames. Standard library only.

A log is an odometer: its levels are wheels, and each line shows some of them. A :class:`Format` says which lines there
are and which wheels they turn; nothing else in metalog knows a format's words.
"""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, Final

from metalog.formats import columns
from metalog.formats.line import Line

#: Columns that frames have besides those that a format names.
SEGMENT, LINE, COMPLETE = columns.SEGMENT, columns.LINE, "complete"
#: The columns of the frame of diagnostics.
DIAGNOSTICS: Final = ("line", "column", "code", "severity", "message", "text")


@dataclass(frozen=True)
class Level:
    """A wheel of the log.

    Attributes
    ----------
    name
        Its name, which is that of its column.
    parent
        Index of the level around it among the format's levels, -1 for the outermost.
    first, finds_first
        The number that it starts with, and whether a log may start with 0 instead.
    any_stride
        Whether only that it grows is checked: 10, 20, 30.
    optional
        A whole log may lack it and all levels around it.
    resumes
        A run that goes on after an interruption may go back to an earlier number of it.
    counted, counts
        No line shows its number: the rows of a frame are numbered by their place within the level around it.
    unprinted
        No line shows it at all: it turns whenever a level inside it starts over.
    """

    name: str
    parent: int
    first: int = 1
    finds_first: bool = False
    any_stride: bool = False
    optional: bool = False
    resumes: bool = False
    counted: bool = False
    counts: str = ""
    unprinted: bool = False

    @property
    def word(self) -> str:
        """What messages call it."""
        return self.name.replace("_", "-")


@dataclass(frozen=True)
class Tag:
    """A first word of a comment that is followed by one JSON object.

    ``into`` says where its values go: ``"config"``, ``"results"``, or the name of a summary whose last row takes them.
    """

    name: str
    meaning: str
    into: str


@dataclass(frozen=True)
class Summary:
    """A frame of one row a turn of a level.

    Attributes
    ----------
    frame, level
        Its name, and the index of the level.
    over
        Index of a level inside it, over whose turns values are averaged.
    count
        The column that counts these turns.
    total
        A column that numbers the turns of the level through those of the level around it, ``""`` for none.
    last
        ``(column, frame, value)``: the mean of each turn's last value in a frame.
    """

    frame: str
    level: int
    over: int
    count: str
    total: str
    last: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Sample:
    """A piece of a log, and what it gives: frame, column and its values, ``""`` where text is missing."""

    text: str
    gives: tuple[tuple[str, str, tuple[float | str, ...]], ...]


@dataclass(frozen=True)
class Format:
    """A log's format.

    Attributes
    ----------
    name, title, header
        What it is called, in a word and in a sentence, and the first comment of its writer, ``""`` for none.
    levels
        All wheels: a level comes after the one around it, and after those that come before it inside that one.
    lines
        All kinds of line, in the order in which a log introduces them.
    ranges
        Values that have a least and a greatest: name, least, greatest.
    tags, summaries
        What its comments may bear, and the frames of one row a turn.
    exact
        Whether blanks and numbers must be just as templates and metalog write them.
    wraps
        Whether lines that were wrapped are put together again.
    last_bar
        Whether of what carriage returns overwrite on a line only the last state counts.
    samples
        Pieces of logs with what they give.
    """

    name: str
    title: str
    header: str
    levels: tuple[Level, ...]
    lines: tuple[Line, ...]
    ranges: tuple[tuple[str, float, float], ...] = ()
    tags: tuple[Tag, ...] = ()
    summaries: tuple[Summary, ...] = ()
    exact: bool = True
    wraps: bool = False
    last_bar: bool = False
    samples: tuple[Sample, ...] = ()

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Format:
        """Return the format that a file declares.

        Raises
        ------
        UsageError
            If the declaration is broken.
        SourceError
            If the file can't be read.
        """
        known: Any = import_module("metalog.reading.known")  # by its name: what reads declarations stands above this
        form: Format = known.load(path)
        return form

    @cached_property
    def fingerprint(self) -> str:
        """Its name and a hash of all that it says: the same in every process."""
        import hashlib
        import json

        text = json.dumps(asdict(self), default=sorted)
        return f"{self.name} {hashlib.sha256(text.encode()).hexdigest()[:16]}"

    @cached_property
    def by_name(self) -> dict[str, Line]:
        """The kinds of line by name."""
        return {line.name: line for line in self.lines}

    @cached_property
    def numbered_late(self) -> frozenset[int]:
        """The levels whose number only the line has that closes them: it comes after their rows."""
        return columns.numbered_late(self)

    @cached_property
    def matched(self) -> tuple[tuple[int, Line], ...]:
        """The kinds that a scan matches and their codes, in the order in which it tries them.

        In an exact format, where a line is of one kind only, those with most fields come first, as they are most
        frequent. Comments, whose text is free, are told apart later.
        """
        codes = [(code, line) for code, line in enumerate(self.lines) if not line.comment]
        return tuple(sorted(codes, key=lambda pair: -len(pair[1].fields)) if self.exact else codes)

    @cached_property
    def counter_slots(self) -> int:
        """The most counters that a line has, and two at least, for which the compiled scan is fastest."""
        return max(2, *(len(line.counters) for line in self.lines))

    @cached_property
    def value_slots(self) -> int:
        """The most values that a line has, and two at least."""
        return max(2, *(len(line.values) for line in self.lines))

    @cached_property
    def text_slots(self) -> int:
        """The most texts that a line has."""
        return max((len(line.texts) for line in self.lines if not line.comment), default=0)

    def level(self, name: str) -> int:
        """Return the index of the level that lines name so, -1 if there is none."""
        named = (index for index, level in enumerate(self.levels) if level.name == name and not level.counted)
        return next(named, -1)

    def path(self, level: int) -> tuple[int, ...]:
        """Return a level and those around it, outermost first."""
        path = []
        while level >= 0:
            path.append(level)
            level = self.levels[level].parent
        return tuple(reversed(path))

    @cached_property
    def line_levels(self) -> tuple[int, ...]:
        """For each kind of line the level that it opens, ends, stands around or is a row of, -1 for none."""
        return tuple(map(self._line_level, self.lines))

    def _line_level(self, line: Line) -> int:
        if line.count:
            own = line.count, self.level(line.within), line.frame
            return [(level.name, level.parent, level.counts) for level in self.levels].index(own)
        named = line.opens or line.closes or line.around
        if named:
            return self.level(named)
        shown = max(map(self.level, line.counters), default=-1)
        return shown if shown >= 0 else self.level(line.within)

    @cached_property
    def numbered(self) -> frozenset[int]:
        """The levels that have numbers, and so columns."""
        shown = {self.level(name) for line in self.lines for name in line.counters}
        opened = {
            level for line, level in zip(self.lines, self.line_levels, strict=True) if line.opens and line.counters
        }
        by_place = {index for index, level in enumerate(self.levels) if level.counted or level.unprinted}
        return frozenset(shown | opened | by_place) - {-1}

    @cached_property
    def frames(self) -> dict[str, tuple[str, ...]]:
        """The columns of each frame, in order."""
        return {**columns.frames(self), **self._summary_frames, "diagnostics": DIAGNOSTICS}

    @cached_property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """The columns of each table of rows that lines are written to; some frames are put together from several."""
        return columns.parts(self)

    @cached_property
    def part_of(self) -> tuple[str, ...]:
        """For each kind of line the table of rows that it is written to, ``""`` for none."""
        return tuple(columns.part(self, code) for code in range(len(self.lines)))

    @cached_property
    def _summary_frames(self) -> dict[str, tuple[str, ...]]:
        return {one.frame: self._summary_columns(one) for one in self.summaries}

    @cached_property
    def reserved(self) -> tuple[str, ...]:
        """Words that belong to other kinds of line, so that a comment must not contain them."""
        matched = [line for line in self.lines if not line.comment]
        words = {piece.strip(" ,]:-/") for line in matched for piece in line.literals if re.search("[A-Z]", piece)}
        return tuple(sorted(words | {line.template for line in matched if line.around and not line.fields}))

    def _summary_columns(self, summary: Summary) -> tuple[str, ...]:
        levels = [self.levels[index].name for index in self.path(summary.level)]
        total = [summary.total] if summary.total else []
        return (SEGMENT, *levels, *total, summary.count, COMPLETE, *(column for column, _, _ in summary.last))

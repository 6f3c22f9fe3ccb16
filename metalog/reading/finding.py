"""Which format a log has: its first lines are tried with every format that is known.

Metalog's own is tried first, and nothing else is loaded where it fits. Else it is the format that explains most. Where
a log begins with what no format knows (the print-out of a model, a configuration), its next lines are tried, and so on.
"""

from __future__ import annotations

import os
import shlex
import warnings
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final

from metalog.errors import FormatWarning
from metalog.formats import native
from metalog.formats.model import Format
from metalog.formats.shapes import most_frequent
from metalog.reading.events import events_format, is_events
from metalog.reading.fit import fit, has_records
from metalog.reading.known import AnyFormat, resolve, usable_formats
from metalog.runs.words import counted
from metalog.scan.cutter import BlockCutter
from metalog.sources.streams import Stream

#: Bytes in which metalog's own format is looked for first, so few that a slow writer needs not be waited for long, and
#: that are tried at a time with all formats.
FIRST, WINDOW = 1 << 7, 1 << 17
#: Bytes after which a log in which no format finds anything is given up.
MOST: Final = 1 << 25
#: A format that fits so well is right: two to ten lines say it, one line of free pairs doesn't. What fits worse than
#: `LEAST` in a whole log may be chance.
ENOUGH, LEAST = 64, 8
#: Lines whose shapes are counted where nothing fits, and shapes that a message shows.
_COUNTED, _SHOWN, _LONGEST_SHOWN = 10_000, 3, 80
_BINARY: Final = frozenset("\0\ufffd")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out about a log's format.

    Attributes
    ----------
    format
        The format; metalog's own if none fits.
    others
        Names of formats that fit as well.
    shapes
        If none fits: what the lines with numbers look like that repeat most, and how many there are of each.
    asked
        Whether the caller said which format it is.
    whole
        Whether this is no text, but event files, which are read as a whole; then the format is a preliminary one.
    """

    format: Format
    others: tuple[str, ...] = ()
    shapes: tuple[tuple[str, int], ...] = ()
    asked: bool = False
    whole: bool = False

    def warn_of_others(self, name: str) -> None:
        """Warn if other formats fit the log called `name` as well."""
        if self.others:
            others = " and ".join(self.others)
            message = f"{name} is read as {self.format.name}, but fits {others} as well; --format (format=) says which"
            warnings.warn(message, FormatWarning, stacklevel=3)

    def why_empty(self, name: str) -> str:
        """Say why no line was understood of the log called `name`, and what to do."""
        if self.whole:
            return f"{name} has no scalar; name an event file, or the folder of one, that has"
        if self.asked:
            return f"{name} has no line of the format {self.format.name}; without --format it is found out"
        if not self.shapes:
            return f"{name} has no line of a known format; name the log of a run"
        shown = ", ".join(f"{_short(shape)!r} ({counted(number, 'time')})" for shape, number in self.shapes)
        path = Path(name)
        draft = f"metalog formats draft {shlex.quote(name)} -o {shlex.quote(path.stem + '.toml')}"
        return (
            f"{name} has no line of a known format; most of its lines with numbers are {shown}; declare them: {draft}"
        )


def _short(shape: str) -> str:
    return shape if len(shape) <= _LONGEST_SHOWN else shape[: _LONGEST_SHOWN - 1] + "…"


@dataclass
class Finder:
    """Finds the format of a log that comes in pieces; `beside` is where it lies, None for the current directory."""

    beside: Path | None = None
    _cutter: BlockCutter = field(default_factory=BlockCutter)
    _fits: Counter[int] = field(default_factory=Counter)
    _head: bytes = b""
    _waiting: bytes = b""
    _size: int = 0

    def feed(self, data: bytes) -> Found | None:
        """Take the next bytes, cut anywhere; return what was found, None while that isn't sure."""
        self._size += len(data)
        text = b"".join(map(bytes, self._cutter.feed(data)))
        if has_records(native(), text):
            return Found(native())
        self._waiting += text
        if self._size >= MOST:
            return self.end()
        return self.look() if len(self._waiting) >= WINDOW else None

    def look(self) -> Found | None:
        """Try all formats with the lines that wait to be tried; return what was found, None while that isn't sure."""
        text, self._waiting = self._waiting, b""
        if len(self._head) < WINDOW:
            self._head += text
        for place, form in enumerate(self._formats if text else ()):
            if weight := fit(form, text):
                self._fits[place] += weight
        return self.best() if max(self._fits.values(), default=0) >= ENOUGH else None

    def end(self) -> Found:
        """Return what there is to say now that nothing more comes."""
        whole, last = self._cutter.close()
        rest = whole + (last + b"\n" if last else b"")
        if has_records(native(), rest):
            return Found(native())
        self._waiting += rest
        return self.look() or self.best() or Found(native(), shapes=self._shapes())

    def best(self) -> Found | None:
        """Return the format that fits best so far, None if none does."""
        most = max(self._fits.values(), default=0)
        if most < LEAST:
            return None
        first, *others = (form for place, form in enumerate(self._formats) if self._fits[place] == most)
        return Found(first, tuple(form.name for form in others))

    @cached_property
    def _formats(self) -> list[Format]:
        return [form for form in usable_formats(self.beside) if form.name != native().name]

    def _shapes(self) -> tuple[tuple[str, int], ...]:
        lines = (line.decode("utf-8", "replace") for line in islice(self._head.splitlines(), _COUNTED))
        return tuple(most_frequent((line for line in lines if not _BINARY.intersection(line)), _SHOWN))


def find_format(stream: Stream, given: AnyFormat | None = None, beside: Path | None = None) -> Found:
    """Find out the format of a stream, of which nothing is taken.

    Parameters
    ----------
    stream
        A log from its beginning.
    given
        What the caller says that its format is: a format, a name, or a declaration's file.
    beside
        Where the log lies, for its project's declarations; None for the current directory.

    Raises
    ------
    UsageError
        If what was given is no format.
    SourceError
        If its file can't be read.
    """
    if is_events(stream):
        return Found(events_format(), whole=True)
    if given is not None:
        return Found(resolve(given, beside), asked=True)
    found = _find(stream, Finder(beside))
    found.warn_of_others(stream.name)
    return found


def _find(stream: Stream, finder: Finder) -> Found:
    seen, size = 0, FIRST
    while True:
        head = stream.peek(size)
        for begin in range(seen, len(head), WINDOW):
            if found := finder.feed(head[begin : begin + WINDOW]):
                return found
        if len(head) < size:
            return finder.end()
        seen, size = len(head), (4 if size < WINDOW else 2) * size


def place_of(source: object) -> Path | None:
    """Return where a log lies that is named by a path or read from an open file, None if nobody knows."""
    name = os.fspath(source) if isinstance(source, str | os.PathLike) else getattr(source, "name", None)
    if not isinstance(name, str):
        return None
    path = Path(os.path.expanduser(name))  # noqa: PTH111 - Path's own raises where there is no such user
    return path if os.path.lexists(path) else None

"""The rows of a log while it is written."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, groupby
from pathlib import Path
from typing import Final

from metalog.errors import UsageError
from metalog.printable import printable
from metalog.reading.collected import concat_runs
from metalog.reading.finding_parser import FindingParser
from metalog.reading.known import AnyFormat, resolve
from metalog.runs.run import Run
from metalog.sources.tail import Tail

#: Seconds between two questions whether to end.
_NAP: Final = 0.1


@dataclass(frozen=True, slots=True)
class Update:
    """What a log has gained.

    Attributes
    ----------
    rows
        The new rows, with what else a :class:`~metalog.runs.run.Run` tells; the rows of all updates of a generation,
        put together, are those of :func:`metalog.read`, but for ``complete``: what it compares with is what was
        read until then.
    generation
        1 for the file as it was first found; one more whenever it began anew because it was truncated, rewritten or
        replaced. The rows of an earlier generation then are those of a file that is no more.
    """

    rows: Run
    generation: int


def follow(
    path: str | os.PathLike[str],
    *,
    poll: float = 1.0,
    stop: Callable[[], bool] | threading.Event | None = None,
    from_start: bool = True,
    strict: bool = False,
    format: AnyFormat | None = None,  # noqa: A002 - what a log has
) -> Iterator[Update]:
    """Yield the new rows of a growing log as they come, none of them twice.

    A line is read when its end has come. The file may be missing at first, and may be truncated, rewritten, rotated or
    replaced on the way: the rest of a rotated file comes before the new one. A file that only was copied anew goes on.

    Parameters
    ----------
    path
        A plain text log on disk.
    poll
        Seconds between two looks at the file.
    stop
        An event, or a function that says whether to end; it is asked between looks, and often. What was written until
        then is still read, and the last update holds the diagnostics of the log's end. None: never.
    from_start
        False: the rows that are there already are read, for their context, but not yielded.
    strict
        Raise the first diagnostic, as :func:`metalog.read` does.
    format
        As for :func:`metalog.read`; by default it is found out when lines come, and once more for each generation.

    Yields
    ------
    Update
        Whenever lines were read; they need not have made rows yet.

    Raises
    ------
    SourceError
        If the file can't be read. That it doesn't exist yet is no error.
    UsageError
        If it can't be followed: it is compressed, or no file on disk; or if `format` is unknown.
    FormatError
        If `strict`, at the first diagnostic.
    """
    name = os.fspath(path)
    if name == "-" or "://" in name:
        raise UsageError(f"{name} can't be followed, only a file on disk can; read it: metalog parse {name}")
    is_over = stop.is_set if isinstance(stop, threading.Event) else stop or (lambda: False)
    given = None if format is None else resolve(format, Path(name))
    parsers = partial(FindingParser, printable(name), given, Path(name), strict=strict)
    return _updates(name, parsers, _looks(is_over, poll), from_start)


def _updates(name: str, begin: Callable[[], FindingParser], looks: Iterator[None], wanted: bool) -> Iterator[Update]:
    with Tail(name) as tail:
        parser, generation = begin(), tail.generation
        for _ in looks:
            for data in iter(tail.read, b""):
                if tail.generation != generation:
                    yield from _update(parser.close(), generation, wanted)
                    parser, generation = begin(), tail.generation
                parser.feed(data)
                yield from _update(parser.take(), generation, wanted)
            if not wanted:  # what is there already must not come later, when the format is known
                parser.settle()
                parser.take()
            wanted = True
        yield from _update(parser.close(), generation, wanted)


def _update(rows: Run | None, generation: int, wanted: bool) -> Iterator[Update]:
    if rows is not None and wanted and (rows.counts or not rows.empty or len(rows.diagnostics)):
        yield Update(rows, generation)


def _looks(is_over: Callable[[], bool], poll: float) -> Iterator[None]:
    """Yield whenever to look at the file; the last time after `is_over` said yes, for what was written until then."""
    while not is_over():
        yield
        end = time.monotonic() + poll
        while (left := end - time.monotonic()) > 0 and not is_over():
            time.sleep(min(left, _NAP))
    yield


def so_far(updates: Iterable[Update]) -> Iterator[Run]:
    """Yield after each update the whole run of its generation up to there: what a live display shows."""
    for _, generation in groupby(updates, key=lambda update: update.generation):
        yield from accumulate((update.rows for update in generation), lambda run, rows: concat_runs([run, rows]))


@contextmanager
def until_interrupted() -> Iterator[Callable[[], bool]]:
    """Give what `stop` takes to end when the user presses Ctrl-C: so the last rows and diagnostics still come.

    A second Ctrl-C interrupts as usual. Works in the main thread only.
    """
    pressed = False

    def remember(*_: object) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)

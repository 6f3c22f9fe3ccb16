"""Reads a whole log: from a path, a URL or a stream; large ones with several threads."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import islice, repeat
from typing import IO, Final

import numpy as np

from metalog.errors import FormatWarning, UsageError
from metalog.reading.beside import Beside
from metalog.reading.events import read_events
from metalog.reading.finding import find_format, place_of
from metalog.reading.known import AnyFormat
from metalog.reading.parser import Parser
from metalog.reading.threads import map_in_order, processors
from metalog.runs.run import RESTARTS, OnRestart, Run
from metalog.scan.block import ScannedBlock
from metalog.scan.cutter import BlockCutter
from metalog.scan.engines import engine_name
from metalog.scan.tokens import Block
from metalog.sources import expand, open_source
from metalog.sources.streams import Stream

#: Bytes that are read, and scanned by one thread, at a time: at most (but for some slack), and in a file at least.
CHUNK, FIRST_CHUNK = 1 << 23, 1 << 20
#: Shares of a file that each thread gets at least: what one thread does more than the others at the end is but a share.
LEAST_ROUNDS: Final = 2
#: Bytes by which what is read at a time may fall short, to end with a line.
SLACK = 1 << 12
#: Bytes of the largest piece of memory that the C library is told to keep.
LARGEST_KEPT = (1 << 25) - (1 << 13)


def read(
    source: str | os.PathLike[str] | IO[bytes] | Stream,
    *,
    strict: bool = False,
    on_restart: OnRestart = "all",
    progress: bool = False,
    name: str | None = None,
    format: AnyFormat | None = None,  # noqa: A002 - what a log has
    config: bool = False,
) -> Run:
    """Read a log.

    Parameters
    ----------
    source
        A path (compressed or not), ``"-"`` for standard input, a URL, or a binary stream.
    strict
        Raise :class:`~metalog.errors.FormatError` at the first diagnostic; else every good record is kept and each
        is a row of ``run.diagnostics``.
    on_restart
        Which copy of a repeated meta-step counts: ``"all"``, ``"last"`` or ``"first"``; see
        :meth:`metalog.runs.run.Run.choose`.
    progress
        Show a progress bar on stderr if that is a terminal.
    name
        What to call the run; by default it is named after the source.
    format
        The log's format: a :class:`~metalog.formats.model.Format`, the name of one, or the file of a declaration. By
        default it is found out from the log's first lines.
    config
        Put the settings of the run (:attr:`metalog.RunSet.configs`) into all frames, as columns ``config.NAME``.

    Returns
    -------
    Run

    Raises
    ------
    SourceError
        If the source can't be opened or read, or stands for several logs.
    MissingExtraError
        If a package is missing that its compression or its kind of URL needs.
    UsageError
        If `on_restart` or `format` is unknown or `source` is a text stream.
    FormatError
        With `strict`, if there is a diagnostic that is not just an ``info``.

    Examples
    --------
    >>> run = metalog.read("runs/run.txt.gz")
    >>> run.meta_steps["validation_loss"].min().round(4).item()
    0.0657
    """
    if on_restart not in RESTARTS:
        raise UsageError(f"on_restart is {on_restart!r}; it can be {', '.join(map(repr, RESTARTS))}")
    with open_source(source, name) as stream:
        found = find_format(stream, format, place_of(source))
        if found.whole:
            run = read_events(stream, name or stream.name, strict=strict)
        else:
            parser = Parser(name or stream.name, format=found.format, strict=strict)
            parser.expect(stream.size)
            for _ in parse(stream, parser, progress=progress):
                pass
            run = parser.close()
    run.with_config = config
    if isinstance(source, str | os.PathLike) and place_of(source):
        _look_beside(run, source)
    return run.choose(on_restart)


def _look_beside(run: Run, path: str | os.PathLike[str]) -> None:
    """Tell a run the settings that its place tells."""
    told = Beside()
    run.beside = told(expand([path])[0])
    for failure in told.failures.values():
        warnings.warn(str(failure), FormatWarning, stacklevel=3)


def parse(stream: Stream, parser: Parser, *, progress: bool = False, total: int | None = None) -> Iterator[None]:
    """Feed a stream to a parser; yield after every block, so that the caller can take what is there.

    At the end, what kept the stream from being read completely is told to the parser. ``parser.close()`` is left to
    the caller.
    """
    with _Bar(stream, parser.name, progress, total) as advance:
        for scanned in _scanned(_blocks(stream, parser.cutter, advance), stream, parser.scanner.scan_block):
            parser.add(scanned)
            yield
    if stream.failure:
        parser.fail(stream.failure)


def _blocks(stream: Stream, cutter: BlockCutter, advance: Callable[[], None]) -> Iterator[Block]:
    sizes = _sizes(stream)
    while data := stream.read_lines(next(sizes)):
        yield from cutter.feed(data)
        advance()


def _sizes(stream: Stream) -> Iterator[int]:
    """Yield how many bytes to read next: equal shares of a file, so that no thread ends long before the others.

    If nobody knows how much comes, the first share is small.
    """
    if stream.size <= FIRST_CHUNK:
        yield FIRST_CHUNK
        yield from repeat(CHUNK)
    threads = _threads(stream)
    rounds = max(LEAST_ROUNDS, -(-stream.size // (threads * CHUNK)))
    yield from repeat(max(stream.size // (threads * rounds), FIRST_CHUNK) + SLACK)


def _threads(stream: Stream) -> int:
    """Count the threads that scanning a stream is shared by: none without a small share of its own.

    The portable engine holds Python's lock, so threads would not help it.
    """
    if engine_name() != "native":
        return 1
    return min(processors(), max(stream.size // FIRST_CHUNK, 1)) if stream.size else processors()


def _scanned(blocks: Iterator[Block], stream: Stream, scan: Callable[[Block], ScannedBlock]) -> Iterator[ScannedBlock]:
    """Scan blocks, several at a time where that helps, and yield them in order.

    A small log, and the first block of one whose size nobody knows, is scanned at once: threads cost more than they
    bring. If reading never waits for a writer, the threads that scan also read.
    """
    if stream.size <= FIRST_CHUNK:
        yield from map(scan, islice(blocks, 1))
    _keep_memory()
    if (threads := _threads(stream)) > 1:
        yield from map_in_order(scan, blocks, threads, take_here=not stream.on_disk)
    else:
        yield from map(scan, blocks)


def _keep_memory() -> None:
    """Have the C library keep the memory of a block for the next one.

    glibc gives a piece back to the system as soon as it is freed, unless it has seen one as large come and go before
    (mallopt(3), M_MMAP_THRESHOLD; up to 32 MiB). Asking for it anew for every block took as long as scanning.
    """
    np.empty(LARGEST_KEPT, np.uint8)


class _Bar:
    """A progress bar over the bytes taken from a stream; gives a function that brings it up to date."""

    def __init__(self, stream: Stream, name: str, progress: bool, total: int | None) -> None:
        self._stream, self._shown, self._bar = stream, 0, None
        if progress and sys.stderr.isatty():  # importing tqdm takes longer than reading most logs
            from tqdm import tqdm

            self._bar = tqdm(desc=name, total=total, unit="B", unit_scale=True, leave=False)

    def __enter__(self) -> Callable[[], None]:
        return self.update

    def update(self) -> None:
        if self._bar is not None:
            self._bar.update(self._stream.consumed - self._shown)
            self._shown = self._stream.consumed

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

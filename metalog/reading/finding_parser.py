"""A parser that finds out the format of its log."""

from __future__ import annotations

from pathlib import Path

from metalog.reading.finding import WINDOW, Finder, Found
from metalog.reading.known import AnyFormat, resolve
from metalog.reading.parser import Parser
from metalog.runs.run import Run


class FindingParser:
    """A parser of a log that grows, which holds the first lines back until the format is known.

    Parameters
    ----------
    name, strict
        As for :class:`~metalog.reading.parser.Parser`.
    given, beside
        As for :func:`find_format`.
    """

    def __init__(
        self, name: str, given: AnyFormat | None = None, beside: Path | None = None, *, strict: bool = False
    ) -> None:
        self.name, self._strict = name, strict
        self._finder, self._held = Finder(beside), [b""]
        self._parser: Parser | None = None
        if given is not None:
            self._begin(Found(resolve(given, beside), asked=True))

    def feed(self, data: bytes) -> None:
        """Take the next bytes, cut anywhere."""
        if self._parser is not None:
            self._parser.feed(data)
            return
        self._held.append(data)
        for begin in range(0, len(data), WINDOW):
            if found := self._finder.feed(data[begin : begin + WINDOW]) or self._finder.look():
                self._begin(found)
                return

    def settle(self) -> None:
        """Take the format that fits best so far, if any does."""
        if self._parser is None and (found := self._finder.best()):
            self._begin(found)

    def settle_failure(self) -> None:
        """Do what :meth:`metalog.reading.parser.Parser.settle` does."""
        if self._parser is not None:
            self._parser.settle()

    def take(self) -> Run | None:
        """Return the rows that were completed since the last call, None while the format isn't known."""
        return None if self._parser is None else self._parser.take()

    def close(self) -> Run:
        """Tell the parser that the input has ended; return all rows not yet taken."""
        return (self._parser or self._begin(self._finder.end())).close()

    def _begin(self, found: Found) -> Parser:
        found.warn_of_others(self.name)
        self._parser = Parser(self.name, format=found.format, strict=self._strict)
        for data in self._held:
            self._parser.feed(data)
        self._held.clear()
        return self._parser

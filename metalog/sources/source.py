"""A log that was found, before it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from metalog.errors import MetalogError
from metalog.printable import printable
from metalog.sources.streams import Stream, open_file

#: The files that tell the settings of the logs beside them; of several in a folder the first one counts.
CONFIG_NAMES: Final = ("config.yaml", "config.yml", "config.json", "config.toml", ".hydra/config.yaml")


@dataclass(frozen=True, slots=True)
class Source:
    """A log that can be opened, any number of times (standard input: once).

    Attributes
    ----------
    name
        What messages call it: its path, URL, archive and member, or ``<stdin>``, as :func:`printable` shows it.
    path
        The file on disk that holds it, perhaps an archive; None where there is none.
    size
        Its bytes on disk, or in its archive; None where that isn't known. It is the total for
        :attr:`metalog.sources.streams.Stream.consumed`.
    member
        Its name in the archive that holds it; None where it is a file of its own.
    parts
        The sources that it was put together from, the first one read first; none as a rule.
    only_here
        Whether only this process can open it: standard input, say.
    beside
        What opens the files of :data:`CONFIG_NAMES` that lie in the same folder of an archive, by their names.
    """

    name: str
    path: Path | None
    size: int | None
    _opener: Callable[[], Stream] = field(repr=False, compare=False)
    member: str | None = None
    parts: tuple[Source, ...] = ()
    only_here: bool = False
    beside: Mapping[str, Callable[[], Stream]] = field(default_factory=dict, repr=False, compare=False)

    def open(self) -> Stream:
        """Open it for reading from its beginning; the stream is a context manager.

        Raises
        ------
        SourceError
            If it can't be opened or read.
        MissingExtraError
            If a package is missing that its compression or its kind of URL needs.
        """
        return self._opener()


def file_source(path: Path, size: int | None) -> Source:
    """Return the log that a file is."""
    return Source(printable(str(path)), path, size, partial(open_file, path))


def failing_source(name: str, error: MetalogError) -> Source:
    """Return a source for what can't be listed, so that it is reported like a file that can't be read."""

    def fail() -> Stream:
        raise error

    return Source(printable(name), None, None, fail)

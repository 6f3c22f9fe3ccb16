"""The logs in an archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from metalog.errors import SourceError
from metalog.printable import printable
from metalog.sources.folders import LOG_NAME, hidden, place_of
from metalog.sources.source import CONFIG_NAMES, Source, failing_source
from metalog.sources.streams import Stream


class Archive(Protocol):
    """What tar and zip archives have in common."""

    members: list[Any]
    failure: str | None

    def open(self, member: Any) -> Stream:
        """Open a member."""


def members_of(name: str, path: Path | None, archive: Archive) -> Iterator[Source]:
    """Yield the logs in an archive; one without a path can be opened by this process only.

    Raises
    ------
    SourceError
        If it holds none.
    """
    members = [member for member in archive.members if not hidden(member.name)]
    if not members and not archive.failure:
        raise SourceError(f"{name}: no log in this archive; it holds no files")
    configs = _configs(archive)
    for member in [member for member in members if LOG_NAME.search(member.name)] or members:
        shown, opener = printable(f"{name}/{member.name}"), partial(archive.open, member)
        beside = configs.get(PurePosixPath(member.name).parent, {})
        yield Source(shown, path, member.size, opener, member.name, only_here=path is None, beside=beside)
    if archive.failure:
        yield failing_source(name, SourceError(f"{name}: members of this archive may be lost: {archive.failure}"))


def natural_order(sources: Sequence[Source]) -> list[int]:
    """Return the places of sources in the order in which runs are shown: members of an archive as files in a folder.

    They are found, and read, in the archive's own order, since a compressed one can only be read forwards.
    """
    order: list[int] = []
    for _, places in groupby(range(len(sources)), key=lambda place: _archive_of(sources[place])):
        order += sorted(places, key=lambda place: _place_in_archive(sources[place]))
    return order


def _archive_of(source: Source) -> object:
    if source.member is None:
        return None
    return source.path or source.name.removesuffix(printable(source.member))


def _place_in_archive(source: Source) -> Any:
    return () if source.member is None else place_of(PurePosixPath(source.member))


def _configs(archive: Archive) -> dict[PurePosixPath, dict[str, Callable[[], Stream]]]:
    """Return what opens the files that tell the settings of the logs beside them, by folder and name."""
    found: dict[PurePosixPath, dict[str, Callable[[], Stream]]] = {}
    for member in archive.members:
        for name in CONFIG_NAMES:
            if f"/{member.name}".endswith(f"/{name}"):
                folder = PurePosixPath(member.name.removesuffix(name) or ".")
                found.setdefault(folder, {})[name] = partial(archive.open, member)
    return found

"""The logs in an archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from metalog.errors import SourceError
from metalog.printable import printable
from metalog.sources.folders import LOG_NAME, hidden
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


def _configs(archive: Archive) -> dict[PurePosixPath, dict[str, Callable[[], Stream]]]:
    """Return what opens the files that tell the settings of the logs beside them, by folder and name."""
    found: dict[PurePosixPath, dict[str, Callable[[], Stream]]] = {}
    for member in archive.members:
        for name in CONFIG_NAMES:
            if f"/{member.name}".endswith(f"/{name}"):
                folder = PurePosixPath(member.name.removesuffix(name) or ".")
                found.setdefault(folder, {})[name] = partial(archive.open, member)
    return found

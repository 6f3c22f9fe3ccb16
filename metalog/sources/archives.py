"""The logs in an archive."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from metalog.errors import SourceError
from metalog.printable import printable
from metalog.sources.folders import LOG_NAME, hidden
from metalog.sources.source import Source, failing_source
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
    for member in [member for member in members if LOG_NAME.search(member.name)] or members:
        shown = printable(f"{name}/{member.name}")
        yield Source(shown, path, member.size, partial(archive.open, member), member.name, only_here=path is None)
    if archive.failure:
        yield failing_source(name, SourceError(f"{name}: members of this archive may be lost: {archive.failure}"))

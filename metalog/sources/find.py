"""Finds the logs that a user names."""

from __future__ import annotations

import difflib
import glob
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import IO, Final

from metalog.errors import MetalogError, MissingExtraError, SourceError, UsageError
from metalog.printable import printable
from metalog.sources.archives import members_of
from metalog.sources.folders import archives_in, logs_in_folder, status_of
from metalog.sources.globs import matches
from metalog.sources.incoming import archive_of, kind_of
from metalog.sources.raw_input import RawInput
from metalog.sources.rotation import join as join_sources
from metalog.sources.rotation import joined_rotations
from metalog.sources.source import Source, failing_source, file_source
from metalog.sources.streams import Stream, open_file, unreadable
from metalog.sources.tars import TarArchive, is_tar
from metalog.sources.zips import ZipArchive, is_zip

#: What stands for standard input, and what messages call it.
STDIN: Final = "-"
STDIN_NAME: Final = "<stdin>"

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
#: A message shows so many characters of a name, which somebody may have taken a whole log for.
_SHOWN: Final = 200


def expand(
    specs: Iterable[str | os.PathLike[str] | Source],
    *,
    failures: dict[str, MetalogError] | None = None,
    join: bool = False,
) -> list[Source]:
    """Find all logs that `specs` name, in that order, each real file once; the members of a rotation are one.

    Parameters
    ----------
    specs
        Files, folders, globs (``**`` for any depth), tar and zip archives, URLs, ``-`` for standard input; or what this
        function returned.
    failures
        If given, a spec that names nothing doesn't raise, but is entered here.
    join
        All that is found is one log, in the order in which it was named.

    Raises
    ------
    SourceError
        If one of them names nothing, or a folder without logs. What can't be read only shows when it is opened.
    """
    found: dict[object, Source] = {}
    for spec in dict.fromkeys(specs):  # standard input comes only once
        try:
            for source in [spec] if isinstance(spec, Source) else _expand(os.fspath(spec)):
                key = _identity(source)
                if key not in found or not _is_linked(source) or _is_linked(found[key]):
                    found[key] = source
        except (SourceError, MissingExtraError) as error:
            if failures is None:
                raise
            failures[printable(str(spec))] = error
    sources = joined_rotations(list(found.values()))
    return [join_sources(sources, sources[0].name)] if join and len(sources) > 1 else sources


def open_source(source: str | os.PathLike[str] | IO[bytes] | Stream, name: str | None = None) -> Stream:
    """Open the one log that `source` is: anything :func:`expand` takes, or an open binary stream, which stays open.

    Raises
    ------
    SourceError
        If it can't be opened, or if it is several logs.
    MissingExtraError
        If a package is missing that it needs.
    UsageError
        If it is a text stream.
    """
    if isinstance(source, str | os.PathLike):
        return _only(expand([source]), os.fspath(source))
    if isinstance(source, Stream):
        return source
    if not hasattr(source, "read") or source.read(0) != b"":
        raise UsageError(f"a log is read from a path or a binary stream (mode 'rb'), not {type(source).__name__}")
    own_name = getattr(source, "name", None)  # a number for a descriptor, None for a spooled temporary file
    called = name or (own_name if isinstance(own_name, str) else "<stream>")
    return _only(incoming_sources(RawInput(source), called), called)


def _only(sources: list[Source], name: str) -> Stream:
    if len(sources) > 1:
        raise SourceError(f"{name} holds {len(sources)} logs; read them with metalog.read_many")
    return sources[0].open()


def _identity(source: Source) -> object:
    """Return what two sources have in common if they are the same log: the file, by device and inode, and member."""
    status = status_of(source.path) if source.path else None
    if isinstance(status, os.stat_result):
        return status.st_dev, status.st_ino, source.member
    return source.name if source.path is None else os.path.abspath(source.path)  # noqa: PTH100 - of a broken link


def _is_linked(source: Source) -> bool:
    """Tell whether a log was found by way of a link."""
    return source.path is not None and os.path.realpath(source.path) != os.path.abspath(source.path)  # noqa: PTH100


def _expand(spec: str) -> list[Source]:
    if not spec:  # an unset variable of a shell, say; as a path it would be the current directory
        raise SourceError("the name of a log is empty; name a file or a folder")
    if spec == STDIN:
        return _from_stdin()
    if _URL.match(spec):
        from metalog.sources.urls import at_url  # Python's http takes as long to import as all of metalog

        return at_url(spec)
    path = Path(os.path.expanduser(spec))  # noqa: PTH111 - Path's own raises where there is no such user
    # A file may be called "run[1].txt": what exists is no pattern.
    if os.path.lexists(path):
        sources = [*_on_disk(path)]
    else:
        sources = [
            source for match in matches(str(path)) if not _waits(Path(match)) for source in _on_disk(Path(match))
        ]
    if not sources:
        raise _nothing(path)
    return sources


def _waits(path: Path) -> bool:
    """Tell whether reading `path` might wait for ever: a named pipe or a device. These are read only where named."""
    status = status_of(path)
    return not isinstance(status, Exception) and not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode))


def _nothing(path: Path) -> SourceError:
    """Say why `path` names no log, and what to do."""
    status = status_of(path)
    name = str(path) if len(str(path)) <= _SHOWN else f"{str(path)[:_SHOWN]}…"
    if isinstance(status, PermissionError):
        return unreadable(name, status)
    if "\n" in str(path) and isinstance(status, Exception):
        return SourceError("this is a text of several lines, not the name of a log; read it from io.BytesIO")
    if glob.has_magic(str(path)):
        return SourceError(f"no log matches {name}; check the pattern")
    if isinstance(status, Exception):
        return SourceError(f"{name}: no such file or folder; {_advice(path)}")
    archives = archives_in(path)
    wanted = "names end in .txt, .log or .out, perhaps compressed"
    what = f"it holds an archive: name {archives[0]}" if archives else "name the file itself"
    return SourceError(f"{name}: no log in this folder ({wanted}); {what}")


def _advice(path: Path) -> str:
    try:
        siblings = [sibling.name for sibling in path.parent.iterdir()]
    except (OSError, ValueError):
        siblings = []
    similar = difflib.get_close_matches(path.name, siblings, n=1) if len(path.name) <= _SHOWN else []
    return f"did you mean {path.with_name(similar[0])}?" if similar else "check the path"


def _on_disk(path: Path) -> Iterable[Source]:
    status = status_of(path)
    if isinstance(status, Exception):
        return [file_source(path, None)]  # opening it tells what is wrong
    if stat.S_ISDIR(status.st_mode):
        return logs_in_folder(path)
    if not stat.S_ISREG(status.st_mode):
        return [file_source(path, None)]  # a named pipe, say: its bytes come only once, so they can't be looked at here
    opener: Callable[[], Stream] = partial(open_file, path)
    if is_tar(opener):
        return members_of(str(path), path, TarArchive(str(path), opener))
    if is_zip(path):
        return members_of(str(path), path, ZipArchive(str(path), path))
    return [file_source(path, status.st_size)]


def _from_stdin() -> list[Source]:
    """Return standard input's log, or the members of the archive that comes there."""
    raw = getattr(sys.stdin, "buffer", None)
    if raw is None:
        return [failing_source(STDIN_NAME, SourceError("there is no standard input to read here; name a file"))]
    try:
        return incoming_sources(RawInput(raw), STDIN_NAME)
    except SourceError as error:
        return [failing_source(STDIN_NAME, error)]


def incoming_sources(incoming: RawInput, name: str) -> list[Source]:
    """Return the log that a stream is, which can be opened once, or the members of the archive that it is.

    Raises
    ------
    SourceError
        If it can't be read.
    """
    try:
        kind = kind_of(incoming)
    except OSError as error:
        raise unreadable(name, error) from error
    if kind:
        return [*members_of(name, None, archive_of(incoming, name, kind))]
    return [Source(name, None, None, partial(Stream, incoming, name, owned=False), only_here=True)]

"""From what a user names to logs that can be opened: files, folders, globs, archives, URLs, standard input.

In a folder and its sub-folders, a file counts as a log if its name ends in ``.txt``, ``.log`` or ``.out``, or in one of
them and ``.gz``, ``.bz2``, ``.xz`` or ``.zst``; hidden files and folders (their names begin with a dot) don't. The same
goes for the members of a tar archive, unless none of them is named so: then every regular member counts. A file that is
named, or that a glob matches, is read whatever its name; its compression, and whether it is an archive, is told by its
first bytes. A URL is an archive if its name says so.
"""

from __future__ import annotations

import difflib
import glob
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Final

from metalog.errors import MetalogError, MissingExtraError, SourceError, UsageError
from metalog.sources.archives import Archive, is_archive
from metalog.sources.streams import Stream, open_file, reason, unreadable

#: What stands for standard input, and what messages call it.
STDIN: Final = "-"
STDIN_NAME: Final = "<stdin>"

_LOG_NAME = re.compile(r"\.(?:txt|log|out)(?:\.(?:gz|bz2|xz|zst))?$", re.IGNORECASE)
_TAR_NAME = re.compile(r"\.(?:tar(?:\.(?:gz|bz2|xz|zst))?|tgz|tbz2|txz|tzst)$", re.IGNORECASE)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, slots=True)
class Source:
    """A log that can be opened, any number of times (standard input: once).

    Attributes
    ----------
    name
        What messages call it: its path, URL, archive and member, or ``<stdin>``.
    path
        The file on disk that holds it, perhaps an archive; None where there is none.
    size
        Its bytes on disk, or in its archive; None where that isn't known. It is the total for
        :attr:`metalog.sources.streams.Stream.consumed`.
    """

    name: str
    path: Path | None
    size: int | None
    _opener: Callable[[], Stream] = field(repr=False, compare=False)

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


def expand(specs: Iterable[str | os.PathLike[str]], *, failures: dict[str, MetalogError] | None = None) -> list[Source]:
    """Find all logs that `specs` name, in that order, each once.

    Parameters
    ----------
    specs
        Files, folders, globs (``**`` for any depth), tar archives, URLs, ``-`` for standard input.
    failures
        If given, a spec that names nothing doesn't raise, but is entered here.

    Raises
    ------
    SourceError
        If one of them names nothing, or a folder without logs. What can't be read only shows when it is opened.
    """
    found: dict[str, Source] = {}
    for spec in [os.fspath(spec) for spec in specs]:
        try:
            found.update((_identity(source), source) for source in _expand(spec))
        except (SourceError, MissingExtraError) as error:
            if failures is None:
                raise
            failures[spec] = error
    return list(found.values())


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
        sources = expand([source])
        if len(sources) > 1:
            raise SourceError(f"{os.fspath(source)} holds {len(sources)} logs; read them with metalog.read_many")
        return sources[0].open()
    if isinstance(source, Stream):
        return source
    if not hasattr(source, "read") or source.read(0) != b"":
        raise UsageError(f"a log is read from a path or a binary stream (mode 'rb'), not {type(source).__name__}")
    return Stream(source, name or str(getattr(source, "name", "<stream>")), owned=False)


def _identity(source: Source) -> str:
    return source.name if source.path is None else str(Path(source.name).absolute())


def _expand(spec: str) -> list[Source]:
    if not spec:  # an unset variable of a shell, say; as a path it would be the current directory
        raise SourceError("the name of a log is empty; name a file or a folder")
    if spec == STDIN:
        return [Source(STDIN_NAME, None, None, _open_stdin)]
    if _URL.match(spec):
        opener = partial(_open_url, spec)
        return [*_in_archive(spec, None, opener)] if _TAR_NAME.search(spec) else [Source(spec, None, None, opener)]
    path = Path(os.path.expanduser(spec))  # noqa: PTH111 - Path's own raises where there is no such user
    # A file may be called "run[1].txt": what exists is no pattern.
    matches = [str(path)] if os.path.lexists(path) else glob.glob(str(path), recursive=True)  # noqa: PTH207 - absolute too
    sources = [source for match in sorted(matches, key=_natural) for source in _on_disk(Path(match))]
    if not sources:
        raise _nothing(path)
    return sources


def _nothing(path: Path) -> SourceError:
    """Say why `path` names no log, and what to do."""
    status = _status(path)
    if isinstance(status, PermissionError):
        return unreadable(str(path), status)
    if glob.has_magic(str(path)):
        return SourceError(f"no log matches {path}; check the pattern")
    if isinstance(status, Exception):
        return SourceError(f"{path}: no such file or folder; {_advice(path)}")
    if stat.S_ISDIR(status.st_mode):
        wanted = "names end in .txt, .log or .out, perhaps compressed"
        return SourceError(f"{path}: no log in this folder ({wanted}); name the file itself")
    return SourceError(f"{path}: no log in this archive; it holds no files")


def _advice(path: Path) -> str:
    try:
        siblings = [sibling.name for sibling in path.parent.iterdir()]
    except (OSError, ValueError):
        siblings = []
    similar = difflib.get_close_matches(path.name, siblings, n=1)
    return f"did you mean {path.with_name(similar[0])}?" if similar else "check the path"


def _status(path: Path) -> os.stat_result | OSError | ValueError:
    try:
        return path.stat()
    except (OSError, ValueError) as error:  # a ValueError for a name that no file can have
        return error


def _on_disk(path: Path) -> Iterable[Source]:
    status = _status(path)
    if isinstance(status, Exception):
        return [_file(path, None)]  # opening it tells what is wrong
    if stat.S_ISDIR(status.st_mode):
        return _in_folder(path)
    if not stat.S_ISREG(status.st_mode):
        return [_file(path, None)]  # a named pipe, say: its bytes come only once, so they can't be looked at here
    opener = partial(open_file, path)
    return _in_archive(str(path), path, opener) if is_archive(opener) else [_file(path, status.st_size)]


def _in_folder(folder: Path) -> Iterator[Source]:
    """Find the logs below a folder; links to folders aren't followed, so that none is found twice."""
    closed: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = sorted((name for name in folders if not _hidden(name)), key=_natural)
        for name in sorted(files, key=_natural):
            if _LOG_NAME.search(name) and not _hidden(name):
                path = Path(parent, name)
                status = _status(path)
                yield _file(path, None if isinstance(status, Exception) else status.st_size)
    for error in closed:
        yield _failing(str(error.filename), unreadable(str(error.filename), error))


def _in_archive(name: str, path: Path | None, opener: Callable[[], Stream]) -> Iterator[Source]:
    archive = Archive(name, opener)
    members = [member for member in archive.members if not _hidden(PurePosixPath(member.name).name)]
    for member in [member for member in members if _LOG_NAME.search(member.name)] or members:
        yield Source(f"{name}/{member.name}", path, member.size, partial(archive.open, member))
    if archive.failure:
        yield _failing(name, SourceError(f"{name}: members of this archive may be lost: {archive.failure}"))


def _file(path: Path, size: int | None) -> Source:
    return Source(str(path), path, size, partial(open_file, path))


def _failing(name: str, error: SourceError) -> Source:
    """Make a source of what can't be listed, so that it is reported like a file that can't be read."""

    def fail() -> Stream:
        raise error

    return Source(name, None, None, fail)


def _hidden(name: str) -> bool:
    return name.startswith(".")


def _natural(name: str) -> list[str | int]:
    """Order run-2 before run-10."""
    return [int(part) if index % 2 else part for index, part in enumerate(re.split(r"([0-9]+)", name))]


def _open_stdin() -> Stream:
    raw = getattr(sys.stdin, "buffer", None)
    if raw is None:
        raise SourceError("there is no standard input to read here; name a file")
    return Stream(raw, STDIN_NAME, owned=False)


def _open_url(url: str) -> Stream:
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError("fsspec", "url", "reading a URL") from None
    try:
        raw = fsspec.open(url, "rb").open()
    except FileNotFoundError as error:
        raise SourceError(f"{url}: nothing found there; check the address and the connection") from error
    except Exception as error:  # every kind of URL has a package of its own behind it, with its own error classes
        raise SourceError(f"{url} can't be opened: {reason(error)}") from error
    return Stream(_Remote(raw), url)


class _Remote:
    """A remote file whose failures are all OSErrors, whatever package reads it."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw

    def read(self, size: int) -> bytes:
        try:
            return self._raw.read(size)
        except Exception as error:  # see _open_url
            raise OSError(reason(error)) from error

    def close(self) -> None:
        self._raw.close()

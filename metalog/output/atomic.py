"""Files that are written whole or not at all. Standard library only."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from metalog.errors import MetalogError, UsageError

#: Names of the process's own open files: what is written to them goes where they stand, and truncates nothing.
_OPEN_FILE: Final = re.compile(
    r"/dev/(?:fd/(?P<fd>\d+)|(?P<name>stdout|stderr))|/proc/(?P<pid>self|\d+)/fd/(?P<own>\d+)"
)
_STREAMS: Final = {"stdout": 1, "stderr": 2}
#: So many links are followed, as by the system.
_MOST_LINKS: Final = 40
#: Bytes of a file's name that its temporary neighbour repeats: with the rest, it fits every file system.
_MOST_BYTES: Final = 200
#: Temporary files that are there just now.
_unfinished: set[Path] = set()


def write_text(path: str | os.PathLike[str], text: str, *, durable: bool = True) -> None:
    """Write `text` as UTF-8, with its own line ends; see :func:`write_bytes`."""
    write_bytes(path, text.encode("utf-8", "surrogateescape"), durable=durable)


def write_bytes(path: str | os.PathLike[str], content: bytes, *, durable: bool = True) -> None:
    """Write `content` as :func:`replacing` does.

    Raises
    ------
    UsageError
        If the file can't be written there.
    """
    with replacing(path, durable=durable) as stream:
        stream.write(content)


@contextmanager
def replacing(path: str | os.PathLike[str], *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Open a new file beside `path`; it takes the place of `path` at the end, or vanishes if something fails.

    When it has taken its place, it is on the disk (unless it need not be `durable`: waiting for the disk takes long for
    thousands of small files), and has the mode of the file that was there. A link stays, and what it leads to is
    replaced. What is no regular file (a device, a pipe, ``/dev/stdout``, ``/dev/fd/3``) is written to as it is.

    Raises
    ------
    UsageError
        If the file can't be written there.
    """
    try:
        with _opened(Path(path), durable) as stream:
            yield stream
    except MetalogError:  # some of them are OSErrors too, but of what was read, not of what is written
        raise
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror or error}") from error


@contextmanager
def _opened(path: Path, durable: bool) -> Iterator[IO[bytes]]:
    if (number := open_file_number(path)) is not None:
        with os.fdopen(os.dup(number), "wb") as stream:
            yield stream
        return
    try:
        before = path.stat()
    except FileNotFoundError:
        before = None
    if before is not None and not stat.S_ISREG(before.st_mode):
        with path.open("wb") as stream:  # fails for a folder
            yield stream
    else:
        with _beside(Path(os.path.realpath(path)), before, durable) as stream:
            yield stream


@contextmanager
def _beside(target: Path, before: os.stat_result | None, durable: bool) -> Iterator[IO[bytes]]:
    beside = target.with_name(f".{_shortened(target.name)}.{os.getpid()}")
    _unfinished.add(beside)
    try:
        with beside.open("wb") as stream:
            yield stream
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        if before is not None:
            beside.chmod(stat.S_IMODE(before.st_mode))
        beside.replace(target)
        if durable:
            _sync(target.parent)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        _unfinished.discard(beside)


def remove_unfinished() -> None:
    """Remove the files that are being written: what a signal that ends the program calls for."""
    for path in [*_unfinished]:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _shortened(name: str) -> str:
    while len(os.fsencode(name)) > _MOST_BYTES:
        name = name[:-1]
    return name


def _sync(folder: Path) -> None:
    """Bring a renaming to the disk, where the system can: else a crash may undo it."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def is_written_through(path: Path) -> bool:
    """Tell whether what is written to `path` goes into what is there, as it is no regular file and no folder."""
    if open_file_number(path) is not None:
        return True
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def open_file_number(path: Path) -> int | None:
    """Return the number of this process's open file that `path` names, perhaps through links; None if it names none."""
    for _ in range(_MOST_LINKS):
        found = _OPEN_FILE.fullmatch(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the links
        if found and found["pid"] in (None, "self", str(os.getpid())):
            return _STREAMS[found["name"]] if found["name"] else int(found["fd"] or found["own"])
        try:
            path = path.parent / path.readlink()
        except OSError:
            return None
    return None

"""What lies below a folder, links followed, each real folder once."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Final

from metalog.errors import SourceError
from metalog.printable import printable
from metalog.sources.rotation import is_member
from metalog.sources.source import Source, failing_source, file_source
from metalog.sources.streams import open_file, open_files, unreadable

#: The name of a file that counts as a log where only its folder or archive was named.
LOG_NAME: Final = re.compile(r"\.(?:txt|log|out)(?:\.(?:gz|bz2|xz|zst))?$", re.IGNORECASE)
#: The name of an event file of TensorBoard. Those of a folder are one run.
EVENTS_NAME: Final = re.compile(r"\.tfevents\.")
#: The name of an archive.
ARCHIVE_NAME: Final = re.compile(r"\.(?:tar(?:\.(?:gz|bz2|xz|zst))?|tgz|tbz2|txz|tzst|zip)$", re.IGNORECASE)
#: A number in a name: with decimals, with an exponent, or whole.
_NUMBER: Final = re.compile(
    r"((?<![0-9.])[0-9]+\.[0-9]+(?:e[+-]?[0-9]{1,3})?(?![0-9]*\.[0-9])"
    r"|(?<![0-9.])[0-9]+e[+-]?[0-9]{1,3}(?![0-9a-z])|[0-9]+)"
)
#: The place of a path among others: for each of its parts, whether it is a folder, and its name's key.
_Order = tuple[tuple[bool, tuple[list[str | int | float], str]], ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """What lies below a folder: paths in natural order, a folder's files before its sub-folders; hidden ones left out.

    ``closed`` tells what couldn't be listed.
    """

    files: list[Path]
    folders: list[Path]
    closed: list[tuple[Path, OSError]]


def tree(folder: Path) -> Tree:
    """Walk a folder. Links to folders are followed when all else is walked, so that a file is found by its real path.

    A folder that was walked is not walked again, so loops of links do no harm. Nothing recurses: a folder may be as
    deep as the system lets its path be written.
    """
    files: list[tuple[_Order, Path]] = []
    folders: list[tuple[_Order, Path]] = []
    closed: list[tuple[Path, OSError]] = []
    walked: set[tuple[int, int]] = set()
    real, linked = deque[tuple[_Order, Path]]([((), folder)]), deque[tuple[_Order, Path]]()
    while real or linked:
        order, parent = real.popleft() if real else linked.popleft()
        try:
            status = parent.stat()
            if (status.st_dev, status.st_ino) in walked:
                continue
            walked.add((status.st_dev, status.st_ino))
            with os.scandir(parent) as entries:
                for entry in [entry for entry in entries if not hidden(entry.name)]:
                    is_folder = _is_folder(entry)
                    place = (*order, (is_folder, natural(entry.name))), parent / entry.name
                    (folders if is_folder else files).append(place)
                    if is_folder:
                        (linked if entry.is_symlink() else real).append(place)
        except OSError as error:
            closed.append((parent, error))
    return Tree([path for _, path in sorted(files)], [path for _, path in sorted(folders)], closed)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def logs_in_folder(folder: Path) -> Iterator[Source]:
    """Find the logs below a folder. A named pipe or a device is none: reading it might wait for ever."""
    found = tree(folder)
    for parent, paths in groupby(filter(_is_events, found.files), key=lambda path: path.parent):
        yield _events_source(parent, list(paths))
    for path in found.files:
        status = status_of(path)
        if (LOG_NAME.search(path.name) or is_member(path.name)) and (
            isinstance(status, Exception) or stat.S_ISREG(status.st_mode)
        ):
            yield file_source(path, None if isinstance(status, Exception) else status.st_size)
    for path, error in found.closed:
        yield failing_source(str(path), _not_listed(path, error))


def _is_events(path: Path) -> bool:
    status = status_of(path)
    return (
        EVENTS_NAME.search(path.name) is not None and not isinstance(status, Exception) and stat.S_ISREG(status.st_mode)
    )


def _events_source(folder: Path, paths: list[Path]) -> Source:
    """Return the run that a folder's event files are, in the order of their names, which begin with a time."""
    size = sum(path.stat().st_size for path in paths)
    if len(paths) == 1:
        return Source(printable(str(folder)), paths[0], size, partial(open_file, paths[0]))
    return Source(printable(str(folder)), None, size, partial(open_files, str(folder), paths))


def _not_listed(path: Path, error: OSError) -> SourceError:
    if error.errno == errno.ENAMETOOLONG:
        return SourceError(f"{str(path)[:80]}… is too deep to be read ({len(path.parts)} folders); move it up")
    return unreadable(str(path), error)


def archives_in(folder: Path) -> list[Path]:
    """Return the archives below a folder, which are read only where they are named."""
    return [path for path in tree(folder).files if ARCHIVE_NAME.search(path.name)]


def place_of(path: PurePosixPath) -> _Order:
    """Return a key that puts files below a folder where :func:`tree` has them."""
    return *((True, natural(part)) for part in path.parts[:-1]), (False, natural(path.name))


def hidden(name: str) -> bool:
    """Tell whether a file or folder, by its own name, is hidden."""
    return PurePosixPath(name).name.startswith(".")


def natural(name: str) -> tuple[list[str | int | float], str]:
    """Return a key that puts run-2 before run-10 and lr0.001 before lr0.01: numbers count by their value.

    Of v1.10.2, which has two dots, each number counts by itself.
    """
    parts = [_number(part) if index % 2 else part for index, part in enumerate(_NUMBER.split(name))]
    return parts, name


def _number(digits: str) -> int | float:
    return int(digits) if digits.isdigit() else float(digits)


def status_of(path: Path) -> os.stat_result | OSError | ValueError:
    """Return what the system tells of a file, or why it tells nothing."""
    try:
        return path.stat()
    except (OSError, ValueError) as error:  # a ValueError for a name that no file can have
        return error

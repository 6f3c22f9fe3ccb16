"""What a data set knows of its runs: where each came from, and whether that has changed since.

A small JSON file a run, in the folder ``_runs`` of the data set, which readers of Parquet step over since its name
begins with ``_``. There is no file for all: several programs may write into one data set at the same time.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from metalog.errors import UsageError
from metalog.output.atomic import write_text
from metalog.output.file_names import MOST_BYTES, with_hash
from metalog.sources import Source

FOLDER: Final = "_runs"
_ENDING: Final = ".json"


@dataclass(frozen=True)
class Entry:
    """What is known of a run.

    Attributes
    ----------
    source
        Where the log lies, from the data set's folder; with its member if it is in an archive; or its URL.
    size, time, checksum
        Of the file when it was read: bytes, nanoseconds since 1970, SHA-256. None where there is no file.
    made
        What else the rows depend on: the version of metalog, the options.
    format
        The format of the log: its name and a hash.
    parts
        The frames that were written, and the bytes of their files.
    """

    source: str
    size: int | None = None
    time: int | None = None
    checksum: str | None = None
    made: dict[str, Any] = field(default_factory=dict)
    format: str = ""
    parts: dict[str, int] = field(default_factory=dict)


def entry_of(source: Source, folder: Path, made: Mapping[str, Any]) -> Entry:
    """Return what is known of a log before it is read; the checksum, which takes long, is left out."""
    entry = Entry(_place(source, folder), made=dict(made))
    if source.path is None:
        return entry
    try:
        status = source.path.stat()
    except OSError:  # reading it tells why
        return entry
    return replace(entry, size=status.st_size, time=status.st_mtime_ns)


def _place(source: Source, folder: Path) -> str:
    if source.path is None:
        return source.name
    path = os.path.abspath(source.path)  # noqa: PTH100 - resolve() would follow the links that the user named
    with suppress(ValueError):  # on another drive
        path = os.path.relpath(path, folder)  # both may be moved together
    return f"{path}::{source.member}" if source.member is not None else path


class Ledger:
    """The entries of a data set.

    Parameters
    ----------
    folder
        Where the data set is; it is made if it isn't there.

    Raises
    ------
    UsageError
        If it can't be made a folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            (folder / FOLDER).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{folder} can't be made a folder: {error.strerror}") from error

    def names(self, logs: Iterable[tuple[Source, str]]) -> list[str]:
        """Return what each log's run is called here.

        A log keeps the name that it once got. A new one gets the name that is wished for it, or if a run of another log
        that is still there has that name, the same with a part of a hash behind it. The name is taken at once, so that
        no program that writes into the same data set takes it too.
        """
        known = {entry.source: name for name, entry in self._all().items()}
        return [
            known.get(place) or self._take(place, wished)
            for source, wished in logs
            for place in [_place(source, self.folder)]
        ]

    def _take(self, place: str, wished: str) -> str:
        name = wished if len(quote(wished, safe="")) <= MOST_BYTES else with_hash(wished[: MOST_BYTES // 16], wished)
        if not self._is_free(name, place):
            name = with_hash(name, place)
            self._is_free(name, place)
        return name

    def _is_free(self, name: str, place: str) -> bool:
        """Take a name for a log; tell whether that was possible."""
        try:
            with self._file(name).open("x", encoding="utf-8") as stream:
                stream.write(_text(Entry(place)))
        except FileExistsError:
            holder = self.get(name)
            return holder is None or holder.source == place or self._is_gone(holder.source)
        return True

    def _is_gone(self, place: str) -> bool:
        return "://" not in place and not os.path.lexists(self.folder / place.partition("::")[0])

    def get(self, name: str) -> Entry | None:
        """Return what is known of a run, None if nothing is (or if its file was damaged)."""
        try:
            return Entry(**json.loads(self._file(name).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def put(self, name: str, entry: Entry) -> None:
        """Note what is known of a run."""
        write_text(self._file(name), _text(entry), durable=False)

    def is_unchanged(self, name: str, now: Entry, path: Path | None) -> bool:
        """Tell whether a run was made of the same log in the same way, and all its files are there.

        The same size and time are enough; the same size and another time if the checksum is the same too.
        """
        then = self.get(name)
        if then is None or now.size is None or path is None or not then.made:
            return False
        if (then.source, then.size, then.made) != (now.source, now.size, now.made) or not self._has_parts(name, then):
            return False
        if then.time == now.time:
            return True
        if then.checksum != checksum_of(path):
            return False
        self.put(name, replace(then, time=now.time))
        return True

    def _has_parts(self, name: str, entry: Entry) -> bool:
        try:
            return all(self.part(frame, name).stat().st_size == size for frame, size in entry.parts.items())
        except OSError:
            return False

    def part(self, frame: str, name: str) -> Path:
        """Return where a frame of a run lies."""
        return self.folder / frame / f"run={quote(name, safe='')}" / "part.parquet"

    def _all(self) -> dict[str, Entry]:
        from urllib.parse import unquote

        names = [unquote(path.name.removesuffix(_ENDING)) for path in (self.folder / FOLDER).glob(f"*{_ENDING}")]
        return {name: entry for name in names if (entry := self.get(name))}

    def _file(self, name: str) -> Path:
        return self.folder / FOLDER / f"{quote(name, safe='')}{_ENDING}"


def _text(entry: Entry) -> str:
    return json.dumps(asdict(entry), ensure_ascii=False) + "\n"


def checksum_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, None if it can't be read; that of an archive is not made anew for each member."""
    try:
        status = path.stat()
        return _checksum(path, status.st_size, status.st_mtime_ns)
    except OSError:
        return None


@lru_cache
def _checksum(path: Path, _size: int, _time: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""Logs in zip archives: each is read in place, nothing is unpacked to disk."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from metalog.errors import SourceError
from metalog.sources.compression import BrokenStreamError
from metalog.sources.streams import Stream, reason, unreadable

#: What a zip archive begins with: a member, or the end of one without members.
MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")


def is_zip(path: Path) -> bool:
    """Say whether it is a zip archive; False also where it can't be read: opening it will tell why."""
    try:
        with path.open("rb") as file:
            return file.read(4) in MAGIC
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A file in a zip archive: its name and its bytes when unpacked, as the archive tells them."""

    name: str
    size: int
    info: zipfile.ZipInfo


class ZipArchive:
    """A zip archive's files.

    Parameters
    ----------
    name
        What messages call it.
    file
        Where it is on disk, or an open file whose place can be changed.

    Attributes
    ----------
    members : list of ZipMember
        The files in it, in its order.
    failure : None
        A zip archive tells its members at its end, so none is lost without an error.

    Raises
    ------
    SourceError
        If it can't be opened or read at all.
    """

    def __init__(self, name: str, file: Path | IO[bytes]) -> None:
        self.name, self._file = name, file
        self.failure: str | None = None
        try:
            self._zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise SourceError(f"{name} is a zip archive that was cut or damaged ({error}); fetch it again") from error
        except (OSError, ValueError, NotImplementedError) as error:
            raise unreadable(self.name, OSError(reason(error))) from error
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        self.members = [ZipMember(info.filename, info.file_size, info) for info in infos]

    def __reduce__(self) -> tuple[type[ZipArchive], tuple[str, Path | IO[bytes]]]:
        """Tell another process where the archive is: it opens it anew."""
        return type(self), (self.name, self._file)

    def open(self, member: ZipMember) -> Stream:
        """Open a member, which may be compressed itself.

        Raises
        ------
        SourceError
            If nothing of it can be read.
        """
        name = f"{self.name}/{member.name}"
        try:
            return Stream(_Member(self._zip.open(member.info)), name)
        except RuntimeError as error:  # NotImplementedError too, of a rare compression
            why = "it is encrypted" if member.info.flag_bits & 1 else str(error)
            raise SourceError(f"{name} can't be read: {why}; unpack the archive and read the file itself") from error
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            if isinstance(error, SourceError):
                raise
            raise unreadable(name, OSError(reason(error))) from error


class _Member:
    """The bytes of one member; damage is a BrokenStreamError, behind all that could be read."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw

    def read(self, size: int) -> bytes:
        try:
            return self._raw.read(size)
        except Exception as error:  # each compression has its own error classes
            raise BrokenStreamError(f"its data in the zip archive are damaged ({reason(error)})") from error

    def close(self) -> None:
        self._raw.close()

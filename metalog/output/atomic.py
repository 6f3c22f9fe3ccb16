"""Files that are written whole or not at all. Standard library only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from metalog.errors import MetalogError, UsageError


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8, with its own line ends; see :func:`write_bytes`."""
    write_bytes(path, text.encode("utf-8", "surrogateescape"))


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write `content` beside `path`, and rename it into place.

    Raises
    ------
    UsageError
        If the file can't be written there.
    """
    with replacing(path) as stream:
        stream.write(content)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a new file beside `path`; it takes the place of `path` at the end, or vanishes if something fails.

    Raises
    ------
    UsageError
        If the file can't be written there.
    """
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with beside.open("wb") as stream:
            yield stream
        beside.replace(target)
    except MetalogError:  # some of them are OSErrors too, but of what was read, not of what is written
        raise
    except OSError as error:
        raise UsageError(f"{target} can't be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)

"""Remembers the run last parsed or trained in a directory, so that the next command needs no name.

The note is a file of one line, ``.metalog/last-run`` in the current directory; deleting it loses nothing else.
Standard library only.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from metalog.errors import UsageError

#: Where the note lies, below the current directory.
NOTE: Final = Path(".metalog", "last-run")


def remember(path: str | os.PathLike[str]) -> None:
    """Note that `path` is the run last worked on in the current directory.

    It is written relative to the current directory if it lies below it, so that the directory can be moved, else
    absolute. Nothing happens, and nothing is said, where the directory can't be written: the note is a convenience.
    """
    target = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the links that the user named
    here = Path.cwd()
    if target.is_relative_to(here):
        target = target.relative_to(here)
    temporary = NOTE.with_name(f"{NOTE.name}.{os.getpid()}")
    with suppress(OSError):
        try:
            NOTE.parent.mkdir(exist_ok=True)
            temporary.write_bytes(os.fsencode(target))
            temporary.replace(NOTE)
        finally:
            temporary.unlink(missing_ok=True)


def recall() -> Path:
    """Return the run last worked on in the current directory.

    Raises
    ------
    UsageError
        If none was, if the note can't be read, or if the file it names is gone.
    """
    try:
        note = NOTE.read_bytes()
    except OSError:
        note = b""
    if not note:
        raise UsageError("no run was parsed or trained in this directory yet; name one: metalog plot RUN.txt")
    path = Path(os.fsdecode(note))
    if not path.exists():
        raise UsageError(f"the run last worked on here, {path}, is gone; name another: metalog plot RUN.txt")
    return path

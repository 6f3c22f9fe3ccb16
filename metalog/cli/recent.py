"""Remembers the run, folder or set of runs last parsed or trained in a directory: the next command needs no name.

The note is the file ``.metalog/last-run`` in the current directory, names with a NUL between them; deleting it loses
nothing else.
Standard library only.
"""

from __future__ import annotations

import glob
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from metalog.errors import UsageError

#: Where the note lies, below the current directory.
NOTE: Final = Path(".metalog", "last-run")


def remember(*paths: str | os.PathLike[str]) -> None:
    """Note that `paths` are the run, or runs, last worked on in the current directory.

    They are written relative to the current directory if they lie below it, so that the directory can be moved, else
    absolute. Nothing happens, and nothing is said, where the directory can't be written: the note is a convenience.
    """
    temporary = NOTE.with_name(f"{NOTE.name}.{os.getpid()}")
    names = [os.fsencode(_from_here(path)) for path in paths]
    with suppress(OSError):
        try:
            NOTE.parent.mkdir(exist_ok=True)
            temporary.write_bytes(b"\0".join(names))
            temporary.replace(NOTE)
        finally:
            temporary.unlink(missing_ok=True)


def _from_here(path: str | os.PathLike[str]) -> Path:
    target = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the links that the user named
    here = Path.cwd()
    return target.relative_to(here) if target.is_relative_to(here) else target


def recall() -> tuple[Path, ...]:
    """Return what was last worked on in the current directory: a run, a folder, a pattern, or several of them.

    Raises
    ------
    UsageError
        If nothing was, if the note can't be read, or if something that it names is gone.
    """
    try:
        note = NOTE.read_bytes()
    except OSError:
        note = b""
    if not note:
        raise UsageError("no run was parsed or trained in this directory yet; name one: metalog plot RUN.txt")
    paths = tuple(Path(os.fsdecode(name)) for name in note.split(b"\0"))
    for path in paths:
        if not path.exists() and not glob.glob(str(path), recursive=True):  # noqa: PTH207 - Path's takes no absolute pattern
            raise UsageError(f"the run last worked on here, {path}, is gone; name another: metalog plot RUN.txt")
    return paths

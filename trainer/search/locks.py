"""Locks that end with the process that holds them, however it ends: so a trial that nobody holds was killed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from metalog.errors import UsageError


def hold(path: Path, *, wait: bool = False) -> IO[bytes] | None:
    """Return an open file that holds a lock until it is closed; None if another process holds it and `wait` is false.

    Raises
    ------
    UsageError
        If the file can't be written, or the file system has no locks, without which two would do the same trial.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("ab")
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror or error}") from error
    try:
        _lock(stream, wait=wait)
    except BlockingIOError:
        stream.close()
        return None
    except OSError as error:
        stream.close()
        raise UsageError(f"{path} can't be locked ({error.strerror or error}): search on another file system") from None
    return stream


def _lock(stream: IO[bytes], *, wait: bool) -> None:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error
        return
    import fcntl

    fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock while the block runs; wait for it first."""
    stream = hold(path, wait=True)
    try:
        yield
    finally:
        if stream:
            stream.close()

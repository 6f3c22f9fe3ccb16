"""Logs that were cut into several files: members of a rotation, and files that the user says belong together.

``run.txt.2.gz``, ``run.txt.1`` and ``run.txt`` are one run, its oldest lines first, as logrotate and Python's logging
write them; so are ``run.txt-20260102`` and ``run.txt.2026-01-02``, whose dates rise.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from metalog.printable import printable
from metalog.sources.compression import BrokenStreamError
from metalog.sources.source import Source
from metalog.sources.streams import Stream

_PACKED: Final = r"(?:\.(?:gz|bz2|xz|zst))?"
#: The name of an older member: that of the newest, what numbers or dates it, and perhaps how it is compressed.
_MEMBER: Final = re.compile(
    r"(?P<base>.*\.(?:txt|log|out))"
    r"(?:\.(?P<number>[0-9]{1,4})|[.-](?P<date>[0-9]{8}(?:[0-9]{2})?|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:_[0-9-]+)?))"
    + _PACKED,
    re.IGNORECASE | re.DOTALL,
)
_NEWEST: Final = re.compile(r"(?P<base>.*\.(?:txt|log|out))" + _PACKED, re.IGNORECASE | re.DOTALL)


def is_member(name: str) -> bool:
    """Tell whether a file's name is that of an older member of a rotation."""
    return bool(_MEMBER.fullmatch(name))


def joined_rotations(sources: Sequence[Source]) -> list[Source]:
    """Return the sources with each rotation as one, in the place of its first member; one member alone stays itself."""
    families: dict[str, list[tuple[tuple[object, ...], Source]]] = {}
    of: dict[int, str] = {}
    for place, source in enumerate(sources):
        if found := _age(source.name):
            of[place] = found[0]
            families.setdefault(found[0], []).append((found[1], source))
    result, done = [], set[str]()
    for place, source in enumerate(sources):
        base = of.get(place, "")
        family = families.get(base, [])
        ages = [age for age, _ in family]
        if len(family) < 2 or not any(age[0] == 0 for age in ages) or len({*ages}) < len(ages):
            result.append(source)
        elif base not in done:
            done.add(base)
            result.append(join([one for _, one in sorted(family, key=lambda pair: pair[0])], base))
    return result


def _age(name: str) -> tuple[str, tuple[object, ...]] | None:
    """Return the name of the newest member, and a key that sorts the oldest member first; None for other names."""
    if found := _MEMBER.fullmatch(name):
        return found["base"], (0, -int(found["number"]), "") if found["number"] else (0, 0, found["date"])
    newest = _NEWEST.fullmatch(name)
    return (newest["base"], (1, 0, "")) if newest else None


def join(parts: Sequence[Source], name: str | None = None) -> Source:
    """Return one source of all bytes of several, in this order; it lies where the last one lies."""
    last = parts[-1]
    sizes = [part.size for part in parts]
    size = None if None in sizes else sum(filter(None, sizes))
    shown = printable(name or last.name)
    return replace(
        last,
        name=shown,
        size=size,
        parts=tuple(parts),
        only_here=any(part.only_here for part in parts),
        _opener=partial(_open, tuple(parts), shown),
    )


def _open(parts: tuple[Source, ...], name: str) -> Stream:
    return Stream(_Joined(parts), name)


class _Joined(io.RawIOBase):
    """Reads one source after the other; what failed in one is told at the end."""

    def __init__(self, parts: Sequence[Source]) -> None:
        super().__init__()
        self._waiting = list(parts)
        self._stream: Stream | None = None
        self._failures: list[str] = []

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes; none at the end.

        Raises
        ------
        BrokenStreamError
            At the end, if a part could not be read completely.
        """
        while True:
            if self._stream is None:
                if not self._waiting:
                    break
                self._stream = self._waiting.pop(0).open()
            if data := self._stream.read(size):
                return data
            if self._stream.failure:
                self._failures.append(f"{self._stream.name}: {self._stream.failure}")
            self._stream.close()
            self._stream = None
        if self._failures:
            failures, self._failures = self._failures, []
            raise BrokenStreamError("; ".join(failures))
        return b""

    def close(self) -> None:
        """Close the part that is open."""
        if self._stream is not None:
            self._stream.close()
        super().close()

"""Bytes to tokens: two engines with one contract, and what is done with lines that match no template."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metalog.scan.tokens import Block, Scanned

ENGINES = ("native", "portable")


@cache
def _load(name: str) -> Callable[[Block], Scanned]:
    if name == "portable":
        from metalog.scan import portable

        return portable.scan
    from metalog.scan import native
    from metalog.structure import native as _passes  # noqa: F401 - both modules were built, or neither counts

    scan: Callable[[Block], Scanned] = native.scan
    return scan


def engine_name() -> str:
    """Return the engine in use: the compiled one where it could be built.

    The environment variable ``METALOG_ENGINE`` (``native`` or ``portable``) overrides the choice.
    """
    wanted = os.environ.get("METALOG_ENGINE")
    if wanted:
        if wanted not in ENGINES:
            from metalog.errors import UsageError

            raise UsageError(f"METALOG_ENGINE is {wanted!r}; it can be {' or '.join(ENGINES)}")
        return wanted
    try:
        _load("native")
    except ImportError:
        return "portable"
    return "native"


def engine() -> Callable[[Block], Scanned]:
    """Return the scan function of the engine in use."""
    name = engine_name()
    try:
        return _load(name)
    except ImportError as error:
        from metalog.errors import UsageError

        raise UsageError("METALOG_ENGINE is 'native', but this install has no compiled scan engine") from error

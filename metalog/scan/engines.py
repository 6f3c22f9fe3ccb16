"""The engine in use: compiled modules where they could be built, else their portable twins."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from types import ModuleType

from metalog.errors import UsageError

ENGINES = ("native", "portable")
#: The rooms that have a module of each engine.
_ROOMS = ("scan", "odometer")


@cache
def _import(room: str, engine: str) -> ModuleType:
    return import_module(f"metalog.{room}.{engine}")


def load(room: str, engine: str) -> ModuleType:
    """Return a room's module of an engine.

    Raises
    ------
    UsageError
        If this install has no compiled modules.
    """
    try:
        return _import(room, engine)
    except ImportError as error:
        raise UsageError("METALOG_ENGINE is 'native', but this install has no compiled scan engine") from error


def engine_name() -> str:
    """Return the engine in use: the compiled one where it could be built.

    The environment variable ``METALOG_ENGINE`` (``native`` or ``portable``) overrides the choice.

    Raises
    ------
    UsageError
        If it says something else.
    """
    wanted = os.environ.get("METALOG_ENGINE")
    if wanted:
        if wanted not in ENGINES:
            raise UsageError(f"METALOG_ENGINE is {wanted!r}; it can be {' or '.join(ENGINES)}")
        return wanted
    try:
        for room in _ROOMS:
            _import(room, "native")
    except ImportError:
        return "portable"
    return "native"

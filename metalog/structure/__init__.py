"""Tokens to rows: the state machine, what it makes of a broken log, and the tables that it fills."""

from __future__ import annotations

from types import ModuleType

from metalog.scan import engine_name


def passes() -> ModuleType:
    """Return the passes over all tokens of a block: the compiled ones where the compiled engine is in use."""
    if engine_name() == "native":
        from metalog.structure import native

        return native
    from metalog.structure import portable

    return portable

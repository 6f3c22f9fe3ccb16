"""What a log looks like, as data: a format is declared in TOML, and the reader knows none. Standard library only."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from metalog.formats.declare import declare
from metalog.formats.model import Format

_NATIVE = "maml"


@cache
def bundled(name: str) -> Format:
    """Return a format that comes with metalog."""
    path = Path(__file__).with_name(f"{name}.toml")
    return declare(path.read_text(encoding="utf-8"), path.name)


def native() -> Format:
    """Return metalog's own format."""
    return bundled(_NATIVE)

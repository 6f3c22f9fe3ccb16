"""How much a search does. Nothing is imported here, so that the command's help can tell it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    """How much is done: trials in all; then the best so many settings, on so many fresh seeds each."""

    trials: int = 50
    again: int = 3
    seeds: int = 5

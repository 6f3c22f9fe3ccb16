"""Numbers as a reader wants them, in sentences, tables and figures. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

_DECIMALS: Final = 4
_MOST_DECIMALS: Final = 8
#: An interval that is less than this part of its value is none but for rounding.
_EXACT: Final = 1e-12


def counted(number: int, noun: str) -> str:
    """Return ``1 point``, ``2 points``, ``1,300 points``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def rounded(value: float, decimals: int = _DECIMALS) -> str:
    """Write a number with so many decimals, or with 3 digits where these would show nothing or far too much."""
    if not math.isfinite(value):
        return str(float(value))
    if value == 0 or 10**-decimals <= abs(value) < 10**6:
        return f"{value:.{decimals}f}"
    return f"{value:.3g}"


def decimals_of(value: float, half: float) -> int:
    """Return with how many decimals ``value ± half`` is written: two digits of the half, the usual where it is none."""
    if half <= _EXACT * abs(value):
        return _DECIMALS
    return min(max(1 - math.floor(math.log10(half)), 0), _MOST_DECIMALS)


def hint(name: str, known: Iterable[str], what: str) -> str:
    """Return how an error about an unknown name goes on: what was perhaps meant, and what there is."""
    import difflib

    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"; {f'did you mean {close[0]}? ' if close else ''}{what} are {', '.join(names) or 'none'}"

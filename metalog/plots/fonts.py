"""Fonts for names in scripts that the figure's own font doesn't have."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

#: Comes with matplotlib and has a box for every character.
_NO_FONT: Final = "Last Resort"
#: What is said where no font here has a character.
BOXES: Final = "Boxes: characters that no font here has"


def families(texts: Iterable[str]) -> tuple[list[str], bool]:
    """Return the font families for some texts, and whether they have every character of them.

    Behind the user's own families stand those, among the fonts that matplotlib finds here, that have what is missing.
    """
    own = list(mpl.rcParams["font.family"])
    characters = frozenset(character for text in texts if not text.isascii() for character in text)
    missing = frozenset(character for character in characters if character.isprintable()) - _characters_of(tuple(own))
    further, lacking = _fallbacks(missing)
    return [*own, *further], not lacking


@lru_cache(maxsize=8)
def _characters_of(own: tuple[str, ...]) -> frozenset[str]:
    paths = {font_manager.findfont(font_manager.FontProperties(family=[family])) for family in own}
    return frozenset().union(*(_characters_in(str(path)) for path in paths))


@lru_cache(maxsize=64)
def _fallbacks(missing: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the families that have these characters, and those that none has."""
    chosen: list[str] = []
    for entry in font_manager.fontManager.ttflist if missing else ():
        if entry.name.startswith(_NO_FONT):
            continue
        if found := missing & _characters_in(entry.fname):
            chosen.append(entry.name)
            missing -= found
        if not missing:
            break
    return tuple(chosen), missing


def _characters_in(path: str) -> frozenset[str]:
    try:
        return frozenset(map(chr, FT2Font(path).get_charmap()))
    except (OSError, RuntimeError):  # a font that is gone, or that FreeType can't read
        return frozenset()

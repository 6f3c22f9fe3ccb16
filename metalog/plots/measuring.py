"""How wide text is, as it will be drawn, and text in lines that fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

#: What a word that is too long may be broken into: a dollar that is no mathematics stays whole.
_SIGNS: Final = re.compile(r"\\\$|.", re.DOTALL)
_DPI: Final = 100.0


def width(text: str, size: float, families: Sequence[str] | None = None, weight: str = "normal") -> float:
    """Return how many inches `text` takes in a font of so many points; `families` as of :func:`fonts.families`."""
    style: dict[str, Any] = {"fontsize": size, "fontfamily": list(families or mpl.rcParams["font.family"])}
    written = Figure(dpi=_DPI).text(0, 0, text, fontweight=weight, **style)
    return float(written.get_window_extent(_renderer()).width) / _DPI


@lru_cache(maxsize=1)
def _renderer() -> Any:
    return FigureCanvasAgg(Figure(dpi=_DPI)).get_renderer()  # type: ignore[no-untyped-call]


def fold(text: str, inches: float, size: float, families: Sequence[str] | None = None) -> str:
    """Break `text` into lines that fit, between words, and within those that are longer than a line."""

    def fits(line: str) -> bool:
        return width(line, size, families) <= inches

    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if fits(longer):
            lines[-1] = longer
            continue
        lines += [""] if lines[-1] else []
        for sign in _SIGNS.findall(word):
            if lines[-1] and not fits(lines[-1] + sign):
                lines.append("")
            lines[-1] += sign
    return "\n".join(lines)

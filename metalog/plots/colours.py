"""Colours that can be told from what they are drawn on, whatever theme the user has chosen."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.colors import Colormap, ListedColormap, to_hex, to_rgb, to_rgba

#: Contrast that a line has with its background at the least, and a letter, and a cell of a heat map.
LINE: Final = 2.0
LETTER: Final = 3.0
CELL: Final = 1.6
#: Colours of a map that are looked at one by one.
_COLOURS: Final = 256
_STEPS: Final = 40
#: From this part of the light on a background is a bright one: black has more contrast with it than white.
_BRIGHT: Final = 0.18


def luminance(colour: Any) -> npt.NDArray[np.float64]:
    """Return how much light colours give, 0 to 1, as WCAG 2.1 defines it; `colour`: one, or RGB of shape (…, 3)."""
    levels = np.asarray(to_rgb(colour) if isinstance(colour, str) else colour, dtype=np.float64)[..., :3]
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)  # sRGB
    light: npt.NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return light


def contrast(one: Any, other: Any) -> npt.NDArray[np.float64]:
    """Return the contrast of colours, 1 (the same) to 21 (black on white), as WCAG 2.1 defines it."""
    first, second = luminance(one), luminance(other)
    return (np.maximum(first, second) + 0.05) / (np.minimum(first, second) + 0.05)


def background(ax: Any = None) -> tuple[float, float, float]:
    """Return what is drawn on: the colour of `ax`, or of the theme in force; where there is none, a white page."""
    figure = mpl.rcParams["figure.facecolor"] if ax is None else ax.get_figure(root=True).get_facecolor()
    colour = np.ones(3)
    for layer in (figure, mpl.rcParams["axes.facecolor"] if ax is None else ax.get_facecolor()):
        *rgb, alpha = to_rgba(layer)
        colour = alpha * np.array(rgb) + (1 - alpha) * colour
    red, green, blue = colour.tolist()
    return red, green, blue


def is_bright(behind: Any) -> bool:
    """Tell whether black stands out from a background more than white does."""
    return bool(luminance(behind) > _BRIGHT)


def standing_out(colour: Any, behind: Any, least: float = LINE) -> str:
    """Return the colour itself, or as much darker, on a dark background lighter, as it takes to stand out."""
    return _standing_out(to_rgb(colour), to_rgb(behind), least)


@lru_cache(maxsize=256)
def _standing_out(colour: tuple[float, float, float], behind: tuple[float, float, float], least: float) -> str:
    end = np.zeros(3) if is_bright(behind) else np.ones(3)
    parts = np.linspace(0, 1, _STEPS)[:, None]
    steps = [to_hex((red, green, blue)) for red, green, blue in (1 - parts) * np.array(colour) + parts * end]
    return next((one for one in steps if contrast(one, behind) >= least), steps[-1])


def standing_out_map(colours: Colormap, behind: Any, least: float) -> Colormap:
    """Return a map without the ends of `colours` that would be taken for the background; all if nothing would stay."""
    every = colours(np.linspace(0, 1, _COLOURS))
    kept = np.flatnonzero(contrast(every, behind) >= least)
    if kept.size < _COLOURS // 4:
        return colours
    return ListedColormap(colours(np.linspace(kept[0], kept[-1], _COLOURS) / (_COLOURS - 1)), f"{colours.name} (cut)")

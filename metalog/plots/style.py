"""How figures look: seaborn's theme and colour-blind safe palette, under what the user has set."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
import seaborn as sns
from cycler import cycler

from metalog.plots import looks
from metalog.plots.colours import LINE, background, contrast, is_bright, standing_out, standing_out_map

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

#: Places in the palette that mean the same in every figure.
_SPLITS: Final = ("train", "validation")
#: How visible a raw line stays behind its smoothed one.
RAW_ALPHA: Final = 0.35
#: They tell series apart in print, where colours are greys, and where colours repeat.
LINE_STYLES: Final = ("-", "--", ":", "-.")
_MARKERS: Final = ("", "o", "s", "^", "D", "v", "P")
#: So many markers a line has, at other places than the next line's.
_MARKED: Final = 6


def theme() -> Any:
    """Return the settings that figures are drawn with: ours where the user's are matplotlib's defaults.

    seaborn's choice of fonts is left out, so that a figure looks the same whichever fonts a machine has. Names of runs
    are text and no TeX, so TeX never sets a figure; and a user's colour cycle without colours is none.
    """
    style = {**sns.axes_style("ticks"), **sns.plotting_context("paper")}
    ours = {key: value for key, value in style.items() if not key.startswith("font.") or key == "font.size"}
    ours |= {
        "axes.grid": True,
        "axes.prop_cycle": cycler(color=sns.color_palette("colorblind").as_hex()),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "grid.alpha": 0.5 if is_bright(background()) else 0.2,
        "grid.color": "0.8",
        "image.cmap": "mako",
        "svg.hashsalt": "metalog",
        "legend.frameon": False,
    }
    chosen = {**_where_default(ours), **text_as_text()}
    if "color" not in mpl.rcParams["axes.prop_cycle"].keys:
        chosen["axes.prop_cycle"] = ours["axes.prop_cycle"]
    return {**chosen, **looks.settings(), "text.usetex": False}


def text_as_text() -> Any:
    """Return the settings that make text in PDF and SVG text, where the user's are matplotlib's defaults.

    It can be edited and searched then; and conferences refuse the Type 3 fonts that are matplotlib's choice for PDF.
    """
    return _where_default({"pdf.fonttype": 42, "ps.fonttype": 42, "svg.fonttype": "none"})


def _where_default(settings: Any) -> Any:
    return {key: value for key, value in settings.items() if mpl.rcParams[key] == mpl.rcParamsDefault[key]}


def themed(draw: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Draw within :func:`theme`; the global settings are as before afterwards."""

    @wraps(draw)
    def within(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        with mpl.rc_context(theme()), without_warnings():
            return draw(*args, **kwargs)

    return within


@contextmanager
def without_warnings() -> Iterator[None]:
    """Keep back what matplotlib warns of while it draws, such as a character or a weight that a font doesn't have."""
    fonts = logging.getLogger("matplotlib.font_manager")
    level = fonts.level
    fonts.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        fonts.setLevel(level)


def palette() -> list[str]:
    """Return the colours of the theme in force, those that would hardly be seen on its background changed a little.

    Not ``C0``, ``C1``, …, which matplotlib looks up only when it draws.
    """
    behind = background()
    return [standing_out(entry["color"], behind) for entry in mpl.rcParams["axes.prop_cycle"]]


def split_colour(split: str) -> str:
    """Return the colour that stands for this split in every figure."""
    colours = palette()
    return colours[_SPLITS.index(split) % len(colours)]


def line_style(number: int, points: int = 0) -> dict[str, Any]:
    """Return colour, line style and markers of the series `number` (from 0), which has so many points; 0: no markers.

    Of ten colours 140 looks differ, without markers 20.
    """
    colours = palette()
    step = max(1, round(points / _MARKED))
    return {
        "color": colours[number % len(colours)],
        "linestyle": LINE_STYLES[number % len(LINE_STYLES)],
        "marker": _MARKERS[number % len(_MARKERS)] if points else "",
        "markersize": 4,
        "markevery": (step * (number % _MARKED) // _MARKED, step),
    }


def faint(style: Mapping[str, Any]) -> dict[str, Any]:
    """Return the style of the raw line behind a smoothed one of this style; light on dark needs more to be seen."""
    alpha = RAW_ALPHA if is_bright(background()) else 2 * RAW_ALPHA
    return {"color": style["color"], "linestyle": "-", "alpha": alpha}


def shades(number: int) -> list[tuple[float, ...]]:
    """Return so many colours in the order of the theme's map, the last the most visible: for what has an order."""
    behind = background()
    colour_map = standing_out_map(mpl.colormaps[mpl.rcParams["image.cmap"]], behind, LINE)
    ends = (0.1, 0.9) if contrast(colour_map(0.9), behind) > contrast(colour_map(0.1), behind) else (0.9, 0.1)
    return [colour_map(place) for place in np.linspace(*ends, number)]

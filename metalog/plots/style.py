"""How figures look: seaborn's theme and colour-blind safe palette, under what the user has set."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import matplotlib as mpl
import seaborn as sns
from cycler import cycler

from metalog.plots import looks

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

#: Places in the palette that mean the same in every figure.
_SPLITS: Final = ("train", "validation")
#: How visible a raw line stays behind its smoothed one.
RAW_ALPHA: Final = 0.35
#: They tell series apart that have the same colour.
LINE_STYLES: Final = ("-", "--", ":", "-.")


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
        "grid.alpha": 0.5,
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
    """Return the colours of the theme in force; not ``C0``, ``C1``, …, which matplotlib looks up only when it draws."""
    return [entry["color"] for entry in mpl.rcParams["axes.prop_cycle"]]


def split_colour(split: str) -> str:
    """Return the colour that stands for this split in every figure."""
    colours = palette()
    return colours[_SPLITS.index(split) % len(colours)]


def line_style(number: int) -> dict[str, str]:
    """Return colour and line style of the series `number` (from 0); they repeat after four palettes."""
    colours = palette()
    turn, place = divmod(number, len(colours))
    return {"color": colours[place], "linestyle": LINE_STYLES[turn % len(LINE_STYLES)]}


def shades(number: int) -> list[tuple[float, ...]]:
    """Return so many colours from light to dark: for what has an order."""
    colour_map = mpl.colormaps[mpl.rcParams["image.cmap"]]
    return [colour_map(0.8 - 0.65 * place / max(number - 1, 1)) for place in range(number)]

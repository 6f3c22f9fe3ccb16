"""For whom a figure is drawn: a screen, a column of a paper, or a talk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from metalog.errors import UsageError
from metalog.plots import measuring

#: Kinds of line that can be told apart without colours.
DASHES: Final = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (5, 1.2, 1, 1.2)), (0, (8, 2)), (0, (3, 1, 1, 1, 1, 1)))
#: Average width of a character, as a fraction of the font size.
CHARACTER: Final = 0.56
#: From so many inches on a page doesn't fit into a column.
_WIDE: Final = 8.0
#: The least height of a page, as a part of its width.
_LEAST_HEIGHT: Final = 0.62
#: Inches that a page may be wide.
_LEAST_WIDTH, _MOST_WIDTH = 1.5, 100.0


@dataclass(frozen=True)
class Look:
    """How figures are made to fit where they will be shown.

    Attributes
    ----------
    name
        What the command line calls it.
    width
        Inches that a figure is wide, None for what its content needs.
    wide
        Inches for a figure that wouldn't fit into `width`, such as a grid.
    points
        Size of all text, None for the usual sizes.
    strokes
        By how much lines and marks are thicker.
    in_words
        Whether title and small print are drawn; where they aren't, they are what the caption has to say.
    pad
        Inches between what stands on a page, and between it and the edge.
    grey
        Whether lines differ in their kind, not in their colour alone.
    ending
        What a picture's file ends in if nobody says.
    title
        A title instead of the usual one, ``""`` for none.
    """

    name: str = "screen"
    width: float | None = None
    wide: float | None = None
    points: float | None = None
    strokes: float = 1.0
    in_words: bool = True
    pad: float = 0.1
    grey: bool = False
    ending: str = ".png"
    title: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)


_THIN: Final = {
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "grid.linewidth": 0.4,
    "axes.labelpad": 2.0,
    "legend.handlelength": 2.2,
    "legend.columnspacing": 1.2,
    "legend.labelspacing": 0.25,
}
LOOKS: Final = {
    "screen": Look(),
    "paper": Look("paper", 3.25, 6.75, 8.0, 0.75, in_words=False, pad=0.03, grey=True, ending=".pdf", settings=_THIN),
    "talk": Look("talk", 10.0, 13.0, 18.0, 1.8, in_words=False),
}
_CURRENT: Final[ContextVar[Look]] = ContextVar("look", default=LOOKS["screen"])


def current() -> Look:
    """Return the look that figures are drawn in here."""
    return _CURRENT.get()


@contextmanager
def styled(name: str = "screen", *, width: float | None = None, title: str | None = None) -> Iterator[None]:
    """Draw and save figures in another look: ``with metalog.plots.styled("paper"): …``.

    Parameters
    ----------
    name
        ``"screen"``, the usual one; ``"paper"``: 3.25 inches wide, grids and comparisons 6.75, all text 8 points, no
        title and no small print (it is in ``figure.notes``, for the caption), lines that differ without colours;
        ``"talk"``: 10 inches wide, large text, thick lines.
    width
        Inches; figures keep their proportions.
    title
        A title instead of the usual one; ``""`` for none.

    Raises
    ------
    UsageError
        If there is no such style, or nothing fits into that width.

    Examples
    --------
    >>> with metalog.plots.styled("paper", width=6.75):
    ...     metalog.plots.save(metalog.plots.curve(run), "curve.pdf")
    """
    if name not in LOOKS:
        raise UsageError(f"no style is called {name!r}; there are {', '.join(LOOKS)}")
    if width is not None and not _LEAST_WIDTH <= width <= _MOST_WIDTH:
        raise UsageError(f"a width is from {_LEAST_WIDTH} to {_MOST_WIDTH:g} inches, not {width:g}")
    look = replace(LOOKS[name], title=title)
    token = _CURRENT.set(look if width is None else replace(look, width=width, wide=width))
    try:
        yield
    finally:
        _CURRENT.reset(token)


def settings() -> dict[str, Any]:
    """Return matplotlib's settings that the look demands, whatever the user's are."""
    look = current()
    if look.points is None:
        return {}
    sizes = ("font.size", "axes.labelsize", "axes.titlesize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")
    return {**dict.fromkeys((*sizes, "legend.title_fontsize", "figure.titlesize"), look.points), **look.settings}


def size(width: float, height: float, *, keep_height: bool = False) -> tuple[float, float]:
    """Return the inches of a page that usually is so wide and high: its proportions in the look's width.

    `keep_height`: it holds rows of text, so that its height is that of the text.
    """
    look = current()
    if keep_height and look.width is not None:
        return look.width, height * (look.points or 10) / 10
    inches = look.wide if width > _WIDE else look.width
    return (width, height) if inches is None else (inches, inches * max(height / width, _LEAST_HEIGHT))


def words(title: str, notes: str) -> tuple[str, str]:
    """Return the title and the small print that are drawn."""
    look = current()
    shown = (title if look.in_words else "") if look.title is None else look.title
    return shown, notes if look.in_words else ""


def dress(figure: Figure) -> None:
    """Make text, lines and marks of a finished figure what the look demands."""
    look = current()
    if look.points is not None:
        for text in figure.findobj(Text):
            text.set_fontsize(look.points)
        for ax in figure.axes:
            ax.tick_params(labelsize=look.points)  # of ticks that are yet to come
        figure.draw_without_rendering()  # only then it is known how much room the axes have
        for ax in figure.axes:
            _fold_labels(ax, look.points)
    lines = [line for ax in figure.axes for line in ax.get_lines()]
    for line in lines:
        line.set_linewidth(line.get_linewidth() * look.strokes)
        line.set_markersize(line.get_markersize() * look.strokes)
    for ax in figure.axes:
        for strokes in (one for one in ax.collections if isinstance(one, LineCollection)):
            strokes.set_linewidth((np.atleast_1d(strokes.get_linewidth()) * look.strokes).tolist())
    if look.grey:
        _tell_apart(lines)


def _fold_labels(ax: Any, points: float) -> None:
    """Break the labels of the axes where they are longer than these, or below a single one than the page."""
    place, (width, height) = ax.get_position(), ax.get_figure(root=True).get_size_inches()
    spec = ax.get_subplotspec()
    alone = spec is not None and spec.get_gridspec().ncols == 1
    across = width - 2 * current().pad if alone else place.width * width
    for label, inches in ((ax.xaxis.label, across), (ax.yaxis.label, place.height * height)):
        lines = label.get_text().split("\n")
        label.set_text("\n".join(measuring.fold(line, inches, points) for line in lines))


def _tell_apart(lines: list[Line2D]) -> None:
    """Give lines of different colours different dashes, unless their kinds tell something already."""
    named = [line for line in lines if not str(line.get_label()).startswith("_") and line.get_linestyle() != "None"]
    colours = list(dict.fromkeys(str(line.get_color()) for line in named))
    if any(line.get_linestyle() != "-" for line in named) or not 1 < len(colours) <= len(DASHES):
        return
    for line in lines:
        if str(line.get_color()) in colours and line.get_linestyle() == "-" and line.get_alpha() is None:
            line.set_linestyle(DASHES[colours.index(str(line.get_color()))])

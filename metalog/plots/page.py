"""The page a figure is drawn on: a new figure or the user's own Axes, its title, legend and small print."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, Final

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from metalog.plots import fitting, fonts, looks, measuring, names
from metalog.plots.drawing import asked
from metalog.plots.notebook_figure import NotebookFigure
from metalog.plots.strokes import MARKERS

_TITLE: Final = 11.0
_SMALL_PRINT: Final = 7.5
#: Inches between what stands on a page, and between it and the edge.
_SPACE: Final = 0.1
#: Inches that an entry of a legend takes: across, beyond its text, in a row above the Axes; down, in a column aside.
_HANDLE: Final = 0.55
_ENTRY: Final = 0.165
#: What is beside the text of an entry, in parts of the font's size.
_AROUND_ENTRY: Final = 4.5


def blank(width: float, height: float, *, keep_height: bool = False) -> Figure:
    """Return an empty figure of so many inches, or of those of the look, that nothing but its caller knows of."""
    pad = looks.current().pad
    layout = ConstrainedLayoutEngine(w_pad=pad, h_pad=pad / 2)
    return NotebookFigure(figsize=looks.size(width, height, keep_height=keep_height), layout=layout)


def axes_on(ax: Any, width: float, height: float) -> Any:
    """Return `ax`, or the only Axes of a new figure of so many inches."""
    return blank(width, height).subplots() if ax is None else ax


def figure_of(ax: Any) -> Figure:
    """Return the whole figure that `ax` belongs to."""
    figure: Figure = ax.get_figure(root=True)
    return figure


def headline(name: str, what: str) -> str:
    """Join a run's name, which a bare frame doesn't have, and what is drawn."""
    return f"{names.distinct([name])[0]}: {what}" if name else what[:1].upper() + what[1:]


def finish(
    axes: Sequence[Any], title: str, notes: Iterable[str], *, own: bool, legend: Any = None, fit: bool = False
) -> None:
    """Write the title above, the notes below, and the legend of the Axes `legend` where it hides nothing.

    On a page of our own (`own`) these belong to the figure. In Axes that the user passed there is a legend above them,
    a title if the user asks for one, and nothing else. What the user says of both is in :func:`drawing.asked`.
    `fit`: thin out what has no room also on a page that is as large as it needs to be.
    """
    remarks = ". ".join(notes) if own else ""
    small_print = names.one_line(remarks) if remarks else ""
    words = asked()
    title = words.title if words.title is not None else title if own else ""
    handles, labels = legend.get_legend_handles_labels() if legend is not None and words.legend else ([], [])
    if len(labels) < 2 and not any(label.startswith(tuple(MARKERS)) for label in labels):
        handles, labels = [], []  # nothing to tell apart
    families, all_there = fonts.families([title, small_print, *labels])
    if own and not all_there and fonts.BOXES not in small_print:
        small_print = ". ".join(filter(None, [small_print, fonts.BOXES]))
    if own:
        figure = figure_of(axes[0])
        if isinstance(figure, NotebookFigure):
            figure.notes = small_print
        looks.dress(figure)
        usual, small_print = looks.words(title, small_print)
        title = title if words.title is not None else usual
        if looks.current().width is None:
            _finish_page(figure, title, small_print, handles, labels, families)
        else:
            _finish_fitted(figure, title, handles, labels, families)
        if fit or looks.current().width is not None or fitting.has_words_to_thin(figure):
            fitting.fit(figure)
        return
    _finish_axes(axes[0], title, handles, labels, families)


def _finish_axes(ax: Any, title: str, handles: Sequence[Any], labels: Sequence[str], families: list[str]) -> None:
    """Write a legend above the user's own Axes, where it hides no data, and the title above that."""
    figure, above = figure_of(ax), 0.0
    if labels:
        entry = width_of(max(map(len, labels)), _SMALL_PRINT) + _HANDLE
        columns = min(len(labels), max(1, int(ax.get_window_extent().width / figure.dpi / entry)))
        place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2}
        block = _set_family(ax.legend(handles, labels, ncols=columns, fontsize=_SMALL_PRINT, **place), families)
        above = _size(figure, block)[1] * 72
    if title:
        ax.set_title(title, fontfamily=families, pad=above + _TITLE / 2)


def _finish_page(
    figure: Figure, title: str, notes: str, handles: Sequence[Any], labels: Sequence[str], families: list[str]
) -> None:
    """Place title, legend and notes, and leave the rest of the page to the Axes."""
    aside = 0.0
    width, height = figure.get_size_inches()
    bottom = _text(figure, notes, 0.0, size=_SMALL_PRINT, va="bottom", family=families)
    top = _text(figure, title, height, size=_TITLE, va="top", weight="bold", family=families)
    in_a_row = sum(width_of(len(label), 10) + _HANDLE for label in labels)
    if labels and in_a_row <= width:
        place: dict[str, Any] = {"bbox_to_anchor": (_SPACE / width, 1 - top / height), "borderaxespad": 0}
        row = figure.legend(handles, labels, loc="upper left", ncols=len(labels), **place)
        top += _size(figure, _set_family(row, families))[1]
    elif labels:
        columns = -(-len(labels) // max(1, int((height - top - bottom) / _ENTRY)))
        place = {"bbox_to_anchor": (1, 1 - top / height), "borderaxespad": 0.5, "fontsize": _SMALL_PRINT}
        block = figure.legend(handles, labels, loc="upper right", ncols=columns, **place)
        aside = _size(figure, _set_family(block, families))[0] + 2 * _SPACE
        _widen(figure, aside)
        width += aside
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, bottom / height, 1 - aside / width, 1 - (bottom + top) / height))


def _finish_fitted(figure: Figure, title: str, handles: Sequence[Any], labels: Sequence[str], fonts: list[str]) -> None:
    """Place title and legend above the Axes on a page whose width is given; the page gets higher by the legend."""
    look = looks.current()
    points = float(look.points or 10)
    width, height = figure.get_size_inches()
    taken = 0.0
    if labels:
        legend = _folded_legend(figure, handles, labels, fonts, width - 2 * look.pad)
        taken = _size(figure, legend)[1]
        height += taken
        figure.set_size_inches(width, height)
    top = _text(figure, title, height, size=points, va="top", weight="bold", family=fonts)
    if labels:
        legend.set_bbox_to_anchor((look.pad / width, 1 - (top + look.pad) / height))
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, 0, 1, 1 - (top + taken) / height))


def _folded_legend(
    figure: Figure, handles: Sequence[Any], labels: Sequence[str], fonts: list[str], inches: float
) -> Any:
    """Write a legend in as many columns as so many inches have room for, and longer entries in several lines."""
    points = float(looks.current().points or 10)
    room = inches - _AROUND_ENTRY * points / 72
    texts = [measuring.fold(label, room, points, fonts) for label in labels]
    widest = max(measuring.width(text, points, fonts) for text in texts)
    columns = max(1, min(len(labels), int(inches / (widest + 2 * points / 72))))
    while True:
        legend = figure.legend(handles, texts, loc="upper left", borderaxespad=0, ncols=columns)
        if columns == 1 or _size(figure, _set_family(legend, fonts))[0] <= inches:
            return _set_family(legend, fonts)
        legend.remove()
        columns -= 1


def _set_family(legend: Any, families: list[str]) -> Any:
    for text in legend.get_texts():
        text.set_fontfamily(families)
    return legend


def _text(figure: Figure, text: str, y: float, *, size: float, va: str, **style: Any) -> float:
    """Write text at the upper or lower edge `y` of the page; return how many inches it takes."""
    if not text:
        return 0.0
    width, height = figure.get_size_inches()
    inset = -_SPACE if va == "top" else _SPACE
    lines = names.literal(fold(text, width - 2 * _SPACE, size))
    written = figure.text(_SPACE / width, (y + inset) / height, lines, fontsize=size, va=va, **style)
    return _size(figure, written)[1] + 1.5 * _SPACE


def _size(figure: Figure, artist: Any) -> tuple[float, float]:
    """Return width and height of what is on the page, in inches."""
    extent = artist.get_window_extent()
    return extent.width / figure.dpi, extent.height / figure.dpi


def _widen(figure: Figure, inches: float) -> None:
    width, height = figure.get_size_inches()
    figure.set_size_inches(width + inches, height)
    for text in figure.texts:  # their places are fractions of the width
        text.set_x(text.get_position()[0] * width / (width + inches))


def fold(text: str, width: float, size: float) -> str:
    """Break `text` in a font of so many points into lines that fit in `width` inches."""
    return textwrap.fill(text, max(20, int(width / width_of(1, size))))


def width_of(characters: int, size: float) -> float:
    """Return how many inches so many characters take in a font of so many points."""
    return characters * size * looks.CHARACTER / 72

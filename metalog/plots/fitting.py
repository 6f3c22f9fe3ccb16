"""The last touch to a page that is laid out: fewer ticks and words, until nothing overlaps or leaves the page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator
from matplotlib.transforms import Bbox, BboxBase

#: Marks words (their gid) that are hidden where they would overlap others.
MAY_GO: Final = "may go"
_MOST_TICKS: Final = 8
#: Points between the labels of two ticks.
_GAP: Final = 4.0
#: Part of a page's width that a label keeps from its edges.
_MARGIN: Final = 0.03


def has_words_to_thin(figure: Figure) -> bool:
    """Whether a figure has words that may go."""
    return any(text.get_gid() == MAY_GO for ax in figure.axes for text in ax.texts)


def fit(figure: Figure) -> None:
    """Lay the page out, and thin out what has no room on it."""
    figure.draw_without_rendering()
    for ax in figure.axes:
        _thin_ticks(ax, _GAP / 72 * figure.dpi)
    figure.draw_without_rendering()
    for ax in figure.axes:
        _thin_words(ax)
        _keep_on_page(ax.xaxis.label, figure.bbox, ax.bbox)


def _thin_ticks(ax: Any, gap: float) -> None:
    """Take fewer ticks of the lower axis until their labels stand apart."""
    locator = ax.xaxis.get_major_locator()
    if isinstance(locator, MaxNLocator):
        for most in range(_MOST_TICKS, 0, -1):
            if _apart(_shown(ax), gap):
                break
            locator.set_params(nbins=most)
    elif isinstance(locator, FixedLocator) and not _apart(_shown(ax), gap):
        last = -float("inf")
        for label in ax.get_xticklabels():
            box = label.get_window_extent()
            if box.x0 < last + gap:
                label.set_text("")
            elif label.get_text():
                last = box.x1
        ax.set_xticks(ax.get_xticks(), [label.get_text() for label in ax.get_xticklabels()])


def _shown(ax: Any) -> list[Bbox]:
    """Return where the labels of the ticks are that can be seen, from left to right."""
    low, high = sorted(ax.get_xlim())
    ax.get_xticklabels()  # moves the ticks to where they belong
    ticks = [tick for tick in ax.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]
    boxes = [tick.label1.get_window_extent() for tick in ticks if tick.label1.get_visible() and tick.label1.get_text()]
    return sorted(boxes, key=lambda box: float(box.x0))


def _apart(boxes: Sequence[Bbox], gap: float) -> bool:
    return all(box.x1 + gap <= after.x0 for box, after in pairwise(boxes))


def _thin_words(ax: Any) -> None:
    """Hide words that may go where they overlap others; the later ones stay, which tell how a line ends."""
    kept = [text.get_window_extent() for text in ax.texts if text.get_gid() != MAY_GO]
    words = [text for text in ax.texts if text.get_gid() == MAY_GO]
    for text in sorted(words, key=lambda text: float(text.xy[0]), reverse=True):
        if text.get_window_extent().x1 > ax.bbox.x1:
            text.set_horizontalalignment("right")
        box = text.get_window_extent()
        if box.count_overlaps(kept):
            text.set_visible(False)
        else:
            kept.append(box)


def _keep_on_page(label: Any, page: BboxBase, axes: BboxBase) -> None:
    """Move the label below an axis that is shorter than it back onto the page, as far as it must.

    Letters are a little wider or narrower at another resolution: there is a margin for that.
    """
    box, margin = label.get_window_extent(), _MARGIN * page.width
    right, left = box.x1 - page.x1 + margin, box.x0 - page.x0 - margin
    over = max(right, 0.0) or min(left, 0.0)
    if right > left:  # wider than what lies between the margins
        over = (right + left) / 2
    if over and axes.width:
        label.set_x(label.get_position()[0] - over / axes.width)

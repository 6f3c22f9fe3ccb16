"""Names at the ends of lines, one above the other where the ends lie close together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from metalog.plots import fonts, names
from metalog.plots.colours import LETTER, background, standing_out
from metalog.plots.page import width_of
from metalog.plots.strokes import Floats

#: More names than this have no room beside the Axes.
MOST: Final = 12
#: Characters of a name.
_LONGEST: Final = 24
_POINTS: Final = 7.0
#: From the end of the longest line to the names, as a part of the Axes' width.
_ASIDE: Final = 0.04
_LINE_HEIGHT: Final = 1.15
#: Inches of the lines that lead to the names, about.
_GAP: Final = 0.2


def chosen(*candidates: Sequence[str]) -> list[str]:
    """Return the first of these ways to call the same lines that is short enough; else the last, cut."""
    for texts in ([names.one_line(text) for text in texts] for texts in candidates):
        if len(set(texts)) == len(texts) and max(map(len, texts)) <= _LONGEST:
            return texts
    return names.distinct(candidates[-1], _LONGEST)


def inches(texts: Sequence[str]) -> float:
    """Return about how much room the names take beside the Axes."""
    return width_of(max(map(len, texts)), _POINTS) + _GAP


def add(ax: Any, lines: Mapping[str, str]) -> list[Any]:
    """Write names (values) at the ends of the lines with these labels (keys), for :func:`spread` to move."""
    drawn = {line.get_label(): line for line in ax.get_lines()}
    families, _ = fonts.families(lines.values())
    behind, written = background(ax), []
    for label, text in lines.items():
        points = drawn[label].get_xydata() if label in drawn else np.empty((0, 2))
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points):
            continue
        colour = drawn[label].get_color()
        leader = {"arrowstyle": "-", "linewidth": 0.5, "alpha": 0.6, "shrinkA": 0, "shrinkB": 1, "relpos": (0, 0.5)}
        written.append(
            ax.annotate(
                names.literal(text),
                xy=points[-1],
                xytext=(1 + _ASIDE, 0.5),
                textcoords="axes fraction",
                va="center",
                fontsize=_POINTS,
                fontfamily=families,
                color=standing_out(colour, behind, LETTER),
                annotation_clip=False,
                arrowprops={**leader, "color": colour},
            )
        )
    return written


def spread(ax: Any, written: Sequence[Any]) -> None:
    """Move names up and down until none overlaps another, each as near to its line as can be.

    Called when the page is laid out: it needs the Axes' height.
    """
    if not written:
        return
    box = ax.get_window_extent()
    height = _POINTS * _LINE_HEIGHT / 72 * ax.get_figure(root=True).dpi / box.height
    ends = ax.transAxes.inverted().transform(ax.transData.transform([one.xy for one in written]))[:, 1]
    for one, place in zip(written, _apart(ends, height), strict=True):
        one.set_position((1 + _ASIDE, place))


def _apart(wanted: Floats, height: float) -> Floats:
    """Return places from 0 to 1 at least `height` apart, in the order of those wanted and nearest to them.

    Taken off what the ones below must have at the least, the places need but rise: isotonic least squares.
    """
    order = np.argsort(wanted, kind="stable")
    free = wanted[order] - height * np.arange(wanted.size)
    pools: list[tuple[float, int]] = []
    for value in free.tolist():
        mean, size = value, 1
        while pools and pools[-1][0] > mean:
            below, of_these = pools.pop()
            mean, size = (mean * size + below * of_these) / (size + of_these), size + of_these
        pools.append((mean, size))
    rising = np.repeat([mean for mean, _ in pools], [size for _, size in pools])
    most = max(1 - height * (wanted.size - 1), 0.0)
    places = np.empty(wanted.size)
    places[order] = np.clip(rising, 0, most) + height * np.arange(wanted.size)
    return places

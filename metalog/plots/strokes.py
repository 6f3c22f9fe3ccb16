"""Values to strokes: where a line is unbroken, where a point stands alone, and what can't be drawn at all.

A line joins two points only if one directly follows the other and both have a place on the axis: nothing is bridged.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Finite values beyond this have no place on an axis, nor on a logarithmic one what is closer to 0 than its inverse:
#: a scale that holds them shows nothing else, and towards 1e308 matplotlib's arithmetic overflows.
MOST: Final = 1e100
_HUGE, _HUGE_NEGATIVE, _TINY = f"> {MOST:.0e}".replace("+", ""), f"< -{MOST:.0e}".replace("+", ""), f"< {1 / MOST:.0e}"
#: Marker for each kind of value that has no place on the axis, and the edge at which it is drawn: 0 bottom, 1 top.
MARKERS: Final = {
    "nan": ("x", 0.0),
    "inf": ("^", 1.0),
    "-inf": ("v", 0.0),
    "≤ 0": ("_", 0.0),
    _HUGE: ("D", 1.0),
    _HUGE_NEGATIVE: ("D", 0.0),
    _TINY: ("s", 0.0),
}
#: How small print writes these markers.
SIGNS: Final = dict(zip(MARKERS, "×▲▼–◆◆■", strict=True))


def unplaceable(values: Floats, *, log: bool = False) -> dict[str, Mask]:
    """Return a mask of `values`' shape for each key of :data:`MARKERS`; each value is of one kind, or of none."""
    finite = np.isfinite(values)
    nonpositive = finite & (values <= 0) & log
    return {
        "nan": np.isnan(values),
        "inf": np.isposinf(values),
        "-inf": np.isneginf(values),
        "≤ 0": nonpositive,
        _HUGE: finite & (values > MOST),
        _HUGE_NEGATIVE: finite & (values < -MOST) & ~nonpositive,
        _TINY: (values > 0) & (values < 1 / MOST) & log,
    }


def placeable(values: Floats, *, log: bool = False) -> Floats:
    """Return `values` with ``nan`` in place of all that has no place on the axis."""
    fits = (values >= 1 / MOST if log else values >= -MOST) & (values <= MOST)
    return np.where(fits, values, np.nan)


def strokes(x: Floats, y: Floats, follows: Mask) -> tuple[list[Floats], Floats]:
    """Cut curves into unbroken lines.

    Parameters
    ----------
    x, y
        Points of one or many curves, shape (..., n); where `y` is ``nan`` there is none.
    follows
        Shape (n,) or (..., n): whether the point directly follows the one before it.

    Returns
    -------
    lines
        One array of shape (k, 2), k > 1, for each unbroken line.
    dots
        Shape (m, 2): the points that have no neighbour to be joined with.
    """
    drawn = ~np.isnan(y)
    joined = drawn & np.broadcast_to(follows, y.shape)
    joined[..., 1:] &= drawn[..., :-1]
    joined[..., :1] = False
    points = np.stack([np.broadcast_to(x, y.shape)[drawn], y[drawn]], axis=-1)
    starts = np.flatnonzero(~joined[drawn])
    lengths = np.diff(np.append(starts, len(points)))
    pieces = np.split(points, starts[1:])
    return [piece for piece in pieces if len(piece) > 1], points[starts[lengths == 1]]


def plot(ax: Any, x: Floats, y: Floats, follows: Mask, **style: Any) -> None:
    """Draw one curve on `ax` with every break left open; a point without neighbours is a dot, or its marker.

    `y` may hold values that can't be placed; they are left out here and belong to :func:`mark`.
    """
    lines, dots = strokes(x, placeable(y, log=ax.get_yscale() == "log"), follows)
    gap = np.full((1, 2), np.nan)
    path = np.concatenate([gap, *(part for line in lines for part in (line, gap))])
    ax.plot(path[:, 0], path[:, 1], **style)
    if len(dots):
        dotted = {key: style[key] for key in ("color", "alpha", "zorder") if key in style}
        ax.plot(dots[:, 0], dots[:, 1], linestyle="none", marker=style.get("marker") or "o", markersize=3, **dotted)


def mark(ax: Any, x: Floats, y: Floats) -> None:
    """Mark at the edge of `ax` each value of one curve that has no place on it; the legend says how many there are."""
    for kind, mask in unplaceable(y, log=ax.get_yscale() == "log").items():
        if mask.any():
            marker, edge = MARKERS[kind]
            mark_at(ax, x[mask], np.full(mask.sum(), edge), marker, f"{kind} ({mask.sum():,})", at_edge=True)


def mark_at(
    ax: Any, x: Floats, y: Floats, marker: str, label: str, *, at_edge: bool = False, colour: str | None = None
) -> None:
    """Draw markers over everything else, usually in the text's colour; `at_edge`: `y` is a fraction of the axes."""
    where = {"transform": ax.get_xaxis_transform()} if at_edge else {}
    colour = colour or ax.xaxis.label.get_color()
    ax.plot(
        x, y, linestyle="none", marker=marker, markersize=4, color=colour, label=label, clip_on=False, zorder=5, **where
    )

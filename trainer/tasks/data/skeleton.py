"""From filled shapes to the pen strokes in their middle."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

#: A stroke's points in the order of drawing, float64, (points, 2), x to the right and y down.
Stroke: TypeAlias = npt.NDArray[np.float64]

#: The neighbours of a pixel, clockwise from the one above; a neighbourhood's code has bit k set for the kth.
_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def thin(shapes: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Thin shapes to lines of one pixel, all at once.

    Parameters
    ----------
    shapes
        bool, (shapes, height, width).

    Returns
    -------
    numpy.ndarray
        bool, of the same shape; every part of a shape keeps at least one pixel.

    Notes
    -----
    Guo and Hall, "Parallel thinning with two-subiteration algorithms", CACM 32(3), 1989, algorithm A1.
    """
    padded = np.pad(shapes, ((0, 0), (1, 1), (1, 1))).astype(np.uint8)
    flat = padded.ravel()
    offsets = [dy * padded.shape[2] + dx for dy, dx in _AROUND]
    tables = _deletable()
    ink = np.flatnonzero(flat)
    changed = True
    while changed:
        changed = False
        for table in tables:
            code = np.zeros(len(ink), np.uint8)
            for bit, offset in enumerate(offsets):
                code |= flat[ink + offset] << bit
            delete = table[code]
            flat[ink[delete]] = 0
            ink = ink[~delete]
            changed |= bool(delete.any())
    return padded[:, 1:-1, 1:-1].astype(bool)


def _deletable() -> list[npt.NDArray[np.bool_]]:
    """Tell for each of the 256 neighbourhoods whether its pixel goes, in each of the two subiterations."""
    n, ne, e, se, s, sw, w, nw = (np.arange(256)[:, None] >> np.arange(8) & 1).astype(bool).T
    runs = np.sum([~n & (ne | e), ~e & (se | s), ~s & (sw | w), ~w & (nw | n)], axis=0)
    pairs = [np.sum([nw | n, ne | e, se | s, sw | w], axis=0), np.sum([n | ne, e | se, s | sw, w | nw], axis=0)]
    size = np.minimum(*pairs)
    border = (runs == 1) & (size >= 2) & (size <= 3)
    return [border & ~((s | sw | ~nw) & w), border & ~((n | ne | ~se) & e)]


def trace(skeleton: npt.NDArray[np.bool_], shortest: int) -> list[Stroke]:
    """Follow the lines of a skeleton from one end or crossing to the next.

    Parameters
    ----------
    skeleton
        bool, (height, width), lines of one pixel.
    shortest
        A line from a crossing to a free end of fewer pixels is a burr of the thinning and left out.

    Returns
    -------
    list of Stroke
        In pixels; a dot is a stroke of one point, a ring ends where it starts.
    """
    framed = np.pad(skeleton, 1)  # so that every pixel has neighbours; pixels are numbered row by row
    links = _links(framed)
    nodes = {pixel for pixel, linked in links.items() if len(linked) != 2}
    paths = [[pixel] for pixel in sorted(nodes) if not links[pixel]]
    walked: set[tuple[int, int]] = set()
    for start in [*sorted(nodes), *sorted(links)]:  # what the nodes leave over are rings
        for following in links[start]:
            if (start, following) in walked:
                continue
            path = _walk(start, following, links, nodes)
            walked.update(pairwise(path), pairwise(path[::-1]))
            from_crossing_to_end = {len(links[start]), len(links[path[-1]])} > {1}
            if not (from_crossing_to_end and len(path) < shortest):
                paths.append(path)
    return [np.stack(np.divmod(path, framed.shape[1])[::-1], axis=1) - 1.0 for path in paths]


def _walk(start: int, following: int, links: dict[int, list[int]], nodes: set[int]) -> list[int]:
    path = [start, following]
    while path[-1] not in nodes and path[-1] != start:
        one, other = links[path[-1]]
        path.append(other if one == path[-2] else one)
    return path


def _links(framed: npt.NDArray[np.bool_]) -> dict[int, list[int]]:
    """Link the pixels that touch; those that touch at a corner only where no third pixel joins them."""
    flat, width = framed.ravel(), framed.shape[1]
    ink = np.flatnonzero(flat)
    links: dict[int, list[int]] = {pixel: [] for pixel in ink.tolist()}
    for offset, joining in ((1, ()), (width, ()), (width + 1, (1, width)), (width - 1, (-1, width))):
        touching = flat[ink + offset]
        for third in joining:
            touching &= ~flat[ink + third]
        for pixel in ink[touching].tolist():
            links[pixel].append(pixel + offset)
            links[pixel + offset].append(pixel)
    return links

"""Hands that write: each bends the strokes of letters in its own way and draws them with its own pen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trainer.tasks.data.canvas import paint
from trainer.tasks.data.fonts import Letters

#: A pen's least and greatest width, as shares of the drawing's side; Omniglot's is about 5 pixels of 105.
_PEN = (0.042, 0.058)
#: The least and greatest longer side of a letter, as shares of the drawing's side.
_SIZE = (0.55, 0.85)
#: Paper that stays white along each edge, as a share of the drawing's side, beside half the pen's width.
_MARGIN = 0.03
#: Waves added up to the field that bends a letter, and their typical number within a letter.
_WAVES, _FREQUENCY = 4, 0.7


def write(letters: Letters, rng: np.random.Generator, side: int) -> npt.NDArray[np.uint8]:
    """Write each letter once, all by the same hand.

    Parameters
    ----------
    letters
        What to write.
    rng
        Decides what the hand is like and where it trembles.
    side
        Height and width of a drawing, in pixels.

    Returns
    -------
    numpy.ndarray
        uint8, (letters, side, side): 255 is ink. No ink touches an edge.
    """
    pen = rng.uniform(*_PEN)
    points = _bend(letters, rng)
    points = _place(points, letters, rng, room=1 - 2 * _MARGIN - pen)
    return _ink(points, letters, pen * side, side)


def _bend(letters: Letters, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Slant, stretch and turn the letters, as the hand does and a little differently each; then bend their strokes."""
    slant, stretch, turn = rng.normal(0, (0.15, 0.12, 0.07))
    own = rng.normal(0, (0.06, 0.06, 0.05), (letters.count, 3))
    matrix = _affine(slant + own[:, 0], stretch + own[:, 1], turn + own[:, 2])
    points = np.einsum("pij,pj->pi", matrix[letters.letter], letters.points)

    tremble = rng.uniform(0.015, 0.035)
    frequency = rng.normal(0, 2 * np.pi * _FREQUENCY, (letters.count, _WAVES, 2))
    phase = rng.uniform(0, 2 * np.pi, (letters.count, _WAVES))
    height = rng.normal(0, tremble, (letters.count, _WAVES, 2))
    angle = np.einsum("pj,pwj->pw", points, frequency[letters.letter]) + phase[letters.letter]
    elastic = np.einsum("pw,pwj->pj", np.sin(angle), height[letters.letter])
    apart = rng.normal(0, 0.010, (letters.stroke[-1] + 1, 2))[letters.stroke]
    bent: npt.NDArray[np.float64] = points + elastic + apart
    return bent


def _affine(
    slant: npt.NDArray[np.float64], stretch: npt.NDArray[np.float64], turn: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return matrices, (n, 2, 2), that slant to the right, widen by a factor of e**stretch, then turn by radians."""
    cos, sin, wide = np.cos(turn), np.sin(turn), np.exp(stretch / 2)
    rotation = np.array([[cos, -sin], [sin, cos]])
    shape = np.array([[wide, slant], [0 * wide, 1 / wide]])
    matrices: npt.NDArray[np.float64] = np.einsum("ijn,jkn->nik", rotation, shape)
    return matrices


def _place(
    points: npt.NDArray[np.float64], letters: Letters, rng: np.random.Generator, room: float
) -> npt.NDArray[np.float64]:
    """Size the letters and move each somewhere about the middle, all of it within `room`; 1 is the drawing's side."""
    size = rng.uniform(*_SIZE) * rng.uniform(0.9, 1.1, letters.count)
    starts = np.flatnonzero(np.diff(letters.letter, prepend=-1))
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    extent = high - low
    size = np.minimum(size, room / extent.max(axis=1))
    slack = (room - size[:, None] * extent) / 2
    middle = 0.5 + slack * np.clip(rng.normal(0, 0.35, slack.shape), -1, 1)
    offset = middle - size[:, None] * (low + high) / 2
    placed: npt.NDArray[np.float64] = points * size[letters.letter, None] + offset[letters.letter]
    return placed


def _ink(points: npt.NDArray[np.float64], letters: Letters, pen: float, side: int) -> npt.NDArray[np.uint8]:
    """Draw the strokes, all letters in a row on one canvas, and cut it up."""
    from matplotlib.path import Path

    codes = np.where(np.diff(letters.stroke, prepend=-1) > 0, Path.MOVETO, Path.LINETO)
    placed = (points + letters.letter[:, None] * (1, 0)) * side
    row = paint(placed, codes, (side * letters.count, side), pen)
    return row.reshape(side, letters.count, side).swapaxes(0, 1)

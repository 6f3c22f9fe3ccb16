"""The strokes of letters, from the fonts that come with matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from trainer.tasks.data.canvas import paint
from trainer.tasks.data.skeleton import Stroke, thin, trace

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

#: Font files whose letters differ in the middle of their strokes, not only in slant or weight.
FACES: Final = (
    "DejaVuSans",
    "DejaVuSerif",
    "DejaVuSansMono",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralItalic",
    "cmss10",
    "cmtt10",
    "cmmi10",
)
#: Pixels to the side of the square in which a letter is thinned, and the margin within.
_SQUARE, _MARGIN = 72, 3
#: A branch of fewer pixels is no stroke: about half the thickness of a letter there.
_BURR = 5


@dataclass(frozen=True, slots=True)
class Letters:
    """The strokes of some letters in one face, end to end.

    Attributes
    ----------
    points
        float64, (points, 2): x to the right, y up; each letter is centred on 0 and its longer side is 1, but for
        letters smaller than most of their alphabet, which stay smaller in proportion.
    letter, stroke
        int64, (points,): which letter and which stroke, counted through, a point belongs to.
    count
        The number of letters.
    """

    points: npt.NDArray[np.float64]
    letter: npt.NDArray[np.int64]
    stroke: npt.NDArray[np.int64]
    count: int


def letters_of(alphabet: str) -> list[Letters]:
    """Return the strokes of an alphabet's letters in each face that has all of them."""
    from matplotlib import get_data_path
    from matplotlib.ft2font import FT2Font

    folder = Path(get_data_path()) / "fonts" / "ttf"
    fonts = [FT2Font(str(folder / f"{face}.ttf")) for face in FACES]
    return [_letters(alphabet, font) for font in fonts if set(map(ord, alphabet)) <= set(font.get_charmap())]


def _letters(alphabet: str, font: FT2Font) -> Letters:
    shapes, sizes = _shapes(alphabet, font)
    # In shares of the longer side of a letter; a letter smaller than most is drawn smaller.
    shares = np.minimum(sizes / np.median(sizes), 1) / (_SQUARE - 2 * _MARGIN)
    traced = [[_smooth(stroke) for stroke in trace(skeleton, _BURR)] for skeleton in thin(shapes)]
    strokes = [stroke for letter in traced for stroke in letter]
    stroke = np.repeat(np.arange(len(strokes)), [len(points) for points in strokes])
    letter = np.repeat(np.arange(len(traced)), [len(letter) for letter in traced])[stroke]
    points = (np.concatenate(strokes) - (_SQUARE - 1) / 2) * (1, -1) * shares[letter, None]
    return Letters(points, letter, stroke, len(alphabet))


def _shapes(alphabet: str, font: FT2Font) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Fill the outline of each letter, stretched to the square; return the shapes and the letters' own sizes."""
    from matplotlib.ft2font import LoadFlags

    # At one pixel a font unit and without hinting, outlines are whole numbers, whatever the version of FreeType.
    font.set_size(font.units_per_EM, 72)
    shapes, sizes = [], []
    for character in alphabet:
        font.load_char(ord(character), flags=LoadFlags.NO_HINTING)
        vertices, codes = font.get_path()
        vertices = np.round(vertices)
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        sizes.append(float(max(high - low)))
        placed = (vertices - (low + high) / 2) * ((_SQUARE - 2 * _MARGIN) / sizes[-1]) + _SQUARE / 2
        shapes.append(paint(placed, codes, (_SQUARE, _SQUARE)) > 127)
    return np.array(shapes), np.array(sizes)


def _smooth(stroke: Stroke) -> Stroke:
    """Take the steps of the pixels out of a stroke and half of its points; its ends stay."""
    if len(stroke) == 1:  # a dot; a pen leaves ink only where it moves
        return np.add(stroke, ((0, 0), (0.5, 0)))
    stroke = stroke.copy()
    for _ in range(3):
        stroke[1:-1] = (stroke[:-2] + 2 * stroke[1:-1] + stroke[2:]) / 4
    return np.concatenate([stroke[:-1:2], stroke[-1:]])

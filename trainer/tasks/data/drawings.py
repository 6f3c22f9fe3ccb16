"""Drawings of characters, all in memory as bytes: what every data source gives and what the trainer works on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from metalog.errors import UsageError

#: (alphabet, character) -> its drawings, uint8, (drawings, side, side), 255 being ink: what a source is read into.
Characters: TypeAlias = dict[tuple[str, str], npt.NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Drawings:
    """A data set: alphabets of characters, each drawn by several people.

    Attributes
    ----------
    images
        uint8, (characters, drawings, side, side): 255 is ink, 0 is paper.
    alphabets
        The alphabets' names, sorted.
    alphabet
        int32, (characters,): each character's index into `alphabets`. The characters of an alphabet lie next to each
        other, the alphabets in the order of their names.
    characters
        Each character's name, ``alphabet/character``.
    source
        Where the drawings came from, for the log.
    """

    images: npt.NDArray[np.uint8]
    alphabets: tuple[str, ...]
    alphabet: npt.NDArray[np.int32]
    characters: tuple[str, ...]
    source: str

    @property
    def side(self) -> int:
        """The height and width of a drawing, in pixels."""
        return int(self.images.shape[-1])

    @property
    def drawings_per_character(self) -> int:
        """How many people drew each character."""
        return int(self.images.shape[1])

    @property
    def alphabet_sizes(self) -> npt.NDArray[np.int64]:
        """int64, (alphabets,): the number of characters of each."""
        return np.bincount(self.alphabet, minlength=len(self.alphabets))


def assemble(characters: Characters, source: str) -> Drawings:
    """Put characters, from `source`, in the order of their names.

    Raises
    ------
    UsageError
        If there are none, if one has more or fewer drawings than most, or if an alphabet has only one character.
    """
    if not characters:
        raise UsageError(f"{source} holds no drawings")
    _refuse_unequal(characters, source)
    keys = sorted(characters)
    alphabets, index = np.unique([alphabet for alphabet, _ in keys], return_inverse=True)
    for number in np.flatnonzero(np.bincount(index) < 2):
        raise UsageError(f"alphabet {alphabets[number]} of {source} has a single character, but a problem needs two")
    return Drawings(
        images=np.stack([characters[key] for key in keys]),
        alphabets=tuple(alphabets.tolist()),
        alphabet=index.astype(np.int32),
        characters=tuple("/".join(key) for key in keys),
        source=source,
    )


def _refuse_unequal(characters: Characters, source: str) -> None:
    usual = Counter(len(images) for images in characters.values()).most_common(1)[0][0]
    for key, images in characters.items():
        if len(images) != usual:
            raise UsageError(
                f"character {'/'.join(key)} of {source} has {len(images)} drawings where most have {usual}; "
                "each needs the same number"
            )

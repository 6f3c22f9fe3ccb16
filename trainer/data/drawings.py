"""Drawings of characters, all in memory as bytes: what every data source gives and what the trainer works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metalog.errors import UsageError


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


def assemble(characters: Mapping[tuple[str, str], npt.NDArray[np.uint8]], source: str) -> Drawings:
    """Put characters in the order of their names.

    Parameters
    ----------
    characters
        (alphabet, character) -> its drawings, uint8, (drawings, side, side), 255 being ink.
    source
        Where they came from.

    Raises
    ------
    UsageError
        If there are none, if one has more or fewer drawings than the others, or if an alphabet has only one character.
    """
    if not characters:
        raise UsageError(f"{source} holds no drawings")
    keys = sorted(characters)
    alphabets = sorted({alphabet for alphabet, _ in keys})
    index = np.array([alphabets.index(alphabet) for alphabet, _ in keys], np.int32)
    _refuse_unequal({key: len(characters[key]) for key in keys}, source)
    for number in np.flatnonzero(np.bincount(index) < 2):
        raise UsageError(f"alphabet {alphabets[number]} of {source} has a single character, but a problem needs two")
    images = np.stack([characters[key] for key in keys])
    return Drawings(images, tuple(alphabets), index, tuple("/".join(key) for key in keys), source)


def merge(parts: Sequence[Drawings]) -> Drawings:
    """Join data sets into one; a character that several of them hold is taken from the first.

    Raises
    ------
    UsageError
        If the numbers of drawings per character differ.
    """
    if len(parts) == 1:
        return parts[0]
    characters: dict[tuple[str, str], npt.NDArray[np.uint8]] = {}
    for part in parts:
        for name, images in zip(part.characters, part.images, strict=True):
            alphabet, _, character = name.rpartition("/")
            characters.setdefault((alphabet, character), images)
    return assemble(characters, " + ".join(part.source for part in parts))


def _refuse_unequal(counts: Mapping[tuple[str, str], int], source: str) -> None:
    usual = max(counts.values(), key=list(counts.values()).count)
    for (alphabet, character), count in counts.items():
        if count != usual:
            raise UsageError(
                f"character {alphabet}/{character} of {source} has {count} drawings where the others have {usual}; "
                "each needs the same number"
            )

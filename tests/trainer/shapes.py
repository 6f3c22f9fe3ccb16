"""Drawings whose shape is right and whose pixels don't matter."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trainer.tasks.data.drawings import Drawings

#: The alphabets of Omniglot's background set and their numbers of characters.
OMNIGLOT = {
    "Alphabet_of_the_Magi": 20,
    "Anglo-Saxon_Futhorc": 29,
    "Arcadian": 26,
    "Armenian": 41,
    "Asomtavruli_(Georgian)": 40,
    "Balinese": 24,
    "Bengali": 46,
    "Blackfoot_(Canadian_Aboriginal_Syllabics)": 14,
    "Braille": 26,
    "Burmese_(Myanmar)": 34,
    "Cyrillic": 33,
    "Early_Aramaic": 22,
    "Futurama": 26,
    "Grantha": 43,
    "Greek": 24,
    "Gujarati": 48,
    "Hebrew": 22,
    "Inuktitut_(Canadian_Aboriginal_Syllabics)": 16,
    "Japanese_(hiragana)": 52,
    "Japanese_(katakana)": 47,
    "Korean": 40,
    "Latin": 26,
    "Malay_(Jawi_-_Arabic)": 40,
    "Mkhedruli_(Georgian)": 41,
    "N_Ko": 33,
    "Ojibwe_(Canadian_Aboriginal_Syllabics)": 14,
    "Sanskrit": 42,
    "Syriac_(Estrangelo)": 23,
    "Tagalog": 17,
    "Tifinagh": 55,
}


def drawings_of(alphabets: Mapping[str, int], *, drawings: int = 20) -> Drawings:
    """Return blank drawings of one pixel for these alphabets, given in the order of their names."""
    sizes = list(alphabets.values())
    names = tuple(f"{alphabet}/character{i + 1:02d}" for alphabet, n in alphabets.items() for i in range(n))
    images = np.zeros((len(names), drawings, 1, 1), np.uint8)
    return Drawings(images, tuple(alphabets), np.repeat(np.arange(len(sizes)), sizes).astype(np.int32), names, "blanks")

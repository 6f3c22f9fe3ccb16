"""Letters of real alphabets, written by hands that differ: the data set that needs no download.

The letters come from the fonts in matplotlib, thinned to the strokes in their middle; a hand bends the strokes and
draws them anew with its own pen.
"""

from __future__ import annotations

import sys
import unicodedata
from typing import Final

import numpy as np

from trainer.randomness import Purpose, generator
from trainer.tasks.data.drawings import Characters
from trainer.tasks.data.fonts import letters_of
from trainer.tasks.data.hands import write

#: Drawings of each character.
HANDS: Final = 20

#: Alphabet -> its letters, without those that differ from another only in size. The names are Omniglot's where it has
#: the alphabet, so that merged with Omniglot the same letters never lie in two splits.
ALPHABETS: Final = {
    "Arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهويپچژگ",
    "Armenian": "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
    "Asomtavruli_(Georgian)": "".join(map(chr, range(0x10A0, 0x10C6))),
    "Cyrillic": "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
    "Greek": "αβγδεζηθικλμνξοπρστυφχψωΓΔΛΞΣΩ",
    "Hebrew": "אבגדהוזחטךכלםמנסעףפץצקרשת",
    "Inuktitut_(Canadian_Aboriginal_Syllabics)": "ᐃᐅᐊᐱᐳᐸᑎᑐᑕᑭᑯᑲᒋᒍᒐᒥᒧᒪᓂᓄᓇᓯᓱᓴᓕᓗᓚᔨᔪᔭᕕᕗᕙᕆᕈᕋᕿᖁᖃᖏᖑᖓ",
    "Lao": "ກຂຄງຈຊຍດຕຖທນບປຜຝພຟມຢຣລວສຫອຮ",
    "Latin": "ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt",
    "Mkhedruli_(Georgian)": "".join(map(chr, range(0x10D0, 0x10F1))),
    "N_Ko": "".join(map(chr, range(0x07CA, 0x07E6))),
    "Ogham": "".join(map(chr, range(0x1681, 0x169B))),
    "Old_Italic": "".join(map(chr, range(0x10300, 0x1031B))),
    "Tifinagh": "".join(map(chr, range(0x2D30, 0x2D66))),
}


def draw(seed: int, side: int, *, progress: bool = False) -> Characters:
    """Let 20 hands write each letter of each alphabet.

    Parameters
    ----------
    seed
        Decides what the hands are like; each alphabet has its own.
    side
        Height and width of a drawing, in pixels.
    progress
        Show a progress bar, on a terminal.

    Returns
    -------
    Characters
        Named as in Unicode, such as ``("Greek", "GREEK SMALL LETTER ALPHA")``.
    """
    from tqdm import tqdm

    silent = not (progress and sys.stderr.isatty())
    characters: Characters = {}
    for number, (name, alphabet) in enumerate(tqdm(ALPHABETS.items(), "Drawing", leave=False, disable=silent)):
        faces = letters_of(alphabet)
        images = np.empty((len(alphabet), HANDS, side, side), np.uint8)
        for hand in range(HANDS):
            rng = generator(seed, Purpose.HANDS, number, hand)
            images[:, hand] = write(faces[hand % len(faces)], rng, side)
        characters.update({(name, unicodedata.name(letter)): images[i] for i, letter in enumerate(alphabet)})
    return characters

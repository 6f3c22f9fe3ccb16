"""Names of files made from names of runs: different for different runs, and never too long. Standard library only."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final

#: Bytes of a made-up name, its ending included: file systems take 255, and a temporary name beside it is longer.
MOST_BYTES: Final = 200
_HASH_DIGITS: Final = 8


def file_stems(names: Sequence[str]) -> list[str]:
    """Return the begin of a file name for each of some names.

    Parameters
    ----------
    names
        Any texts, such as names of runs, no two of them equal.

    Returns
    -------
    list of str
        A name of letters, digits, ``_``, ``.`` and ``-`` stays as it is. Any other loses what a file name shouldn't
        have and gets a part of a hash of the whole name. So different names give different files, in this call and in
        any other. So do names of one call that only differ in case, which some file systems take for equal.
    """
    stems = [_stem(name) for name in names]
    counts = Counter(map(str.casefold, stems))
    return [
        stem if counts[stem.casefold()] == 1 else with_hash(stem, name) for stem, name in zip(stems, names, strict=True)
    ]


def _stem(name: str) -> str:
    plain = re.sub(r"[^\w.-]+", "-", unicodedata.normalize("NFC", name)).strip("-.") or "run"
    return plain if plain == name else with_hash(plain, name)


def with_hash(stem: str, name: str) -> str:
    """Return `stem` with a part of the hash of `name` behind it."""
    digits = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]
    return f"{stem}-{digits}"


def fitted(stem: str, ending: str) -> str:
    """Return ``stem + ending``; of a stem that is too long the begin, and a part of its hash."""
    room = MOST_BYTES - len(ending.encode())
    if len(stem.encode()) <= room:
        return stem + ending
    begin = stem.encode()[: room - _HASH_DIGITS - 1].decode("utf-8", "ignore")
    return with_hash(begin, stem) + ending

"""The passes over all tokens of a block, for installs without the compiled ones (:mod:`.native`), and their oracle.

Kinds are uint8, counters and lines int32, places int64; all arrays are 1-D.
"""

from __future__ import annotations

import numpy as np

from metalog.columns import Array
from metalog.grammar import MISSING
from metalog.structure.order import (
    ALLOWED,
    BELOW,
    EPOCH,
    FREE,
    IS_HEADER,
    META_EPOCH,
    PLUS,
    RULE,
    STEP,
    TIMES,
    VALIDATION,
    WIDTH,
)


def look(kind: Array, first: Array, second: Array) -> tuple[Array, Array, Array, list[int]]:
    """Compare all lines but the first with the one above.

    Parameters
    ----------
    kind, first, second
        Codes and counters; the code of a rule below the title of a meta-epoch is changed to ``BELOW``.

    Returns
    -------
    headers, misfits, counted : numpy.ndarray
        The places of headers; of lines that don't fit the one above by the tables of :mod:`.order`; of validations, but
        for those with as many steps above as the two before, which tell nothing new.
    tally : list of int
        The number of lines of each code, before any was changed.
    """
    tally: list[int] = np.bincount(kind[1:], minlength=WIDTH).tolist()
    rules = np.flatnonzero(kind[1:] == RULE) + 1
    kind[rules[kind[rules - 1] == META_EPOCH]] = BELOW
    return np.flatnonzero(IS_HEADER[kind[1:]]) + 1, _misfits(kind, first, second), _counted(kind, second), tally


def _misfits(kind: Array, first: Array, second: Array) -> Array:
    pairs = (kind[:-1] << 4) | kind[1:]
    fits = ALLOWED[pairs]
    expected = first[:-1].astype(np.int64) * TIMES[pairs] + PLUS[pairs]
    fits &= FREE[pairs] | ((first[1:] == expected) & (first[1:] != MISSING))
    fits &= (kind[1:] != STEP) | (second[1:] == np.maximum(second[:-1], 0).astype(np.int64) + 1)
    places: Array = np.flatnonzero(~fits) + 1
    return places


def _counted(kind: Array, second: Array) -> Array:
    validations = np.flatnonzero(kind[1:] == VALIDATION) + 1
    counts = count(kind[validations - 1], second[validations - 1], STEP, EPOCH)
    telling = np.ones(len(counts), bool)
    telling[2:] = (counts[2:] != counts[1:-1]) | (counts[1:-1] != counts[:-2])
    return validations[telling]


def count(kind: Array, number: Array, some: int, none: int) -> Array:
    """Tell how many there were from the line above: its number if it is of the kind `some`, 0 if it is `none`."""
    counts: Array = np.where(kind == some, number, np.where(kind == none, 0, MISSING))
    return counts


def gather(
    kind: Array, code: int, first: Array, second: Array, loss: Array, accuracy: Array, line: Array
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Return where the tokens of a kind are, and their columns; ``line`` becomes int64."""
    at = np.flatnonzero(kind == code)
    return at, first[at], second[at], loss[at], accuracy[at], line[at].astype(np.int64)


def repeat(values: Array, counts: Array, out: Array) -> None:
    """Fill `out` with each of the values (int32) as often as its count (int64) says."""
    out[:] = np.repeat(values, counts)

"""The passes over all tokens of a block, for installs without the compiled ones (:mod:`.native`), and their oracle.

Kinds are uint8, counters and lines int32, places int64; all arrays are 1-D.
"""

from __future__ import annotations

import numpy as np

from metalog.columns import Array, Columns
from metalog.grammar import MISSING
from metalog.scan.tokens import Matches
from metalog.structure.order import (
    ALLOWED,
    BELOW,
    EPOCH,
    FREE,
    IS_HEADER,
    META_EPOCH,
    MV_RESULT,
    PLUS,
    RULE,
    STEP,
    TIMES,
    VALIDATION,
    WIDTH,
    count,
)


def look(kind: Array, first: Array, second: Array) -> tuple[Array, Array, Array, Array, list[int]]:
    """Compare all lines but the first with the one above.

    Parameters
    ----------
    kind, first, second
        Codes and counters; the code of a rule below the title of a meta-epoch is changed to ``BELOW``.

    Returns
    -------
    headers, misfits, counted, results : numpy.ndarray
        The places of headers; of lines that don't fit the one above by the tables of :mod:`.order`; of validations, but
        for those with as many steps above as the two before, which tell nothing new; of results of meta-validations.
    tally : list of int
        The number of lines of each code, before any was changed.
    """
    tally: list[int] = np.bincount(kind[1:], minlength=WIDTH).tolist()
    rules = np.flatnonzero(kind[1:] == RULE) + 1
    kind[rules[kind[rules - 1] == META_EPOCH]] = BELOW
    headers, results = np.flatnonzero(IS_HEADER[kind[1:]]) + 1, np.flatnonzero(kind[1:] == MV_RESULT) + 1
    return headers, _misfits(kind, first, second), _counted(kind, second), results, tally


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


def gather(tokens: Matches, code: int, bounds: Array, own: Columns, counters: tuple[str, ...], begin: int = 0) -> Array:
    """Copy the columns of the records of a kind to where they stay, and count them.

    Parameters
    ----------
    tokens
        The block.
    code
        Of the kind.
    bounds
        int64, 1-D: the tokens at which stretches begin, in order, but for the first one, which begins with the block.
    own
        Columns with as many rows as there are such records: ``loss``, ``accuracy`` (float64), ``line`` (int64), and
        `counters`, up to two names for the counters of their lines (int32).
    begin
        What is added to the lines' numbers.

    Returns
    -------
    numpy.ndarray
        int64, 1-D: the records in each stretch, one more than there are bounds.
    """
    at = np.flatnonzero(tokens.kind == code)
    for name, values in zip(counters, (tokens.first, tokens.second), strict=False):
        own[name][:] = values[at]
    own["loss"][:], own["accuracy"][:] = tokens.loss[at], tokens.accuracy[at]
    own["line"][:] = tokens.line[at] + np.int64(begin)
    counts: Array = np.diff(np.concatenate(([0], np.searchsorted(at, bounds), [len(at)])))
    return counts


def repeat(values: Array, counts: Array, out: Array) -> None:
    """Fill `out` with each of the values (int32) as often as its count (int64) says."""
    out[:] = np.repeat(values, counts)

"""Which lines fill one row: those of one turn, until a kind of line comes again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metalog.columns import Array


def number_rows(keys: Sequence[Array], kind: Array, begins: Array) -> tuple[Array, int]:
    """Return for each line the number of its row, and how many rows there are.

    Parameters
    ----------
    keys
        What tells a turn: the lines of one come one after the other and have equal keys; 1-D each.
    kind
        The kind of each line, a small integer; 1-D.
    begins
        Whether each line begins a row in any case; bool, 1-D.

    Returns
    -------
    rows : int64 array, 1-D
        Counted from 0 in the order in which rows begin.
    number : int
        How many.
    """
    if not len(kind):
        return np.empty(0, np.int64), 0
    group = number_groups(keys, begins)
    again = _occurrence(group, kind)
    if not again.any():
        return group, int(group[-1]) + 1
    pairs = group * (int(again.max()) + 1) + again
    _, first, rows = np.unique(pairs, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    return order[rows], len(first)


def number_groups(keys: Sequence[Array], begins: Array) -> Array:
    """Return for each line the number of its turn, or of the row that it begins; see :func:`number_rows`."""
    new = begins.copy()
    new[:1] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    group: Array = np.cumsum(new) - 1
    return group


def _occurrence(group: Array, kind: Array) -> Array:
    """Return how many lines of the same kind came before each line within its group."""
    order = np.lexsort((kind, group))
    same = np.zeros(len(kind), bool)
    same[1:] = (group[order][1:] == group[order][:-1]) & (kind[order][1:] == kind[order][:-1])
    place = np.arange(len(kind))
    begin = np.maximum.accumulate(np.where(same, 0, place))
    found = np.empty(len(kind), np.int64)
    found[order] = place - begin
    return found

"""The passes over all tokens of a block, for installs without the compiled ones (:mod:`.native`), and their oracle.

Kinds are uint8, counters and lines int32, places int64; all arrays are 1-D.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metalog.columns import Array, Columns
from metalog.formats.grammar import MISSING
from metalog.scan.tokens import Matches
from metalog.structure.numbering import BATCH, EPOCH_OF_META, PROBLEM_OF_STEP, SEGMENT, STEP_OF_META
from metalog.structure.order import (
    ALLOWED,
    BELOW,
    CLOSES_META_STEP,
    EPOCH,
    FREE,
    IS_HEADER,
    LEVEL,
    META_EPOCH,
    META_STEP,
    MV_BATCH,
    MV_RESULT,
    PLUS,
    PROBLEM,
    RULE,
    START,
    STEP,
    TIMES,
    VALIDATION,
    WIDTH,
    count,
)

#: Code of a kind of record, its columns, the names of those that its lines' counters and the headers above fill.
Table = tuple[int, Columns, tuple[str, ...], tuple[str, ...]]


def look(
    tokens: Matches,
) -> tuple[Array, Array, Array, Array, Array, Array, Array, Array, Array, Array, Array, list[int]]:
    """Compare all tokens of a block with those above.

    Parameters
    ----------
    tokens
        The block.

    Returns
    -------
    kind, first, second : numpy.ndarray
        Codes and counters of the tokens, led by those of ``START``; the code of a rule below the title of a meta-epoch
        has become ``BELOW``. The place of a token is its index here.
    headers, misfits, steps, epochs, results : numpy.ndarray
        The places of headers; of lines that don't fit the one above by the tables of :mod:`.order`, and headers whose
        number does not follow from those above (the first header and the first meta-step among them, as they can't be
        judged); of validations, and of headers that end a problem, but for those with as many steps, or epochs, above
        as the two before, which tell nothing new; of results of meta-validations.
    closes : numpy.ndarray
        Which of the headers end the problems of a meta-step.
    header_kind, header_first : numpy.ndarray
        Codes and counters of the headers.
    tally : list of int
        The number of lines of each code, before any was changed.
    """
    kind = np.concatenate((np.array([START], np.uint8), tokens.kind))
    first = np.concatenate((np.array([MISSING], np.int32), tokens.first))
    second = np.concatenate((np.array([MISSING], np.int32), tokens.second))
    tally: list[int] = np.bincount(kind[1:], minlength=WIDTH).tolist()
    rules = np.flatnonzero(kind[1:] == RULE) + 1
    kind[rules[kind[rules - 1] == META_EPOCH]] = BELOW
    headers, results = np.flatnonzero(IS_HEADER[kind[1:]]) + 1, np.flatnonzero(kind[1:] == MV_RESULT) + 1
    misfit = np.zeros(len(kind), bool)
    misfit[_misfits(kind, first, second)] = misfit[_misnumbered(kind, first, headers)] = True
    validations = np.flatnonzero(kind[1:] == VALIDATION) + 1
    new = (kind[headers] != kind[headers - 1]) | (first[headers] != first[headers - 1])
    ends = headers[new & (kind[headers] != MV_BATCH)]
    steps = _telling(validations, count(kind[validations - 1], second[validations - 1], STEP, EPOCH))
    epochs = _telling(ends, count(kind[ends - 1], first[ends - 1], VALIDATION, PROBLEM))
    found = headers, np.flatnonzero(misfit), steps, epochs, results, np.flatnonzero(CLOSES_META_STEP[kind[headers]])
    return kind, first, second, *found, kind[headers], first[headers], tally


def _misfits(kind: Array, first: Array, second: Array) -> Array:
    pairs = (kind[:-1] << 4) | kind[1:]
    fits = ALLOWED[pairs]
    expected = first[:-1].astype(np.int64) * TIMES[pairs] + PLUS[pairs]
    fits &= FREE[pairs] | ((first[1:] == expected) & (first[1:] != MISSING))
    fits &= (kind[1:] != STEP) | (second[1:] == np.maximum(second[:-1], 0).astype(np.int64) + 1)
    places: Array = np.flatnonzero(~fits) + 1
    return places


def _misnumbered(kind: Array, first: Array, headers: Array) -> Array:
    """Return the headers whose number does not follow that of the header of their kind above."""
    above, this = kind[headers[:-1]], kind[headers[1:]]
    above_number, number = first[headers[:-1]].astype(np.int64), first[headers[1:]]
    follows = (number == above_number + 1) & (above_number != MISSING)
    next_problem = ((above == PROBLEM) & follows) | (above == META_STEP)
    next_batch = (number != MISSING) & ((above != MV_BATCH) | (number > above_number))
    wrong = headers[1:][((this == PROBLEM) & ~next_problem) | ((this == MV_BATCH) & ~next_batch)]
    steps = headers[kind[headers] == META_STEP]
    updates = first[steps].astype(np.int64)
    jumps = steps[1:][(updates[1:] != updates[:-1] + 1) | (updates[:-1] == MISSING)]
    return np.concatenate((headers[:1], wrong, steps[:1], jumps))


def _telling(places: Array, counts: Array) -> Array:
    known = (counts != MISSING) | (places == 1)  # what stands above the first place is not known yet
    places, counts = places[known], counts[known]
    telling = np.ones(len(counts), bool)
    telling[2:] = (counts[2:] != counts[1:-1]) | (counts[1:-1] != counts[:-2])
    return places[telling]


def tabulate(kind: Array, number: Array, at: Array, walked: Array, context: Array) -> tuple[Array, Array, Array, Array]:
    """Put the headers of a block and what the walker added to them into one table, counters filled down.

    Parameters
    ----------
    kind, number, at
        The headers' kinds, counters and tokens.
    walked
        int64, 2-D: what :class:`~metalog.structure.walk.Walk` calls events, one a row, in order.
    context
        int64: the fields of :class:`~metalog.structure.events.Context` that the table goes on from, in their order.

    Returns
    -------
    wide : numpy.ndarray
        int64, 2-D, one row each: token, level, global meta-step, offset, number of the meta-step and of the problem in
        the log. The first column is the context.
    narrow : numpy.ndarray
        int32, 2-D, one row each: segment, meta-epoch, meta-step, problem, batch.
    steps, segments : numpy.ndarray
        int64, 1-D: the columns at which a meta-step, and a segment, begins.
    """
    level = LEVEL[kind]
    number = number.astype(np.int64) + ((kind == META_STEP) & (number != MISSING))  # from updates to its number
    headers = np.column_stack((at, level, number, np.full(len(kind), MISSING)))[level != MISSING]
    every = np.concatenate(([(-1, MISSING, MISSING, MISSING)], walked, headers))
    at, level, number, offset = np.ascontiguousarray(every[np.argsort(every[:, 0], kind="stable")].T)
    index = np.arange(len(at))
    own = {each: level == each for each in range(BATCH + 1)}
    last = {each: np.maximum.accumulate(np.where(here, index, 0)) for each, here in own.items()}

    def filled(of: int, start: int, values: Array = number) -> Array:
        values = np.where(own[of], values, MISSING)
        values[0] = start
        return values[last[of]]

    segment, meta_epoch, meta_step, problem, batch, before, step_row, problem_row = context.tolist()
    offset = filled(EPOCH_OF_META, before, offset)
    meta_step = np.where(last[EPOCH_OF_META] > last[STEP_OF_META], MISSING, filled(STEP_OF_META, meta_step))
    above = np.maximum(last[EPOCH_OF_META], last[STEP_OF_META])
    problem = np.where(above > last[PROBLEM_OF_STEP], MISSING, filled(PROBLEM_OF_STEP, problem))
    counted = np.where((offset != MISSING) & (meta_step != MISSING), offset + meta_step, MISSING)
    step_row, problem_row = (
        start + np.cumsum(own[of]) for start, of in ((step_row, STEP_OF_META), (problem_row, PROBLEM_OF_STEP))
    )
    segment, meta_epoch = segment + np.cumsum(own[SEGMENT]), filled(EPOCH_OF_META, meta_epoch)
    narrow = np.array((segment, meta_epoch, meta_step, problem, filled(BATCH, batch)), np.int32)
    wide = np.array((at, level, counted, offset, step_row, problem_row))
    return wide, narrow, np.flatnonzero(own[STEP_OF_META]), np.flatnonzero(own[SEGMENT])


def gather(
    tokens: Matches, bounds: Array, tables: Sequence[Table], headers: Columns, begin: int = 0
) -> tuple[Array, Array]:
    """Copy the columns of records to where they stay, with what the headers above tell, and count them.

    Parameters
    ----------
    tokens
        The block.
    bounds
        int64, 1-D: the tokens at which stretches begin, in order, but for the first one, which begins with the block.
    tables
        For each kind of record its code, columns with as many rows as there are such records, the names of those
        columns that take the counters of their lines (up to two), and of those that the headers tell (int32 all of
        them). Besides there are ``loss``, ``accuracy`` (float64) and ``line`` (int64).
    headers
        What the headers tell, one value for each stretch (int32).
    begin
        What is added to the lines' numbers.

    Returns
    -------
    counts : numpy.ndarray
        int64, 2-D: for each table the records in each stretch, one more than there are bounds.
    last : numpy.ndarray
        float64, 3-D: for each table loss and accuracy of the last record in each stretch, NaN where there is none.
    """
    counts = np.empty((len(tables), len(bounds) + 1), np.int64)
    last = np.full((len(tables), 2, len(bounds) + 1), np.nan)
    for row, (code, own, counters, levels) in enumerate(tables):
        at = np.flatnonzero(tokens.kind == code)
        counts[row] = np.diff(np.concatenate(([0], np.searchsorted(at, bounds), [len(at)])))
        for name, values in zip(counters, (tokens.first, tokens.second), strict=False):
            own[name][:] = values[at]
        for name in levels:
            own[name][:] = np.repeat(headers[name], counts[row])
        own["loss"][:], own["accuracy"][:] = tokens.loss[at], tokens.accuracy[at]
        own["line"][:] = tokens.line[at] + np.int64(begin)
        some, ends = counts[row] > 0, np.cumsum(counts[row]) - 1
        last[row, :, some] = np.column_stack((own["loss"][ends[some]], own["accuracy"][ends[some]]))
    return counts, last

"""Which line may follow which, and how the counters go on, as tables that are looked up for all neighbours at once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from metalog.columns import Array
from metalog.formats.grammar import BY_NAME, KINDS, MISSING, RULE_BELOW, RULE_BELOW_FOLLOWERS
from metalog.structure.numbering import BATCH, PROBLEM_OF_STEP, STEP_OF_META, Token

_code = {kind.name: kind.code for kind in KINDS}
RULE: Final = _code["rule"]
META_EPOCH: Final = _code["meta-epoch"]
META_STEP: Final = _code["meta-step"]
PROBLEM: Final = _code["problem"]
EPOCH: Final = _code["epoch"]
STEP: Final = _code["step"]
VALIDATION: Final = _code["validation"]
MV_BEGIN: Final = _code["meta-validation begin"]
MV_BATCH: Final = _code["meta-validation batch"]
MV_RESULT: Final = _code["meta-validation result"]
MV_END: Final = _code["meta-validation end"]
FINISHED: Final = _code["finished"]
#: Two places in a log that are no kinds of line: below a banner, and before the first line.
BELOW: Final = len(KINDS)
START: Final = len(KINDS) + 1
WIDTH: Final = 16
if len(KINDS) + 2 > WIDTH:
    raise AssertionError("more kinds of line than the pair tables have room for")

INSIDE_PROBLEM: Final = frozenset({PROBLEM, EPOCH, STEP, VALIDATION})
INSIDE_META_STEP: Final = INSIDE_PROBLEM | {META_STEP}
INSIDE_META_VALIDATION: Final = frozenset({MV_BEGIN, MV_BATCH, MV_RESULT})

#: By code of the kind of line: does it end the problems of a meta-step? Is it a header? What level does it begin,
#: ``MISSING`` if none?
CLOSES_META_STEP: Final = np.zeros(WIDTH, bool)
CLOSES_META_STEP[[RULE, BELOW, META_STEP, MV_BEGIN]] = True
IS_HEADER: Final = CLOSES_META_STEP.copy()
IS_HEADER[[PROBLEM, MV_BATCH]] = True
LEVEL: Final = np.full(WIDTH, MISSING, np.int64)
LEVEL[[META_STEP, PROBLEM, MV_BATCH]] = STEP_OF_META, PROBLEM_OF_STEP, BATCH

#: First counter of a line, given its neighbour above: ``(above, this) -> (times the neighbour's, plus)``. A counter
#: that must be compared with a line further up is not in the table.
_FIRST_COUNTER = {
    ("problem", "epoch"): (0, 1),
    ("validation", "epoch"): (1, 1),
    ("epoch", "step"): (1, 0),
    ("step", "step"): (1, 0),
    ("epoch", "validation"): (1, 0),
    ("step", "validation"): (1, 0),
    ("meta-step", "problem"): (0, 1),
    (RULE_BELOW, "meta-step"): (0, 0),
}
#: Lines at which the state machine always stops to think, as at the first line of a log: they are rare, and what they
#: mean depends on all that came before.
_ALWAYS = ("meta-epoch", "finished")
_PLACES = {**_code, RULE_BELOW: BELOW}


def pair(above: int, this: int) -> int:
    """Return the index of two neighbours in the tables."""
    return above * WIDTH + this


def _allowed() -> NDArray[np.bool_]:
    table = np.zeros(WIDTH * WIDTH, bool)
    followers = {name: kind.followers for name, kind in BY_NAME.items()} | {RULE_BELOW: RULE_BELOW_FOLLOWERS}
    for above, names in followers.items():
        for this in names:
            table[pair(_PLACES[above], _PLACES[this])] = this not in _ALWAYS
    return table


def _counter_tables() -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    times, plus = np.zeros(WIDTH * WIDTH, np.int32), np.zeros(WIDTH * WIDTH, np.int32)
    free = np.ones(WIDTH * WIDTH, bool)
    for (above, this), (factor, term) in _FIRST_COUNTER.items():
        index = pair(_PLACES[above], _PLACES[this])
        times[index], plus[index], free[index] = factor, term, False
    return times, plus, free


#: Indexed by :func:`pair`: may the second line follow the first?
ALLOWED: Final = _allowed()
#: Indexed by :func:`pair`: the first counter must be ``TIMES * counter above + PLUS``, unless ``FREE``.
TIMES, PLUS, FREE = _counter_tables()


def fits(above: Token, this: Token) -> bool:
    """Tell whether a line may stand below another by these tables alone, its counters included."""
    index = pair(above[0], this[0])
    counts_on = bool(FREE[index]) or MISSING != this[1] == above[1] * int(TIMES[index]) + int(PLUS[index])
    return bool(ALLOWED[index]) and counts_on and (this[0] != STEP or this[2] == max(above[2], 0) + 1)


def count(kind: Array, number: Array, some: int, none: int) -> Array:
    """Tell how many there were from the line above: its number if it is of the kind `some`, 0 if it is `none`."""
    counts: Array = np.where(kind == some, number, np.where(kind == none, 0, MISSING))
    return counts

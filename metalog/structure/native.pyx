# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The passes over all tokens of a block, compiled; what each one does stands at its twin in :mod:`.portable`.

They let other threads run meanwhile.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memset

import numpy as np

from metalog.columns import allocate
from metalog.grammar import MISSING
from metalog.structure import order

GATHERED = {"at": np.int64, "first": np.int32, "second": np.int32, "loss": np.float64, "accuracy": np.float64, "line": np.int64}

cdef enum:
    WIDTH = 16

cdef struct Rule:        # what may stand below a line, as in order.py's tables
    bint allowed
    bint free
    int32_t times
    int32_t plus

cdef Rule RULES[WIDTH * WIDTH]
cdef uint8_t IS_HEADER[WIDTH]
cdef int32_t NO_COUNTER = MISSING
cdef uint8_t RULE = order.RULE
cdef uint8_t BELOW = order.BELOW
cdef uint8_t META_EPOCH = order.META_EPOCH
cdef uint8_t EPOCH = order.EPOCH
cdef uint8_t STEP = order.STEP
cdef uint8_t VALIDATION = order.VALIDATION


def _take_over_tables():
    if order.WIDTH != WIDTH:
        raise ValueError("the tables of neighbours are not as wide as the compiled passes take them to be")
    for index in range(WIDTH * WIDTH):
        RULES[index].allowed, RULES[index].free = order.ALLOWED[index], order.FREE[index]
        RULES[index].times, RULES[index].plus = order.TIMES[index], order.PLUS[index]
    for index in range(WIDTH):
        IS_HEADER[index] = order.IS_HEADER[index]


_take_over_tables()


cdef inline bint _fits(uint8_t above, int32_t above_first, int32_t above_second,
                       uint8_t kind, int32_t first, int32_t second) noexcept nogil:
    cdef const Rule *rule = &RULES[above << 4 | kind]
    cdef bint counts_on = rule.free or (first == <int64_t>above_first * rule.times + rule.plus and first != NO_COUNTER)
    return rule.allowed and counts_on and (
        kind != STEP or second == <int64_t>(above_second if above_second > 0 else 0) + 1)


cdef inline int32_t _steps(uint8_t kind, int32_t second) noexcept nogil:
    return second if kind == STEP else 0 if kind == EPOCH else NO_COUNTER


def look(uint8_t[::1] kind, const int32_t[::1] first, const int32_t[::1] second):
    cdef Py_ssize_t place, length = kind.shape[0], headers = 0, misfits = 0, counted = 0, validations = 0
    cdef int32_t steps, last = 0, last_but_one = 0
    cdef int64_t tally[WIDTH]
    places = np.empty((3, length), np.int64)
    cdef int64_t[::1] header = places[0], misfit = places[1], telling = places[2]
    memset(tally, 0, sizeof(tally))
    with nogil:
        for place in range(1, length):
            tally[kind[place]] += 1
            if kind[place] == RULE and kind[place - 1] == META_EPOCH:
                kind[place] = BELOW
            if IS_HEADER[kind[place]]:
                header[headers] = place
                headers += 1
            if not _fits(kind[place - 1], first[place - 1], second[place - 1], kind[place], first[place], second[place]):
                misfit[misfits] = place
                misfits += 1
            if kind[place] == VALIDATION:
                steps = _steps(kind[place - 1], second[place - 1])
                if validations < 2 or steps != last or last != last_but_one:
                    telling[counted] = place
                    counted += 1
                validations += 1
                last_but_one, last = last, steps
    return (places[0, :headers].copy(), places[1, :misfits].copy(), places[2, :counted].copy(),
            [tally[place] for place in range(WIDTH)])


def gather(const uint8_t[::1] kind, uint8_t code, const int32_t[::1] first, const int32_t[::1] second,
           const double[::1] loss, const double[::1] accuracy, const int32_t[::1] line):
    cdef Py_ssize_t token, found = 0, length = kind.shape[0]
    with nogil:
        for token in range(length):
            found += kind[token] == code
    results = tuple(allocate(GATHERED, found).values())
    if not found:
        return results
    cdef int64_t[::1] ats = results[0], lines = results[5]
    cdef int32_t[::1] firsts = results[1], seconds = results[2]
    cdef double[::1] losses = results[3], accuracies = results[4]
    found = 0
    with nogil:
        for token in range(length):
            if kind[token] == code:
                ats[found], lines[found] = token, line[token]
                firsts[found], seconds[found] = first[token], second[token]
                losses[found], accuracies[found] = loss[token], accuracy[token]
                found += 1
    return results


def repeat(const int32_t[::1] values, const int64_t[::1] counts, int32_t[::1] out):
    cdef Py_ssize_t stretch, place = 0, end
    with nogil:
        for stretch in range(values.shape[0]):
            end = place + counts[stretch]
            while place < end:
                out[place] = values[stretch]
                place += 1

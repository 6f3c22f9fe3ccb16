# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The passes over all tokens of a block, compiled; what each one does stands at its twin in :mod:`.portable`.

They let other threads run meanwhile.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memset

import numpy as np

from metalog.grammar import MISSING
from metalog.structure import order

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
cdef uint8_t MV_RESULT = order.MV_RESULT


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
    cdef Py_ssize_t place, length = kind.shape[0], headers = 0, misfits = 0, counted = 0, validations = 0, results = 0
    cdef int32_t steps, last = 0, last_but_one = 0
    cdef int64_t tally[WIDTH]
    places = np.empty((4, length), np.int64)
    cdef int64_t[::1] header = places[0], misfit = places[1], telling = places[2], result = places[3]
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
            elif kind[place] == MV_RESULT:
                result[results] = place
                results += 1
    return (places[0, :headers].copy(), places[1, :misfits].copy(), places[2, :counted].copy(), places[3, :results].copy(),
            [tally[place] for place in range(WIDTH)])


def gather(tokens, uint8_t code, const int64_t[::1] bounds, own, counters, int64_t begin=0):
    cdef const uint8_t[::1] kind = tokens.kind
    cdef const int32_t[::1] first = tokens.first, second = tokens.second, line = tokens.line
    cdef const double[::1] loss = tokens.loss, accuracy = tokens.accuracy
    cdef double[::1] losses = own["loss"], accuracies = own["accuracy"]
    cdef int64_t[::1] lines = own["line"]
    cdef bint has_first = len(counters) > 0, has_second = len(counters) > 1
    cdef int32_t[::1] firsts = own[counters[0]] if has_first else None
    cdef int32_t[::1] seconds = own[counters[1]] if has_second else None
    cdef Py_ssize_t token, stretch, end, found = 0, place = 0, stretches = bounds.shape[0] + 1, room = lines.shape[0]
    result = np.empty(stretches, np.int64)
    cdef int64_t[::1] counts = result
    with nogil:
        for stretch in range(stretches):
            end = bounds[stretch] if stretch < stretches - 1 else kind.shape[0]
            counts[stretch] = -found
            for token in range(place, end):
                if kind[token] != code or found == room:
                    continue
                losses[found], accuracies[found], lines[found] = loss[token], accuracy[token], line[token] + begin
                if has_first:
                    firsts[found] = first[token]
                if has_second:
                    seconds[found] = second[token]
                found += 1
            counts[stretch] += found
            place = max(place, end)
    return result


def repeat(const int32_t[::1] values, const int64_t[::1] counts, int32_t[::1] out):
    cdef Py_ssize_t stretch, place = 0, end
    with nogil:
        for stretch in range(values.shape[0]):
            end = place + counts[stretch]
            while place < end:
                out[place] = values[stretch]
                place += 1

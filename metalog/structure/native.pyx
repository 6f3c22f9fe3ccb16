# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The passes over all tokens of a block, compiled; what each one does stands at its twin in :mod:`.portable`.

They let other threads run meanwhile.
"""

from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memset

import numpy as np

from metalog.formats.grammar import MISSING
from metalog.structure import numbering, order

cdef enum:
    WIDTH = 16

cdef struct Rule:        # what may stand below a line, as in order.py's tables
    bint allowed
    bint free
    int32_t times
    int32_t plus

cdef Rule RULES[WIDTH * WIDTH]
cdef uint8_t IS_HEADER[WIDTH]
cdef uint8_t CLOSES_META_STEP[WIDTH]
cdef int64_t LEVEL[WIDTH]
cdef int32_t NO_COUNTER = MISSING
cdef uint8_t START = order.START
cdef uint8_t RULE = order.RULE
cdef uint8_t BELOW = order.BELOW
cdef uint8_t META_EPOCH = order.META_EPOCH
cdef uint8_t META_STEP = order.META_STEP
cdef uint8_t PROBLEM = order.PROBLEM
cdef uint8_t EPOCH = order.EPOCH
cdef uint8_t STEP = order.STEP
cdef uint8_t VALIDATION = order.VALIDATION
cdef uint8_t MV_BATCH = order.MV_BATCH
cdef uint8_t MV_RESULT = order.MV_RESULT
cdef int64_t SEGMENT = numbering.SEGMENT
cdef int64_t EPOCH_OF_META = numbering.EPOCH_OF_META
cdef int64_t STEP_OF_META = numbering.STEP_OF_META
cdef int64_t PROBLEM_OF_STEP = numbering.PROBLEM_OF_STEP
cdef int64_t BATCH = numbering.BATCH


def _take_over_tables():
    if order.WIDTH != WIDTH:
        raise ValueError("the tables of neighbours are not as wide as the compiled passes take them to be")
    for index in range(WIDTH * WIDTH):
        RULES[index].allowed, RULES[index].free = order.ALLOWED[index], order.FREE[index]
        RULES[index].times, RULES[index].plus = order.TIMES[index], order.PLUS[index]
    for index in range(WIDTH):
        IS_HEADER[index], CLOSES_META_STEP[index] = order.IS_HEADER[index], order.CLOSES_META_STEP[index]
        LEVEL[index] = order.LEVEL[index]


_take_over_tables()


cdef inline bint _fits(uint8_t above, int32_t above_first, int32_t above_second,
                       uint8_t kind, int32_t first, int32_t second) noexcept nogil:
    cdef const Rule *rule = &RULES[above << 4 | kind]
    cdef bint counts_on = rule.free or (first == <int64_t>above_first * rule.times + rule.plus and first != NO_COUNTER)
    return rule.allowed and counts_on and (
        kind != STEP or second == <int64_t>(above_second if above_second > 0 else 0) + 1)


cdef inline int32_t _count(uint8_t kind, int32_t number, uint8_t some, uint8_t none) noexcept nogil:
    return number if kind == some else 0 if kind == none else NO_COUNTER


cdef inline bint _counts_on(uint8_t above, int32_t above_first, uint8_t kind, int32_t first, int32_t updates) noexcept nogil:
    """Whether a header has the number that follows from the header above it and the meta-step above it."""
    cdef bint follows = above_first != NO_COUNTER and first == <int64_t>above_first + 1
    if kind == PROBLEM:
        return above == META_STEP or (above == PROBLEM and follows)
    if kind == META_STEP:
        return updates != NO_COUNTER and first == <int64_t>updates + 1
    return kind != MV_BATCH or (first != NO_COUNTER and (above != MV_BATCH or first > above_first))


cdef struct Telling:     # places at which something was counted, but for those that tell nothing new
    int32_t *places
    Py_ssize_t found
    Py_ssize_t known
    int32_t last
    int32_t last_but_one


cdef inline void _tell(Telling *telling, Py_ssize_t place, int32_t count) noexcept nogil:
    if count == NO_COUNTER and place > 1:        # what stands above the first place is not known yet
        return
    if telling.known < 2 or count != telling.last or telling.last != telling.last_but_one:
        telling.places[telling.found] = <int32_t>place
        telling.found += 1
    telling.known += 1
    telling.last_but_one, telling.last = telling.last, count


cdef _as_numbers(const int32_t[::1] places, Py_ssize_t number):
    """Copy the first places, holding Python's lock: numpy would let go of it, and getting it back takes longer."""
    cdef Py_ssize_t index
    result = np.empty(number, np.int64)
    cdef int64_t[::1] copied = result
    for index in range(number):
        copied[index] = places[index]
    return result


def look(tokens):
    cdef const uint8_t[::1] kinds = tokens.kind
    cdef const int32_t[::1] firsts = tokens.first, seconds = tokens.second
    cdef Py_ssize_t place, length = kinds.shape[0] + 1, headers = 0, misfits = 0, results = 0, header = 0
    cdef Py_ssize_t closes = 0
    cdef int32_t updates = NO_COUNTER
    cdef uint8_t this, above
    cdef bint fits
    cdef Telling steps, epochs
    cdef int64_t tally[WIDTH]
    led = np.empty(length, np.uint8), np.empty(length, np.int32), np.empty(length, np.int32)
    cdef uint8_t[::1] kind = led[0]
    cdef int32_t[::1] first = led[1], second = led[2]
    places = np.empty((6, length), np.int32)      # a block's places fit; most of this memory is never touched
    cdef int32_t[:, ::1] found = places
    memset(tally, 0, sizeof(tally))
    memset(&steps, 0, sizeof(Telling))
    memset(&epochs, 0, sizeof(Telling))
    steps.places, epochs.places = &found[2, 0], &found[3, 0]
    kind[0], first[0], second[0] = START, NO_COUNTER, NO_COUNTER
    with nogil:
        for place in range(1, length):
            this, above = kinds[place - 1], kind[place - 1]
            kind[place], first[place], second[place] = this, firsts[place - 1], seconds[place - 1]
            tally[this] += 1
            if this == RULE and above == META_EPOCH:
                this = kind[place] = BELOW
            fits = _fits(above, first[place - 1], second[place - 1], this, first[place], second[place])
            if IS_HEADER[this]:
                fits = fits and header > 0 and _counts_on(kind[header], first[header], this, first[place], updates)
                if this != MV_BATCH and (this != above or first[place] != first[place - 1]):
                    _tell(&epochs, place, _count(above, first[place - 1], VALIDATION, PROBLEM))
                if this == META_STEP:
                    updates = first[place]
                if CLOSES_META_STEP[this]:
                    found[5, closes] = <int32_t>headers
                    closes += 1
                header = place
                found[0, headers] = <int32_t>place
                headers += 1
            elif this == VALIDATION:
                _tell(&steps, place, _count(above, second[place - 1], STEP, EPOCH))
            elif this == MV_RESULT:
                found[4, results] = <int32_t>place
                results += 1
            if not fits:
                found[1, misfits] = <int32_t>place
                misfits += 1
    of_headers = np.empty(headers, np.uint8), np.empty(headers, np.int32)
    cdef uint8_t[::1] header_kind = of_headers[0]
    cdef int32_t[::1] header_first = of_headers[1]
    for header in range(headers):
        header_kind[header], header_first[header] = kind[found[0, header]], first[found[0, header]]
    counts = (headers, misfits, steps.found, epochs.found, results, closes)
    told = (_as_numbers(own, count) for own, count in zip(places, counts))
    return (*led, *told, *of_headers, [tally[place] for place in range(WIDTH)])


def tabulate(const uint8_t[::1] kind, const int32_t[::1] number, const int64_t[::1] at, const int64_t[:, ::1] walked,
             const int64_t[::1] context):
    cdef Py_ssize_t row = 0, header = 0, own = 0, headers = kind.shape[0], others = walked.shape[0]
    cdef int64_t segment = context[0], meta_epoch = context[1], meta_step = context[2], problem = context[3]
    cdef int64_t batch = context[4], offset = context[5], step_row = context[6], problem_row = context[7]
    cdef int64_t level = NO_COUNTER, place = -1, value
    wide, narrow = np.empty((6, headers + others + 1), np.int64), np.empty((5, headers + others + 1), np.int32)
    cdef int64_t[:, ::1] longs = wide
    cdef int32_t[:, ::1] ints = narrow
    begins = np.empty((2, headers + others), np.int64)
    cdef int64_t[:, ::1] begun = begins
    cdef Py_ssize_t steps = 0, segments = 0
    with nogil:
        while True:
            longs[0, row], longs[1, row], longs[3, row] = place, level, offset
            longs[2, row] = offset + meta_step if offset != NO_COUNTER and meta_step != NO_COUNTER else NO_COUNTER
            longs[4, row], longs[5, row] = step_row, problem_row
            ints[0, row], ints[1, row], ints[2, row] = <int32_t>segment, <int32_t>meta_epoch, <int32_t>meta_step
            ints[3, row], ints[4, row] = <int32_t>problem, <int32_t>batch
            row += 1
            while header < headers and LEVEL[kind[header]] == NO_COUNTER:
                header += 1
            if own < others and (header == headers or walked[own, 0] <= at[header]):
                place, level, value = walked[own, 0], walked[own, 1], walked[own, 2]
                if level == EPOCH_OF_META:
                    offset = walked[own, 3]
                own += 1
            elif header < headers:
                place, level, value = at[header], LEVEL[kind[header]], number[header]
                if level == STEP_OF_META and value != NO_COUNTER:
                    value += 1
                header += 1
            else:
                break
            if level == SEGMENT:
                segment += 1
                begun[1, segments] = row
                segments += 1
            elif level == EPOCH_OF_META:
                meta_epoch, meta_step, problem = value, NO_COUNTER, NO_COUNTER
            elif level == STEP_OF_META:
                meta_step, problem = value, NO_COUNTER
                step_row += 1
                begun[0, steps] = row
                steps += 1
            elif level == PROBLEM_OF_STEP:
                problem = value
                problem_row += 1
            elif level == BATCH:
                batch = value
    return wide[:, :row], narrow[:, :row], begins[0, :steps], begins[1, :segments]


cdef struct Table:       # where the records of a kind go
    int32_t *counters[2]
    double *floats[2]
    int64_t *line
    int32_t *levels[WIDTH]           # what the headers above tell, and where it comes from, one value a stretch
    const int32_t *headers[WIDTH]
    int number_of_levels
    Py_ssize_t rows
    Py_ssize_t room


cdef Py_ssize_t _open(Table *table, own, counters, levels, headers) except -1:
    cdef int64_t[::1] line = own["line"]
    cdef double[::1] loss = own["loss"], accuracy = own["accuracy"]
    cdef int32_t[::1] column
    cdef const int32_t[::1] header
    memset(table, 0, sizeof(Table))
    table.room = line.shape[0]
    if table.room:
        table.line, table.floats[0], table.floats[1] = &line[0], &loss[0], &accuracy[0]
        for place, name in enumerate(counters):
            column = own[name]
            table.counters[place] = &column[0]
        for name in levels:
            column, header = own[name], headers[name]
            table.levels[table.number_of_levels] = &column[0]
            table.headers[table.number_of_levels] = &header[0]
            table.number_of_levels += 1
    return table.room


cdef inline void _put(Table *table, int32_t first, int32_t second, double loss, double accuracy, int64_t line) noexcept nogil:
    cdef Py_ssize_t row = table.rows
    if row == table.room:
        return
    if table.counters[0] != NULL:
        table.counters[0][row] = first
    if table.counters[1] != NULL:
        table.counters[1][row] = second
    table.floats[0][row], table.floats[1][row], table.line[row] = loss, accuracy, line
    table.rows += 1


cdef inline void _fill_down(Table *table, Py_ssize_t begin, Py_ssize_t stretch) noexcept nogil:
    cdef Py_ssize_t row, rows = table.rows
    cdef int level
    cdef int32_t *column
    cdef int32_t value
    if begin == rows:
        return
    for level in range(table.number_of_levels):
        column, value = table.levels[level], table.headers[level][stretch]
        for row in range(begin, rows):
            column[row] = value


cdef inline double _last(const Table *table, int column, int64_t rows) noexcept nogil:
    return table.floats[column][table.rows - 1] if rows else NAN


def gather(tokens, const int64_t[::1] bounds, tables, headers, int64_t begin=0):
    cdef const uint8_t[::1] kind = tokens.kind
    cdef const int32_t[::1] first = tokens.first, second = tokens.second, line = tokens.line
    cdef const double[::1] loss = tokens.loss, accuracy = tokens.accuracy
    cdef Py_ssize_t token, stretch, end, place = 0, stretches = bounds.shape[0] + 1, index, number = len(tables)
    cdef Table opened[WIDTH]
    cdef int which[256]
    for index in range(256):
        which[index] = -1
    for index, (code, own, counters, levels) in enumerate(tables):
        which[<uint8_t>code] = index
        _open(&opened[index], own, counters, levels, headers)
    counts, last = np.empty((number, stretches), np.int64), np.empty((number, 2, stretches))
    cdef int64_t[:, ::1] rows = counts
    cdef double[:, :, ::1] values = last
    with nogil:
        for stretch in range(stretches):
            end = bounds[stretch] if stretch < stretches - 1 else kind.shape[0]
            for index in range(number):
                rows[index, stretch] = opened[index].rows
            for token in range(place, end):
                index = which[kind[token]]
                if index >= 0:
                    _put(&opened[index], first[token], second[token], loss[token], accuracy[token], line[token] + begin)
            for index in range(number):
                _fill_down(&opened[index], rows[index, stretch], stretch)
                rows[index, stretch] = opened[index].rows - rows[index, stretch]
                values[index, 0, stretch] = _last(&opened[index], 0, rows[index, stretch])
                values[index, 1, stretch] = _last(&opened[index], 1, rows[index, stretch])
            place = max(place, end)
    return counts, last

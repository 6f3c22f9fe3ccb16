# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The loop over the tokens, compiled; it does what its twin in :mod:`.portable` does, and lets other threads run.

It knows no format: what a line turns and what must stand above it comes from the tables that it is given.
"""

from libc.math cimport NAN
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t
from libc.stdlib cimport calloc, free

from functools import cache

import numpy as np

from metalog.formats.checks import MOST_COUNTERS, MOST_LEVELS, MOST_VALUES
from metalog.formats.model import LINE
from metalog.formats.template import MISSING
from metalog.odometer import state as memory
from metalog.odometer.kinds import Check, Role

cdef enum:
    LEVELS = 16
    KINDS = 80
    SLOTS = 8
    VALUES = 40
    FRAMES = 64
    INTEGERS = 48       # integer columns of a table
    COUNTED = 8

cdef enum:              # where a row's numbers come from
    SHOWN = 0
    LAST = LEVELS
    OF_SEGMENT = 2 * LEVELS
    NOTHING = OF_SEGMENT + 1
    ALL_NUMBERS = NOTHING + 1

cdef struct Pair:               # what a line means below another one; the levels whose count ends with it
    bint fits
    int counted
    int8_t counts[COUNTED]

cdef struct Kind:
    int role
    int level                   # -1: none
    int plus
    int frame                   # -1: none
    int below                   # the kind that it is below the opening line of its level, -1: none
    bint kept
    bint clears_partial
    bint is_counted
    bint turns
    bint is_leaf                # whether it turns a level that has none inside and that no other row takes from above
    bint fills                  # whether rows above it must take their numbers from above before its level turns
    int same                    # counters that must be the number of their level
    int8_t same_slot[SLOTS]
    int8_t same_level[SLOTS]
    int turn_slot               # the counter of the level that it turns, -1: none
    bint grows
    bint joins                  # whether several kinds of line turn its level
    int phase                   # -1: none
    bint has_counters
    bint passes                 # whether it leaves all as the line above it has
    int copies                  # columns of a row that take a counter of the line
    int8_t copy_column[INTEGERS]
    int8_t copy_slot[INTEGERS]
    int counted_column          # the column that takes the number of a counted level, -1: none
    int values
    int8_t value[VALUES]        # slot of each value column, -1: none

cdef struct Frame:
    int32_t *integers[INTEGERS]
    double *values[VALUES]
    int64_t *line
    int above                   # columns that take what stands above: where it comes from
    int8_t above_column[INTEGERS]
    int8_t above_source[INTEGERS]
    int64_t filled              # rows that have taken it
    int32_t *at                 # the token of each row
    int kind                    # the kind of line that its rows are, -1: several

cdef struct Block:
    Py_ssize_t length
    int slots
    const uint8_t *kind
    const int32_t *line
    const int32_t *counters[SLOTS]
    const double *values[VALUES]
    int64_t first_line
    Frame frames[FRAMES]
    int64_t *rows
    int64_t *turned
    int64_t *turns
    Py_ssize_t turn_width

cdef struct Tables:
    Kind kinds[KINDS]
    Pair pairs[KINDS][KINDS]
    int number_of_kinds
    int number_of_levels
    int number_of_frames
    bint any_stride[LEVELS]
    int parent[LEVELS]
    int inside[LEVELS]          # bits

cdef int OPEN = Role.OPEN
cdef int64_t NO_NUMBER = MISSING
cdef int ABOVE = memory.ABOVE, SEGMENT_NUMBER = memory.NUMBER_OF_SEGMENT, PARTIAL = memory.PARTIAL
cdef int PHASE = memory.PHASE, IS_NEW_PHASE = memory.IS_NEW_PHASE
cdef int AT = memory.AT, LEVEL = memory.LEVEL, TURN_SEGMENT = memory.OF_SEGMENT, TOTAL = memory.TOTAL
cdef int NUMBERS = memory.NUMBERS
SEGMENT_LEVEL = memory.SEGMENT_LEVEL
if (MOST_LEVELS, MOST_COUNTERS, MOST_VALUES) != (LEVELS, SLOTS, VALUES):
    raise ValueError("the compiled loop has memory for formats of another size")


cdef class Compiled:
    """The tables of a format, as the loop reads them."""

    cdef Tables *tables
    cdef object table

    def __cinit__(self, tables):
        self.tables = <Tables *>calloc(1, sizeof(Tables))
        if self.tables == NULL:
            raise MemoryError
        self.table = tables
        if (len(tables.kinds) > KINDS or len(tables.levels) > LEVELS or len(tables.frames) > FRAMES
                or tables.format.counter_slots > SLOTS or tables.format.value_slots > VALUES):
            raise ValueError(f"format {tables.format.name!r} is larger than the compiled loop has memory for")
        self._take_levels(tables)
        for code, kind in enumerate(tables.kinds):
            self._take_kind(code, kind)
        for above in range(len(tables.kinds)):
            for this in range(len(tables.kinds)):
                self._take_pair(above, this)

    def __dealloc__(self):
        free(self.tables)

    cdef _take_levels(self, tables):
        cdef Tables *own = self.tables
        own.number_of_kinds, own.number_of_levels = len(tables.kinds), len(tables.levels)
        own.number_of_frames = len(tables.frames)
        for index, level in enumerate(tables.levels):
            own.any_stride[index], own.parent[index] = level.any_stride, level.parent
            for inner in tables.inside[index]:
                own.inside[index] |= 1 << <int>inner

    cdef _take_kind(self, int code, kind):
        cdef Kind *own = &self.tables.kinds[code]
        tables = self.table
        own.role, own.level, own.plus, own.frame = kind.role, kind.level, kind.plus, kind.frame
        own.below = tables.below.get(code, -1)
        own.kept = kind.role == Role.OPEN and kind.level in tables.kept
        own.clears_partial = kind.role == Role.OPEN and kind.level in tables.format.path(tables.optional)
        own.is_counted = kind.level >= 0 and tables.levels[kind.level].counted
        own.turns = kind.role in (Role.OPEN, Role.ROW) and kind.level >= 0
        own.phase, own.has_counters = kind.phase, bool(kind.counters)
        own.joins, own.passes = kind.joins, kind.role in (Role.VALUE, Role.NONE)
        own.turn_slot = own.counted_column = -1
        for slot, (level, check) in enumerate(kind.counters):
            if check == Check.SAME:
                own.same_slot[own.same], own.same_level[own.same] = slot, level
                own.same += 1
            elif check != Check.FREE:
                own.turn_slot, own.grows = slot, check == Check.GROW
        shown = {level for other, one in enumerate(tables.kinds) if one.frame >= 0
                 for source, level in memory.sources(tables, other).values() if source == "shown"}
        own.fills = own.turns and bool(shown & {kind.level, *tables.inside[kind.level]})
        own.is_leaf = kind.role == Role.ROW and own.turn_slot >= 0 and not (tables.inside[kind.level] or own.fills or kind.joins)
        if kind.frame >= 0:
            self._take_sources(code)

    cdef _take_sources(self, int code):
        cdef Kind *own = &self.tables.kinds[code]
        cdef int column = 0
        found = memory.sources(self.table, code)
        for name, dtype in memory.dtypes(self.table, own.frame).items():
            source, index = found.get(name, ("nothing", -1))
            if name == LINE:
                continue
            if np.dtype(dtype) == float:
                own.value[own.values] = index
                own.values += 1
                continue
            if source == "counter":
                own.copy_column[own.copies], own.copy_slot[own.copies] = column, index
                own.copies += 1
            elif source == "last":
                own.counted_column = column
            column += 1

    cdef _take_pair(self, int above, int this):
        cdef Pair *own = &self.tables.pairs[above][this]
        pair = self.table.pair(above, this)
        own.fits = pair.fits and not (pair.counted and pair.last) and len(pair.counted) <= COUNTED
        own.counted = len(pair.counted) if own.fits else 0
        for place in range(own.counted):
            own.counts[place] = pair.counted[place]


@cache
def _compiled(tables):
    return Compiled(tables)


cdef class Loop:
    """Turns the wheels of one writer, token by token, and writes the rows; see :class:`.portable.Loop`."""

    cdef Compiled compiled
    cdef object state, out, tokens, places
    cdef Block block
    cdef int64_t[::1] first, last, lost, known, shown, totals, steady, seen, scalars

    def __cinit__(self, tables, state):
        self.compiled, self.state = _compiled(tables), state
        self.last, self.lost, self.known, self.shown = state.last, state.lost, state.known, state.shown
        self.totals, self.steady, self.scalars = state.totals, state.steady, state.scalars
        self.first, self.seen = state.first, state.seen

    def begin(self, tokens, out, int64_t first_line):
        """Take the next block."""
        cdef const uint8_t[::1] kind = tokens.kind
        cdef const int32_t[::1] line = tokens.line
        cdef const int32_t[:, :] counters = tokens.counters
        cdef const double[:, :] values = tokens.values
        cdef int slot
        self.tokens, self.out = tokens, out
        self.block.first_line, self.block.length, self.block.slots = first_line, kind.shape[0], counters.shape[0]
        if self.block.length:
            self.block.kind, self.block.line = &kind[0], &line[0]
            for slot in range(counters.shape[0]):
                self.block.counters[slot] = &counters[slot, 0]
            for slot in range(values.shape[0]):
                self.block.values[slot] = &values[slot, 0]
        self.block.rows, self.block.turned = _pointer(out.rows), _pointer(out.turned)
        self.places = []
        for frame, columns in enumerate(out.columns):
            self._take_columns(frame, columns)

    cdef _take_columns(self, int frame, columns):
        cdef int integers = 0, values = 0
        cdef int32_t[::1] integer
        cdef double[::1] value
        cdef int64_t[::1] line = columns[LINE]
        cdef Frame *own = &self.block.frames[frame]
        if not line.shape[0]:
            return
        places = np.empty(line.shape[0], np.int32)
        self.places.append(places)
        integer = places
        own.line, own.at = &line[0], &integer[0]
        codes = memory.kinds_of(self.compiled.table, frame)
        own.kind = codes[0] if len(codes) == 1 else -1
        own.above = own.filled = 0
        for place, level in memory.from_above(self.compiled.table, frame):
            own.above_column[own.above] = place
            own.above_source[own.above] = OF_SEGMENT if level == SEGMENT_LEVEL else NOTHING if level < 0 else SHOWN + <int>level
            own.above += 1
        for name, column in columns.items():
            if name == LINE:
                continue
            if column.dtype == float:
                value = column
                own.values[values] = &value[0]
                values += 1
            else:
                integer = column
                own.integers[integers] = &integer[0]
                integers += 1

    def this(self, Py_ssize_t at):
        """Return the kind of a token, as the tables call it."""
        return _named(self.compiled.tables, <int>self.scalars[ABOVE], self.block.kind[at])

    def run(self, Py_ssize_t at, bint judged):
        """Go on with the token `at`; return the token that must be judged, or the number of tokens at their end."""
        cdef int64_t[:, ::1] turns = self.out.turns
        cdef int64_t numbers[ALL_NUMBERS]
        cdef int64_t lost[LEVELS]
        cdef int64_t known[LEVELS]
        cdef int level, levels = self.compiled.tables.number_of_levels
        self.block.turns, self.block.turn_width = &turns[0, 0], turns.shape[1]
        for level in range(levels):     # copies, which nothing else points to, are read and written faster
            numbers[SHOWN + level], numbers[LAST + level] = self.shown[level], self.last[level]
            lost[level], known[level] = self.lost[level], self.known[level]
        numbers[OF_SEGMENT], numbers[NOTHING] = self.scalars[SEGMENT_NUMBER], NO_NUMBER
        with nogil:
            at = _spin(self.compiled.tables, &self.block, &self.scalars[0], &self.totals[0], &self.steady[0], &self.first[0],
                       &self.seen[0], numbers, lost, known, at, judged)
        for level in range(levels):
            self.shown[level], self.last[level] = numbers[SHOWN + level], numbers[LAST + level]
            self.lost[level], self.known[level] = lost[level], known[level]
        return at


cdef inline int _named(const Tables *tables, int above, int kind) noexcept nogil:
    """Return the kind of a token as the tables call it: below the opening line of its level it is another one."""
    cdef const Kind *own = &tables.kinds[kind]
    if own.below < 0:
        return kind
    return own.below if tables.kinds[above].role == OPEN and tables.kinds[above].level == own.level else kind


cdef inline bint _fits(const Tables *tables, const Kind *own, const Pair *pair, const Block *block, Py_ssize_t at,
                       const int64_t *numbers, const int64_t *lost, const int64_t *known, const int64_t *steady,
                       const int64_t *first) noexcept nogil:
    cdef int place, level
    cdef int64_t number
    if not pair.fits:
        return False
    for place in range(own.same):
        level, number = own.same_level[place], block.counters[own.same_slot[place]][at]
        if number != numbers[SHOWN + level] or number == NO_NUMBER or not known[level]:
            return False
    if own.turn_slot >= 0:
        number, level = block.counters[own.turn_slot][at], own.level
        if number == NO_NUMBER:
            return False
        if own.grows:
            if number + own.plus <= numbers[LAST + level] or not known[level]:
                return False
        elif number + own.plus != numbers[LAST + level] + lost[level] + 1:
            return False
    for place in range(pair.counted):
        level = pair.counts[place]
        if numbers[LAST + level] + lost[level] - first[level] + 1 != steady[level]:
            return False
    return True


cdef inline void _note(const Kind *own, const Block *block, Py_ssize_t at, int64_t *numbers, int64_t *lost,
                       int64_t *known) noexcept nogil:
    """Take over the numbers that a judged line shows of levels that it does not turn."""
    cdef int place, level
    cdef int64_t number
    for place in range(own.same):
        level, number = own.same_level[place], block.counters[own.same_slot[place]][at]
        if number == NO_NUMBER:
            known[level] = 0
        else:
            numbers[LAST + level], numbers[SHOWN + level], lost[level], known[level] = number, number, 0, 1


cdef void _fill(const Tables *tables, Block *block, const int64_t *numbers) noexcept nogil:
    """Give all rows so far what stands above them."""
    cdef int frame, place
    cdef int64_t row, rows
    cdef int32_t value
    cdef int32_t *column
    cdef Frame *own
    for frame in range(tables.number_of_frames):
        own, rows = &block.frames[frame], block.rows[frame]
        if own.filled == rows:
            continue
        for place in range(own.above):
            column, value = own.integers[own.above_column[place]], <int32_t>numbers[own.above_source[place]]
            for row in range(own.filled, rows):
                column[row] = value
        own.filled = rows


cdef void _copy(const Tables *tables, Block *block) noexcept nogil:
    """Copy what the lines of all rows show: column by column, which memory likes better than row by row."""
    cdef int frame
    cdef int64_t row
    for frame in range(tables.number_of_frames):
        if block.frames[frame].kind >= 0:
            _copy_rows(&tables.kinds[block.frames[frame].kind], block, &block.frames[frame], 0, block.rows[frame])
        else:
            for row in range(block.rows[frame]):
                _copy_rows(&tables.kinds[block.kind[block.frames[frame].at[row]]], block, &block.frames[frame], row, row + 1)


cdef void _copy_rows(const Kind *own, const Block *block, Frame *frame, int64_t begin, int64_t end) noexcept nogil:
    """Copy what lines of a kind show into their rows."""
    cdef const int32_t *at = frame.at
    cdef const int32_t *counters
    cdef const double *values
    cdef int32_t *integers
    cdef double *column
    cdef int64_t *line = frame.line
    cdef int64_t row
    cdef int place
    for place in range(own.copies):
        counters, integers = block.counters[own.copy_slot[place]], frame.integers[own.copy_column[place]]
        for row in range(begin, end):
            integers[row] = counters[at[row]]
    for place in range(own.values):
        column = frame.values[place]
        if own.value[place] < 0:
            for row in range(begin, end):
                column[row] = NAN
        else:
            values = block.values[own.value[place]]
            for row in range(begin, end):
                column[row] = values[at[row]]
    for row in range(begin, end):
        line[row] = block.line[at[row]] + block.first_line


cdef inline bint _joins(const Kind *own, int this, const Block *block, Py_ssize_t at, const int64_t *numbers,
                        const int64_t *known, const int64_t *seen, bint judged) noexcept nogil:
    """Tell whether a line belongs to the present turn of its level, which another line has begun."""
    cdef int place
    cdef int64_t number = block.counters[own.turn_slot][at] if own.turn_slot >= 0 else NO_NUMBER
    if number == NO_NUMBER or (not judged and (seen[own.level] >> this) & 1):
        return False
    if number + own.plus != numbers[SHOWN + own.level] or not known[own.level]:
        return False
    for place in range(own.same):
        number = block.counters[own.same_slot[place]][at]
        if number == NO_NUMBER or number + own.plus != numbers[SHOWN + own.same_level[place]] or not known[own.same_level[place]]:
            return False
    return True


cdef inline void _turn(const Tables *tables, int level, int64_t number, const int64_t *first, int64_t *numbers,
                       int64_t *lost, int64_t *known, int64_t *seen) noexcept nogil:
    cdef int inner = level + 1, inside = tables.inside[level] >> inner
    if number == NO_NUMBER:
        lost[level] += 1
        known[level] = 0
    else:
        numbers[LAST + level], lost[level], known[level] = number, 0, 1
    numbers[SHOWN + level] = number
    seen[level] = 0
    while inside:
        if inside & 1:
            numbers[LAST + inner] = -1 if tables.any_stride[inner] else first[inner] - 1
            lost[inner], known[inner], seen[inner] = 0, 1, 0
            numbers[SHOWN + inner] = NO_NUMBER
        inside >>= 1
        inner += 1


cdef Py_ssize_t _spin(const Tables *tables, Block *block, int64_t *scalars, const int64_t *totals, const int64_t *steady,
                      const int64_t *first, int64_t *seen, int64_t *numbers, int64_t *lost, int64_t *known, Py_ssize_t at,
                      bint judged) noexcept nogil:
    """Take tokens until one must be judged; `numbers` are those of the levels and of the token at hand."""
    cdef int this, above = <int>scalars[ABOVE]
    cdef int64_t number, row
    cdef bint joins, phased
    cdef const Kind *own
    cdef Frame *frame
    while at < block.length:
        this = _named(tables, above, block.kind[at])
        own = &tables.kinds[this]
        phased = (own.phase >= 0 and own.phase != scalars[PHASE]) or (scalars[IS_NEW_PHASE] and own.has_counters)
        joins = own.joins and (judged or not phased) and _joins(own, this, block, at, numbers, known, seen, judged)
        if joins:
            seen[own.level] |= <int64_t>1 << this
        elif judged:
            _note(own, block, at, numbers, lost, known)
        elif phased or not _fits(tables, own, &tables.pairs[above][this], block, at, numbers, lost, known, steady, first):
            break
        if joins:
            pass
        elif own.is_leaf and not judged:
            numbers[LAST + own.level] = numbers[SHOWN + own.level] = <int64_t>block.counters[own.turn_slot][at] + own.plus
            lost[own.level], known[own.level] = 0, 1
        elif own.turns:
            number = NO_NUMBER
            if own.turn_slot >= 0 and block.counters[own.turn_slot][at] != NO_NUMBER:
                number = <int64_t>block.counters[own.turn_slot][at] + own.plus
            elif own.is_counted:
                number = numbers[LAST + own.level] + 1
            if own.fills:
                _fill(tables, block, numbers)
            _turn(tables, own.level, number, first, numbers, lost, known, seen)
            if own.joins:
                seen[own.level] = <int64_t>1 << this
            if own.clears_partial:
                scalars[PARTIAL] = 0
            if own.kept:
                _add_turn(tables, block, at, own.level, scalars, totals, numbers)
        if own.frame >= 0:
            frame = &block.frames[own.frame]
            row = block.rows[own.frame]
            frame.at[row] = <int32_t>at
            if own.counted_column >= 0:
                frame.integers[own.counted_column][row] = <int32_t>numbers[LAST + own.level]
            block.rows[own.frame] = row + 1
        if not (joins or own.passes):
            above = this
        judged = False
        at += 1
    _fill(tables, block, numbers)
    if at >= block.length:
        _copy(tables, block)
    scalars[ABOVE] = above
    return at


cdef void _add_turn(const Tables *tables, Block *block, Py_ssize_t at, int level, const int64_t *scalars,
                    const int64_t *totals, const int64_t *numbers) noexcept nogil:
    cdef int64_t *row = block.turns + block.turned[0] * block.turn_width
    cdef int parent = tables.parent[level], other
    cdef int64_t before = totals[parent] if parent >= 0 else NO_NUMBER
    row[AT], row[LEVEL], row[TURN_SEGMENT], row[TOTAL] = at, level, scalars[SEGMENT_NUMBER], NO_NUMBER
    if before != NO_NUMBER and numbers[SHOWN + level] != NO_NUMBER:
        row[TOTAL] = before + numbers[SHOWN + level]
    row += NUMBERS
    for other in range(tables.number_of_levels):
        row[other] = numbers[SHOWN + other]
    row += tables.number_of_levels
    for other in range(tables.number_of_frames):
        row[other] = block.rows[other]
    block.turned[0] += 1


cdef int64_t *_pointer(numbers):
    cdef int64_t[::1] view = numbers
    return &view[0]

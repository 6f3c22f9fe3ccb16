# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The compiled scan engine. It knows no format: it tries the templates that it is given on each line.

A template is a short program of literals and fields; a table says which programs may begin with a line's first byte.
Logs repeat themselves: the scan remembers the heads of lines, up to their first float, and which head followed which.
Where such a guess holds, a line is known by comparing its head, whose counters need not be read again.
Floats are converted as ``float()`` converts them, bit for bit: W. D. Clinger (1990), "How to read floating point numbers
accurately", for the easy ones; D. Lemire (2021), "Number parsing at a gigabyte per second", for nearly all others, with the
128-bit powers of ten computed at import; Python itself for the few that remain.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.math cimport INFINITY, NAN
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset

import numpy as np

from metalog.formats.template import MAX_COUNTER, MISSING
from metalog.scan.tokens import LONGEST_LINE, OddLines, Scanned, Tokens, concat_tokens

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #if defined(_MSC_VER) && defined(_M_X64)
    #include <intrin.h>
    static inline uint64_t mul64(uint64_t a, uint64_t b, uint64_t *low) { uint64_t h; *low = _umul128(a, b, &h); return h; }
    #elif defined(__SIZEOF_INT128__)
    static inline uint64_t mul64(uint64_t a, uint64_t b, uint64_t *low) {
        unsigned __int128 product = (unsigned __int128)a * b;
        *low = (uint64_t)product;
        return (uint64_t)(product >> 64);
    }
    #else
    static inline uint64_t mul64(uint64_t a, uint64_t b, uint64_t *low) {
        uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
        uint64_t p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
        uint64_t middle = (p00 >> 32) + (uint32_t)p01 + (uint32_t)p10;
        *low = (middle << 32) | (uint32_t)p00;
        return p11 + (p01 >> 32) + (p10 >> 32) + (middle >> 32);
    }
    #endif
    /* Whether 8 bytes are the literal's, where the mask says that they count. */
    static inline uint64_t load8(const char *p) { uint64_t x; memcpy(&x, p, 8); return x; }
    static inline int differs32(const char *p, const uint64_t *words, const uint64_t *masks) {
        return (((load8(p) ^ words[0]) & masks[0]) | ((load8(p + 8) ^ words[1]) & masks[1]) |
                ((load8(p + 16) ^ words[2]) & masks[2]) | ((load8(p + 24) ^ words[3]) & masks[3])) != 0;
    }
    static inline int differs16(const char *p, const uint64_t *words, const uint64_t *masks) {
        return (((load8(p) ^ words[0]) & masks[0]) | ((load8(p + 8) ^ words[1]) & masks[1])) != 0;
    }
    static inline int trailing_zeros(uint64_t x) {
    #if defined(__GNUC__) || defined(__clang__)
        return __builtin_ctzll(x);
    #else
        int n = 0;
        while (!(x & 1)) { x >>= 1; n++; }
        return n;
    #endif
    }
    /* How many of these 8 bytes, from the first on, are digits, and the number that they make: ASCII digits are summed
       up in pairs, pairs of pairs and so on, as in D. Lemire's fast_float. */
    static inline int digits8(const char *p, uint64_t *value) {
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        int n = 0;
        *value = 0;
        while (n < 8 && p[n] >= '0' && p[n] <= '9') *value = *value * 10 + (uint64_t)(p[n++] - '0');
        return n;
    #else
        uint64_t x = load8(p), others;
        int n = 8;
        others = ((x + 0x4646464646464646ULL) | (x - 0x3030303030303030ULL)) & 0x8080808080808080ULL;
        x -= 0x3030303030303030ULL;
        if (others) {
            n = trailing_zeros(others) >> 3;
            if (n == 0) { *value = 0; return 0; }
            x <<= 64 - 8 * n;
        }
        x = x * 10 + (x >> 8);
        *value = (((x & 0x000000FF000000FFULL) * 0x000F424000000064ULL) +
                  (((x >> 16) & 0x000000FF000000FFULL) * 0x0000271000000001ULL)) >> 32;
        return n;
    #endif
    }
    static inline int leading_zeros(uint64_t x) {
    #if defined(__GNUC__) || defined(__clang__)
        return __builtin_clzll(x);
    #else
        int n = 0;
        while (!(x >> 63)) { x <<= 1; n++; }
        return n;
    #endif
    }
    """
    uint64_t mul64(uint64_t a, uint64_t b, uint64_t *low) noexcept nogil
    int leading_zeros(uint64_t x) noexcept nogil
    bint differs32(const char *p, const uint64_t *words, const uint64_t *masks) noexcept nogil
    bint differs16(const char *p, const uint64_t *words, const uint64_t *masks) noexcept nogil
    int digits8(const char *p, uint64_t *value) noexcept nogil

cdef enum:
    MAX_KINDS = 64
    MAX_OPS = 80
    MAX_COUNTERS = 8
    MAX_VALUES = 40
    FEW = 2             # slots that formats have at least
    SHORT = 16          # literals up to this long are compared as two words
    LONGEST_HEAD = 32
    HEADS = 1024
    LEAST_POWER = -80
    GREATEST_POWER = 80

cdef enum Operation:
    LITERAL, INTEGER, PADDED_INTEGER, FLOAT, STOP

cdef struct Op:
    Operation operation
    const char *text
    uint64_t words[2]
    uint64_t masks[2]
    Py_ssize_t length
    int slot

cdef struct Line:       # a line that was matched; its head ends where `rest` of its template begins
    uint8_t kind
    int32_t counters[MAX_COUNTERS]
    double values[MAX_VALUES]
    const char *head_end
    const Op *rest

cdef struct Head:
    uint64_t words[4]
    uint64_t masks[4]
    int length
    uint8_t kind
    int32_t counters[MAX_COUNTERS]
    const Op *rest      # NULL: nothing is remembered here
    Head *following     # the head that came after this one

cdef struct Programs:   # the templates of a format; candidates are the kinds that may begin with a byte, ended by MAX_KINDS
    Op ops[MAX_KINDS][MAX_OPS]
    uint8_t candidates[256][MAX_KINDS + 1]
    int counters
    int values

cdef struct Columns:
    uint8_t *kind
    int32_t *counters[MAX_COUNTERS]
    double *values[MAX_VALUES]
    int32_t *line
    int32_t *start
    Py_ssize_t tally[MAX_KINDS]
    int32_t *odd[3]     # number, start and end of the lines that matched nothing

cdef uint64_t POWER_HIGH[GREATEST_POWER - LEAST_POWER + 1]
cdef uint64_t POWER_LOW[GREATEST_POWER - LEAST_POWER + 1]
cdef double EXACT_POWER[23]
cdef uint64_t POWER[9]
cdef int64_t LARGEST_COUNTER = MAX_COUNTER
cdef int32_t NO_COUNTER = MISSING
cdef Py_ssize_t LONGEST = LONGEST_LINE

def _compute_powers():
    for index in range(GREATEST_POWER - LEAST_POWER + 1):
        exponent = index + LEAST_POWER
        if exponent >= 0:
            power = 10**exponent
            shift = power.bit_length() - 128
            mantissa = power >> shift if shift > 0 else power << -shift
        else:
            power = 10**-exponent
            mantissa = (1 << (127 + power.bit_length())) // power
        POWER_HIGH[index] = mantissa >> 64
        POWER_LOW[index] = mantissa & 0xFFFFFFFFFFFFFFFF
    for index in range(23):
        EXACT_POWER[index] = float(10**index)
    for index in range(9):
        POWER[index] = 10**index


_compute_powers()


cdef bint _lemire(uint64_t mantissa, int exponent, double *value) noexcept nogil:
    """Convert mantissa * 10**exponent (mantissa > 0); return False where the approximation can't decide."""
    cdef int zeros = leading_zeros(mantissa)
    cdef uint64_t high, low, more_high, more_low, merged, bits, result
    cdef int64_t binary
    cdef int index = exponent - LEAST_POWER
    mantissa <<= zeros
    binary = ((217706 * exponent) >> 16) + 64 + 1023 - zeros
    high = mul64(mantissa, POWER_HIGH[index], &low)
    if (high & 0x1FF) == 0x1FF and <uint64_t>(low + mantissa) < mantissa:
        more_high = mul64(mantissa, POWER_LOW[index], &more_low)
        merged = low + more_high
        if merged < low:
            high += 1
        if (high & 0x1FF) == 0x1FF and merged == 0xFFFFFFFFFFFFFFFFULL and <uint64_t>(more_low + mantissa) < mantissa:
            return False
        low = merged
    bits = high >> 63
    result = high >> (bits + 9)
    binary -= 1 ^ <int64_t>bits
    if low == 0 and (high & 0x1FF) == 0 and (result & 3) == 1:
        return False
    result += result & 1
    result >>= 1
    if result >> 53:
        result >>= 1
        binary += 1
    if binary < 1 or binary >= 0x7FF:
        return False
    result = (<uint64_t>binary << 52) | (result & 0x000FFFFFFFFFFFFFULL)
    memcpy(value, &result, 8)
    return True


cdef double _by_python(const char *text, Py_ssize_t length) noexcept with gil:
    return float(PyBytes_FromStringAndSize(text, length))


cdef inline bint _is_digit(char byte) noexcept nogil:
    return <uint8_t>(byte - 48) < 10


cdef inline bint _convert(uint64_t mantissa, int exponent, double *value) noexcept nogil:
    """Convert mantissa * 10**exponent; return False where only Python can."""
    if mantissa == 0:
        value[0] = 0.0
        return True
    if mantissa <= 9007199254740992ULL and -22 <= exponent <= 22:
        value[0] = <double>mantissa
        value[0] = value[0] / EXACT_POWER[-exponent] if exponent < 0 else value[0] * EXACT_POWER[exponent]
        return True
    return _lemire(mantissa, exponent, value)


cdef inline const char *_usual_number(const char *p, const char *end, double *value) noexcept nogil:
    """Read a digit, a point, and up to 18 digits, as most floats are written; return NULL for any other number."""
    cdef uint64_t mantissa = <uint64_t>(p[0] - 48), eight
    cdef int more, exponent
    if mantissa > 9 or p[1] != c'.' or end - p < 20:
        return NULL
    more = digits8(p + 2, &eight)
    mantissa = mantissa * POWER[more] + eight
    exponent = -more
    if more == 8:
        more = digits8(p + 10, &eight)
        mantissa = mantissa * POWER[more] + eight
        exponent -= more
    p += 2 - exponent
    if exponent == -16:
        while _is_digit(p[0]) and exponent > -18:
            mantissa = mantissa * 10 + <uint64_t>(p[0] - 48)
            exponent -= 1
            p += 1
    if exponent == 0 or _is_digit(p[0]) or p[0] == c'e' or p[0] == c'E' or not _convert(mantissa, exponent, value):
        return NULL
    return p


cdef const char *_number(const char *p, const char *end, double *value) noexcept nogil:
    """Read a float; return where it ends, or NULL if there is none. `end` points at a byte that is no digit."""
    cdef const char *begin = p
    cdef const char *digits
    cdef uint64_t mantissa = 0, eight
    cdef int64_t exponent = 0, written = 0
    cdef int significant = 0
    cdef bint negative = p[0] == c'-', negative_exponent
    cdef double result
    if negative:
        p += 1
    if not _is_digit(p[0]):
        if end - p >= 3 and (memcmp(p, b"nan", 3) == 0 or memcmp(p, b"inf", 3) == 0):
            result = NAN if p[0] == c'n' else INFINITY
            value[0] = -result if negative else result
            return p + 3
        return NULL
    while _is_digit(p[0]):
        if mantissa or p[0] != c'0':
            significant += 1
        mantissa = mantissa * 10 + <uint64_t>(p[0] - 48)
        p += 1
    if p[0] == c'.':
        p += 1
        digits = p
        if mantissa == 0 and significant == 0:
            while p[0] == c'0':
                p += 1
        while significant <= 11 and end - p >= 8 and digits8(p, &eight) == 8:
            mantissa = mantissa * 100000000 + eight
            significant += 8
            p += 8
        while _is_digit(p[0]):
            mantissa = mantissa * 10 + <uint64_t>(p[0] - 48)
            significant += 1
            p += 1
            if significant > 19:        # overflowed: only the end of the number is still wanted
                while _is_digit(p[0]):
                    p += 1
        exponent = digits - p
        if exponent == 0:       # the point is not part of the number
            p -= 1
    if p[0] == c'e' or p[0] == c'E':
        digits = p
        p += 1
        negative_exponent = p[0] == c'-'
        if negative_exponent or p[0] == c'+':
            p += 1
        if not _is_digit(p[0]):
            p = digits          # nor is this letter
        while _is_digit(p[0]):
            if written < 1000000000:        # far more than a line has zeros that could make up for it
                written = written * 10 + (p[0] - 48)
            p += 1
        exponent += -written if negative_exponent else written
    if significant > 19 or exponent < LEAST_POWER or exponent > GREATEST_POWER:
        value[0] = _by_python(begin, p - begin)
        return p
    if not _convert(mantissa, <int>exponent, &result):
        value[0] = _by_python(begin, p - begin)
        return p
    value[0] = -result if negative else result
    return p


cdef inline const char *_integer(const char *p, int32_t *value) noexcept nogil:
    cdef int64_t number = 0
    if not _is_digit(p[0]):
        return NULL
    while _is_digit(p[0]):
        if number <= LARGEST_COUNTER:
            number = number * 10 + (p[0] - 48)
        p += 1
    value[0] = <int32_t>number if number <= LARGEST_COUNTER else NO_COUNTER
    return p


cdef inline bint _is_literal(const Op *op, const char *p, const char *end) noexcept nogil:
    if end - p >= SHORT and op.length <= SHORT:
        return not differs16(p, op.words, op.masks)
    return end - p >= op.length and memcmp(p, op.text, op.length) == 0


cdef inline const char *_match(const Op *op, const char *p, const char *end, Line *line) noexcept nogil:
    """Go on with a template from one of its parts; return where it ends, or NULL."""
    cdef const char *stop
    while op.operation != STOP:
        if op.operation == LITERAL:
            if not _is_literal(op, p, end):
                return NULL
            p += op.length
        elif op.operation == FLOAT:
            if line.rest == NULL:
                line.rest, line.head_end = op, p
            stop = _usual_number(p, end, &line.values[op.slot])
            p = stop if stop != NULL else _number(p, end, &line.values[op.slot])
        else:
            if op.operation == PADDED_INTEGER:
                while p[0] == c' ':
                    p += 1
            p = _integer(p, &line.counters[op.slot])
        if p == NULL:
            return NULL
        op += 1
    if line.rest == NULL:
        line.rest, line.head_end = op, p
    return p


cdef inline bint _is_whole(const char *p, const char *stop, const char *end) noexcept nogil:
    return stop != NULL and stop < end and (stop[0] == c'\n' or stop[0] == c'\r') and stop - p <= LONGEST


cdef inline void _clear(Line *line, int counters, int values) noexcept nogil:
    cdef int slot
    for slot in range(counters):
        line.counters[slot] = NO_COUNTER
    for slot in range(values):
        line.values[slot] = 0.0


cdef inline const char *_match_any(const Programs *programs, const char *p, const char *end, Line *line, int counters,
                                   int values) noexcept nogil:
    """Try the templates that may begin with this byte; a match must reach a line end."""
    cdef const uint8_t *candidate = programs.candidates[<uint8_t>p[0]]
    cdef const char *stop
    while candidate[0] != MAX_KINDS:
        _clear(line, counters, values)
        line.rest = NULL
        stop = _match(programs.ops[candidate[0]], p, end, line)
        if _is_whole(p, stop, end):
            line.kind = candidate[0]
            return stop
        candidate += 1
    return NULL


cdef inline const char *_match_head(const Head *head, const char *p, const char *end, Line *line, int counters,
                                    int values) noexcept nogil:
    """Try a line that is guessed to have this head."""
    cdef const char *stop
    cdef int slot
    if head == NULL or end - p < LONGEST_HEAD or differs32(p, head.words, head.masks):
        return NULL
    for slot in range(counters):      # before those of the rest
        line.counters[slot] = head.counters[slot]
    for slot in range(values):
        line.values[slot] = 0.0
    line.rest = head.rest
    stop = _match(head.rest, p + head.length, end, line)
    if not _is_whole(p, stop, end):
        return NULL
    line.kind = head.kind
    return stop


cdef inline Head *_remember(Head *heads, const char *p, const char *end, const Line *line, int counters) noexcept nogil:
    """Return the head of a matched line, put in the place of another one if need be; NULL if it is too long."""
    cdef Py_ssize_t length = line.head_end - p
    cdef uint32_t place = 0
    cdef int slot
    cdef Head *head
    for slot in range(counters):
        place = 17 * place + <uint32_t>line.counters[slot]
    head = &heads[(place + 331 * <uint32_t>line.kind) % HEADS]
    if length > LONGEST_HEAD or end - p < LONGEST_HEAD:
        return NULL
    if head.rest == line.rest and head.length == length and not differs32(p, head.words, head.masks):
        return head
    memset(head, 0, sizeof(Head))
    memset(head.masks, 0xFF, length)
    memcpy(head.words, p, length)
    head.length, head.kind, head.rest = <int>length, line.kind, line.rest
    for slot in range(counters):
        head.counters[slot] = line.counters[slot]
    return head


cdef struct Progress:
    const char *place
    int32_t lines
    int32_t blank
    Py_ssize_t tokens
    Py_ssize_t odd


cdef inline void _put(const Line *line, Columns *out, Py_ssize_t row, int counters, int values) noexcept nogil:
    cdef int slot
    out.kind[row] = line.kind
    out.tally[line.kind] += 1
    for slot in range(counters):
        out.counters[slot][row] = line.counters[slot]
    for slot in range(values):
        out.values[slot][row] = line.values[slot]


cdef inline const char *_put_odd(const char *begin, const char *p, const char *end, Columns *out, Progress *at) noexcept nogil:
    """Note a line that matched nothing, if it is not blank; return where it ends."""
    cdef const char *stop = p
    while stop[0] == c' ' or stop[0] == c'\t':
        stop += 1
    if stop[0] == c'\n' or stop[0] == c'\r':
        at.blank += 1
        return stop
    while stop < end and stop[0] != c'\n' and stop[0] != c'\r':
        stop += 1
    out.odd[0][at.odd], out.odd[1][at.odd] = at.lines, <int32_t>(p - begin)
    out.odd[2][at.odd] = <int32_t>(stop - begin)
    at.odd += 1
    return stop


cdef inline void _scan_lines(const Programs *programs, const char *begin, const char *end, Columns *out, Py_ssize_t size,
                             Head *heads, Progress *at, int counters, int values) noexcept nogil:
    """Scan until the end or until the columns are full."""
    cdef const char *p = at.place
    cdef const char *stop
    cdef Head *above = NULL
    cdef Head *head
    cdef Line line
    while p < end and at.tokens < size and at.odd < size:
        head = above.following if above != NULL else NULL
        stop = _match_head(head, p, end, &line, counters, values)
        if stop == NULL:
            stop = _match_any(programs, p, end, &line, counters, values)
            if stop != NULL:
                head = _remember(heads, p, end, &line, counters)
                if above != NULL:
                    above.following = head
        if stop != NULL:
            above = head
            _put(&line, out, at.tokens, counters, values)
            out.line[at.tokens] = at.lines
            out.start[at.tokens] = <int32_t>(p - begin)
            at.tokens += 1
        else:
            stop = _put_odd(begin, p, end, out, at)
        p = stop + 2 if stop + 1 < end and stop[0] == c'\r' and stop[1] == c'\n' else stop + 1
        at.lines += 1
    at.place = p


cdef void _scan(const Programs *programs, const char *begin, const char *end, Columns *out, Py_ssize_t size, Head *heads,
                Progress *at) noexcept nogil:
    """Scan with loops over slots that the compiler can unroll where a format has few."""
    if programs.counters == FEW and programs.values == FEW:
        _scan_lines(programs, begin, end, out, size, heads, at, FEW, FEW)
    else:
        _scan_lines(programs, begin, end, out, size, heads, at, programs.counters, programs.values)


cdef class Engine:
    """Scans blocks for the lines of a format; may be used by several threads at once."""

    cdef Programs *programs
    cdef object format
    cdef list literals      # their bytes are pointed to by the programs

    def __cinit__(self, form):
        self.programs = <Programs *>calloc(1, sizeof(Programs))
        if self.programs == NULL:
            raise MemoryError
        self.format, self.literals = form, []
        self.programs.counters, self.programs.values = form.counter_slots, form.value_slots
        if len(form.lines) >= MAX_KINDS or form.counter_slots > MAX_COUNTERS or form.value_slots > MAX_VALUES:
            raise ValueError(f"format {form.name!r} has more kinds of line, or fields in one, than the compiled engine takes")
        for byte in range(256):
            self.programs.candidates[byte][0] = MAX_KINDS
        for code, kind in form.matched:
            self._compile(code, kind)

    def __dealloc__(self):
        free(self.programs)

    cdef _compile(self, int code, kind):
        cdef int counters = 0, values = 0, position = 0
        cdef bytes text, padded, mask
        cdef Op *op
        if len(kind.parts) >= MAX_OPS:
            raise ValueError(f"the template of {kind.name!r} has more parts than the compiled engine takes")
        for part in kind.parts:
            op = &self.programs.ops[code][position]
            if isinstance(part, str):
                text = part.encode()
                self.literals.append(text)
                op.operation, op.text, op.length = LITERAL, PyBytes_AS_STRING(text), len(text)
                padded, mask = text[:SHORT].ljust(SHORT, b"\0"), (b"\xff" * min(len(text), SHORT)).ljust(SHORT, b"\0")
                memcpy(op.words, PyBytes_AS_STRING(padded), SHORT)
                memcpy(op.masks, PyBytes_AS_STRING(mask), SHORT)
            elif part.type == "int":
                op.operation, op.slot = (PADDED_INTEGER if part.width else INTEGER), counters
                counters += 1
            else:
                op.operation, op.slot = FLOAT, values
                values += 1
            position += 1
        self.programs.ops[code][position].operation = STOP
        for byte in _first_bytes(kind.parts[0]):
            self._add_candidate(byte, code)

    cdef _add_candidate(self, int byte, int code):
        cdef int place = 0
        while self.programs.candidates[byte][place] != MAX_KINDS:
            place += 1
        self.programs.candidates[byte][place] = code
        self.programs.candidates[byte][place + 1] = MAX_KINDS

    def scan(self, const uint8_t[::1] block):
        """Cut a block of whole lines (each with its line end) and match each line."""
        cdef const char *begin = <const char *>&block[0]
        cdef const char *end = begin + block.shape[0]
        cdef const Programs *programs = self.programs
        cdef Progress at
        cdef Columns out
        cdef int slot
        cdef Py_ssize_t size = block.shape[0] // 40 + 64
        cdef uint8_t[::1] kind
        cdef int32_t[::1] line, start
        cdef int32_t[:, ::1] counters, odd
        cdef double[:, ::1] values
        cdef uint8_t[::1] memory = np.zeros(HEADS * sizeof(Head), np.uint8)
        cdef Head *heads = <Head *>&memory[0]
        at.place, at.lines, at.blank = begin, 0, 0
        memset(out.tally, 0, sizeof(out.tally))
        tokens, odds = [], []
        while True:
            part = Tokens.reserve(self.format, size)
            kind, counters, values, line, start = part.kind, part.counters, part.values, part.line, part.start
            places = np.empty((3, size), np.int32)
            odd = places
            for slot in range(3):
                out.odd[slot] = &odd[slot, 0]
            out.kind, out.line, out.start = &kind[0], &line[0], &start[0]
            for slot in range(programs.counters):
                out.counters[slot] = &counters[slot, 0]
            for slot in range(programs.values):
                out.values[slot] = &values[slot, 0]
            at.tokens = at.odd = 0
            with nogil:
                _scan(programs, begin, end, &out, size, heads, &at)
            tokens.append(part.select(slice(at.tokens)))
            odds.append(places[:, :at.odd])
            if at.place >= end:
                odd_lines = OddLines(*(np.concatenate(odds, axis=1) if len(odds) > 1 else odds[0]))
                found = concat_tokens(tokens)
                found.counted = [out.tally[slot] for slot in range(<int>len(self.format.lines))]
                return Scanned(found, odd_lines, at.lines, at.blank)


def _first_bytes(part):
    if isinstance(part, str):
        return part.encode()[:1]
    return b"0123456789" + (b" " if part.width else b"") + (b"-in" if part.type == "float" else b"")

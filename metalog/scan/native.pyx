# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The compiled scan engine. It knows no format: it tries the templates that it is given on each line.

A template is a short program of literals and fields; a table says which programs may begin with a line's first byte.
Logs repeat themselves: the scan remembers the heads of lines, up to their first float, and which head followed which.
Where such a guess holds, a line is known by comparing its head, whose counters need not be read again.
Floats are converted as ``float()`` converts them, bit for bit: W. D. Clinger (1990), "How to read floating point numbers
accurately", for the easy ones; D. Lemire (2021), "Number parsing at a gigabyte per second", for nearly all others, with the
128-bit powers of ten computed at import; Python itself for the few that remain.
"""

from cpython.bytes cimport PyBytes_AsString, PyBytes_FromStringAndSize
from libc.math cimport INFINITY, NAN
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset, strlen

import numpy as np

from metalog.formats.checks import MOST_COUNTERS, MOST_LINES, MOST_PARTS, MOST_PROGRAMS, MOST_TEXTS, MOST_VALUES
from metalog.formats.template import COUNTERS, MAX_COUNTER, MISSING, TEXTS, Blanks, Optional
from metalog.scan.numbers import shifted, to_seconds
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
    MAX_PROGRAMS = 121
    MAX_OPS = 121
    MAX_COUNTERS = 8
    MAX_VALUES = 40
    MAX_TEXTS = 8
    LOOKED_AT = 1 << 14
    FEW = 2             # slots that formats have at least
    SHORT = 16          # literals up to this long are compared as two words
    LONGEST_HEAD = 32
    HEADS = 1024
    LEAST_POWER = -80
    GREATEST_POWER = 80

cdef enum Operation:
    LITERAL, INTEGER, PADDED_INTEGER, FLOAT, STOP
    BLANKS, SIGNED, WHOLE, NUMBER, PERCENT, DURATION, WORD, CHOICE, LIST, PAIRS, REST, OPTIONAL

cdef struct Op:
    Operation operation
    const char *text
    uint64_t words[2]
    uint64_t masks[2]
    Py_ssize_t length
    int slot            # -1: what is matched is not kept
    int jump            # parts after which an optional one ends
    bint full_stop      # whether a point follows, which is no part of a number
    const char **choices    # the longest first, ended by NULL

cdef struct Line:       # a line that was matched; its head ends where `rest` of its template begins
    uint8_t kind
    int32_t counters[MAX_COUNTERS]
    double values[MAX_VALUES]
    const char *texts[2][MAX_TEXTS]
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

cdef struct Programs:   # the templates of a format; candidates may begin with a byte, and are ended by MAX_PROGRAMS
    Op ops[MAX_PROGRAMS][MAX_OPS]
    uint8_t kinds[MAX_PROGRAMS]
    uint8_t candidates[256][MAX_PROGRAMS + 1]
    int counters
    int values
    int texts
    bint exact
    double nothing      # a value that a line does not have

cdef struct Columns:
    uint8_t *kind
    int32_t *counters[MAX_COUNTERS]
    double *values[MAX_VALUES]
    int32_t *texts[2][MAX_TEXTS]
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


cdef double _by_python_shifted(const char *text, Py_ssize_t length, int shift) noexcept with gil:
    return shifted(PyBytes_FromStringAndSize(text, length), shift)


cdef double _seconds(const char *text, Py_ssize_t length) noexcept with gil:
    return to_seconds(PyBytes_FromStringAndSize(text, length))


cdef inline bint _is_digit(char byte) noexcept nogil:
    return <uint8_t>(byte - 48) < 10


cdef inline bint _is_letter(char byte) noexcept nogil:
    return <uint8_t>((byte | 32) - 97) < 26


cdef inline const char *_skip_blanks(const char *p) noexcept nogil:
    while p[0] == c' ' or p[0] == c'\t':
        p += 1
    return p


cdef inline bint _is_end(char byte) noexcept nogil:
    return byte == c'\n' or byte == c'\r'


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


cdef inline const char *_usual_number(const char *p, const char *end, double *value, int shift) noexcept nogil:
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
    if exponent == 0 or _is_digit(p[0]) or p[0] == c'e' or p[0] == c'E' or not _convert(mantissa, exponent + shift, value):
        return NULL
    return p


cdef inline const char *_exponent(const char *p, int64_t *exponent) noexcept nogil:
    """Read what an ``e`` and digits add to an exponent, if they are there; return where they end."""
    cdef const char *letter = p
    cdef int64_t written = 0
    cdef bint negative
    if p[0] != c'e' and p[0] != c'E':
        return p
    p += 1
    negative = p[0] == c'-'
    if negative or p[0] == c'+':
        p += 1
    if not _is_digit(p[0]):
        return letter           # which is not part of the number
    while _is_digit(p[0]):
        if written < 1000000000:        # far more than a line has zeros that could make up for it
            written = written * 10 + (p[0] - 48)
        p += 1
    exponent[0] += -written if negative else written
    return p


cdef const char *_number(const char *p, const char *end, double *value) noexcept nogil:
    """Read a float; return where it ends, or NULL if there is none. `end` points at a byte that is no digit."""
    cdef const char *begin = p
    cdef const char *digits
    cdef uint64_t mantissa = 0, eight
    cdef int64_t exponent = 0
    cdef int significant = 0
    cdef bint negative = p[0] == c'-'
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
    p = _exponent(p, &exponent)
    if significant > 19 or exponent < LEAST_POWER or exponent > GREATEST_POWER:
        value[0] = _by_python(begin, p - begin)
        return p
    if not _convert(mantissa, <int>exponent, &result):
        value[0] = _by_python(begin, p - begin)
        return p
    value[0] = -result if negative else result
    return p


cdef inline const char *_named_number(const char *p, double *value) noexcept nogil:
    """Read nan, inf or infinity, in letters of any size; return NULL for anything else."""
    if (p[0] | 32) == c'n' and (p[1] | 32) == c'a' and (p[2] | 32) == c'n':
        value[0] = NAN
        return p + 3
    if (p[0] | 32) != c'i' or (p[1] | 32) != c'n' or (p[2] | 32) != c'f':
        return NULL
    value[0] = INFINITY
    p += 3
    if ((p[0] | 32) == c'i' and (p[1] | 32) == c'n' and (p[2] | 32) == c'i' and (p[3] | 32) == c't'
            and (p[4] | 32) == c'y'):
        p += 5
    return p


cdef const char *_any_number(const char *p, const char *end, double *value, int shift, bint full_stop) noexcept nogil:
    """Read a number as programs print them, times ten to the power of `shift`; return where it ends, or NULL.

    With `full_stop`, a point that no digit follows is no part of it. A line end follows somewhere before `end`.
    """
    cdef const char *begin = p
    cdef uint64_t mantissa = 0
    cdef int64_t exponent = 0
    cdef int significant = 0, whole = 0
    cdef bint negative = p[0] == c'-'
    cdef double result
    if negative or p[0] == c'+':
        p += 1
    if not _is_digit(p[0]) and not (p[0] == c'.' and _is_digit(p[1])):
        p = _named_number(p, &result)
        if p != NULL:
            value[0] = -result if negative else result
        return p
    while _is_digit(p[0]):
        if mantissa or p[0] != c'0':
            significant += 1
        if significant <= 19:
            mantissa = mantissa * 10 + <uint64_t>(p[0] - 48)
        whole += 1
        p += 1
    if p[0] == c'.' and (_is_digit(p[1]) or (whole and not full_stop)):
        p += 1
        while _is_digit(p[0]):
            if mantissa or p[0] != c'0':
                significant += 1
            if significant <= 19:
                mantissa = mantissa * 10 + <uint64_t>(p[0] - 48)
                exponent -= 1
            p += 1
    p = _exponent(p, &exponent)
    exponent += shift
    if significant > 19 or exponent < LEAST_POWER or exponent > GREATEST_POWER or not _convert(mantissa, <int>exponent, &result):
        value[0] = _by_python_shifted(begin, p - begin, shift) if shift else _by_python(begin, p - begin)
        return p
    value[0] = -result if negative else result
    return p


cdef inline const char *_loose(const char *p, const char *end, double *value, int shift, bint full_stop) noexcept nogil:
    cdef const char *stop = _usual_number(p, end, value, shift)
    return stop if stop != NULL else _any_number(p, end, value, shift, full_stop)


cdef const char *_tensor(const char *p, const char *end, double *value) noexcept nogil:
    """Read the number of ``tensor(0.5, device='cuda:0')``."""
    if end - p < 9 or memcmp(p, b"tensor(", 7) != 0:
        return NULL
    p = _any_number(p + 7, end, value, 0, False)
    if p == NULL:
        return NULL
    while not _is_end(p[0]) and p[0] != c'(' and p[0] != c')':
        p += 1
    return p + 1 if p[0] == c')' else NULL


cdef const char *_percent(const char *p, const char *end, double *value, bint full_stop) noexcept nogil:
    p = _loose(p, end, value, -2, full_stop)
    if p == NULL:
        return NULL
    if p[0] == c'%':
        return p + 1
    return p + 2 if (p[0] == c' ' or p[0] == c'\t') and p[1] == c'%' else p


cdef const char *_clock(const char *p) noexcept nogil:
    """Skip ``1:02:03.5``, ``2:03`` or ``3 days, 1:00:00``; return NULL if there is none."""
    cdef const char *begin = p
    cdef const char *stop
    while _is_digit(p[0]):
        p += 1
    if p == begin:
        return NULL
    if p[0] == c' ' and p[1] == c'd' and p[2] == c'a' and p[3] == c'y':
        stop = p + 4
        if stop[0] == c's':
            stop += 1
        if stop[0] == c',' and stop[1] == c' ' and _is_digit(stop[2]):
            p = stop + 2
            while _is_digit(p[0]):
                p += 1
    if p[0] != c':' or not _is_digit(p[1]) or not _is_digit(p[2]):
        return NULL
    p += 3
    if p[0] == c':' and _is_digit(p[1]) and _is_digit(p[2]):
        p += 3
    if p[0] == c'.' and _is_digit(p[1]):
        p += 2
        while _is_digit(p[0]):
            p += 1
    return p


cdef const char *_unit(const char *p) noexcept nogil:
    """Skip a unit of time that no letter follows; return NULL if there is none."""
    if (p[0] == c'm' or p[0] == c'u') and p[1] == c's' and not _is_letter(p[2]):
        return p + 2
    if p[0] == c'm' and p[1] == c'i' and p[2] == c'n' and not _is_letter(p[3]):
        return p + 3
    if (p[0] == c's' or p[0] == c'm' or p[0] == c'h' or p[0] == c'd') and not _is_letter(p[1]):
        return p + 1
    return NULL


cdef const char *_spans(const char *p) noexcept nogil:
    """Skip numbers with units of time glued to them; return NULL if there is none."""
    cdef const char *stop = NULL
    cdef const char *place
    while _is_digit(p[0]):
        place = p
        while _is_digit(place[0]):
            place += 1
        if place[0] == c'.':
            place += 1
            while _is_digit(place[0]):
                place += 1
        place = _unit(place)
        if place == NULL:
            break
        p = stop = place
    return stop


cdef bint _is_in_seconds(const char *p, const char *stop, const char *end, double *value) noexcept nogil:
    """Read one number in s, ms or us, as most durations are; return False for any other."""
    cdef const char *unit = _loose(p, end, value, 0, False)
    if unit == NULL or (stop - 1)[0] != c's':
        return False
    if unit + 1 == stop:
        return True
    if unit + 2 != stop or (unit[0] != c'm' and unit[0] != c'u'):
        return False
    return _loose(p, end, value, -3 if unit[0] == c'm' else -6, False) != NULL


cdef const char *_duration(const char *p, const char *end, double *value, bint full_stop) noexcept nogil:
    cdef const char *stop = _clock(p)
    if stop == NULL:
        stop = _spans(p)
    if stop == NULL:
        return _loose(p, end, value, 0, full_stop)
    if not _is_in_seconds(p, stop, end, value):
        value[0] = _seconds(p, stop - p)
    return stop


cdef inline bint _is_of_word(char byte) noexcept nogil:
    return (_is_letter(byte) or _is_digit(byte) or byte == c'_' or byte == c'.' or byte == c'@' or byte == c'/'
            or byte == c'+' or byte == c'-' or <uint8_t>byte >= 128)


cdef const char *_list(const char *p, const char *end) noexcept nogil:
    """Skip numbers between brackets, or separated by blanks and commas; return NULL if there are none."""
    cdef double value
    cdef const char *stop
    cdef const char *last
    if p[0] == c'[':
        p += 1
        while p[0] != c']':
            if p[0] == c' ' or p[0] == c'\t' or p[0] == c',':
                p += 1
                continue
            p = _any_number(p, end, &value, 0, False)
            if p == NULL:
                return NULL
        return p + 1
    last = _any_number(p, end, &value, 0, False)
    if last == NULL:
        return NULL
    while True:
        stop = last
        while stop[0] == c' ' or stop[0] == c'\t' or stop[0] == c',':
            stop += 1
        if stop == last:
            return last
        stop = _any_number(stop, end, &value, 0, False)
        if stop == NULL:
            return last
        last = stop


cdef inline bint _is_of_name(char byte) noexcept nogil:
    return (_is_letter(byte) or _is_digit(byte) or byte == c'_' or byte == c'@' or byte == c'.' or byte == c'/'
            or byte == c"'" or byte == c'-')


cdef bint _is_cell(const char *p) noexcept nogil:
    """Tell whether a name and a number begin here, with one blank between them."""
    cdef const char *begin = p
    while _is_letter(p[0]) or _is_digit(p[0]) or p[0] == c'_':
        p += 1
    return p > begin and p[0] == c' ' and (_is_digit(p[1]) or p[1] == c'.')


cdef const char *_behind_name(const char *p, bint *is_pair) noexcept nogil:
    """Skip a name; tell whether a sign and a value come behind it."""
    while _is_of_name(p[0]):
        p += 1
    cdef const char *sign = p
    if sign[0] == c'"' or sign[0] == c"'":
        sign += 1
    sign = _skip_blanks(sign)
    is_pair[0] = (sign[0] == c':' or sign[0] == c'=') and not (sign[1] == c'/' and sign[2] == c'/')
    if is_pair[0]:
        sign = _skip_blanks(sign + 1)
        is_pair[0] = not (sign[0] == c' ' or 9 <= sign[0] <= 13 or sign[0] == c':' or sign[0] == c'=')
    return p


cdef bint _holds_pair(const char *p) noexcept nogil:
    """Tell whether there is a pair on what is left of a line: see ``_A_PAIR`` of the templates."""
    cdef bint found = False
    p = _skip_blanks(p)
    if _is_cell(p):
        return True
    while not _is_end(p[0]):
        if p[0] == c'_' or _is_letter(p[0]):
            p = _behind_name(p, &found)
            if found:
                return True
        elif p[0] != c"'" and _is_of_name(p[0]):
            while p[0] != c"'" and _is_of_name(p[0]):  # behind a quote a name may begin
                p += 1
        elif p[0] == c'|' and p[1] == c' ' and _is_cell(p + 2):
            return True
        else:
            p += 1
    return False


cdef const char *_pairs(const Op *op, const char *p) noexcept nogil:
    """Skip all that is left of a line, but for the text behind it; return NULL if there can be no pair."""
    cdef const char *stop = p
    cdef const Op *behind = op + 1
    if not _holds_pair(p):
        return NULL
    while not _is_end(stop[0]):
        stop += 1
    if behind.operation == STOP:
        return stop
    while (stop - 1)[0] == c' ' or (stop - 1)[0] == c'\t':
        stop -= 1
    return stop - behind.length if stop - p >= behind.length else NULL


cdef inline const char *_choice(const Op *op, const char *p, const char *end) noexcept nogil:
    cdef const char **word = op.choices
    cdef Py_ssize_t length
    while word[0] != NULL:
        length = strlen(word[0])
        if end - p >= length and memcmp(p, word[0], length) == 0:
            return p + length
        word += 1
    return NULL


cdef const char *_loose_part(const Op *op, const char *p, const char *end, Line *line) noexcept nogil:
    """Match a part that only formats have that are not exact; return where it ends, or NULL."""
    cdef const char *begin
    cdef double spare
    cdef double *value = &spare
    cdef int32_t spare_counter
    if op.operation == REST:
        while not _is_end(p[0]):
            p += 1
        return p
    if op.operation != WORD and op.operation != CHOICE:
        p = _skip_blanks(p)
    if NUMBER <= op.operation <= DURATION and op.slot >= 0:
        value = &line.values[op.slot]
    begin = p
    if op.operation == NUMBER:
        p = _loose(begin, end, value, 0, op.full_stop)
        return p if p != NULL else _tensor(begin, end, value)
    if op.operation == PERCENT:
        return _percent(p, end, value, op.full_stop)
    if op.operation == DURATION:
        return _duration(p, end, value, op.full_stop)
    if op.operation == SIGNED or op.operation == WHOLE:
        return _signed(op, p, end, line)
    if op.operation == WORD:
        while _is_of_word(p[0]):
            p += 1
        if p == begin:
            return NULL
    elif op.operation == CHOICE:
        p = _choice(op, p, end)
    elif op.operation == LIST:
        p = _list(p, end)
    else:
        p = _pairs(op, p)
    if p != NULL and op.slot >= 0:
        line.texts[0][op.slot], line.texts[1][op.slot] = begin, p
    return p


cdef const char *_signed(const Op *op, const char *p, const char *end, Line *line) noexcept nogil:
    """Read an integer that may have a sign."""
    cdef const char *digits = p
    cdef const char *stop
    cdef double value
    cdef int32_t counter
    if p[0] == c'+' or p[0] == c'-':
        digits += 1
    stop = _integer(digits, &counter)
    if stop == NULL or op.slot < 0:
        return stop
    if op.operation == SIGNED:
        line.counters[op.slot] = NO_COUNTER if p[0] == c'-' else counter
    elif counter != NO_COUNTER:
        line.values[op.slot] = -<double>counter if p[0] == c'-' else <double>counter
    else:
        line.values[op.slot] = _by_python(p, stop - p)
    return stop


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
    cdef const char *before
    cdef const Op *skip = NULL      # behind the optional part that is tried
    cdef Line saved
    while op.operation != STOP:
        if op == skip:
            skip = NULL
        if op.operation == LITERAL:
            p = p + op.length if _is_literal(op, p, end) else NULL
        elif op.operation == INTEGER or op.operation == PADDED_INTEGER:
            if op.operation == PADDED_INTEGER:
                while p[0] == c' ':
                    p += 1
            p = _integer(p, &line.counters[op.slot])
        elif op.operation == BLANKS:
            stop = _skip_blanks(p)
            p = stop if stop != p else NULL
        elif op.operation == SIGNED and skip == NULL:
            p = _signed(op, _skip_blanks(p), end, line)
        else:
            if line.rest == NULL:
                line.rest, line.head_end = op, p
            if op.operation == FLOAT:
                stop = _usual_number(p, end, &line.values[op.slot], 0)
                p = stop if stop != NULL else _number(p, end, &line.values[op.slot])
            elif op.operation == OPTIONAL:
                skip, before = op + op.jump, p
                saved = line[0]
            else:
                p = _loose_part(op, p, end, line)
        if p == NULL:
            if skip == NULL:
                return NULL
            line[0], p, op, skip = saved, before, skip, NULL     # without the optional part
            continue
        op += 1
    if line.rest == NULL:
        line.rest, line.head_end = op, p
    return p


cdef inline bint _is_whole(const char *p, const char *stop, const char *end) noexcept nogil:
    return stop != NULL and stop < end and (stop[0] == c'\n' or stop[0] == c'\r') and stop - p <= LONGEST


cdef inline void _clear(Line *line, int counters, int values, double nothing, int texts) noexcept nogil:
    cdef int slot
    for slot in range(counters):
        line.counters[slot] = NO_COUNTER
    for slot in range(values):
        line.values[slot] = nothing
    for slot in range(texts):
        line.texts[0][slot] = NULL


cdef inline const char *_match_any(const Programs *programs, const char *p, const char *end, Line *line, int counters,
                                   int values) noexcept nogil:
    """Try the templates that may begin with this byte; a match must reach a line end."""
    cdef const uint8_t *candidate = programs.candidates[<uint8_t>p[0]]
    cdef const char *stop
    while candidate[0] != MAX_PROGRAMS:
        _clear(line, counters, values, programs.nothing, programs.texts)
        line.rest = NULL
        stop = _match(programs.ops[candidate[0]], p, end, line)
        if stop != NULL and not programs.exact:
            stop = _skip_blanks(stop)
        if _is_whole(p, stop, end):
            line.kind = programs.kinds[candidate[0]]
            return stop
        candidate += 1
    return NULL


cdef inline const char *_match_head(const Programs *programs, const Head *head, const char *p, const char *end, Line *line,
                                    int counters, int values) noexcept nogil:
    """Try a line that is guessed to have this head."""
    cdef const char *stop
    cdef int slot
    if head == NULL or end - p < LONGEST_HEAD or differs32(p, head.words, head.masks):
        return NULL
    for slot in range(counters):      # before those of the rest
        line.counters[slot] = head.counters[slot]
    for slot in range(values):
        line.values[slot] = programs.nothing
    for slot in range(programs.texts):
        line.texts[0][slot] = NULL
    line.rest = head.rest
    stop = _match(head.rest, p + head.length, end, line)
    if stop != NULL and not programs.exact:
        stop = _skip_blanks(stop)
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


cdef inline void _put_texts(const Line *line, const char *begin, Columns *out, Py_ssize_t row, int texts) noexcept nogil:
    cdef int slot, side
    for slot in range(texts):
        for side in range(2):
            out.texts[side][slot][row] = NO_COUNTER if line.texts[0][slot] == NULL else <int32_t>(line.texts[side][slot] - begin)


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
    cdef const char *text
    cdef Head *above = NULL
    cdef Head *head
    cdef Line line
    while p < end and at.tokens < size and at.odd < size:
        head = above.following if above != NULL else NULL
        text = p if programs.exact else _skip_blanks(p)
        stop = _match_head(programs, head, text, end, &line, counters, values)
        if stop == NULL:
            stop = _match_any(programs, text, end, &line, counters, values)
            if stop != NULL:
                head = _remember(heads, text, end, &line, counters)
                if above != NULL:
                    above.following = head
        if stop != NULL:
            above = head
            _put(&line, out, at.tokens, counters, values)
            if programs.texts:
                _put_texts(&line, begin, out, at.tokens, programs.texts)
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


cdef Py_ssize_t _likely_lines(const char *block, Py_ssize_t length) noexcept nogil:
    """Guess from its first bytes how many lines a block has, rather too many than too few."""
    cdef Py_ssize_t near = length if length < LOOKED_AT else LOOKED_AT, lines = 0, place
    for place in range(near):
        lines += block[place] == c'\n'
    return (length // 8) * (lines + lines // 16 + 1) // (near // 8 + 1) + 64


cdef class Engine:
    """Scans blocks for the lines of a format; may be used by several threads at once."""

    cdef Programs *programs
    cdef object format
    cdef list literals      # their bytes are pointed to by the programs
    cdef list choices       # lists of pointers to them

    def __cinit__(self, form):
        cdef int number = 0
        self.programs = <Programs *>calloc(1, sizeof(Programs))
        if self.programs == NULL:
            raise MemoryError
        self.format, self.literals, self.choices = form, [], []
        self.programs.counters, self.programs.values = form.counter_slots, form.value_slots
        self.programs.texts, self.programs.exact = form.text_slots, form.exact
        self.programs.nothing = 0.0 if form.exact else NAN
        if (len(form.lines) >= MAX_KINDS or form.counter_slots > MAX_COUNTERS or form.value_slots > MAX_VALUES
                or form.text_slots > MAX_TEXTS):
            raise ValueError(f"format {form.name!r} has more kinds of line, or fields in one, than the compiled engine takes")
        for byte in range(256):
            self.programs.candidates[byte][0] = MAX_PROGRAMS
        for code, kind in form.matched:
            for parts in kind.variants:
                if number >= MAX_PROGRAMS:
                    raise ValueError(f"format {form.name!r} has more templates than the compiled engine takes")
                self.programs.kinds[number] = code
                self.programs.ops[number][self._compile(number, kind, parts, 0)].operation = STOP
                for byte in _first_bytes(parts):
                    self._add_candidate(byte, number)
                number += 1

    def __dealloc__(self):
        free(self.programs)

    cdef int _compile(self, int number, kind, parts, int position) except -1:
        """Write the parts of a template into a program from a position on; return where they end."""
        cdef Op *op
        for part in parts:
            if position >= MAX_OPS - 1:
                raise ValueError(f"the template of {kind.name!r} has more parts than the compiled engine takes")
            op = &self.programs.ops[number][position]
            position += 1
            if isinstance(part, Optional):
                op.operation = OPTIONAL
                op.jump = self._compile(number, kind, part.parts, position) - position + 1
                position += op.jump - 1
            elif isinstance(part, Blanks):
                op.operation = BLANKS
            elif isinstance(part, str):
                self._compile_literal(op, part)
            else:
                self._compile_field(op, kind, part)
        return position

    cdef _compile_literal(self, Op *op, part):
        cdef bytes text = part.encode(), padded, mask
        self.literals.append(text)
        op.operation, op.text, op.length = LITERAL, PyBytes_AsString(text), len(text)
        padded, mask = text[:SHORT].ljust(SHORT, b"\0"), (b"\xff" * min(len(text), SHORT)).ljust(SHORT, b"\0")
        memcpy(op.words, PyBytes_AsString(padded), SHORT)
        memcpy(op.masks, PyBytes_AsString(mask), SHORT)

    cdef _compile_field(self, Op *op, kind, field):
        names = kind.counters if field.type in COUNTERS else kind.texts if field.type in TEXTS else kind.values
        op.slot = names.index(field.name) if field.is_kept and field.type != "text" else -1
        op.operation, op.full_stop = _operation(field), field.full_stop
        if field.type == "choice":
            self._compile_choices(op, [word.encode() for word in field.words])

    cdef _compile_choices(self, Op *op, words):
        cdef uint64_t[::1] memory = np.zeros(len(words) + 1, np.uint64)
        cdef bytes word
        self.literals += words
        self.choices.append(memory)
        for place, word in enumerate(words):
            memory[place] = <uint64_t><size_t>PyBytes_AsString(word)
        op.choices = <const char **>&memory[0]

    cdef _add_candidate(self, int byte, int number):
        cdef int place = 0
        while self.programs.candidates[byte][place] != MAX_PROGRAMS:
            place += 1
        self.programs.candidates[byte][place] = number
        self.programs.candidates[byte][place + 1] = MAX_PROGRAMS

    def scan(self, const uint8_t[::1] block):
        """Cut a block of whole lines (each with its line end) and match each line."""
        cdef const char *begin = <const char *>&block[0]
        cdef const char *end = begin + block.shape[0]
        cdef const Programs *programs = self.programs
        cdef Progress at
        cdef Columns out
        cdef int slot, side
        cdef Py_ssize_t size = _likely_lines(begin, block.shape[0])
        cdef uint8_t[::1] kind
        cdef int32_t[::1] line, start
        cdef int32_t[:, ::1] counters, odd, texts
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
            if programs.texts:
                texts = part.texts
            for slot in range(programs.texts):
                for side in range(2):
                    out.texts[side][slot] = &texts[side * programs.texts + slot, 0]
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


def _operation(field):
    if field.exact and field.type == "int":
        return PADDED_INTEGER if field.width else INTEGER
    if field.exact and field.type == "float":
        return FLOAT
    operations = {"int": SIGNED, "float": NUMBER, "whole": WHOLE, "percent": PERCENT, "duration": DURATION, "word": WORD,
                  "choice": CHOICE, "list": LIST, "pairs": PAIRS, "text": REST}
    return operations[field.type]


def _first_bytes(parts):
    """Return the bytes with which a line may begin, blanks aside where they don't matter."""
    part = parts[0]
    if isinstance(part, str):
        return part.encode()[:1]
    if isinstance(part, Optional) or isinstance(part, Blanks) or not part.exact:
        return bytes(range(256))
    return b"0123456789" + (b" " if part.width else b"") + (b"-in" if part.type == "float" else b"")


if (MOST_COUNTERS, MOST_VALUES, MOST_TEXTS, MOST_PARTS, MOST_PROGRAMS) != (
        MAX_COUNTERS, MAX_VALUES, MAX_TEXTS, MAX_OPS - 1, MAX_PROGRAMS - 1) or MOST_LINES >= MAX_KINDS:
    raise ValueError("the compiled engine has memory for formats of another size")

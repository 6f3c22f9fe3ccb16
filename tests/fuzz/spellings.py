"""Texts of numbers that are hard to read: every spelling of a float, and counters about the limits of integers."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np

from metalog.formats.template import MAX_COUNTER

Family = Callable[[Random, int], list[bytes]]


def _floats(rng: Random, count: int) -> list[float]:
    values = np.frombuffer(rng.randbytes(8 * count))
    finite: list[float] = np.where(np.isfinite(values), values, 0.0).tolist()
    return finite


def _spell(rng: Random, digits: int, exponent: int) -> bytes:
    """Write digits * 10**exponent with the point anywhere in it, and sometimes zeros that change nothing."""
    text = b"%d" % digits
    if rng.random() < 0.1:
        text, exponent = text + b"0" * (zeros := rng.randrange(8)), exponent - zeros
    if rng.random() < 0.1:
        text = b"0" * rng.randrange(8) + text
    if rng.random() < 0.7:
        if -30 < exponent < 0 and rng.random() < 0.5:
            text, fraction = text.rjust(1 - exponent, b"0"), -exponent
        else:
            text, fraction = text.rjust(2, b"0"), rng.randint(1, max(len(text) - 1, 1))
        text, exponent = text[:-fraction] + b"." + text[-fraction:], exponent + fraction
    if exponent or rng.random() < 0.1:
        text += rng.choice((b"e%d", b"e%d", b"E%d", b"e%+d", b"E%+04d", b"e%+.3d")) % exponent
    return text if rng.random() < 0.8 else b"-" + text


def shortest(rng: Random, count: int) -> list[bytes]:
    """Return what ``repr`` writes of doubles of all magnitudes."""
    return [repr(value).encode() for value in _floats(rng, count)]


def logged(rng: Random, count: int) -> list[bytes]:
    """Return what logs are full of: losses that were a float32, and fractions."""
    values = np.random.default_rng(rng.getrandbits(64)).gamma(2, 0.5, count).astype(np.float32)
    return [repr(value).encode() for value in values.tolist()]


def usual(rng: Random, count: int) -> list[bytes]:
    """Return what the engine has a short way for, and what just misses it: a digit, a point, 1 to 21 digits."""
    return [_usual(rng) for _ in range(count)]


def _usual(rng: Random) -> bytes:
    decimals = rng.choice((rng.randint(1, 21), 7, 8, 9, 15, 16, 17, 18, 19))
    zeros = rng.choice((0, 0, 0, rng.randint(0, decimals)))
    digits = b"0" * zeros + (b"%d" % rng.randrange(10**21)).rjust(21, b"0")
    exponent = rng.choice((b"e%d", b"E%+d", b"e-0%d")) % rng.randint(0, 30) if rng.random() < 0.1 else b""
    return b"%d.%b%b" % (rng.randrange(10), digits[:decimals], exponent)


def formatted(rng: Random, count: int) -> list[bytes]:
    """Return doubles of all magnitudes with more or fewer digits than they need."""
    return [b"%.*e" % (rng.randrange(30), value) for value in _floats(rng, count)]


def positional(rng: Random, count: int) -> list[bytes]:
    """Return numbers without an exponent, up to 40 digits behind the point."""
    return [b"%.*f" % (rng.randrange(41), rng.uniform(-9, 9) * 10.0 ** rng.randint(-25, 25)) for _ in range(count)]


def any_digits(rng: Random, count: int) -> list[bytes]:
    """Return 1 to 25 digits with exponents far beyond a double's range on both sides."""
    return [_spell(rng, rng.randrange(10 ** rng.randint(1, 25)), rng.randint(-420, 420)) for _ in range(count)]


def at_the_tables_edges(rng: Random, count: int) -> list[bytes]:
    """Return up to 20 digits with exponents about +-22 and +-80, where the engine goes from one method to the next."""
    edges = [sign * edge + off for sign in (-1, 1) for edge in (0, 22, 80) for off in range(-3, 4)]
    near_53_bits = [rng.randint(2**53 - 3, 2**53 + 3), rng.randint(2**64 - 3, 2**64 + 3), 10**19 - 1]
    return [
        _spell(rng, rng.choice((rng.randrange(10 ** rng.randint(1, 20)), rng.choice(near_53_bits))), rng.choice(edges))
        for _ in range(count)
    ]


def near_halves(rng: Random, count: int) -> list[bytes]:
    """Return decimals of 17 to 25 digits just below, at or above the middle between two neighbouring doubles."""
    return [
        _near_half(rng, rng.randint(-340, 330) if rng.random() < 0.4 else rng.randint(-60, 60)) for _ in range(count)
    ]


def _near_half(rng: Random, decade: int) -> bytes:
    value = min(max(float(f"{rng.uniform(1, 10)!r}e{decade}"), 5e-324), 1.7e308)
    ulp = math.ulp(value)
    middle, power = int(value / ulp) * 2 + 1, math.frexp(ulp)[1] - 2  # the middle is middle * 2**power
    exponent = math.floor(math.log10(value)) + 1 - rng.randint(17, 25)
    above, below = middle << max(power, 0), 1 << max(-power, 0)
    if exponent > 0:
        below *= 10**exponent
    else:
        above *= 10**-exponent
    return _spell(rng, above // below + rng.choice((-1, 0, 0, 1, 1, 2)), exponent)


def halves(rng: Random, count: int) -> list[bytes]:
    """Return the middle between two neighbouring doubles exactly; the even neighbour is the answer."""
    return [_half(rng) for _ in range(count)]


def _half(rng: Random) -> bytes:
    if (choice := rng.random()) < 0.4:  # divisible by a power of five, so that few digits and an exponent are exact
        power = rng.randint(0, 23)
        odd = rng.randint(2**53 // 5**power + 1, 2**54 // 5**power) | 1
        return _spell(rng, odd << rng.randint(0, 9), power)
    odd = rng.randrange(2**53, 2**54) | 1
    twos = rng.randint(-4, 9) if choice < 0.9 else rng.randint(-1074, 970)
    return _spell(rng, odd << twos, 0) if twos >= 0 else _spell(rng, odd * 5**-twos, twos)


def smallest(rng: Random, count: int) -> list[bytes]:
    """Return what lies among the subnormal numbers and about their ends."""
    exact = 5**1075  # half of the smallest double is 5**1075 * 10**-1075
    texts = []
    for _ in range(count):
        unit = rng.choice((1, 2, 2**52 - 1, 2**52, 2**53, rng.randrange(2**53)))
        drop = rng.randint(700, 760) if rng.random() < 0.9 else 0
        texts.append(_spell(rng, ((2 * unit + rng.choice((-1, 0, 1))) * exact) // 10**drop, drop - 1075))
    return texts


def largest(rng: Random, count: int) -> list[bytes]:
    """Return what lies about the largest double and the first number that rounds to infinity."""
    limit = (2**54 - 1) << 970
    drops = (rng.randint(284, 300) for _ in range(count))
    return [_spell(rng, limit // 10**drop + rng.randint(-9, 9), drop) for drop in drops]


def powers(rng: Random, count: int) -> list[bytes]:
    """Return integers about powers of two and ten."""
    return [
        _spell(rng, max(rng.choice((2, 10)) ** rng.randint(0, 66) + rng.randint(-2, 2), 0), rng.choice((0, 0, -1, 5)))
        for _ in range(count)
    ]


def special(rng: Random, count: int) -> list[bytes]:
    """Return infinities, nan and zeros."""
    choices = b"nan -nan inf -inf 0 -0 0.0 -0.0 0e999999 0.0E-99999 1e999999999999 -1e-999999999999".split()
    choices += [b"0" * 30 + b".5", b"0." + b"0" * 400 + b"5e400", b"1" + b"0" * 400 + b"e-400"]
    return rng.choices(choices, k=count)


FAMILIES: tuple[Family, ...] = (
    shortest,
    logged,
    usual,
    formatted,
    positional,
    any_digits,
    at_the_tables_edges,
    near_halves,
    halves,
    smallest,
    largest,
    powers,
    special,
)

#: Not floats of the format, though each looks like one, and Python's float() takes some.
NO_FLOATS = (
    *(b"", b"-", b".", b"1.", b".5", b"-.5", b"1e", b"1e+", b"1.e5", b"1.5e-", b"+1.0", b"--1.0", b"1_0.0", b"0x1p3"),
    *(b"infinity", b"Inf", b"NaN", b"nan(1)", b"-na", b"i", b"1,5", b"1.5.5", b"1e5.0", b"1e5e5", b"1.5f", b" 1.5"),
    *(b"0.", b"1.E5", b"0.1234567\xb0", b"0.12345678/", b"0.123456789:", b"0.1234567812345678-", b"1.5e1.5"),
    *(b"1.5 ", b"\0", b"1\0.5", "１.5".encode(), "٣".encode(), b"1.5\x0b", b"\x0c1.5"),
)


def floats(rng: Random, count: int) -> list[bytes]:
    """Return float texts of all families, and a few that are none."""
    texts = [text for family in rng.choices(FAMILIES, k=4) for text in family(rng, count // 4 + 1)]
    texts += rng.choices(NO_FLOATS, k=count // 20 + 1)
    rng.shuffle(texts)
    return texts


_LIMITS = (0, 9, 99999, MAX_COUNTER, 2**31, 2**32, 2**63, 2**64, 10**9, 10**10, 10**18, 10**19, 10**20)


def counter(rng: Random) -> bytes:
    """Return a counter: usually small, else about a limit, with zeros or spaces in front, very long, or none at all."""
    choice = rng.random()
    if choice < 0.6:
        return b"%d" % rng.randrange(10 ** rng.randint(1, 5))
    if choice < 0.9:
        number = max(rng.choice(_LIMITS) + rng.randint(-3, 3), 0)
        return rng.choice((b"", b"", b"0", b" ", b"   ", b"0" * 20)) + b"%d" % number
    return rng.choice((b"", b"-1", b"+1", b"1.0", b"1 ", b"x", b"7" * rng.randrange(40), b" " * rng.randrange(9)))

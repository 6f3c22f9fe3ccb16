"""Numbers as programs print them: what is printed of percentages, durations and tensors, to the float nearest to it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_NUMBER = re.compile(
    rb"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:inf(?:inity)?|nan)", re.IGNORECASE
)
_CLOCK = re.compile(rb"(?:([0-9]+) days?, )?([0-9]+):([0-9][0-9])(?::([0-9][0-9]))?(\.[0-9]+)?")
_SPAN = re.compile(rb"([0-9]+(?:\.[0-9]*)?)(ms|us|min|[smhd])")
_SECONDS: Final = {b"s": 1, b"min": 60, b"m": 60, b"h": 3600, b"d": 86400}
_SMALL: Final = {b"ms": -3, b"us": -6}
#: More digits than these are not counted exactly where a decimal point moves or numbers are added up.
_MOST_DIGITS: Final = 400


def to_float(text: bytes, shift: int = 0) -> float:
    """Return the float nearest to a number, ``tensor(…)`` around it or not, times ten to the power of `shift`."""
    found = _NUMBER.search(text)
    if found is None:
        return float("nan")
    number = found[0]
    if not shift or number.lstrip(b"+-")[:1] in b"nNiI":
        return float(number)
    return shifted(number, shift)


def shifted(number: bytes, shift: int) -> float:
    """Return the float nearest to a number whose decimal point is moved: exact, as if it had been printed so."""
    mantissa, _, exponent = number.lower().partition(b"e")
    power = max(min(int(exponent[:20] or b"0"), 10**9), -(10**9)) + shift
    return float(b"%se%d" % (mantissa, power))


def to_percent(text: bytes) -> float:
    """Return a percentage, its sign behind it or not, as a fraction."""
    return to_float(text, -2)


def to_seconds(text: bytes) -> float:
    """Return a duration in seconds: ``1:02:03``, ``2:03`` (minutes), ``3 days, 1:00:00``, ``1h2m``, ``450ms``."""
    text = text.strip()
    if len(text) > _MOST_DIGITS:
        return float("nan")
    if clock := _CLOCK.fullmatch(text):
        days, *numbers, part = clock.groups()
        hours, minutes, seconds = numbers if numbers[2] is not None else (b"0", *numbers[:2])
        whole = ((int(days or b"0") * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds)
        return float(b"%d%s" % (whole, part or b""))
    spans = _SPAN.findall(text)
    if len(spans) == 1 and spans[0][1] in _SMALL:
        return shifted(spans[0][0], _SMALL[spans[0][1]])
    if spans:
        return float(sum(map(_exact_seconds, spans)))
    return to_float(text)


def _exact_seconds(span: tuple[bytes, bytes]) -> Decimal:
    number, unit = Decimal(span[0].decode()), span[1]
    return number.scaleb(_SMALL[unit]) if unit in _SMALL else number * _SECONDS[unit]


def to_list(text: bytes) -> list[float]:
    """Return the numbers of a list, between brackets or not."""
    return [float(number) for number in _NUMBER.findall(text)]

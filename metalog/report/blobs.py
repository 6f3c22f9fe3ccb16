"""Numbers as few bytes that a browser unpacks: arrays in, base64 of compressed bytes out.

Long columns of values are written as 16-bit numbers on a scale, which is far below what a screen or a reader can tell
apart. Short ones, and all counters, are exact.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from metalog.columns import Array

Floats = npt.NDArray[np.float64]

#: Longer columns of values are written as 16-bit numbers.
MOST_EXACT: Final = 1 << 14
#: The largest 16-bit number that stands for a value; those above it are no finite numbers.
STEPS: Final = 65532
POSITIVE, NEGATIVE, NAN = STEPS + 1, STEPS + 2, STEPS + 3
#: Where all but the outer percents take up less than this part of the range, a straight scale would waste it.
_LEAST_SHARE: Final = 1 / 16
#: So many values tell how a column is spread.
_SAMPLE: Final = 4096
#: zlib's fastest: others take longer than reading the log, for a file smaller by a few percent.
_LEVEL: Final = 1

#: How a blob is written, for the page's script.
Reference = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to 0 … ``STEPS`` and back: straight, or along ``asinh(value / bend)`` if `bend` isn't 0.

    `low` and `high` are the least and the greatest finite value, along the bend.
    """

    low: float
    high: float
    bend: float

    @classmethod
    def of(cls, values: Floats) -> Scale:
        """Choose a scale for finite values."""
        if not values.size:
            return cls(0.0, 0.0, 0.0)
        low, high = float(values.min()), float(values.max())
        near, far = np.quantile(values[:: -(-values.size // _SAMPLE)], [0.02, 0.98]).tolist()
        if far / 2 - near / 2 >= _LEAST_SHARE * (high / 2 - low / 2):  # halves: the range itself may overflow
            return cls(low, high, 0.0)
        bend = max(float(np.median(np.abs(values))), np.finfo(np.float64).tiny * 1e9, max(-low, high) / 1e300)
        return cls(float(np.arcsinh(low / bend)), float(np.arcsinh(high / bend)), bend)

    def numbers(self, values: Floats) -> Floats:
        """Return the place of finite values on the scale, 0 to ``STEPS``, not yet rounded."""
        along = np.arcsinh(values / self.bend) if self.bend else values
        half = self.high / 2 - self.low / 2
        return (along / 2 - self.low / 2) / half * STEPS if half > 0 else np.zeros_like(values)

    def values(self, numbers: Floats) -> Floats:
        """Return the values that numbers stand for: what the page's script does."""
        share = numbers / STEPS
        along = self.low * (1 - share) + self.high * share
        return np.sinh(along) * self.bend if self.bend else along

    def error(self) -> str:
        """Say how far a value read back may be from the one written."""
        half = (self.high / 2 - self.low / 2) / STEPS
        if self.bend:
            return f"{100 * half:.2g} % (or of {self.bend:.2g}, if the value is smaller)"
        return f"{half:.2g}"


def in_16_bits(values: Floats) -> tuple[npt.NDArray[np.uint16], Scale]:
    """Return values as 16-bit numbers, and their scale; `values` of any shape."""
    finite = np.isfinite(values)
    if finite.all():
        scale = Scale.of(values)
        return np.rint(scale.numbers(values)).astype("<u2"), scale
    scale = Scale.of(values[finite])
    numbers = np.full(values.shape, NAN, "<u2")
    numbers[finite] = np.rint(scale.numbers(values[finite]))
    numbers[np.isposinf(values)] = POSITIVE
    numbers[np.isneginf(values)] = NEGATIVE
    return numbers, scale


@dataclass
class Blobs:
    """Collects arrays; compresses them meanwhile in threads, which zlib and numpy let run side by side."""

    _pool: ThreadPoolExecutor
    _packed: list[Future[bytes]] = field(default_factory=list)

    def values(self, values: Floats) -> Reference:
        """Add values, 1-D; return how the page finds them."""
        if values.size <= MOST_EXACT:
            return self.exact(values)
        numbers, scale = in_16_bits(values)
        scaled = {"low": scale.low, "high": scale.high, "bend": scale.bend, "error": scale.error()}
        return {**self._add("u2", len(values), partial(_in_planes, numbers)), **scaled}

    def exact(self, values: Floats) -> Reference:
        """Add values, 1-D, as they are."""
        return self._add("f8", len(values), partial(_in_planes, values.astype("<f8")))

    def counters(self, counters: Array) -> Reference:
        """Add integers below 2**31, 1-D; their differences are written, which repeat."""
        return self._add("i4", len(counters), partial(_packed_differences, counters))

    def text(self, text: str) -> Reference:
        """Add a text."""
        return self._add("text", len(text), text.encode)

    def _add(self, kind: str, size: int, raw: Callable[[], bytes]) -> Reference:
        self._packed.append(self._pool.submit(lambda: b64encode(zlib.compress(raw(), _LEVEL))))
        return {"blob": len(self._packed) - 1, "kind": kind, "size": size}

    def finish(self) -> list[bytes]:
        """Return all blobs, in base64, once they are there."""
        return [future.result() for future in self._packed]


def _in_planes(numbers: Array) -> bytes:
    """Return the lowest bytes of all, then the next ones, …: those alike stand together, which compresses well."""
    return numbers.view(np.uint8).reshape(-1, numbers.itemsize).T.tobytes()


def _packed_differences(counters: Array) -> bytes:
    return np.diff(counters.astype(np.int64), prepend=0).astype("<i4").tobytes()

"""What the fuzzers hold true: the compiled engine gives what the portable one gives, bit for bit."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metalog.formats import native
from metalog.formats.model import Format
from metalog.odometer.case import Finding
from metalog.odometer.odometer import Odometer
from metalog.odometer.state import Output, State
from metalog.scan import portable
from metalog.scan.tokens import COLUMNS, Block, OddLines, Scanned, Tokens

Scan = Callable[[Block], Scanned]
#: Names a folder with builds of the compiled modules, to fuzz instead of the installed ones.
BUILD_VARIABLE = "METALOG_FUZZ_BUILD"

_MOST_KINDS = 64
_STATE = ("last", "lost", "known", "shown", "totals", "again", "steady", "scalars")


class MismatchError(AssertionError):
    """The engines disagree."""


@cache
def load_engine(form: Format | None = None) -> Scan:
    """Return the compiled engine's scan of a format, metalog's own by default.

    All compiled modules are those that the environment names.
    """
    _load_builds()
    scan: Scan = importlib.import_module("metalog.scan.native").Engine(form or native()).scan
    return scan


@cache
def _load_builds() -> None:
    if folder := os.environ.get(BUILD_VARIABLE):
        for path in sorted(Path(folder).glob("*.so")):
            _load(path.stem, path)


def _load(name: str, path: Path) -> None:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no extension module of this Python")
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def check(scan: Scan, data: bytes, form: Format | None = None) -> int:
    """Compare the engines on `data`, also in what rows the lines become; return its number of whole lines.

    The engines' contract is for whole lines, in memory that may end where they do. What the compiled one makes of bytes
    whose last line has no end is not compared, but it must change nothing before it.

    Raises
    ------
    MismatchError
        If they differ.
    """
    form = form or native()
    whole = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    expected = portable.Engine(form).scan(data[:whole])
    _compare_scans(scan(_alone(data[:whole])), expected, data)
    if whole < len(data):
        _compare_scans(_without_tail(scan(data), whole, expected.lines), expected, data)
    size = len(expected.tokens)
    check_loops(expected.tokens, form, [0, size // 50, size // 3, size])
    return expected.lines


def _alone(data: bytes) -> memoryview:
    """Return a copy with nothing behind it, where bytes have a NUL, so that the address sanitizer sees what is read."""
    return np.frombuffer(data, np.uint8).copy().data


def _without_tail(found: Scanned, whole: int, lines: int) -> Scanned:
    odd = OddLines(*(getattr(found.odd, name)[found.odd.start < whole] for name in OddLines.__slots__))
    return Scanned(found.tokens.select(np.flatnonzero(found.tokens.start < whole)), odd, lines, found.blank)


def _compare_scans(found: Scanned, expected: Scanned, data: bytes) -> None:
    for name in ("lines", "blank"):
        if getattr(found, name) != getattr(expected, name):
            raise MismatchError(f"{getattr(found, name)} {name}, not {getattr(expected, name)}, in {data[:200]!r}")
    for part, names in (("odd", OddLines.__slots__), ("tokens", COLUMNS)):
        lines = getattr(expected, part)
        for name in names:
            _compare(f"{part}.{name}", getattr(getattr(found, part), name), getattr(lines, name), lines.start, data)
    if found.tokens.tally(_MOST_KINDS) != expected.tokens.tally(_MOST_KINDS):
        raise MismatchError(f"tally: {found.tokens.counted}, in {data[:200]!r}")


def _compare(name: str, found: NDArray[Any], expected: NDArray[Any], start: NDArray[Any], data: bytes) -> None:
    if found.dtype != expected.dtype or found.shape != expected.shape:
        raise MismatchError(f"{name}: {found.dtype}{found.shape}, not {expected.dtype}{expected.shape}")
    differs = bits(found) != bits(expected)
    if differs.any():
        *slot, place = np.argwhere(differs)[0].tolist()
        wrong, right = found[*slot, place], expected[*slot, place]
        line = data[int(start[place]) :][:200]
        raise MismatchError(f"{name}: {wrong!r}, not {right!r}, in {line!r}")


def bits(values: NDArray[Any]) -> NDArray[Any]:
    """Return floats as the integers that they are stored as, so that nan equals nan and 0.0 differs from -0.0."""
    return np.ascontiguousarray(values).view(np.int64) if values.dtype == np.float64 else values


def check_loops(tokens: Tokens, form: Format, bounds: Sequence[int]) -> None:
    """Compare the rows, the turns and the findings that the loops give of tokens cut at these bounds.

    Raises
    ------
    MismatchError
        If they differ.
    """
    compiled, plain = (Odometer(form, engine) for engine in ("native", "portable"))
    for begin, end in pairwise(bounds):
        part = tokens.select(np.arange(begin, end))  # a copy, so that the address sanitizer sees what is read
        compare_rows(compiled.take(part, begin), plain.take(part, begin))
        compare_states(compiled.state, plain.state)
    if compiled.end() != plain.end():
        raise MismatchError(f"end: {compiled.end()}, not {plain.end()}")


def compare_rows(mine: tuple[Output, list[Finding]], other: tuple[Output, list[Finding]]) -> None:
    """Compare what two odometers give of a block."""
    (out, found), (expected_out, expected_found) = mine, other
    if found != expected_found:
        raise MismatchError(f"found: {found}, not {expected_found}")
    if out.segments != expected_out.segments:
        raise MismatchError(f"segments: {out.segments}, not {expected_out.segments}")
    _same("rows", np.array(out.rows), np.array(expected_out.rows))
    _same("turns", out.turns[: out.turned[0]], expected_out.turns[: expected_out.turned[0]])
    for frame, (columns, expected) in enumerate(zip(out.columns, expected_out.columns, strict=True)):
        for name in expected:
            _same(f"{name} of frame {frame}", columns[name], expected[name])


def compare_states(found: State, expected: State) -> None:
    """Compare where the wheels stand."""
    for name in _STATE:
        _same(name, np.array(getattr(found, name)), np.array(getattr(expected, name)))


def _same(what: str, found: NDArray[Any], expected: NDArray[Any]) -> None:
    if found.dtype != expected.dtype or found.tobytes() != expected.tobytes():
        raise MismatchError(f"{what}: {found.tolist()}, not {expected.tolist()}")

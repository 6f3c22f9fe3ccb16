"""What the fuzzers hold true: the compiled engine gives what the portable one gives, bit for bit."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metalog.formats.grammar import KINDS, Kind
from metalog.scan import portable
from metalog.scan.tokens import Block, Matches, Odd, Scanned
from metalog.structure import portable as portable_passes
from metalog.structure.events import GOES_ON, NARROW
from metalog.structure.numbering import BATCH
from metalog.structure.survey import Survey

Scan = Callable[[Block], Scanned]
#: Names a folder with builds of the compiled modules, to fuzz instead of the installed ones.
BUILD_VARIABLE = "METALOG_FUZZ_BUILD"

_LOOKED_AT = tuple(field.name for field in fields(Survey))[1:-1]  # neither the tokens nor what comes later
_FLOATS = np.array([sum(field.type == "float" for field in kind.fields) for kind in KINDS])


class MismatchError(AssertionError):
    """The engines disagree."""


def load_engine() -> Scan:
    """Return the scan function of the compiled engine, all compiled modules being those that the environment names."""
    if folder := os.environ.get(BUILD_VARIABLE):
        for path in sorted(Path(folder).glob("*.so")):
            _load(path.stem, path)
    scan: Scan = importlib.import_module("metalog.scan.native").scan
    return scan


def _load(name: str, path: Path) -> None:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no extension module of this Python")
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def check(scan: Scan, data: bytes) -> int:
    """Compare the engines on `data`, also in how they judge the lines' order; return its number of whole lines.

    The engines' contract is for whole lines, in memory that may end where they do. What the compiled one makes of bytes
    whose last line has no end is not compared, but it must change nothing before it.

    Raises
    ------
    MismatchError
        If they differ.
    """
    whole = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    expected = portable.scan(data[:whole])
    _compare_scans(scan(_alone(data[:whole])), expected, data)
    if whole < len(data):
        _compare_scans(_without_tail(scan(data), whole, expected.lines), expected, data)
    check_order(expected.matches)
    check_records(expected.matches)
    return expected.lines


def _alone(data: bytes) -> memoryview:
    """Return a copy with nothing behind it, where bytes have a NUL, so that the address sanitizer sees what is read."""
    return np.frombuffer(data, np.uint8).copy().data


def _compare_scans(found: Scanned, expected: Scanned, data: bytes) -> None:
    if expected.lines != found.lines:
        raise MismatchError(f"{found.lines} lines, not {expected.lines}, in {data[:200]!r}")
    for name in Matches.__slots__:
        _compare(name, getattr(found.matches, name), getattr(expected.matches, name), expected.matches, data)
    for name in Odd.__slots__:
        _compare(f"odd {name}", getattr(found.odd, name), getattr(expected.odd, name), expected.odd, data)


def check_order(tokens: Matches) -> None:
    """Compare what the passes over a block's tokens find.

    Raises
    ------
    MismatchError
        If they differ.
    """
    native = importlib.import_module("metalog.structure.native")
    found, expected = native.look(tokens), portable_passes.look(tokens)
    for what, one, other in zip(_LOOKED_AT, found, expected, strict=True):
        _same(what, np.asarray(one), np.asarray(other))
    seen = Survey(tokens, *expected)
    check_table(seen.header_kind, seen.header_first, seen.headers - 1)


def check_table(kind: NDArray[Any], number: NDArray[Any], at: NDArray[Any]) -> None:
    """Compare the tables of the headers, every third token led by something that no header begins.

    Raises
    ------
    MismatchError
        If they differ.
    """
    native = importlib.import_module("metalog.structure.native")
    tokens = np.arange(0, at[-1:].sum() + 3, 3)
    walked = np.column_stack((tokens, tokens % (BATCH + 1), tokens % 4 - 1, tokens % 7 - 1))
    arguments = kind, number, at, walked, np.arange(len(GOES_ON)) - 1
    found, expected = (one.tabulate(*arguments) for one in (native, portable_passes))
    for what, one, other in zip(("wide", "narrow", "steps", "segments"), found, expected, strict=True):
        _same(f"{what} of the table", np.ascontiguousarray(one), other)


def check_records(tokens: Matches) -> None:
    """Compare the records that the passes gather, in stretches of seven tokens and of none.

    Raises
    ------
    MismatchError
        If they differ.
    """
    native = importlib.import_module("metalog.structure.native")
    bounds = np.arange(0, len(tokens) + 1, 7).repeat(2)
    headers = {name: np.arange(len(bounds) + 1, dtype=np.int32) for name in NARROW}
    tables = [[_table(tokens, kind) for kind in KINDS if _is_record(kind)] for _ in "12"]
    found, expected = (
        one.gather(tokens, bounds, own, headers) for one, own in zip((native, portable_passes), tables, strict=True)
    )
    for what, one, other in zip(("counts", "last"), found, expected, strict=True):
        _same(what, one, other)
    for (code, mine, *_), (_, plain, *_) in zip(*tables, strict=True):
        for name in mine:
            _same(f"{name} of {KINDS[code].name}", mine[name], plain[name])


def _is_record(kind: Kind) -> bool:
    return any(field.type == "float" for field in kind.fields)


def _table(tokens: Matches, kind: Kind) -> portable_passes.Table:
    counters = tuple(field.name for field in kind.fields if field.type == "int")
    values = {"loss": np.float64, "accuracy": np.float64, "line": np.int64}
    dtypes = {**dict.fromkeys((*counters, *NARROW), np.int32), **values}
    rows = np.count_nonzero(tokens.kind == kind.code)
    return kind.code, {name: np.zeros(rows, dtype) for name, dtype in dtypes.items()}, counters, NARROW


def _same(what: str, found: NDArray[Any], expected: NDArray[Any]) -> None:
    if found.dtype != expected.dtype or found.tobytes() != expected.tobytes():
        raise MismatchError(f"{what}: {found.tolist()}, not {expected.tolist()}")


def _without_tail(found: Scanned, whole: int, lines: int) -> Scanned:
    odd = Odd(*(getattr(found.odd, name)[found.odd.start < whole] for name in Odd.__slots__))
    return Scanned(found.matches.select(found.matches.start < whole), odd, lines)


def _compare(name: str, found: NDArray[Any], expected: NDArray[Any], lines: Matches | Odd, data: bytes) -> None:
    if found.dtype != expected.dtype or found.shape != expected.shape:
        raise MismatchError(f"{name}: {found.dtype}{found.shape}, not {expected.dtype}{expected.shape}")
    differs = bits(found) != bits(expected)
    if isinstance(lines, Matches) and name in ("loss", "accuracy"):
        differs &= _FLOATS[lines.kind] > ("loss", "accuracy").index(name)
    if differs.any():
        place = int(differs.argmax())
        start = int(lines.start[place])
        raise MismatchError(f"{name}: {found[place]!r}, not {expected[place]!r}, in {data[start : start + 200]!r}")


def bits(values: NDArray[Any]) -> NDArray[Any]:
    """Return floats as the integers that they are stored as, so that nan equals nan and 0.0 differs from -0.0."""
    return values.view(np.int64) if values.dtype == np.float64 else values

"""The compiled engine and the portable one understand every block alike, bit for bit."""

from __future__ import annotations

import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from metalog.columns import Columns
from metalog.formats.grammar import KINDS
from metalog.scan import portable
from metalog.scan.tokens import Matches, Odd
from metalog.structure import portable as portable_passes
from metalog.structure.numbering import BATCH, SEGMENT
from metalog.structure.order import IS_HEADER, WIDTH
from tests.properties import examples
from tests.properties.logs import LOGS

native = pytest.importorskip("metalog.scan.native", reason="this install has no compiled scan engine")
passes = pytest.importorskip("metalog.structure.native", reason="this install has no compiled passes")
BOTH = (passes, portable_passes)
VALUES = {"loss": np.float64, "accuracy": np.float64, "line": np.int64}
RECORDS = {5: ("epoch", "step"), 6: ("epoch",), 9: ()}
COUNTERS = st.sampled_from([-1, 0, 1, 2, 3, 2**31 - 2])

#: Pieces of lines: glued together at random they are often nearly lines of the format.
PIECES = sorted({piece for kind in KINDS for piece in kind.literals} | set("0123456789 .-+eE\n\r\0") | {"nan", "inf"})
SPELLINGS = st.one_of(
    st.floats(width=64).map(repr),
    st.floats(width=32).map(repr),
    st.binary(min_size=8, max_size=8).map(lambda bits: repr(struct.unpack("d", bits)[0])),
    st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?", fullmatch=True),
    st.builds("{}e{}".format, st.integers(1, 10**19), st.integers(-345, 310)),
    st.sampled_from(["nan", "-nan", "inf", "-inf", "-0.0", "0", "1e5", "1E+5", "00.50", "5e-324", "2.5e-324", "1e309"]),
)


def equal(mine: Matches | Odd, other: Matches | Odd) -> None:
    for name in mine.__slots__:
        one, two = getattr(mine, name), getattr(other, name)
        assert one.dtype == two.dtype, name
        assert one.tobytes() == two.tobytes(), name


def compare(block: bytes) -> None:
    compiled, plain = native.scan(block), portable.scan(block)
    assert compiled.lines == plain.lines
    equal(compiled.odd, plain.odd)
    equal(compiled.matches, plain.matches)


@examples(200)
@given(st.one_of(LOGS, st.lists(st.sampled_from(PIECES), max_size=60).map(lambda pieces: "".join(pieces).encode())))
def test_blocks(block: bytes) -> None:
    compare(block + b"\n")


@examples(300)
@given(st.lists(SPELLINGS, min_size=2, max_size=40))
def test_floats_are_those_of_float(spellings: list[str]) -> None:
    pairs = list(pairwise(spellings))
    rows = [f"Last epoch, VALIDATION], Loss: {loss}, Accuracy: {accuracy}\n" for loss, accuracy in pairs]
    block = "".join(rows).encode()
    compare(block)
    matches = native.scan(block).matches
    expected = np.array([[float(text) for text in pair] for pair in pairs])
    assert matches.loss.tobytes() == expected[:, 0].tobytes()
    assert matches.accuracy.tobytes() == expected[:, 1].tobytes()


@examples(200)
@given(st.lists(st.one_of(st.integers(0, 2**31), st.integers(0, 10**30)), min_size=1, max_size=20), st.data())
def test_counters_of_any_size(numbers: list[int], data: st.DataObject) -> None:
    zeros = data.draw(st.integers(0, 20))
    compare("".join(f"Epoch {'0' * zeros}{number}\n{number} updates at Meta-Level\n" for number in numbers).encode())


@examples(200)
@given(st.data())
def test_neighbours_that_do_not_fit(data: st.DataObject) -> None:
    length = data.draw(st.integers(0, 40))
    kind = data.draw(st.lists(st.integers(0, WIDTH - 1), min_size=length, max_size=length))
    counters = st.lists(COUNTERS, min_size=length, max_size=length)
    first, second = (np.array(data.draw(counters), np.int32) for _ in range(2))
    nothing = np.zeros(length)
    tokens = Matches(np.array(kind, np.uint8), first, second, nothing, nothing, first, first)
    compiled, plain = (one.look(tokens) for one in BOTH)
    assert [list(part) for part in compiled] == [list(part) for part in plain]


@examples(100)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 5), st.floats()), max_size=40), st.data())
def test_records_are_gathered_alike(rows: list[tuple[int, int, float]], data: st.DataObject) -> None:
    begins = data.draw(st.lists(st.integers(0, len(rows)), max_size=10))
    kind = np.array([row[0] for row in rows], np.uint8)
    counter = np.array([row[1] for row in rows], np.int32)
    value = np.array([row[2] for row in rows], np.float64)
    tokens = Matches(kind, counter, counter * 2, value, -value, counter * 3, counter)
    bounds = np.array(sorted(begins), np.int64)
    levels = ("segment", "problem")
    headers = {name: np.arange(len(bounds) + 1, dtype=np.int32) * len(name) for name in levels}
    gathered = []
    for one in BOTH:
        tables = [(code, room(kind, code, (*names, *levels)), names, levels) for code, names in RECORDS.items()]
        told = [part.tobytes() for part in one.gather(tokens, bounds, tables, headers, 7)]
        gathered.append((told, [{name: values.tobytes() for name, values in own.items()} for _, own, *_ in tables]))
    assert gathered[0] == gathered[1]


def room(kind: NDArray[np.uint8], code: int, names: tuple[str, ...]) -> Columns:
    dtypes = {**dict.fromkeys(names, np.int32), **VALUES}
    return {name: np.zeros((kind == code).sum(), dtype) for name, dtype in dtypes.items()}


#: Each event: a header's kind and counter, or what the walker puts in (level, number, offset) before it.
EVENTS = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.sampled_from(np.flatnonzero(IS_HEADER).tolist()), COUNTERS),
            st.tuples(st.integers(SEGMENT, BATCH), COUNTERS, COUNTERS),
        ),
        st.integers(0, 2),
    ),
    max_size=30,
)


@examples(200)
@given(EVENTS, st.lists(st.integers(-1, 5), min_size=8, max_size=8))
def test_headers_are_tabulated_alike(events: list[tuple[tuple[int, ...], int]], context: list[int]) -> None:
    headers, walked, at = [], [], 0
    for event, distance in events:
        at += distance
        if len(event) == 2:
            at += bool(headers and headers[-1][2] == at)  # a token is one header
            headers.append((*event, at))
        else:
            walked.append((at, *event))
    kind, number, place = columns(headers, 3)
    own = np.array(kind, np.uint8), np.array(number, np.int32), np.array(place, np.int64)
    arguments = *own, np.array(walked, np.int64).reshape(-1, 4), np.array(context, np.int64)
    for compiled, plain in zip(*(one.tabulate(*arguments) for one in BOTH), strict=True):
        assert compiled.dtype == plain.dtype
        assert compiled.tolist() == plain.tolist()


def columns(rows: list[tuple[int, ...]], width: int) -> list[list[int]]:
    return [[row[place] for row in rows] for place in range(width)]

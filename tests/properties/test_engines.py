"""The compiled engine and the portable one understand every block alike, bit for bit."""

from __future__ import annotations

import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metalog.formats import native
from metalog.formats.model import Format
from metalog.scan import portable
from metalog.scan.tokens import COLUMNS, OddLines, Tokens
from tests.fuzz import deep
from tests.properties import examples
from tests.properties.edits import edited
from tests.properties.logs import LOGS, NOISE, changed
from tests.properties.tokens import DEEP

compiled = pytest.importorskip("metalog.scan.native", reason="this install has no compiled scan engine")
FORMATS = (native(), deep.FORM)
ENGINES = {form.name: (compiled.Engine(form), portable.Engine(form)) for form in FORMATS}

#: Pieces of lines: glued together at random they are often nearly lines of the formats.
PIECES = sorted(
    {piece for form in FORMATS for line in form.lines for piece in line.literals}
    | set("0123456789 .-+eE\n\r\0\t")
    | {"nan", "inf"}
)
SPELLINGS = st.one_of(
    st.floats(width=64).map(repr),
    st.floats(width=32).map(repr),
    st.binary(min_size=8, max_size=8).map(lambda bits: repr(struct.unpack("d", bits)[0])),
    st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?", fullmatch=True),
    st.builds("{}e{}".format, st.integers(1, 10**19), st.integers(-345, 310)),
    st.sampled_from(["nan", "-nan", "inf", "-inf", "-0.0", "0", "1e5", "1E+5", "00.50", "5e-324", "2.5e-324", "1e309"]),
)
DEEP_LOGS = edited(DEEP, st.sampled_from(NOISE), changed).map(b"\n".join)


def equal(mine: Tokens | OddLines, other: Tokens | OddLines) -> None:
    for name in COLUMNS if isinstance(mine, Tokens) else OddLines.__slots__:
        one, two = getattr(mine, name), getattr(other, name)
        assert (one.dtype, one.shape) == (two.dtype, two.shape), name
        assert one.tobytes() == two.tobytes(), name


def compare(block: bytes, form: Format) -> Tokens:
    found, expected = (engine.scan(block) for engine in ENGINES[form.name])
    assert (found.lines, found.blank) == (expected.lines, expected.blank)
    equal(found.odd, expected.odd)
    equal(found.tokens, expected.tokens)
    assert found.tokens.tally(len(form.lines)) == expected.tokens.tally(len(form.lines))
    return found.tokens


@examples(200)
@given(
    st.one_of(
        LOGS, DEEP_LOGS, st.lists(st.sampled_from(PIECES), max_size=60).map(lambda pieces: "".join(pieces).encode())
    )
)
def test_blocks(block: bytes) -> None:
    for form in FORMATS:
        compare(block + b"\n", form)


@examples(100)
@given(st.lists(st.sampled_from(["", " ", "\t", " \t ", "x", "\0", "\x0b", "\xa0", "Epoch 1", " Epoch 1"])))
def test_blank_lines_are_counted_and_are_not_odd(lines: list[str]) -> None:
    block = "".join(line + "\n" for line in lines).encode()
    compare(block, native())
    for engine in ENGINES["maml"]:
        scanned = engine.scan(block)
        odd = [number for number, line in enumerate(lines) if line.strip(" \t") and line != "Epoch 1"]
        assert scanned.odd.line.tolist() == odd
        assert scanned.blank == sum(not line.strip(" \t") for line in lines)


@examples(300)
@given(st.lists(SPELLINGS, min_size=2, max_size=40))
def test_floats_are_those_of_float(spellings: list[str]) -> None:
    pairs = list(pairwise(spellings))
    rows = [f"Last epoch, VALIDATION], Loss: {loss}, Accuracy: {accuracy}\n" for loss, accuracy in pairs]
    tokens = compare("".join(rows).encode(), native())
    assert tokens.values[:2].T.tobytes() == np.array([[float(text) for text in pair] for pair in pairs]).tobytes()


@examples(200)
@given(st.lists(st.one_of(st.integers(0, 2**31), st.integers(0, 10**30)), min_size=1, max_size=20), st.data())
def test_counters_of_any_size(numbers: list[int], data: st.DataObject) -> None:
    zeros = data.draw(st.integers(0, 20))
    block = "".join(f"Epoch {'0' * zeros}{number}\n{number} updates at Meta-Level\n" for number in numbers)
    found = compare(block.encode(), native()).counters[0]
    assert found.tolist() == [number if number < 2**31 - 1 else -1 for number in numbers for _ in "12"]

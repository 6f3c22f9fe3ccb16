"""However the input is cut, the run that comes out is the same."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from metalog.reading.parser import Parser
from tests.properties import examples
from tests.properties.compare import parse, said
from tests.properties.logs import LOGS

CUTS = st.lists(st.integers(0, 5000), max_size=8)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    bounds = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[begin:end] for begin, end in pairwise(bounds)]


@examples(100)
@given(LOGS, CUTS)
def test_pieces_of_any_size_give_the_same_run(data: bytes, cuts: list[int]) -> None:
    parser = Parser("log")
    for piece in pieces(data, cuts):
        parser.feed(piece)
    assert said(parser.close()) == said(parse(data))


@examples(40)
@given(LOGS)
def test_single_bytes_give_the_same_run(data: bytes) -> None:
    parser = Parser("log")
    for place in range(len(data)):
        parser.feed(data[place : place + 1])
    assert said(parser.close()) == said(parse(data))

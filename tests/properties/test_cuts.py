"""However the input is cut, and wherever the parser's state is saved, the run that comes out is the same."""

from __future__ import annotations

import json
from itertools import pairwise
from operator import itemgetter
from typing import Any

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


@examples(100)
@given(LOGS, CUTS)
def test_a_parser_restored_between_any_two_pieces_goes_on_as_if_nothing_had_been(data: bytes, cuts: list[int]) -> None:
    parser, taken = Parser("log"), []
    for piece in pieces(data, cuts):
        parser.feed(piece)
        taken.append(parser.take())
        parser = Parser.from_state(json.loads(json.dumps(parser.state())))
    whole, joined = said(parse(data)), said(*taken, parser.close())
    for told in (whole, joined):
        told["meta_steps"] = _as_taken(told["meta_steps"])
    assert joined == whole


def _as_taken(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the meta-steps as far as they don't depend on when they were taken.

    A row that was taken knew only the meta-steps before it, against which ``complete`` holds it; and each writer's last
    meta-step waits for its end, whatever the others write.
    """
    complete, segment = rows[0].index("complete"), rows[0].index("segment")
    return sorted((row[:complete] + row[complete + 1 :] for row in rows[1:]), key=itemgetter(segment))

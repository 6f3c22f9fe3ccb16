"""The compiled loop gives the rows that its plain twin gives, and both give the same however their tokens are cut."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metalog.formats import native
from metalog.formats.model import Format
from metalog.odometer.case import Finding
from metalog.odometer.odometer import Odometer
from metalog.odometer.state import AT, LEVEL, NUMBERS, TOTAL, Output
from metalog.scan.tokens import Tokens
from tests.fuzz import deep
from tests.fuzz.oracle import check_loops, compare_rows, compare_states
from tests.properties import examples
from tests.properties.edits import SHAPES, sound
from tests.properties.tokens import TOKENS, columns, rows

CUTS = st.lists(st.integers(0, 60), max_size=5)


def bounds(tokens: Tokens, cuts: list[int]) -> list[int]:
    size = len(tokens)
    return [0, *sorted(min(cut, size) for cut in cuts), size]


def in_blocks(odometer: Odometer, tokens: Tokens, places: list[int]) -> tuple[Output, list[Finding]]:
    """Take the tokens block by block; return all rows as if they had been one."""
    parts = []
    for begin, end in pairwise(places):
        part = tokens.select(slice(begin, end))
        parts.append(odometer.take(part, 1))
    whole, found = parts[0]
    for begin, (out, more) in zip(places[1:], parts[1:], strict=False):
        turns = out.turns[: out.turned[0]].copy()
        turns[:, AT] += begin
        turns[:, turns.shape[1] - len(out.columns) :] += np.array(whole.rows)
        whole.turns = np.concatenate([whole.turns[: whole.turned[0]], turns])
        whole.turned[0] += out.turned[0]
        whole.segments += [begin + token for token in out.segments]
        for place, own in enumerate(out.columns):
            whole.rows[place] += out.rows[place]
            for name, values in own.items():
                whole.columns[place][name] = np.concatenate([whole.columns[place][name], values])
        found += [(begin + token, code, message) for token, code, message in more]
    return whole, found


@examples(300)
@given(TOKENS, CUTS)
def test_the_compiled_loop_equals_its_plain_twin(drawn: tuple[Format, Tokens], cuts: list[int]) -> None:
    pytest.importorskip("metalog.odometer.native", reason="this install has no compiled loop")
    form, tokens = drawn
    check_loops(tokens, form, bounds(tokens, cuts))


@pytest.mark.parametrize("engine", ["native", "portable"])
@examples(150)
@given(TOKENS, CUTS)
def test_where_tokens_are_cut_changes_nothing(engine: str, drawn: tuple[Format, Tokens], cuts: list[int]) -> None:
    pytest.importorskip(f"metalog.odometer.{engine}", reason="this install has no compiled loop")
    form, tokens = drawn
    cut, plain = Odometer(form, engine), Odometer(form, "portable")
    compare_rows(in_blocks(cut, tokens, bounds(tokens, cuts)), in_blocks(plain, tokens, bounds(tokens, [])))
    compare_states(cut.state, plain.state)
    assert cut.end() == plain.end()


def read(form: Format, lines: list[bytes]) -> tuple[Odometer, Output, list[Finding]]:
    odometer = Odometer(form, "portable")
    return odometer, *odometer.take(columns(form, rows(form, lines)), 1)


def told(out: Output, frame: int, *names: str) -> list[tuple[Any, ...]]:
    return [*zip(*(out.columns[frame][name].tolist() for name in names), strict=True)]


def test_the_plain_loop_numbers_a_sound_log() -> None:
    """The oracle itself: what it says of a log without faults is known."""
    form = native()
    odometer, out, found = read(form, list(sound(SHAPES[1])))
    assert found == odometer.end() == out.segments == []
    levels = ("segment", "meta_epoch", "meta_step")
    assert told(out, 0, *levels, "problem", "epoch", "step") == [
        (0, meta_epoch, meta_step, 1, 1, 1) for meta_epoch in (1, 2) for meta_step in (1, 2)
    ]
    assert told(out, 0, "line", "loss", "accuracy") == [
        (row[0], row[0] - 1, row[0] - 0.875) for row in told(out, 0, "line")
    ]
    assert told(out, 2, *levels, "batch", "problem") == [(0, 1, 2, 10, 1), (0, 2, 2, 10, 1)]
    turns = out.turns[: out.turned[0]]
    own = turns[turns[:, LEVEL] == form.level("meta_step")]
    assert own[:, TOTAL].tolist() == [1, 2, 3, 4]
    assert own[:, NUMBERS : NUMBERS + 2].tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]


def test_the_plain_loop_numbers_a_sound_log_of_another_format() -> None:
    odometer, out, found = read(deep.FORM, deep.sound(2, 2, 1))
    assert found == odometer.end() == out.segments == []
    names = ("segment", "round", "client")
    places = [(0, number, client) for number in (0, 1) for client in (1, 2)]
    assert told(out, 0, *names, "update", "line") == [
        (*place, 0, line) for place, line in zip(places, (3, 6, 11, 14), strict=True)
    ]
    assert told(out, 1, *names, "line") == [(*place, line) for place, line in zip(places, (4, 7, 12, 15), strict=True)]
    turns = out.turns[: out.turned[0]]
    assert turns[:, AT].tolist() == [0, 1, 4, 8, 9, 12]

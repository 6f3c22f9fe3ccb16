"""A table that grows holds what was written to it, however much came at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metalog.reading.growing import GrowingTable

DTYPES = {"loss": np.float64, "line": np.int64, "segment": np.int32}


def put(table: GrowingTable, begin: int, rows: int, segment: int, share: float = 0.0) -> None:
    own = table.reserve(DTYPES, rows, share)
    own["line"][:] = np.arange(begin, begin + rows)
    own["loss"][:] = own["line"] / 2
    own["segment"][:] = segment


@given(st.lists(st.integers(0, 12), max_size=12), st.integers(0, 20), st.integers(1, 30), st.floats(0, 1))
def test_rows_come_out_as_they_went_in(parts: list[int], many: int, least: int, share: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("metalog.reading.growing.MANY", many)
        patch.setattr("metalog.reading.growing.LEAST_RESERVED", least)
        table = GrowingTable()
        for _ in range(2):  # what was taken is forgotten
            begin = 0
            for segment, rows in enumerate(parts):
                put(table, begin, rows, segment, round(share, 2))
                begin += rows
            assert len(table) == begin
            if not begin:
                return
            taken = table.take()
            assert taken["line"].tolist() == list(range(begin))
            assert (taken["loss"] * 2 == taken["line"]).all()
            expected = [value for segment, rows in enumerate(parts) if rows for value in [segment] * rows]
            assert taken["segment"].tolist() == expected


def test_room_that_was_guessed_right_is_made_once() -> None:
    table = GrowingTable()
    for part in range(1, 11):
        put(table, 200_000 * (part - 1), 200_000, 0, part / 10)
    taken = table.take()
    memory = taken["line"].base  # a part of what was asked for at first
    assert memory is not None
    assert memory.nbytes == 2_100_000 * (8 + 8 + 4)
    assert all(values.base is memory for values in taken.values())


def test_a_guess_asks_for_no_more_than_there_can_be() -> None:
    table = GrowingTable()
    put(table, 0, 20_000, 0, 1e-9)  # 21 million million rows, if the rest were like this
    assert table.take()["line"].tolist() == list(range(20_000))


def test_a_guess_that_was_too_low_does_not_make_many_small_rooms() -> None:
    table = GrowingTable()
    put(table, 0, 20_000, 0, 0.1)
    begins = range(20_000, 1_000_000, 20_000)
    for begin in begins:  # five times as many rows as the first tenth of the log promised
        put(table, begin, 20_000, 0, 0.1 + 0.9 * begin / 1_000_000)
    assert len(table._full) == 1
    assert table.take()["line"].tolist() == list(range(1_000_000))


def test_what_was_taken_stays_as_it_is() -> None:
    table = GrowingTable()
    put(table, 0, 5, 0)
    taken = table.take()
    put(table, 100, 5, 0)
    assert taken["line"].tolist() == [0, 1, 2, 3, 4]
    assert table.take()["line"].tolist() == [100, 101, 102, 103, 104]

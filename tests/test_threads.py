"""Results come in the order of the items, whoever took them, and nothing is left running."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from metalog.reading.threads import AHEAD, map_in_order

both = pytest.mark.parametrize("take_here", [False, True])


@both
@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_results_come_in_order(count: int, take_here: bool) -> None:
    def slow_at_first(number: int) -> int:
        time.sleep(0.003 if number % 3 == 0 else 0)
        return -number

    results = map_in_order(slow_at_first, iter(range(count)), 3, take_here=take_here)
    assert list(results) == [-number for number in range(count)]


def test_several_work_at_a_time() -> None:
    together = threading.Barrier(3, timeout=20)
    assert len(list(map_in_order(lambda _: together.wait(), iter(range(6)), 3))) == 6


@both
def test_items_are_taken_one_at_a_time_and_not_far_ahead(take_here: bool) -> None:
    taking = threading.Lock()
    takers: set[int] = set()
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(100):
            assert taking.acquire(blocking=False)
            time.sleep(0.0005)
            takers.add(threading.get_ident())
            taken = number + 1
            taking.release()
            yield number

    for done, _ in enumerate(map_in_order(str, items(), 2, take_here=take_here)):
        assert taken <= done + 2 + 2 + AHEAD
    assert taken == 100
    assert (takers == {threading.get_ident()}) == take_here


@pytest.mark.parametrize("where", ["item", "work"])
def test_a_failure_comes_where_its_result_would_have_come(where: str) -> None:
    def items() -> Iterator[int]:
        yield from range(5)
        if where == "item":
            raise OSError("gone")
        yield from range(5, 9)

    def work(number: int) -> int:
        if number == 5:
            raise OSError("gone")
        return number

    results = map_in_order(work, items(), 2)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(OSError, match="gone"):
        next(results)


@both
def test_who_stops_early_leaves_no_thread_behind(take_here: bool) -> None:
    before = threading.active_count()
    results = map_in_order(str, iter(range(10_000)), 2, take_here=take_here)
    assert next(results) == "0"
    assert threading.active_count() > before
    results.close()
    assert threading.active_count() == before

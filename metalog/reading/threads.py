"""Work in several threads, whose results come in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import Any, Final, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
#: Results that may wait to be fetched, so that a thread that is done needs not wait.
AHEAD: Final = 1
_END: Final = object()


def processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_in_order(
    function: Callable[[_Item], _Result], items: Iterator[_Item], threads: int, *, take_here: bool = False
) -> Iterator[_Result]:
    """Yield ``function(item)`` for all items, in their order, worked on by several threads.

    Each thread takes an item itself, one thread at a time and in turn, so that taking one may be work too. Where it may
    mean to wait, let the caller's thread do it (`take_here`): that one can be interrupted.
    """
    with _Pool(threads) as pool:
        ask = partial(_give, pool, function, items) if take_here else _Turns(pool, function, items).ask
        waiting = deque(ask() for _ in range(threads + AHEAD))
        while (result := waiting.popleft().result()) is not _END:
            waiting.append(ask())
            yield result


def _give(pool: ThreadPoolExecutor, function: Callable[[Any], Any], items: Iterator[Any]) -> Future[Any]:
    return pool.submit(_work, function, next(items, _END))


def _work(function: Callable[[Any], Any], item: Any) -> Any:
    return _END if item is _END else function(item)


class _Turns:
    """Lets each thread take an item when the one that was asked before it has taken its own."""

    def __init__(self, pool: ThreadPoolExecutor, function: Callable[[Any], Any], items: Iterator[Any]) -> None:
        self._pool, self._function, self._items = pool, function, items
        self._turn = Event()
        self._turn.set()

    def ask(self) -> Future[Any]:
        mine, self._turn = self._turn, Event()
        return self._pool.submit(self._take_and_work, mine, self._turn)

    def _take_and_work(self, mine: Event, following: Event) -> Any:
        mine.wait()
        try:
            item = next(self._items, _END)
        finally:
            following.set()
        return _work(self._function, item)


class _Pool(ThreadPoolExecutor):
    """Threads whose work is called off when it is no longer wanted."""

    def __exit__(self, *_: object) -> None:
        self.shutdown(cancel_futures=True)

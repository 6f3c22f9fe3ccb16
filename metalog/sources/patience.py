"""Calls that may never return, such as those of a network: nobody waits for them longer than a while."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T")


class NoAnswerError(Exception):
    """A call took too long."""


def within(seconds: float, function: Callable[..., _T], *arguments: Any) -> _T:
    """Return ``function(*arguments)``.

    It runs in a thread of its own, which is left to itself if it takes longer; it doesn't keep the program from ending.

    Raises
    ------
    NoAnswerError
        If it takes longer than so many seconds.
    """
    done: list[_T] = []
    failed: list[BaseException] = []

    def call() -> None:
        try:
            done.append(function(*arguments))
        except BaseException as error:  # it is raised where somebody waits for it
            failed.append(error)

    thread = threading.Thread(target=call, daemon=True, name="metalog-within")
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise NoAnswerError
    return done[0]

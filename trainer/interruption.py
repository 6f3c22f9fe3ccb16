"""SIGTERM and Ctrl-C ask a run to stop at the next good moment; a second one stops it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Whether one was asked for."""

    def __init__(self) -> None:
        self.asked = False


class InterruptedRunError(Exception):
    """The run stops here."""


@contextmanager
def listening() -> Iterator[Interruption]:
    """Take the signals while the block runs. Outside the main thread, where Python delivers none, nothing is done."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = {int(number): signal.getsignal(number) for number in _SIGNALS}

    def ask(number: int, _: FrameType | None) -> None:
        interruption.asked = True
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, ask)
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Progress bars that are also where a run can be stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from tqdm import tqdm

#: Called with the number of tasks or meta-steps that were just done; raises to stop.
Tick: TypeAlias = Callable[[int], None]


class ProgressBars:
    """Makes bars on stderr, where that is a terminal; each of their ticks calls `check` too."""

    def __init__(self, check: Callable[[], None], *, shown: bool) -> None:
        self._check, self._shown = check, shown
        self._bars: list[Any] = []

    @contextmanager
    def counting(self, what: str, total: int, *, done: int = 0) -> Iterator[Tick]:
        """Show a bar, with its ETA, while the block runs."""
        with tqdm(total=total, desc=what, initial=done, leave=False, disable=None if self._shown else True) as bar:
            self._bars.append(bar)

            def tick(count: int) -> None:
                bar.update(count)
                self._check()

            try:
                yield tick
            finally:
                self._bars.pop()

    def say(self, text: str) -> None:
        """Put a few words behind the outermost bar."""
        if self._bars:
            self._bars[0].set_postfix_str(text, refresh=False)

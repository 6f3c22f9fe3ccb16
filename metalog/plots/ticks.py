"""Ticks of cells that stand side by side and are called by numbers: at the round ones."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import FuncFormatter, Locator

#: So many ticks have room beside each other.
_MOST: Final = 8


class RoundNumbers(Locator):
    """Ticks where cells have numbers that are multiples of 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    numbers
        The number of the cell at 0, 1, 2, …; -1 for one that has none.
    """

    def __init__(self, numbers: npt.NDArray[np.int64]) -> None:
        self._numbers = numbers

    def __call__(self) -> Any:
        """Return the places of the ticks within what is shown."""
        return self.tick_values(*self.axis.get_view_interval())  # type: ignore[union-attr]

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return the places of the ticks between two places."""
        low, high = sorted((vmin, vmax))
        places = np.arange(max(int(np.ceil(low)), 0), min(int(np.floor(high)) + 1, self._numbers.size))
        places = places[self._numbers[places] >= 0]
        for power in range(20):
            for step in (1, 2, 5):
                chosen = places[self._numbers[places] % (step * 10**power) == 0]
                if len(chosen) <= _MOST:
                    return chosen if len(chosen) else places[:1]
        return places[:1]


def label(axis: Any, numbers: npt.NDArray[np.int64]) -> None:
    """Put the numbers of cells on an axis, at the round ones."""

    def name(place: float, _: int = 0) -> str:
        cell = round(place)
        return f"{numbers[cell]}" if 0 <= cell < numbers.size and numbers[cell] >= 0 else ""

    axis.set(major_locator=RoundNumbers(numbers), major_formatter=FuncFormatter(name))

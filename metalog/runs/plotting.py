"""``run.plot.curve()``: the figures of :mod:`metalog.plots` as methods, found by name as that room lies above."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from inspect import signature
from typing import Any, Final

_DATA: Final = "data"


class Plots:
    """The figures of a Run or a RunSet: each function of :mod:`metalog.plots` that takes it, as a method.

    ``run.plot.curve(smooth="mean:20")`` is ``metalog.plots.curve(run, smooth="mean:20")``; matplotlib is imported when
    the first one is asked for.
    """

    def __init__(self, data: Any) -> None:
        self._data = data

    def __getattr__(self, name: str) -> Callable[..., Any]:
        figures = {} if name.startswith("_") else _figures()
        if name not in figures:
            raise AttributeError(f"there is no figure {name!r}; there are {', '.join(_figures())}")
        drawn = partial(figures[name], self._data)
        drawn.__doc__ = figures[name].__doc__
        return drawn

    def __dir__(self) -> list[str]:
        return list(_figures())

    def __repr__(self) -> str:
        return f"figures of {getattr(self._data, 'name', 'runs')}: {', '.join(_figures())}"


def _figures() -> dict[str, Callable[..., Any]]:
    plots = import_module("metalog.plots")
    found = {name: getattr(plots, name) for name in plots.__all__}
    return {name: draw for name, draw in found.items() if next(iter(signature(draw).parameters), "") == _DATA}

"""What the public functions of figures have in common: the theme, and how they keep to Axes that a user passes."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from matplotlib.axes import Axes

from metalog.errors import UsageError
from metalog.plots.style import themed


@dataclass(frozen=True)
class Words:
    """What a user asks to be written: a title instead of the usual one (``""``: none), and whether a legend."""

    title: str | None = None
    legend: bool = True


_USUAL: Final = Words()
_ASKED: Final[ContextVar[Words]] = ContextVar("_ASKED", default=_USUAL)


def asked() -> Words:
    """Return what the call in progress asks for."""
    return _ASKED.get()


def drawn(draw: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function that draws on `ax`, or a new figure, the theme, and what its `title` and `legend` say.

    It returns `ax` where it was given, as seaborn's functions do, else the figure. What type checkers see are the
    overloads that stand above each function. `page.finish` asks for the words.
    """
    inside = themed(draw)

    @wraps(draw)
    def call(*args: Any, **kwargs: Any) -> Any:
        words = asked()
        wanted = Words(kwargs.pop("title", words.title), kwargs.pop("legend", words.legend))
        ax = kwargs.get("ax")
        if ax is not None and not isinstance(ax, Axes):
            raise UsageError(f"ax must be an Axes of matplotlib, not {type(ax).__name__} (plt.subplots() returns some)")
        token = _ASKED.set(wanted)
        try:
            figure = inside(*args, **kwargs)
        finally:
            _ASKED.reset(token)
        return figure if ax is None else ax

    return call

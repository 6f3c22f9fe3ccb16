"""A figure that a notebook shows by itself, although pyplot knows nothing of it."""

from __future__ import annotations

import io
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from metalog.plots.style import text_as_text, without_warnings


class NotebookFigure(Figure):
    """A matplotlib figure like any other; as the last value of a notebook's cell it is drawn as a PNG."""

    #: What its small print says, whether it is drawn or belongs into a caption.
    notes: str = ""

    def savefig(self, *args: Any, **kwargs: Any) -> None:
        """Save as matplotlib does, with text as text in PDF and SVG."""
        with mpl.rc_context(text_as_text()):
            super().savefig(*args, **kwargs)

    def draw(self, renderer: Any) -> None:
        """Draw as matplotlib does, without its warnings: a figure's small print says what a reader must know."""
        with without_warnings():
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        self.savefig(picture, format="png")
        return picture.getvalue()

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the picture's alternative text alone: also where a notebook draws matplotlib's figures its own way."""
        return {}, {"image/png": {"alt": self._alternative_text()}}

    def _alternative_text(self) -> str:
        """Return what is written on the page, and what its axes are."""
        written = [text.get_text() for text in reversed(self.texts)]
        axes = dict.fromkeys(f"{ax.get_ylabel()} over {ax.get_xlabel()}" for ax in self.axes if ax.get_xlabel())
        told = [" ".join(text.split()).rstrip(".") for text in (*written, *axes)]
        return ". ".join(told) + "."

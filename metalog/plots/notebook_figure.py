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

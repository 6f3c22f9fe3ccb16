"""A figure that a notebook shows by itself, although pyplot knows nothing of it."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.figure import Figure

from metalog.plots.style import without_warnings


class NotebookFigure(Figure):
    """A matplotlib figure like any other; as the last value of a notebook's cell it is drawn as a PNG."""

    def draw(self, renderer: Any) -> None:
        """Draw as matplotlib does, without its warnings: a figure's small print says what a reader must know."""
        with without_warnings():
            super().draw(renderer)

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        """Return the picture, and its alternative text: what is written on the page, and what its axes are."""
        picture = io.BytesIO()
        self.savefig(picture, format="png")
        written = [text.get_text() for text in reversed(self.texts)]
        axes = dict.fromkeys(f"{ax.get_ylabel()} over {ax.get_xlabel()}" for ax in self.axes if ax.get_xlabel())
        told = [" ".join(text.split()).rstrip(".") for text in (*written, *axes)]
        return picture.getvalue(), {"alt": ". ".join(told) + "."}

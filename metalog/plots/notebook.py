"""A figure that a notebook shows by itself, although pyplot knows nothing of it."""

from __future__ import annotations

import io

from matplotlib.figure import Figure


class ShownFigure(Figure):
    """A matplotlib figure like any other; as the last value of a notebook's cell it is drawn as a PNG."""

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        self.savefig(picture, format="png")
        return picture.getvalue()

"""Paint a path with matplotlib's Agg renderer, without a figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def paint(
    vertices: npt.NDArray[np.float64], codes: npt.NDArray[Any], size: tuple[int, int], pen: float | None = None
) -> npt.NDArray[np.uint8]:
    """Fill a path, or follow it with a round pen.

    Parameters
    ----------
    vertices, codes
        Of the path, as in :class:`matplotlib.path.Path`; in pixels, x to the right and y up.
    size
        The canvas's width and height.
    pen
        The pen's width in pixels; None fills the path.

    Returns
    -------
    numpy.ndarray
        uint8, (height, width): how far each pixel is covered, 255 being wholly.
    """
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.path import Path
    from matplotlib.transforms import IdentityTransform

    # At 72 dots per inch a point, the unit of line widths, is a pixel.
    canvas: Any = RendererAgg(*size, 72)  # type: ignore[no-untyped-call]  # matplotlib's Agg has no types
    style = canvas.new_gc()
    style.set_linewidth(pen or 0)
    style.set_capstyle("round")
    style.set_joinstyle("round")
    style.set_snap(False)
    path = Path(vertices, codes)
    path.should_simplify = False  # else it would depend on the user's settings
    canvas.draw_path(style, path, IdentityTransform(), (0, 0, 0, 1) if pen is None else None)
    cover: npt.NDArray[np.uint8] = np.asarray(canvas.buffer_rgba())[..., 3]
    return cover

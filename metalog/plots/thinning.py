"""Of very long lines the points that can be seen: the least and the greatest of each few."""

from __future__ import annotations

from typing import Final

import numpy as np

from metalog.plots.strokes import Floats, Mask

#: So many stretches of a line are told apart, several a pixel of any figure; no shorter line is thinned.
_STRETCHES: Final = 4_000


def thinned(x: Floats, y: Floats, follows: Mask) -> tuple[Floats, Floats, Mask]:
    """Return the points of a line that show all of it; the parameters are those of :func:`metalog.plots.strokes.plot`.

    Of each stretch the first, least and greatest are kept, and every point beside a break or without a value, so that
    nothing is bridged.
    """
    size = len(y) // _STRETCHES
    if size < 4:
        return x, y, follows
    whole = len(y) // size * size
    stretches = y[:whole].reshape(-1, size)
    starts = np.arange(0, whole, size)
    least = starts + np.argmin(np.where(np.isnan(stretches), np.inf, stretches), axis=1)
    greatest = starts + np.argmax(np.where(np.isnan(stretches), -np.inf, stretches), axis=1)
    breaks = np.flatnonzero(~follows)
    missing = np.flatnonzero(np.isnan(y))
    beside = np.concatenate([breaks, breaks - 1, missing, missing - 1, missing + 1])
    rest = np.arange(whole, len(y))
    kept = np.unique(np.concatenate([starts, least, greatest, rest, beside[(beside >= 0) & (beside < len(y))]]))
    return x[kept], y[kept], follows[kept]

"""A figure to a file or a stream, whole or not at all."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import BinaryIO, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from metalog.errors import UsageError
from metalog.output.atomic import write_bytes
from metalog.plots.style import themed

#: Of formats that would otherwise carry the hour, so that the same figure always gives the same bytes.
_UNDATED: Final = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "eps": {"CreationDate": None}}
_DRAWN: Final = frozenset({"svg", "svgz", "pdf", "eps", "ps", "pgf"})
#: Neither side of a picture made of pixels may have more.
_MOST_PIXELS: Final = 2**16 - 1
DPI: Final = 150.0
#: With less, letters have no pixel.
LEAST_DPI: Final = 10


def formats() -> tuple[str, ...]:
    """Return the file endings, without the dot, that decide a picture's format."""
    return tuple(Figure().canvas.get_supported_filetypes())


@themed
def save(figure: Figure, target: str | os.PathLike[str] | BinaryIO, *, dpi: float | None = None) -> None:
    """Write `figure`.

    Parameters
    ----------
    figure
        What a function of this package returned.
    target
        A path whose ending decides the format (png, svg, pdf, …), written beside it and renamed, so that there is
        never half a picture; or an open binary stream, which gets a PNG.
    dpi
        Pixels an inch of a picture made of pixels, 10 or more; 150 if neither this nor the user's ``savefig.dpi`` says
        otherwise.

    Raises
    ------
    UsageError
        If the ending is unknown, `dpi` makes no sense, the picture would be too large, matplotlib can't write that
        format here, or the file can't be written.

    Examples
    --------
    >>> metalog.plots.save(metalog.plots.curve(run), "curve.png", dpi=200)
    """
    if not isinstance(target, str | os.PathLike):
        target.write(_picture(figure, "png", dpi))
        return
    path = Path(target)
    ending = path.suffix[1:].lower()
    if ending not in formats():
        raise UsageError(f"{path}: the ending decides a picture's format; choose one of .{', .'.join(formats())}")
    write_bytes(path, _picture(figure, ending, dpi))


def _picture(figure: Figure, ending: str, dpi: float | None) -> bytes:
    usual = mpl.rcParams["savefig.dpi"]
    dots = (DPI if usual == "figure" else float(usual)) if dpi is None else dpi
    if not LEAST_DPI <= dots <= _MOST_PIXELS:  # nan neither
        raise UsageError(f"dpi must be from {LEAST_DPI} to {_MOST_PIXELS:,}, not {dots:g}")
    width, height = (round(inches * dots) for inches in figure.get_size_inches())
    if ending not in _DRAWN and max(width, height) > _MOST_PIXELS:
        raise UsageError(
            f"the picture would have {width:,} by {height:,} pixels, more than {_MOST_PIXELS:,}: "
            "draw fewer rows (every, rows), lower the dpi, or write a PDF or SVG"
        )
    stream = io.BytesIO()
    try:
        figure.savefig(stream, format=ending, dpi=dots, metadata=_UNDATED.get(ending))
    except (ArithmeticError, MemoryError, OSError, RuntimeError, ValueError) as error:  # no LaTeX for .pgf, say
        why = " ".join(str(error).split()) or type(error).__name__
        raise UsageError(f"matplotlib can't write a .{ending} of this picture here: {why}") from error
    return stream.getvalue()

"""The pictures that a call of ``metalog plot`` makes, and where each goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from metalog.cli.figures import FigureKind
from metalog.errors import UsageError

_FORMAT: Final = ".png"
#: Where pictures go if they need a folder and the user names none.
_FOLDER: Final = "figures"
#: A file's name tells so many runs.
_MOST_NAMES: Final = 3
#: matplotlib's backends that only write files.
_WITHOUT_WINDOWS: Final = frozenset({"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"})


@dataclass(frozen=True)
class Picture:
    """A figure of a run, or of a set of runs: `data`; `stem` names them in a file name."""

    figure: FigureKind
    data: Any
    stem: str


def pictures_of(figures: Sequence[FigureKind], read: Any) -> list[Picture]:
    """Return one picture for each figure that shows all runs of the RunSet `read`, else one for each run."""
    stems = dict(zip(read.runs, _stems(list(read.runs)), strict=True))
    alone = len(stems) == 1
    together = "+".join(stems.values()) if len(stems) <= _MOST_NAMES else f"{len(stems)}-runs"
    return [
        picture
        for figure in figures
        for picture in (
            [Picture(figure, read, together)]
            if figure.together and not alone
            else [Picture(figure, run, stems[name]) for name, run in read.runs.items()]
        )
    ]


def _stems(names: Sequence[str]) -> list[str]:
    """Return the names as file names can hold them, all different."""
    plain = [re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run" for name in names]
    return [stem if plain.count(stem) == 1 else f"{stem}-{number}" for number, stem in enumerate(plain, start=1)]


def destination(output: str | None, picture: Picture, *, several: bool, into_folder: bool) -> Path:
    """Return the path of a picture, in a folder that exists.

    Parameters
    ----------
    output
        What the user asked for: a file, a folder (one that exists, or a name that ends in a slash) or None.
    picture
        What is to be stored.
    several
        Whether the call makes more pictures than this one, so that a file's name needs an addition.
    into_folder
        Whether pictures go into a folder even if the user names none; `output` without an ending is then a folder.

    Raises
    ------
    UsageError
        If the folder can't be made.
    """
    name = f"{picture.stem}-{picture.figure.name}"
    if output is None:
        return _made(Path(_FOLDER if into_folder else ".")) / f"{name}{_FORMAT}"
    path = Path(output)
    if output.endswith(("/", "\\")) or path.is_dir() or (into_folder and not path.suffix):
        return _made(path) / f"{name}{_FORMAT}"
    return path.with_name(f"{path.stem}-{name}{path.suffix}") if several else path


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} can't be made: {error.strerror}") from error
    return folder


def show_windows(figures: Sequence[Any]) -> None:
    """Open a window for each figure and wait until they are closed.

    Raises
    ------
    UsageError
        If no window can be opened here.
    """
    import matplotlib.pyplot as plt

    if plt.get_backend().lower() in _WITHOUT_WINDOWS:
        raise UsageError("no window can be opened here; write the picture to a file instead: -o FILE")
    for figure in figures:
        try:
            canvas = plt.figure(figsize=figure.get_size_inches()).canvas
        except ImportError as error:  # the backend that the user's settings name can't be had
            raise UsageError(f"no window can be opened: {error}") from error
        canvas.figure = figure  # the window is pyplot's, what it shows is ours
        figure.set_canvas(canvas)
    plt.show()

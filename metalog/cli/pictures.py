"""The pictures that a call of ``metalog plot`` makes, and where each goes."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from metalog.cli.figures import FIGURES, LEARNING, FigureKind
from metalog.errors import UsageError
from metalog.output.file_names import file_stems, fitted, with_hash

#: Where pictures go if they need a folder and the user names none.
_FOLDER: Final = "figures"
#: A file's name tells so many runs.
_MOST_NAMES: Final = 3
#: matplotlib's interactive backends that draw into a notebook.
_IN_NOTEBOOKS: Final = frozenset({"nbagg", "notebook"})
_NAMES: Final = [figure.name for figure in (*FIGURES, LEARNING)]
#: What stands before one figure's name in another's: the "-train" of "train-curve".
_BEFORE_FIGURES: Final = tuple(
    f"-{longer.removesuffix(f'-{name}')}" for longer in _NAMES for name in _NAMES if longer.endswith(f"-{name}")
)


def one_line(text: str) -> str:
    """Return another program's message on one line."""
    return " ".join(text.split())


@dataclass(frozen=True)
class Picture:
    """A figure of a run, or of a set of runs: `data`; `stem` names both in a file name."""

    figure: FigureKind
    data: Any
    stem: str


def pictures_of(figures: Sequence[FigureKind], read: Any, groups: Any = (), settings: Any = ()) -> list[Picture]:
    """Return one picture for each figure that draws all runs of the RunSet `read`, else one for each run.

    `groups`: the runs by setting, if these are drawn instead of runs; `settings`: the same for figures of settings.
    """
    stems = dict(zip(read.runs, file_stems(list(read.runs)), strict=True))
    alone = len(stems) == 1
    all_runs = "+".join(stems.values())
    if len(stems) > _MOST_NAMES:
        all_runs = with_hash(f"{len(stems)}-runs", all_runs)
    return [
        picture
        for figure in figures
        for picture in (
            [Picture(figure, settings if figure.settings else groups or read, _stem(all_runs, figure))]
            if figure.settings or (figure.all_runs and not alone)
            else [Picture(figure, run, _stem(stems[name], figure)) for name, run in read.runs.items()]
        )
    ]


def _stem(runs: str, figure: FigureKind) -> str:
    """Return the name of a picture; a ``curve`` of ``a-train`` is not called like a ``train-curve`` of ``a``."""
    mistakable = runs.endswith(_BEFORE_FIGURES)
    return f"{with_hash(runs, runs) if mistakable else runs}-{figure.name}"


def destination(
    output: str | None, picture: Picture, *, several: bool, into_folder: bool, ending: str = ".png"
) -> Path:
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
    ending
        What a picture's file ends in where the user doesn't say.

    Raises
    ------
    UsageError
        If the folder can't be made.
    """
    name = fitted(picture.stem, ending)
    if output is None:
        return _made(Path(_FOLDER if into_folder else ".")) / name
    path = Path(output)
    if output.endswith(("/", "\\")) or path.is_dir() or (into_folder and not path.suffix):
        return _made(path) / name
    return path.with_name(fitted(f"{path.stem}-{picture.stem}", path.suffix)) if several else path


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} can't be made: {error.strerror}") from error
    return folder


def ready_matplotlib(*, window: bool) -> None:
    """Import matplotlib as this call needs it: a file needs no backend, whatever the user's settings name.

    Raises
    ------
    UsageError
        If the user's settings can't be read, or `window` and they name a backend that opens none.
    """
    if not window and "matplotlib" not in sys.modules:
        os.environ["MPLBACKEND"] = "agg"
    complaints = _Complaints()
    logging.getLogger("matplotlib").addHandler(complaints)
    try:
        import matplotlib  # noqa: F401
    except ValueError as error:
        why = complaints.messages[-1] if complaints.messages else str(error)
        raise UsageError(f"matplotlib's settings can't be read: {one_line(why)}") from error
    finally:
        logging.getLogger("matplotlib").removeHandler(complaints)
    if window:
        _refuse_without_window()


class _Complaints(logging.Handler):
    """Keeps what matplotlib says of the user's settings, which is else lost when they can't be read."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _refuse_without_window() -> None:
    import matplotlib.pyplot as plt
    from matplotlib.backends import registry

    backends: Any = registry.backend_registry
    try:
        name = plt.get_backend()
        if name.lower() in backends.list_builtin(registry.BackendFilter.INTERACTIVE):
            opens = name.lower() not in _IN_NOTEBOOKS
        else:
            canvas = backends.load_backend_module(name).FigureCanvas
            opens = canvas.required_interactive_framework is not None
    except (ImportError, AttributeError, ValueError, RuntimeError) as error:
        raise UsageError(f"no window can be opened here: {one_line(str(error))}") from error
    if not opens:
        raise UsageError(
            f"no window can be opened here, where matplotlib draws with {name!r}; "
            "write the picture to a file instead: -o FILE"
        )


def show_windows(figures: Sequence[Any]) -> None:
    """Open a window for each figure and wait until they are closed.

    Raises
    ------
    UsageError
        If no window can be opened here.
    """
    import matplotlib.pyplot as plt

    for figure in figures:
        try:
            canvas = plt.figure(figsize=figure.get_size_inches()).canvas
        except ImportError as error:  # the backend that the user's settings name can't be had
            raise UsageError(f"no window can be opened: {one_line(str(error))}") from error
        canvas.figure = figure  # the window is pyplot's, what it holds is ours
        figure.set_canvas(canvas)
    plt.show()

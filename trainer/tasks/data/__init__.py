"""Where drawings come from: fonts, Omniglot, or a folder or zip in Omniglot's layout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from metalog.errors import UsageError
from trainer.tasks.data.drawings import Characters, Drawings, assemble

__all__ = ["Drawings", "load"]


def load(
    data: str | Sequence[str], *, root: str | None = None, seed: int = 0, side: int = 105, progress: bool = False
) -> Drawings:
    """Read data sets into one, in memory.

    Parameters
    ----------
    data
        One or several, each ``"glyphs"`` (drawn from fonts, nothing is downloaded), ``"omniglot"`` (downloaded on first
        use), or a folder or zip with ``alphabet/character/drawing.png`` in it. A character that several hold is taken
        from the first.
    root
        Where ``"omniglot"`` is kept; by default the user's cache folder.
    seed
        Of the hands that draw ``"glyphs"``.
    side
        Height and width of a drawing, in pixels.
    progress
        Show progress bars on stderr, on a terminal.

    Raises
    ------
    UsageError, SourceError, MissingExtraError
        If something can't be read or is no complete data set; the message names it.
    """
    data = [data] if isinstance(data, str) else data
    if not data:
        raise UsageError("name at least one data set: glyphs, omniglot, or a folder or zip")
    if seed < 0:
        raise UsageError(f"the seed must not be negative, but is {seed}")
    if side < 1:
        raise UsageError(f"a drawing's side must be at least one pixel, not {side}")
    characters: Characters = {}
    for entry in data:
        for key, images in _read(entry, root, seed, side, progress=progress).items():
            characters.setdefault(key, images)
    return assemble(characters, " + ".join(data))


def _read(entry: str, root: str | None, seed: int, side: int, *, progress: bool) -> Characters:
    if entry == "glyphs":
        from trainer.tasks.data import glyphs

        return glyphs.draw(seed, side, progress=progress)
    if entry == "omniglot":
        from trainer.tasks.data import omniglot

        return omniglot.read(root, side, progress=progress)
    from trainer.tasks.data import layout

    return layout.read(Path(entry), side, progress=progress)

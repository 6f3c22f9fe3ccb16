"""Read a folder or zip in Omniglot's layout: ``…/alphabet/character/drawing.png``, dark ink on white."""

from __future__ import annotations

import io
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from metalog.errors import SourceError, UsageError
from trainer.tasks.data.drawings import Characters

if TYPE_CHECKING:
    from PIL.Image import Image

_Contents: TypeAlias = Callable[[str], bytes]


def read(path: Path, side: int, *, progress: bool = False) -> Characters:
    """Decode every drawing of a folder or zip, once, into memory.

    Parameters
    ----------
    path
        The folder or zip; the alphabets may lie at any depth in it. A character that occurs twice is taken once.
    side
        Drawings of another size are resized to this height and width.
    progress
        Show a progress bar, on a terminal.

    Raises
    ------
    SourceError
        If `path` doesn't exist, is no zip, or holds a drawing that can't be decoded.
    UsageError
        If it isn't in the layout, or a character has no drawings.
    """
    from tqdm import tqdm

    silent = not (progress and sys.stderr.isatty())
    with _open(path) as (names, contents):
        folders = _characters(names, path)
        bar = tqdm(folders.items(), f"Reading {path.name}", unit=" characters", leave=False, disable=silent)
        return {key: np.stack([_decode(contents, name, side, path) for name in found]) for key, found in bar}


@contextmanager
def _open(path: Path) -> Iterator[tuple[list[str], _Contents]]:
    """Give the names of the files and folders, the latter ending in a slash, and a function from name to contents."""
    if path.is_dir():
        found = path.rglob("*")
        names = [name.relative_to(path).as_posix() + "/" * name.is_dir() for name in found]
        yield names, lambda name: (path / name).read_bytes()
        return
    if not path.exists():
        raise SourceError(
            f"there is no folder or zip of drawings called {path}: give one with alphabet/character/drawing.png in it, "
            "or glyphs, or omniglot"
        )
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise SourceError(f"{path} can't be read as a zip ({error}): give a folder or an intact zip") from None
    with archive:
        yield archive.namelist(), archive.read


def _characters(names: Iterable[str], source: Path) -> dict[tuple[str, str], list[str]]:
    """Sort the names of drawings by (alphabet, character), each character from the first folder that has it."""
    drawings: dict[PurePosixPath, list[str]] = defaultdict(list)
    subfolders = set()
    for name in sorted(set(names)):
        path = PurePosixPath(name)
        if any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
            continue  # what an operating system left behind
        if name.endswith("/"):
            subfolders.add(path)
        elif path.suffix.lower() == ".png":
            drawings[path.parent].append(name)
    _refuse_other_layouts(drawings, subfolders, source)
    characters: dict[tuple[str, str], list[str]] = {}
    for folder, found in drawings.items():
        characters.setdefault((folder.parent.name, folder.name), found)
    return characters


def _refuse_other_layouts(
    drawings: Mapping[PurePosixPath, list[str]], subfolders: Iterable[PurePosixPath], source: Path
) -> None:
    if not drawings:
        raise UsageError(f"{source} holds no drawings: give a folder or zip with alphabet/character/drawing.png in it")
    for folder, found in drawings.items():
        if len(folder.parts) < 2:
            raise UsageError(
                f"drawing {found[0]} of {source} doesn't lie in alphabet/character/: give the folder or zip that holds "
                "the alphabets"
            )
    alphabets = {folder.parent for folder in drawings}
    for folder in subfolders:
        if folder.parent in alphabets and folder not in drawings:
            raise UsageError(f"character {folder} of {source} has no drawings: add them or remove its folder")


def _decode(contents: _Contents, name: str, side: int, source: Path) -> npt.NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(contents(name)), formats=["PNG"]) as image:
            return 255 - np.asarray(_grey(image, side))
    except UnidentifiedImageError:  # whose own words name an object in memory
        raise SourceError(f"drawing {name} of {source} is no intact PNG: restore it or remove its character") from None
    except Exception as error:  # a damaged file can make zipfile and PIL raise almost anything
        raise SourceError(
            f"drawing {name} of {source} can't be decoded ({error}): restore it or remove its character"
        ) from None


def _grey(image: Image, side: int) -> Image:
    from PIL import Image as Images

    if image.has_transparency_data:  # paper that isn't there is white
        paper = Images.new("RGBA", image.size, "white")
        image = Images.alpha_composite(paper, image.convert("RGBA"))
    image = image.convert("L")
    return image if image.size == (side, side) else image.resize((side, side), Images.Resampling.BILINEAR)

"""Small data sets in Omniglot's layout, as files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def drawing(number: int, side: int = 6) -> Image.Image:
    """A 1-bit drawing, white but for the pixel of this number."""
    pixels = np.ones((side, side), bool)
    pixels.flat[number] = False
    return Image.fromarray(pixels)


def layout(alphabets: dict[str, int], drawings: int = 2) -> dict[str, bytes]:
    return {
        f"{alphabet}/character{c:02d}/{d:02d}.png": png(drawing(c * drawings + d))
        for alphabet, characters in alphabets.items()
        for c in range(characters)
        for d in range(drawings)
    }


def as_folder(path: Path, files: dict[str, bytes]) -> str:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return str(path)


def as_zip(path: Path, files: dict[str, bytes]) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return str(path)

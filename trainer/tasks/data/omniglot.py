"""Omniglot's background set (Lake, Salakhutdinov and Tenenbaum, Science 2015), fetched by torchvision on first use."""

from __future__ import annotations

import os
from http.client import HTTPException
from pathlib import Path

from metalog.errors import MissingExtraError, SourceError
from trainer.tasks.data import layout
from trainer.tasks.data.drawings import Characters


def read(root: str | None, side: int, *, progress: bool = False) -> Characters:
    """Read the 964 characters of 30 alphabets, each drawn by 20 people.

    Parameters
    ----------
    root
        Where the data set is kept; by default the user's cache folder.
    side, progress
        As in :func:`trainer.tasks.data.layout.read`.

    Raises
    ------
    MissingExtraError
        If torchvision is not installed.
    SourceError
        If the data set can't be downloaded, or what lies in `root` is damaged.
    """
    try:
        from torchvision.datasets import Omniglot
    except ImportError as error:
        raise MissingExtraError("torchvision", "train", "reading Omniglot") from error
    folder = Path(root) if root else cache_folder()
    try:
        data = Omniglot(folder, background=True, download=True)
    except (OSError, RuntimeError, HTTPException) as error:  # no network, no space, a wrong checksum
        raise SourceError(
            f"Omniglot can't be downloaded into {folder} ({error}): check the network, train on the embedded glyphs, "
            "or give images_background.zip, fetched elsewhere from github.com/brendenlake/omniglot, as data"
        ) from error
    # The zip, not the folder that torchvision unpacks it into: only the zip's checksum is verified.
    return layout.read(Path(f"{data.target_folder}.zip"), side, progress=progress)


def cache_folder() -> Path:
    """Return where downloads are kept: ``$XDG_CACHE_HOME/metalog``, or ``~/.cache/metalog``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "metalog"

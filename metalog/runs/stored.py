"""The way from runs to files: a method of runs whose room lies above them, found by name when it is called."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any


def to_parquet(runs: Any, folder: str | os.PathLike[str]) -> list[Path]:
    """Write the frames of a Run or a RunSet; see :meth:`metalog.Run.to_parquet`."""
    written: list[Path] = import_module("metalog.output.export").write_folder(runs, Path(folder), "parquet")
    return written

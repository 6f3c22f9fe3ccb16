"""Globs that no shell expanded; ``**`` walks each real folder once, so that loops of links do no harm."""

from __future__ import annotations

import fnmatch
import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from metalog.sources.folders import natural, tree

#: The part of a pattern that stands for any number of folders.
_ANY_DEPTH: Final = "**"


def matches(pattern: str) -> list[str]:
    """Return the files and folders that a glob matches, in natural order; of hidden ones, none below a ``**``."""
    parts = Path(pattern).parts
    if _ANY_DEPTH not in parts:
        return sorted(glob.glob(pattern), key=natural)  # noqa: PTH207 - Path's takes no absolute pattern
    depth = parts.index(_ANY_DEPTH)
    found = []
    for base in glob.glob(str(Path(*parts[:depth]))):  # noqa: PTH207 - as above
        below = tree(Path(base))
        paths = [*below.files, *below.folders]
        found += [str(path) for path in paths if _fits(path.relative_to(base).parts, parts[depth:])]
    return sorted(found, key=natural)


def _fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Tell whether the parts of a path match those of a pattern."""
    if not pattern:
        return not parts
    if pattern[0] == _ANY_DEPTH:
        return any(_fits(parts[skipped:], pattern[1:]) for skipped in range(len(parts) + 1))
    return bool(parts) and fnmatch.fnmatch(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])

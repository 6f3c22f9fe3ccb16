"""What runs are called: the shortest parts of their paths that tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, takewhile
from pathlib import Path

_ENDINGS = re.compile(r"(?:\.(?:txt|log|out|tar))?(?:\.(?:gz|bz2|xz|zst|tgz|tbz2|txz|tzst))?$", re.IGNORECASE)


def short_names(names: Sequence[str]) -> list[str]:
    """Return the shortest parts of the names of sources that tell them apart, in the same order, all distinct.

    Parameters
    ----------
    names
        Paths, URLs, members of archives, ``<stdin>``: the names of :class:`metalog.sources.Source`.

    Returns
    -------
    list of str
        The files' names without ending, or where these are equal, the folders' at one depth, or else several
        neighbouring parts of the path. Names that even so don't differ are numbered.

    Examples
    --------
    >>> short_names(["runs/a/run.txt", "runs/b/run.txt"])
    ['a', 'b']
    """
    whole = _below_common_folder([_parts(name) for name in names])
    bare = [[_ENDINGS.sub("", part) or part for part in path] for path in whole]
    numbered = [f"{name}#{number}" for number, name in enumerate(names, 1)]
    candidates = chain(_at_one_place(bare, 1), _by_file(names, bare), _anywhere(bare), _anywhere(whole), [numbered])
    return next(short for short in candidates if all(short) and len(set(short)) == len(short))


def _at_one_place(paths: list[list[str]], width: int) -> Iterator[list[str]]:
    """Yield the `width` neighbouring parts at the same place of each path, counted from its end, for every place.

    At the end, shorter paths are taken whole; elsewhere, a path has nothing where it has not so many parts.
    """
    yield ["/".join(path[-width:]) for path in paths]
    deepest = max(map(len, paths), default=0)
    for end in range(1, deepest - width + 1):
        yield ["/".join(path[-width - end : -end] if len(path) >= width + end else "") for path in paths]


def _by_file(names: Sequence[str], paths: list[list[str]]) -> Iterator[list[str]]:
    """Yield names of which only those of files that are called the same tell their folders."""
    alike: dict[str, list[str]] = {}
    for name, path in zip(names, paths, strict=True):
        alike.setdefault(path[-1], []).append(name)
    if len(alike) > 1:
        short = {file: iter(short_names(group)) for file, group in alike.items()}
        yield [next(short[path[-1]]) for path in paths]


def _anywhere(paths: list[list[str]]) -> Iterator[list[str]]:
    for width in range(1, max(map(len, paths), default=0) + 1):
        yield from _at_one_place(paths, width)


def _below_common_folder(paths: list[list[str]]) -> list[list[str]]:
    levels = zip(*(path[:-1] for path in paths), strict=False)
    common = sum(1 for _ in takewhile(lambda parts: len(set(parts)) == 1, levels))
    return [path[common:] for path in paths]


def _parts(name: str) -> list[str]:
    if name.startswith("<"):
        return [part.strip("<>") for part in name.split("/")]
    path = name if "://" in name else Path(name).absolute().as_posix()
    return [part for part in path.split("/") if part] or [name]

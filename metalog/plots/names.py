"""Names of runs as they stand in a figure: on one line, not too long, never equal, and nothing but text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from metalog.printable import printable

#: Characters of a name in a title, a legend or a table.
LONGEST: Final = 60


def one_line(text: str) -> str:
    """Return `text` on one line; characters that can't be drawn are written as escapes."""
    return printable(" ".join(text.split())) or "(no name)"


def literal(text: str) -> str:
    """Return `text` for matplotlib, which would take a part between two dollars for mathematics."""
    return text.replace("$", r"\$")


def label(text: str) -> str:
    """Return a text for a legend, which leaves out what begins with an underscore."""
    return literal(f" {text}" if text.startswith("_") else text)


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return a text on one line, without its middle if it is too long."""
    return _without_middle(one_line(text), longest)


def distinct(names: Sequence[str], longest: int = LONGEST) -> list[str]:
    """Return the names as a figure writes them, each on a line of its own.

    Parameters
    ----------
    names
        The names, no two of them equal.
    longest
        Characters that one may have, but for a number that tells equal ones apart.

    Returns
    -------
    list of str
        No two are equal. Of a name that is too long the middle is left out; where that would make several the same,
        what they share is left out instead; where that doesn't do, they are numbered.
    """
    lines = [one_line(name) for name in names]
    short = [_without_middle(line, longest) for line in lines]
    counts = Counter(short)
    for text in [text for text, count in counts.items() if count > 1]:
        places = [place for place, other in enumerate(short) if other == text]
        for place, part in zip(places, _where_they_differ([lines[place] for place in places], longest), strict=True):
            short[place] = part
    counts = Counter(short)
    return [text if counts[text] == 1 else f"{text} ({number})" for number, text in enumerate(short, start=1)]


def _without_middle(line: str, longest: int) -> str:
    if len(line) <= longest:
        return line
    half = (longest - 1) // 2
    return f"{line[:half]}…{line[-half:]}"


def _where_they_differ(lines: Sequence[str], longest: int) -> list[str]:
    """Return of each line its begin, the part in which the lines differ, and what stands around that."""
    begin = _shared(lines)
    end = _shared([line[begin:][::-1] for line in lines])
    differing = max(map(len, lines)) - begin - end
    around = max(longest - differing - 2, 0) // 3
    start = max(begin - around, 0)
    parts = []
    for line in lines:
        stop = len(line) - end + around
        before = f"{line[:around]}…" if start > around else line[:start]
        parts.append(_without_middle(before + line[start:stop] + ("…" if stop < len(line) else ""), longest))
    return parts


def _shared(lines: Sequence[str]) -> int:
    """Return how many characters all lines begin with."""
    return next(
        (place for place, signs in enumerate(zip(*lines, strict=False)) if len(set(signs)) > 1), min(map(len, lines))
    )

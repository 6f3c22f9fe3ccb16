"""What lines look like, whatever numbers stand in them. Standard library only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

#: Stands for a number in a shape, and `MANY` for three or more in a row.
NUMBER: Final = "#"
MANY: Final = "# …"
#: Longer lines are cut: what repeats in them shows at their begin.
_LONGEST: Final = 400

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# A sign belongs to a number only where nothing stands before it: the day of 2024-05-06 is not negative.
_NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\d])|\d+(?:\.\d+)?|(?<!\w)[-+]?(?:nan|inf|infinity)(?!\w)",
    re.IGNORECASE,
)
_SEVERAL = re.compile(rf"{NUMBER}(?:[ ,]+{NUMBER}){{2,}}(?: (?=\]))?")
_BLANKS = re.compile(r"\s+")


def shape(line: str) -> str:
    """Return a line with a sign in place of each number, and one blank for each run of blanks.

    Lines that a program prints with the same words have the same shape; a list of numbers looks the same however long.
    """
    text = _ANSI.sub("", line[:_LONGEST]).replace(NUMBER, "")
    return _SEVERAL.sub(MANY, _NUMBER.sub(NUMBER, _BLANKS.sub(" ", text).strip()))


def most_frequent(lines: Iterable[str], n: int) -> list[tuple[str, int]]:
    """Return the `n` most frequent shapes of lines with numbers, and how many lines have each."""
    counts = Counter(own for own in map(shape, lines) if NUMBER in own)
    return counts.most_common(n)

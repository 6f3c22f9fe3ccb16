"""Lines without numbers that tell which part of the data the lines below are about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from metalog.drafting.name import phases_of

if TYPE_CHECKING:
    from metalog.drafting.plan import Planned

#: Words that a banner has at most.
_MOST_WORDS: Final = 10
_DECORATED = re.compile(r"[^\w\s(\[{'\"]{2,}|\W*\w+:?\W*\Z|(?:start|begin|train|eval|valid|test)", re.IGNORECASE)


def banners_of(texts: dict[str, list[int]], planned: Sequence[Planned]) -> dict[str, str]:
    """Return the banners of a log with the part that each tells, and let lines below take it that don't tell it."""
    banners = {text: phases_of(text)[-1] for text in texts if _is_banner(text)}
    if len({*banners.values()}) < 2:
        return {}
    told = sorted((line, part) for text, part in banners.items() for line in texts[text])
    places = [line for line, _ in told]
    taken = False
    for line in planned:
        under = {told[place - 1][1] for number in line.lines if (place := bisect_right(places, number))}
        if len(under) > 1 and line.keys.keys() & {"row", "into"}:
            line.keys["takes"] = ["phase"]
            taken = True
    return banners if taken else {}


def _is_banner(text: str) -> bool:
    return bool(_DECORATED.match(text)) and bool(phases_of(text)) and len(text.split()) <= _MOST_WORDS

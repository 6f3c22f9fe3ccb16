"""Which numbers of a line count something, and what they are called."""

from __future__ import annotations

import re
from itertools import pairwise

from metalog.drafting.cluster import Column, Kind
from metalog.drafting.name import words_of
from metalog.drafting.tokenise import COUNTERS

_TOTAL = re.compile(r"\s*(?:/|of|out of)\s*\Z")
#: A counter without a word stands in one of these ways.
_BARE = re.compile(r"[\s\[\](){}#:,|/>*=-]*\Z")
#: A word behind a number, unless it is the name of the next number: 3 updates, but not client 3 update 4.
_BEHIND = re.compile(r"\s+([a-z]+)(?:\(s\))?(?!\w|\s*[:=]?\s+\Z)", re.IGNORECASE)
#: So many lines tell whether a number counts that no word for counters names.
_FEW = 4
_OTHER = "best total num number max last start starting per every for n"
_NOT_COUNTING = frozenset(_OTHER.split())


def find_counters(kind: Kind) -> list[Column]:
    """Tell the counters, totals and keys of a kind from its values; return the counters, outermost first."""
    candidates: list[Column] = []
    for place, column in enumerate(kind.columns):
        following = kind.columns[place + 1] if place + 1 < len(kind.columns) else None
        leads = all(one.role not in ("value", "key") for one in kind.columns[:place])
        if column.sort == "date" or (place and _is_total(column, kind.columns[place - 1])):
            column.role = "unused"
        elif following is not None and _is_key(column):
            column.role = "key"
        elif column.integers and not _speaks_of_best(kind, place) and _counts(column, following, leads):
            column.role = "counter"
            candidates.append(column)
    nested = _nested(candidates)
    for column in candidates:
        column.role = "counter" if column in nested else "value"
    return nested


def _is_total(column: Column, before: Column) -> bool:
    return _TOTAL.match(column.before) is not None and column.integers and before.integers


def _is_key(column: Column) -> bool:
    """Tell whether an integer is the name of the number behind it: ``1: 0.46 5: 0.62``."""
    if not (column.integers and column.constant and len(column.texts) > 1 and re.match(r": ?\Z", column.after)):
        return False
    return not counter_word(column)


def _speaks_of_best(kind: Kind, place: int) -> bool:
    return re.search(r"\bbest\b", "".join(kind.literals[: place + 1]), re.IGNORECASE) is not None


def counter_word(column: Column) -> str:
    """Return the word before a number if it is one for counters, else ``""``."""
    words = words_of(column.before)
    if set(words[:-1]) & _NOT_COUNTING:
        return ""
    behind = _BEHIND.match(column.after) if column.before[-1:] in ("", " ") and not column.constant else None
    for word in [*words[-1:], *words[:1], *([behind[1].lower()] if behind else [])]:
        if word.rstrip("s") in COUNTERS or word in COUNTERS:
            return word if word in COUNTERS else word.rstrip("s")
    return ""


def _counts(column: Column, following: Column | None, leads: bool) -> bool:
    if counter_word(column):
        return column.constant or _grows(column, 0.2)
    words = words_of(column.before)
    if leads and words and words[-1] not in _SPOKEN and _is_wheel(column):
        return True
    whole = following is not None and _is_total(following, column)
    bracketed = column.before.rstrip()[-1:] in ("[", "(") and column.after[:1] in ("]", ")", "/", ",")
    if bracketed and whole and not words and len(column.texts) > 1:  # even behind values
        return _grows(column, 0.5)
    if not leads or not (words in [[word] for word in _SPOKEN] or (not words and _BARE.match(column.before))):
        return False
    in_front = not column.before.strip() or re.match(r"\s*\[", column.after) is not None
    in_brackets = bracketed or column.after[:1] in ("]", ")")
    return (whole or in_brackets or in_front) and _grows(column, 0.5)


#: Words of a part of the data, behind which a number in brackets may count as well: Val-(3).
_SPOKEN = ("train", "val", "valid", "test", "eval", "epoch_val", "validation")


def _is_wheel(column: Column) -> bool:
    """Tell whether a column begins with 0 or 1 and always shows the same, the next number, or the first again."""
    numbers = [int(text) for text in column.texts]
    first = numbers[0]
    turns = all(after in (before, before + 1, first) for before, after in pairwise(numbers))
    return first in (0, 1) and turns and len(numbers) >= _FEW and max(numbers) > first + 1


def _grows(column: Column, least: float) -> bool:
    """Tell whether a column goes up, but for times when it starts over."""
    numbers = [int(text) for text in column.texts]
    steps = list(pairwise(numbers))
    if not steps:
        return False
    up = sum(after > before for before, after in steps)
    down = sum(after < before for before, after in steps)
    return up >= least * (up + down) and up > 0


def _nested(candidates: list[Column]) -> list[Column]:
    """Return counters outermost first: that which turns less often is further out.

    Of two that always turn together, one is a counter: the one that starts over, or else the first.
    """
    turns = {id(column): _turns(column) for column in candidates}
    order = sorted(candidates, key=lambda column: len(turns[id(column)]))  # stable: else as in the line
    kept: list[Column] = []
    for column in order:
        twin = next((other for other in kept if turns[id(other)] and turns[id(other)] == turns[id(column)]), None)
        if twin is None:
            kept.append(column)
        elif _falls(column) > _falls(twin):
            kept[kept.index(twin)] = column
    return kept


def _turns(column: Column) -> list[int]:
    return [place for place, (before, after) in enumerate(pairwise(column.texts)) if before != after]


def _falls(column: Column) -> int:
    return sum(int(after) < int(before) for before, after in pairwise(column.texts))

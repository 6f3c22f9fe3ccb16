"""What a number is called: the words before it, as a column's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import isfinite
from typing import Final

from metalog.drafting.cluster import Column, Kind

#: What programs call the part of the data that a line is about, and what columns call it.
PHASES: Final = {
    "train": "train",
    "training": "train",
    "trn": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "validate": "validation",
    "dev": "validation",
    "eval": "validation",
    "evaluation": "validation",
    "evaluating": "validation",
    "test": "test",
    "testing": "test",
}
#: Columns that every frame has or may have.
_TAKEN: Final = ("segment", "line")
_PART = re.compile(r"[,;|\t(){}\[\]<>]|\s{2,}|\s[-*·•=]+(?=\s)|[:=](?=\s|\Z)|[=:]+|=>")
_UNIT = re.compile(r"/?[A-Za-z%]{1,3}(?:/[A-Za-z]+)?(?=[\s,;|)\]]|\Z)")
_FILLING = "a an the to is was of at be will for from by in on so far and after with are"
_FILLERS: Final = frozenset(_FILLING.split())
_MEANS: Final = frozenset(("average", "avg", "mean"))
_TIMES: Final = ("ms", "s", "sec", "secs", "seconds")
_MOST_WORDS: Final = 4
#: The words that name a number are among so many characters before it.
_LONGEST: Final = 200
_ACCURACY = re.compile(r"\bacc(?:uracy)?\b", re.IGNORECASE)
_MEASURE = re.compile(r"acc|loss|err|prec|recall|f1|rate|mfu")
_INTERVAL = re.compile(r"\s*(?:±|\+/?-)\s*\Z")


def phase_of(text: str) -> str:
    """Return what part of the data a text speaks of, ``""`` if of none or of several."""
    found = {*phases_of(text)}
    return found.pop() if len(found) == 1 else ""


def phases_of(text: str) -> list[str]:
    """Return the parts of the data that a text speaks of, in order."""
    words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower())
    return [PHASES[word] for word in words if word in PHASES]


def name_columns(kind: Kind, taken: Iterable[str] = ()) -> None:
    """Give all values of a kind names that differ from each other and from those that are `taken`."""
    taken = {*_TAKEN, *taken}
    # a line of steps has a frame of its own, whose columns need not say which part of the data they are of
    head = phase_of(kind.head) if len(kind.counters) < 2 and not _has_phase(kind.counters) else ""
    kept: Column | None = None
    for place, column in enumerate(kind.columns):
        before = kind.columns[place - 1] if place else None
        if column.role == "value":
            if before is not None and before.role == "key":
                column.name = _keyed(kind.columns[:place])
            else:
                near = kept if before is not None and before.role != "counter" else None
                _name(column, near, head, "".join(kind.literals[: place + 1]))
        if column.role == "value":
            column.name = different(column.name, taken)
            taken.add(column.name)
            kept = column


def _has_phase(counters: Iterable[Column]) -> bool:
    return any(column.name.split("_")[0] in PHASES.values() for column in counters)


def _keyed(before: list[Column]) -> str:
    """Name a number by its key, and by the words before the first of such keys."""
    key = before[-1].texts[0]
    named = (words_of(column.before) for column in reversed(before) if column.role == "key")
    words = next(filter(None, named), [])
    return "_".join([*words, key]) if words else f"n{key}"


def _name(column: Column, kept: Column | None, head: str, text: str) -> None:
    """Name a value: by the words before it, or by what it is to the value before it.

    `kept` is that value, if one stands near; `head` the part of the data that the line tells; `text` all before it.
    """
    words, sign = words_of(column.before), _UNIT.sub("", column.before, count=1).strip()
    if words:
        if column.sort == "percent" and not _MEASURE.search(" ".join(words)) and _ACCURACY.search(text):
            words = ["accuracy"]  # Accuracy of the network on the 10000 test images: 60 %
        column.name = _contract(words, column, head)
    elif kept is None or sign in ("", ",", ";") or column.before.endswith(" | "):
        column.name = _from_behind(column)
    elif _INTERVAL.match(column.before):
        column.name = f"{kept.name}_interval"
    elif sign == "(" and column.sort == "percent" and kept.name.endswith("_count"):
        column.name = kept.name.removesuffix("_count")
    elif sign == "(" and column.after.startswith(")") and not column.integers:
        column.name = f"{kept.name}_average"
    elif sign in ("->", "=>", "→"):
        column.name = f"{kept.name}_after"
    elif sign == "|" and kept.name in {*PHASES, *PHASES.values(), "tval"} and _is_fraction(column):
        # a pair without names behind a part of the data is nearly always this
        part = PHASES.get(kept.name, kept.name)
        column.name, kept.name = f"{part}_accuracy", f"{part}_loss"
    elif sign == "/":
        column.name = f"{kept.name}_total"
    elif sign in ("|", "("):
        column.name = kept.name
    column.name = column.name or ("time" if column.sort == "duration" else "")
    if not column.name and column.constant and len(column.texts) > 1:
        column.role = "unused"
    column.name = column.name or "number"


def words_of(before: str) -> list[str]:
    """Return the words that name what comes behind a literal."""
    text = before[-_LONGEST:]
    if _UNIT.match(text) and not _UNIT.fullmatch(text.strip()):
        text = _UNIT.sub("", text, count=1)
    parts = [part for part in _PART.split(text.replace("'s ", " ").replace("'", " ")) if re.search(r"[^\W\d_]", part)]
    if not parts or (re.search(r"[|;,\t]\s*\Z", text) and not re.search(r"\w\s*\|\s*\Z", text)):
        return []
    words = snake(parts[-1]).split("_")
    while len(words) > 1 and words[-1] in _FILLERS:
        words.pop()
    return words[-_MOST_WORDS:]


def snake(text: str) -> str:
    """Return words as a name: ``Acc@1`` is ``acc1``, ``top-5 error`` is ``top_5_error``."""
    name = re.sub(r"\W+", "_", text.strip().lower().replace("@", "")).strip("_")
    return f"n{name}" if name[:1].isdigit() else name


def _from_behind(column: Column) -> str:
    """Name a number that has no word before it by the unit behind it: ``163.1 task/s``, ``12.5it/s``."""
    found = re.match(r"\s*(/?[A-Za-z][\w/ ]*?)\s*(?:[,;|()\]]|\Z)", column.after)
    if found:
        if found[1] in _TIMES:
            return "time"
        return snake(re.sub(r"/", " per ", found[1]))
    return "percent" if column.sort == "percent" else ""


def _contract(words: list[str], column: Column, head: str) -> str:
    """Return the name that figures know where the words plainly say it, else the program's own."""
    own = "_".join(words)
    phase = next((PHASES[word] for word in words if word in PHASES), "")
    rest = [word for word in words if word not in PHASES and word not in _MEANS]
    if rest in (["acc"], ["accuracy"]):
        if not _is_fraction(column):
            if column.after.lstrip().startswith("/"):
                return f"{phase or head}_accuracy_count".strip("_")
            return own if rest == ["acc"] else f"{own}_percent"
        rest = ["accuracy"]
    elif rest != ["loss"]:
        return own
    return "_".join(filter(None, (phase or head, *rest)))


def _is_fraction(column: Column) -> bool:
    if column.sort == "percent":
        return True
    try:
        numbers = [float(text) for text in column.texts]
    except ValueError:
        return False
    return all(0 <= number <= 1 for number in numbers if isfinite(number))


def different(name: str, taken: Iterable[str]) -> str:
    """Return a name that is not `taken`: the name, or with a number behind it."""
    if name not in taken:
        return name
    return next(other for number in range(2, 1000) if (other := f"{name}_{number}") not in taken)

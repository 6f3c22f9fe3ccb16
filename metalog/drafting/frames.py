"""Which frame a line's values go to, so that frames and columns have names of their own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from metalog.drafting.name import different, phase_of, phases_of, snake

if TYPE_CHECKING:
    from metalog.drafting.cluster import Kind
    from metalog.drafting.levels import Levels
    from metalog.drafting.plan import Planned

_WORDS = "step iter iteration it batch minibatch update global_step timestep"
#: Levels whose lines are steps of training, not summaries of many.
_STEPS: Final = frozenset(_WORDS.split())
_PHASE_FRAMES: Final = {"validation": "validations", "test": "tests"}


def frame_of(level: str, value: str = "") -> str:
    """Return the frame of one row a turn of a level; `value` is the name of one of its values."""
    if "meta" in value.split("_"):
        return "meta_steps"
    plain = level.removeprefix("validation_").removeprefix("test_")
    return "steps" if plain in _STEPS else f"{level}s"


def row_frame(kind: Kind, levels: Levels) -> str:
    """Return the frame of lines that show their own counters."""
    inner, phase = kind.counters[-1].name, phase_of(kind.head)
    if phase in _PHASE_FRAMES and (len(kind.counters) > 1 or levels.parents[inner]):
        return _PHASE_FRAMES[phase]
    return frame_of(inner, kind.values[0].name)


def settle(planned: list[Planned], levels: Levels) -> None:
    """Let lines of one level fill its rows together, others have frames of their own, and columns differ."""
    for level in levels.parents:
        _fill_together(planned, level)
    _different_frames(planned)
    for frame in {str(line.keys["into"]) for line in planned if "into" in line.keys}:
        _different_columns([line for line in planned if line.keys.get("into") == frame])


def _fill_together(planned: list[Planned], level: str) -> None:
    own = [line for line in planned if "row" in line.keys and "each" not in line.keys and line.level == level]
    filling = [line for line in planned if "into" in line.keys and line.keys.get("within") == level]
    if len(own) < 2 and not (own and filling):
        return
    frame = str(filling[0].keys["into"]) if filling else frame_of(level)
    for line in own:
        del line.keys["row"]
        line.keys = {"into": frame, **line.keys}


def _different_frames(planned: list[Planned]) -> None:
    """Give rows of different levels frames of their own: that with the most lines keeps the name."""
    owners: dict[str, tuple[str, str]] = {}
    for line in sorted(planned, key=lambda line: -len(line.lines)):
        key = "row" if "row" in line.keys else "into"
        frame = str(line.keys.get(key, ""))
        own = (key, line.level or str(line.keys.get("within", "")) if key == "into" else f"{line.level} {line.name}")
        if frame and owners.setdefault(frame, own) != own:
            told = any(column.name.startswith("validation_") for column in line.lead.values)
            words = snake(line.name)
            other = next(
                name
                for name in (*["validations"] * told, f"{line.level}s", words, *(f"{words}_{n}" for n in range(2, 99)))
                if len(name) > 1 and owners.get(name, own) == own
            )
            line.keys[key] = other
            owners.setdefault(other, own)


def _different_columns(filling: list[Planned]) -> None:
    """Put the part of the data, or the line's words, before names that several lines of a row have."""
    names = ({column.name for kind in line.kinds for column in kind.values} for line in filling)
    counts = Counter(name for own in names for name in own)
    firsts = [next(iter(phases_of(line.lead.head)), "") for line in filling]
    for line, first in zip(filling, firsts, strict=True):
        prefix = first if first and firsts.count(first) == 1 else snake(line.name)
        for kind in line.kinds:
            taken = {column.name for column in kind.values}
            for column in kind.values:
                if counts[column.name] > 1 and not column.name.startswith(prefix):
                    column.name = different(f"{prefix}_{column.name}", taken)
                    taken.add(column.name)

"""Is it all right? One answer for ``watch``, ``parse``, ``check`` and whoever else asks.

A verdict has two halves: how the run's main curve goes (falling, flat, diverging since 62, nan since 41), and whether
the run lives (ended, killed, failed, stalled, running). Needs no pandas.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from metalog.curves.counted import CountedCurve
from metalog.curves.trend import MIN_POINTS, slope
from metalog.curves.turning import turn
from metalog.runs.main_curve import MainCurve, main_curve
from metalog.runs.words import counted, rounded

if TYPE_CHECKING:
    from metalog.runs.run import Run

Course = Literal["improving", "flat", "diverged", "nan", "early", ""]
Life = Literal["ended", "killed", "failed", "stalled", "running", "cut", ""]
#: What a scheduler may end a job for.
BAD: Final = ("diverged", "nan", "stalled", "killed", "failed")
#: The codes of lines that say how a run came to its end, and what that means.
_ENDS: Final[dict[str, Life]] = {"traceback": "failed", "killed": "killed"}
#: Diagnostics of a log that stops in the middle of something.
_CUT: Final = ("cut-line", "unfinished", "no-finish")
_NOTHING: Final[tuple[Course, float, str]] = ("", math.nan, "")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Verdict:
    """How a run does.

    Attributes
    ----------
    course
        ``"improving"``, ``"flat"``, ``"diverged"`` (its loss rises for good), ``"nan"`` (it ends with values that are
        not finite), ``"early"`` (too few values to say), ``""`` (nothing is measured).
    since
        The number at which that began; ``nan`` if it didn't, or if the log gives no numbers.
    life
        ``"ended"``, ``"killed"``, ``"failed"`` (with a traceback), ``"stalled"``, ``"running"``, ``"cut"`` (killed, or
        still going), ``""`` (the log doesn't say).
    text
        All that in words, on one line.
    """

    course: Course
    since: float
    life: Life
    text: str

    @property
    def bad(self) -> tuple[str, ...]:
        """Which of :data:`BAD` hold."""
        return tuple(word for word in BAD if word in (self.course, self.life))

    @property
    def goes_on(self) -> bool:
        """Whether there is more to come, as far as is known."""
        return self.life in ("running", "")


def verdict(run: Run, *, idle: float | None = None, patience: float = math.inf) -> Verdict:
    """Judge a run.

    Parameters
    ----------
    run
        A Run of any format.
    idle
        Seconds since its last sign of life, if it is watched; None if the whole log was read.
    patience
        A watched run without a sign of life for longer is stalled.
    """
    main = main_curve(run)
    course, since, goes = _NOTHING if main is None else _course(main)
    life, how = _life(run, idle, patience)
    return Verdict(course, since, life, "; ".join(filter(None, (goes, how))) or "nothing measured yet")


def _course(main: MainCurve) -> tuple[Course, float, str]:
    values = main.curve.value
    good, bad = ("rising", "falling") if main.high else ("falling", "diverging")
    if not values.size:
        return "early", math.nan, f"no complete {main.noun} yet"
    found = turn(_as_loss(main))
    if found.reason == "not finite":
        finite = np.flatnonzero(np.isfinite(values))
        first = float(values[finite[-1] + 1 if finite.size else 0])
        return "nan", found.turns_up, f"{main.label} {first:g}{_since(main, found.turns_up)}"
    if found.reason == "rising":
        return "diverged", found.turns_up, f"{main.label} {bad}{_since(main, found.turns_up)}"
    if values.size < MIN_POINTS:
        return (
            "early",
            math.nan,
            f"{main.label} {rounded(values[-1])}, too early to judge after {counted(len(main.curve), main.noun)}",
        )
    improves = _improves(_as_loss(main))
    return (
        ("improving" if improves else "flat"),
        math.nan,
        f"{main.label} {good if improves else 'flat in its later half'}",
    )


def _as_loss(main: MainCurve) -> CountedCurve:
    curve = main.curve
    return CountedCurve(curve.place, curve.number, -curve.value) if main.high else curve


def _improves(curve: CountedCurve) -> bool:
    """Tell whether the later half of a curve falls, with 95 % confidence."""
    later = slice(-max(MIN_POINTS, len(curve) // 2), None)
    return slope(curve.place[later], curve.value[later]).high < 0


def _since(main: MainCurve, number: float) -> str:
    return f" since {main.level} {number:g}" if math.isfinite(number) else ""


def _life(run: Run, idle: float | None, patience: float) -> tuple[Life, str]:
    last = _last_record(run)
    behind = [one for one, _ in run.diagnostic_records if one.line >= last]
    ends = [one for one in behind if one.code in _ENDS]
    if ends:
        return _ENDS[ends[-1].code], ends[-1].message.partition(" (lines")[0]
    if _says_it_ended(run):
        return "ended", "ended"
    if idle is not None:
        return ("stalled", f"stalled: no line for {duration(idle)}") if idle > patience else ("running", "running")
    if any(one.code in _CUT for one in behind):
        return "cut", "the log ends in the middle (killed, or still going)"
    return "", ""


def _last_record(run: Run) -> int:
    tables = [*run.records.values(), *run.summaries.values()]
    return max((int(columns["line"][-1]) for columns in tables if columns and len(columns["line"])), default=0)


def _says_it_ended(run: Run) -> bool:
    """Tell whether the log has an end: a line that closes the run, or the results that come after training."""
    closing = sum(run.counts.get(line.name, 0) for line in run.format.lines if line.closes == "run")
    return bool(run.meta_test) or closing >= max(len(run.segments), 1)


def duration(seconds: float) -> str:
    """Return a length of time in its largest unit: ``40 seconds``, ``4 minutes``, ``3 hours``, ``2 days``."""
    for size, unit in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= size:
            return counted(int(seconds // size), unit)
    return counted(int(seconds), "second")

"""Where a run is while it goes on, from the updates of its log."""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from metalog.columns import select_rows
from metalog.curves.means import mean
from metalog.formats.template import MISSING
from metalog.reading.collected import concat_runs
from metalog.runs.frames import is_nested
from metalog.runs.main_curve import MainCurve, has_meta_level, main_curve
from metalog.runs.table import tables
from metalog.runs.verdict import Verdict, duration, verdict
from metalog.runs.words import counted, rounded

if TYPE_CHECKING:
    from metalog.reading.follow import Update
    from metalog.runs.run import Run

#: The pace is that of so many last meta-steps, where the log tells how long each took.
_PACE: Final = 20
#: A stretch of so many numbers and seconds tells a pace by the clock.
_LEAST_TURNS, _LEAST_SECONDS = 2, 5.0


@dataclass(slots=True)
class Live:
    """Adds up the updates of a log that is followed; a log that begins anew is counted anew.

    Attributes
    ----------
    run
        All that was read, None before the first line; of inner steps only the last is kept.
    main
        Its main curve.
    """

    name: str
    generation: int = 1
    run: Run | None = None
    main: MainCurve | None = None
    _clock: list[tuple[float, float]] = field(default_factory=list)

    def add(self, update: Update, now: float | None = None) -> bool:
        """Take an update; tell whether the curve has grown."""
        if update.generation != self.generation:
            self.generation, self.run, self._clock = update.generation, None, []
        before = self.turns if self.run is not None else 0
        parts = [update.rows] if self.run is None else [self.run, update.rows]
        self.run = _without_steps(concat_runs(parts))
        self.main = main_curve(self.run)
        if np.isfinite(self.number):
            self._clock.append((time.time() if now is None else now, self.number))
            del self._clock[1:-1]  # the first and the last tell the pace
        return self.turns != before

    @property
    def turns(self) -> int:
        """How many values the curve has: meta-steps that count, or rows."""
        return 0 if self.main is None else len(self.main.curve)

    @property
    def number(self) -> float:
        """The number of the last of them, ``nan`` if there is none."""
        numbers = self.main.curve.number if self.main else np.empty(0)
        return float(numbers[-1]) if numbers.size else math.nan

    @property
    def place(self) -> str:
        """Where the last record stands."""
        filled = [one for one in tables(self.run, incomplete=True).values() if len(one)] if self.run else []
        if not filled:
            return "no record yet"
        last = max(filled, key=lambda table: (int(table.line[-1]), len(table.levels)))
        known = [(level, int(last.columns[level][-1])) for level in last.levels if level != "step"]
        return ", ".join(f"{level.replace('_', '-')} {number}" for level, number in known if number != MISSING)

    @property
    def pace(self) -> float:
        """Turns a minute, ``nan`` while that isn't known."""
        seconds = self.run.extra.get("meta_steps", {}).get("seconds") if self.run else None
        known = seconds[np.isfinite(seconds) & (seconds > 0)][-_PACE:].tolist() if seconds is not None else []
        if known:
            return 60 / float(statistics.median(known))
        if len(self._clock) < 2:
            return math.nan
        (begin, first), (end, last) = self._clock
        enough = last - first >= _LEAST_TURNS and end - begin >= _LEAST_SECONDS
        return 60 * (last - first) / (end - begin) if enough else math.nan

    @property
    def seconds_left(self) -> float:
        """How long the run will still take, ``nan`` if the log doesn't tell how many meta-steps there will be."""
        total = self.run.config.get("meta_steps") if self.run else None
        if not isinstance(total, int) or not np.isfinite(self.number):
            return math.nan
        missing = total - self.number
        return missing / self.pace * 60 if missing > 0 else math.nan

    @property
    def meta_validation(self) -> float:
        """The mean loss of the last meta-validation, ``nan`` without any."""
        columns = self.run.records.get("meta_validation") if self.run and is_nested(self.run.format) else None
        if columns is None or not len(columns["line"]):
            return math.nan
        keys = np.column_stack([columns[name] for name in ("segment", "meta_epoch", "meta_step")])
        return mean(columns["loss"][(keys == keys[-1]).all(axis=1)])

    @property
    def diagnostics(self) -> int:
        """How many things are odd."""
        return sum(self.run.diagnostic_counts.values()) if self.run else 0

    def judge(self, idle: float | None = None, patience: float = math.inf) -> Verdict:
        """Return the verdict: see :func:`metalog.runs.verdict.verdict`."""
        if self.run is None:
            return Verdict("", math.nan, "", "no line yet")
        return verdict(self.run, idle=idle, patience=patience)

    def status(self, judged: Verdict | None = None) -> str:
        """Return one line: how the run does, and where it is."""
        if self.run is None or self.run.empty:
            return f"{self.name}: {self.place}"
        judged = judged or self.judge()
        facts = [self.place, *self.facts(goes_on=judged.goes_on)]
        return f"{self.name}: {judged.text} ({'; '.join(facts)})"

    def facts(self, *, goes_on: bool) -> list[str]:
        """Return what else there is to say: what is done, the loss, the pace, how long it `goes_on`, what is odd."""
        found = []
        if self.main is not None and self.turns:
            value = self.main.curve.value
            finite = value[np.isfinite(value)]
            best = f", best {rounded(finite.max() if self.main.high else finite.min())}" if finite.size else ""
            found = [counted(self.turns, self.main.noun), f"{self.main.label} last {rounded(value[-1])}{best}"]
        if math.isfinite(self.meta_validation):
            found.append(f"meta-validation {rounded(self.meta_validation)}")
        if math.isfinite(self.pace):
            left = f", {duration(self.seconds_left)} left" if goes_on and math.isfinite(self.seconds_left) else ""
            found.append(f"{self.pace:.3g} a minute{left}")
        return [*found, counted(self.diagnostics, "diagnostic")] if self.diagnostics else found


def _without_steps(run: Run) -> Run:
    """Drop the rows that no curve is made of: a long log is watched in little memory."""
    if is_nested(run.format):
        for name in ("steps", "validations") if has_meta_level(run) else ("steps",):
            run.records[name] = select_rows(run.records[name], slice(-1, None))
    return run

"""Where a run is while it goes on, from the updates of its log."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from metalog.columns import Array
from metalog.formats.template import MISSING
from metalog.runs.frames import is_nested
from metalog.runs.series import series_of
from metalog.runs.table import tables
from metalog.runs.words import counted, rounded

if TYPE_CHECKING:
    from metalog.reading.follow import Update
    from metalog.runs.run import Run


@dataclass(slots=True)
class Live:
    """Adds up the updates of a log that is followed; a log that begins anew is counted anew."""

    name: str
    generation: int = 1
    turns: int = 0
    losses: list[float] = field(default_factory=list)
    place: str = "no record yet"
    outermost: int = MISSING
    diagnostics: Counter[str] = field(default_factory=Counter)
    measured: str = ""
    counted: str = "meta-step"

    def add(self, update: Update) -> bool:
        """Take an update; tell whether a meta-step was completed, of another format a turn of its outermost level."""
        if update.generation != self.generation:
            fresh = Live(self.name, update.generation)
            for name in self.__slots__:
                setattr(self, name, getattr(fresh, name))
        rows = update.rows
        self.diagnostics.update(rows.diagnostics["code"])
        return self._add_meta_steps(rows) if is_nested(rows.format) else self._add_rows(rows)

    def _add_meta_steps(self, rows: Run) -> bool:
        losses = rows.meta_steps["validation_loss"].tolist()
        self.measured = "meta-train loss"
        self.losses += losses
        self.turns += len(losses)
        records = rows.records["steps"] if len(rows.records["steps"]["line"]) else rows.records["validations"]
        if len(records["line"]):
            self._place([(level, records[level]) for level in ("meta_epoch", "meta_step", "problem", "epoch")])
        return bool(losses)

    def _add_rows(self, rows: Run) -> bool:
        """Take rows of a format whose frames nobody knows; the first loss that they have is told."""
        self.counted = "row"
        filled = [table for table in tables(rows, incomplete=True).values() if len(table)]
        self.turns += sum(map(len, filled))
        if not filled:
            return False
        last = max(filled, key=lambda table: int(table.line[-1]))
        self._place([(level, last.columns[level]) for level in last.levels])
        if found := [one for one in series_of(rows).series if one.better == "low"]:
            known = {one.label: one for one in found}
            self.measured = self.measured or next(iter(known))
            if self.measured in known:
                self.losses += known[self.measured].y.tolist()
        before, self.outermost = self.outermost, int(last.columns[last.levels[0]][-1]) if last.levels else MISSING
        return len(last.levels) < 2 or self.outermost != before

    def _place(self, levels: list[tuple[str, Array]]) -> None:
        known = [(name, int(numbers[-1])) for name, numbers in levels if numbers[-1] != MISSING]
        self.place = ", ".join(f"{name.replace('_', '-')} {number}" for name, number in known) or self.place

    def status(self) -> str:
        """Return one line: where the run is and how it does."""
        finite = [loss for loss in self.losses if math.isfinite(loss)]
        done = counted(self.turns, self.counted) + (" done" if self.counted == "meta-step" else "")
        loss = f", {self.measured} last {rounded(self.losses[-1])}" if self.losses else ""
        best = f", best {rounded(min(finite))}" if finite else ""
        odd = f", {self.diagnostics.total()} diagnostics" if self.diagnostics else ""
        return f"{self.name}: {self.place} ({done}{loss}{best}{odd})"

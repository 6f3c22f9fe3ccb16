"""Where a run is while it goes on, from the updates of its log."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from metalog.formats.template import MISSING
from metalog.runs.words import counted, rounded

if TYPE_CHECKING:
    from metalog.reading.follow import Update


@dataclass(slots=True)
class Live:
    """Adds up the updates of a log that is followed; a log that begins anew is counted anew."""

    name: str
    generation: int = 1
    meta_steps: int = 0
    losses: list[float] = field(default_factory=list)
    place: str = "no record yet"
    diagnostics: Counter[str] = field(default_factory=Counter)

    def add(self, update: Update) -> bool:
        """Take an update; tell whether a meta-step was completed."""
        if update.generation != self.generation:
            fresh = Live(self.name, update.generation)
            for name in self.__slots__:
                setattr(self, name, getattr(fresh, name))
        rows = update.rows
        self.diagnostics.update(rows.diagnostics["code"])
        losses = rows.meta_steps["validation_loss"].tolist()
        self.losses += losses
        self.meta_steps += len(losses)
        records = rows.records["steps"] if len(rows.records["steps"]["line"]) else rows.records["validations"]
        if len(records["line"]):
            last = [(level, int(records[level][-1])) for level in ("meta_epoch", "meta_step", "problem", "epoch")]
            self.place = ", ".join(f"{level.replace('_', '-')} {number}" for level, number in last if number != MISSING)
        return bool(losses)

    def status(self) -> str:
        """Return one line: where the run is and how it does."""
        finite = [loss for loss in self.losses if math.isfinite(loss)]
        done = f"{counted(self.meta_steps, 'meta-step')} done"
        loss = f", meta-train loss last {rounded(self.losses[-1])}" if self.losses else ""
        best = f", best {rounded(min(finite))}" if finite else ""
        odd = f", {self.diagnostics.total()} diagnostics" if self.diagnostics else ""
        return f"{self.name}: {self.place} ({done}{loss}{best}{odd})"

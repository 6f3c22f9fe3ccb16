"""What figure 7 shows of settings: their curves, their meta-validations, and the table of ``metalog compare``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metalog import stats
from metalog.plots import distributions, group_curves, group_validation
from metalog.runs.grouping import Group
from metalog.stats import group_reports
from metalog.stats.readable import Report


def table_of(groups: Sequence[Group[Any]], metric: stats.Metric) -> Report:
    """Return the table that stands below the curves."""
    return group_reports.comparison(groups, metric=metric)


def draw_curves(
    panels: Any, groups: Sequence[Group[Any]], metric: stats.Metric, smooth: Any, *, log_y: bool
) -> list[str]:
    """Draw the train curves and the meta-train curves; return their notes, each once."""
    notes: dict[str, None] = {}
    splits: tuple[stats.Split, ...] = ("train", "validation")
    for panel, split in zip(panels, splits, strict=True):
        found = group_curves.draw_meta_curves(panel, groups, split, metric, smooth, "mean", log_y=log_y)
        notes |= dict.fromkeys(found)
    return list(notes)


def draw_validations(panels: Any, groups: Sequence[Group[Any]]) -> list[str]:
    """Draw both metrics of the meta-validations; return their notes, each once."""
    notes: dict[str, None] = {}
    for panel, what in zip(panels, distributions.METRICS, strict=True):
        notes |= dict.fromkeys(group_validation.draw(panel, groups, what, "mean"))
        panel.set(xlabel="meta-step after which it ran")
    return list(notes)

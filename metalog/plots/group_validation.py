"""Meta-validations of settings: of each run the mean over its problems, of these a line and a band a setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from metalog.errors import UsageError
from metalog.plots import distributions, group_drawing, group_lines, page, panels
from metalog.plots.group_lines import GroupLine, runs_in, setting_style, texts_of
from metalog.plots.strokes import Floats
from metalog.runs.grouping import Group
from metalog.stats.seeds import Centre


def are_there(groups: Sequence[Group[Any]]) -> bool:
    """Tell whether a run of these has a meta-validation."""
    return any(map(len, map(distributions.placed, distributions.numbered_results(runs_in(groups)).values())))


def draw(ax: Any, groups: Sequence[Group[Any]], metric: str, center: Centre) -> list[str]:
    """Draw one metric of the settings' meta-validations; return its notes."""
    texts, lines = texts_of(groups), []
    for number, group in enumerate(groups):
        tables = distributions.numbered_results(group.runs)
        placed = {name: distributions.placed(table) for name, table in tables.items()}
        own = {name: _line(table, metric) for name, table in placed.items() if len(table)}
        if own:
            style = setting_style(number, marked=True)
            lines.append(GroupLine.of(texts[group.label], group, own, center, style=style, whole=False))
    group_drawing.draw(ax, lines, group_lines.bounds_of(metric))
    distributions.label_axes(ax, np.unique(np.concatenate([line.places for line in lines])), metric)
    return ["Meta-validation: of each run the mean over its problems", *group_lines.notes(lines, center)]


def _line(table: Any, metric: str) -> tuple[Floats, Floats]:
    """Return the means of a run's meta-validations; of one that a resumed run repeats, the later."""
    latest = table[table["segment"] == table.groupby("x")["segment"].transform("max")]
    by_place = latest.groupby("x")[metric].apply(lambda values: values.to_numpy(np.float64).mean())
    return by_place.index.to_numpy(np.float64), by_place.to_numpy(np.float64)


def meta_validation(groups: Sequence[Group[Any]], metric: Any, center: Centre, *, ax: Any) -> Figure:
    """Draw figure 6 of settings.

    Raises
    ------
    UsageError
        If no run has a meta-validation.
    """
    if not are_there(groups):
        raise UsageError(f"{' and '.join(runs_in(groups))} logged no meta-validation")
    own = ax is None
    metrics = list(distributions.METRICS) if own and metric is None else [metric or "loss"]
    axes = panels.below_each_other(len(metrics), 1.6) if own else [ax]
    notes: dict[str, None] = {}
    for panel, what in zip(axes, metrics, strict=True):
        notes |= dict.fromkeys(draw(panel, groups, what, center))
    axes[-1].set(xlabel="meta-step after which it ran")
    whose = group_lines.whose(groups)
    page.finish(axes, page.headline(whose, "meta-validation"), list(notes), own=own, legend=axes[0])
    return page.figure_of(axes[0])

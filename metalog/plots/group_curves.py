"""Curves of settings: figures 4, 5 and 7 with a line and a band each, and the columns of any format likewise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from metalog import stats
from metalog.errors import UsageError
from metalog.plots import columns, curve_lines, group_drawing, group_lines, names, page, panels
from metalog.plots.group_lines import GroupLine, SettingsLegend, runs_in, setting_style, texts_of
from metalog.plots.strokes import Floats
from metalog.plots.style import LINE_STYLES
from metalog.runs.grouping import Group
from metalog.stats.curves import axis_places, counts
from metalog.stats.seeds import Centre


def meta_lines(
    groups: Sequence[Group[Any]], split: stats.Split, metric: stats.Metric, smoothing: Any, center: Centre
) -> list[GroupLine]:
    """Return a line for each setting: of each run the meta-steps that count, smoothed, and their centre."""
    texts = texts_of(groups)
    return [
        GroupLine.of(
            texts[group.label],
            group,
            {name: _meta_line(run, split, metric, smoothing) for name, run in group.runs.items()},
            center,
            style=setting_style(number, marked=True),
        )
        for number, group in enumerate(groups)
    ]


def _meta_line(run: Any, split: stats.Split, metric: stats.Metric, smoothing: Any) -> tuple[Floats, Floats]:
    everything = run.meta_steps
    places = axis_places(everything)[0]
    kept = everything["complete"].to_numpy(dtype=np.bool_) & counts(everything) & ~np.isnan(places)
    values = everything[f"{split}_{metric}"].to_numpy(np.float64)[kept]
    return places[kept], smoothing(values) if smoothing else values


def only_smoothing(smoothings: Sequence[stats.Smoothing], *, chosen: bool) -> stats.Smoothing | None:
    """Return the one smoothing of the lines of settings, None for none.

    Raises
    ------
    UsageError
        If the user chose several.
    """
    if chosen and len(smoothings) > 1:
        raise UsageError("a setting has one line: give one smoothing (--each draws several for each run)")
    return smoothings[0] if smoothings else None


def draw_meta_curves(
    ax: Any,
    groups: Sequence[Group[Any]],
    split: stats.Split,
    metric: stats.Metric,
    smooth: curve_lines.Smoothings,
    center: Centre,
    *,
    log_y: bool,
) -> list[str]:
    """Draw one panel of settings; return its notes."""
    runs = runs_in(groups)
    curves = curve_lines.meta_curves(runs, split, metric, {name: name for name in runs})
    found = curve_lines.chosen_smoothings(smooth, curves.window)
    smoothing = only_smoothing(found, chosen=smooth is not None)
    lines = meta_lines(groups, split, metric, smoothing, center)
    ax.set_yscale("log" if log_y else "linear")
    group_drawing.draw(ax, lines, group_lines.bounds_of(metric))
    curve_lines.label_axes(ax, curves, split, metric)
    told = curve_lines.describe(smoothing) if smoothing else ""
    return [*curve_lines.notes(curves, []), *group_lines.notes(lines, center, told)]


def meta_curve(
    groups: Sequence[Group[Any]],
    split: stats.Split,
    metric: stats.Metric,
    smooth: curve_lines.Smoothings,
    center: Centre,
    *,
    log_y: bool,
    ax: Any,
) -> Figure:
    """Draw figure 4 or 5 of settings."""
    own = ax is None
    ax = page.axes_on(ax, 7.2, 4.2)
    notes = draw_meta_curves(ax, groups, split, metric, smooth, center, log_y=log_y)
    what = f"{split} {metric} at {curve_lines.PHASES[split]}, by meta-step"
    page.finish([ax], page.headline(group_lines.whose(groups), what), notes, own=own, legend=ax)
    return page.figure_of(ax)


def column_curves(
    groups: Sequence[Group[Any]],
    wanted: Mapping[str, Any],
    metric: stats.Metric | None,
    smooth: curve_lines.Smoothings,
    center: Centre,
    *,
    log_y: bool,
    ax: Any,
) -> Figure:
    """Draw columns of any frames, a line a setting and column, in panels as :mod:`metalog.plots.columns` does."""
    runs = {name: run.last_state() for name, run in runs_in(groups).items()}
    found = columns.panels_of(runs, metric, **wanted)
    axes = panels.axes_for(found, ax)
    smoothing = only_smoothing(columns.smoothings_of(smooth, found), chosen=smooth is not None)
    lines: list[GroupLine] = []
    for own, panel in zip(axes, found.panels, strict=True):
        own.set_yscale("log" if log_y else "linear")
        drawn = _panel_lines(groups, panel, smoothing, center, whole=found.whole)
        group_drawing.draw(own, drawn)
        columns.label_values(own, panel)
        lines += drawn
    panels.label_axis(axes[-1], found)
    told = curve_lines.describe(smoothing) if smoothing else ""
    notes = [*columns.notes(found, []), *group_lines.notes(lines, center, told)]
    title = page.headline(group_lines.whose(groups), panels.what_is_drawn(found))
    page.finish(axes, title, notes, own=ax is None, legend=SettingsLegend(axes, lines))
    return page.figure_of(axes[0])


def _panel_lines(
    groups: Sequence[Group[Any]], panel: columns.Panel, smoothing: Any, center: Centre, *, whole: bool
) -> list[GroupLine]:
    """Return the lines of a panel: colours tell settings apart, kinds of line the series."""
    texts, labels = texts_of(groups), list(dict.fromkeys(one.series.label for one in panel.drawn))
    lines = []
    for number, group in enumerate(groups):
        for place, label in enumerate(labels):
            of_series = [one for one in panel.drawn if one.series.label == label and one.run in group.runs]
            own = {one.run: _line(one, smoothing) for one in of_series}
            if not own:
                continue
            told = [texts[group.label]] if len(groups) > 1 or len(labels) == 1 else []
            told += [label] if len(labels) > 1 else []
            style = {
                **setting_style(number, marked=True),
                **({"linestyle": LINE_STYLES[place % 4]} if len(labels) > 1 else {}),
            }
            whole_steps = whole and all(bool((np.diff(x) == 1).all()) for x, _ in own.values())
            line = GroupLine.of(": ".join(told), group, own, center, style=style, whole=whole_steps)
            setting = texts[group.label] if len(groups) > 1 else ""
            lines.append(replace(line, setting=setting, series=label if len(labels) > 1 else ""))
    return lines


def _line(one: columns.Drawn, smoothing: Any) -> tuple[Floats, Floats]:
    x, y = one.series.x, one.series.y
    known = ~np.isnan(x)
    x, y = x[known], y[known]
    if (np.diff(x) < 0).any():
        raise UsageError(
            f"{names.one_line(one.run)} goes back and forth on {one.series.axis}, so that no mean over seeds can be "
            "taken along it; --each (in Python the RunSet) draws the runs one by one"
        )
    return x, smoothing(y) if smoothing and len(y) > columns.LONG else y

"""Columns of frames of any format as panels of lines: one panel for what has the same direction and size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from metalog import stats
from metalog.curves.smoothing import as_smoothing, usual_smoothing
from metalog.errors import UsageError
from metalog.plots import names
from metalog.plots.curve_lines import describe
from metalog.plots.inputs import called
from metalog.plots.strokes import Floats, Mask, mark, placeable, plot
from metalog.plots.style import LINE_STYLES, faint, line_style, split_colour
from metalog.plots.thinning import thinned
from metalog.runs.series import Series, series_of, with_labels
from metalog.runs.words import counted

#: Series whose usual sizes differ by more than this factor get panels of their own.
_SAME_SIZE: Final = 12
_MOST_PANELS: Final = 6
#: Longer lines are smoothed if the user doesn't choose.
LONG: Final = 300
#: A line has a gap where two points are so many times as far apart as usual.
_GAP: Final = 5
#: If more of the moves go back, x is no axis that the run goes along, and points are drawn.
_MOST_FALLS: Final = 0.2
_FEW_POINTS: Final = 40
#: Characters of the label of an axis that names its columns.
_LONGEST_LABEL: Final = 30


#: A series and the name of its run.
_OfRun = tuple[str, Series]


@dataclass(frozen=True)
class Drawn:
    """One series of one run, and how it is drawn; `label` is empty where another line's stands for it."""

    run: str
    series: Series
    label: str
    style: Mapping[str, Any]


@dataclass
class Panel:
    """Series of the same direction and about the same size."""

    drawn: list[Drawn] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """The columns in it."""
        return list(dict.fromkeys(one.series.column for one in self.drawn))


@dataclass(frozen=True)
class Panels:
    """All panels, what their common axis is, and what must be said of them."""

    panels: tuple[Panel, ...]
    axis: str
    notes: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether the axis holds whole numbers alone."""
        places = (one.series.x[np.isfinite(one.series.x)] for panel in self.panels for one in panel.drawn)
        return all(bool((x == np.round(x)).all()) for x in places)


def panels_of(runs: Mapping[str, Any], metric: str | None, **wanted: Any) -> Panels:
    """Return the panels of runs; `wanted` as for :func:`metalog.runs.series.series_of`.

    Raises
    ------
    UsageError
        If a run has no such series.
    """
    found = {name: series_of(run, **wanted) for name, run in runs.items()}
    labelled = with_labels([own.series for own in found.values()])
    direction = {"loss": "low", "accuracy": "high", None: None}[metric]
    all_series = [(name, one) for name, own in zip(found, labelled, strict=True) for one in own]
    series = [(name, one) for name, one in all_series if direction is None or one.better == direction]
    if not series:
        raise UsageError(
            f"{' and '.join(runs)} logged no {metric}, as far as names of columns tell; --y names a column"
        )
    notes = list(dict.fromkeys(note for own in found.values() for note in own.notes))
    axes = list(dict.fromkeys(one.axis for _, one in series))
    if len(axes) > 1:
        notes.append("The runs count differently; each is drawn by its own numbers")
    groups = _grouped(series)
    if left_out := dict.fromkeys(one.label for group in groups[_MOST_PANELS:] for _, one in group):
        notes.append(f"Not drawn: {', '.join(left_out)}; y names columns")
    alone = len({one.label for _, one in series}) == 1
    panels = tuple(Panel(_styled(called(runs), group, alone=alone)) for group in groups[:_MOST_PANELS])
    return Panels(panels, " / ".join(axes), tuple(notes))


def _grouped(series: Sequence[_OfRun]) -> list[list[_OfRun]]:
    """Put series together that one scale can show."""
    groups: list[list[_OfRun]] = []
    for name, one in series:
        group = next((group for group in groups if _fits(one, group[0][1])), None)
        if group is None:
            groups.append(group := [])
        group.append((name, one))
    return sorted(groups, key=lambda group: ("low", "high", "").index(group[0][1].better))


def _fits(one: Series, other: Series) -> bool:
    if one.column == other.column:
        return True
    sizes = sorted((one.magnitude, other.magnitude))
    return bool(one.better) and one.better == other.better and (not sizes[0] or sizes[1] <= _SAME_SIZE * sizes[0])


def _styled(runs: Mapping[str, str], series: Sequence[_OfRun], *, alone: bool) -> list[Drawn]:
    """Give each series of a panel its style and label: colours tell the series of one run apart, or else the runs.

    `runs`: what each run is called. `alone`: the runs have one series, so that a run's name tells it.
    """
    labels = list(dict.fromkeys(one.label for _, one in series))
    if len(runs) == 1:
        colours = _colours({one.label: one for _, one in series})
        return [Drawn(name, one, names.label(one.label), colours[one.label]) for name, one in series]
    texts = dict(zip(runs, names.distinct(list(runs.values())), strict=True))
    drawn = []
    for name, one in series:
        style = line_style(list(runs).index(name), len(one.y))
        if len(labels) > 1:  # then dashes tell the series apart, and markers the runs
            style["linestyle"] = LINE_STYLES[labels.index(one.label) % len(LINE_STYLES)]
        label = f"{texts[name]}: {one.label}" if not alone else texts[name]
        drawn.append(Drawn(name, one, names.label(label), style))
    return drawn


def _colours(series: Mapping[str, Series]) -> dict[str, dict[str, Any]]:
    """Return a style for each label of a panel: training and validation have theirs, one series each.

    Where one is validation and none says that it is training, the first of the others is taken for that.
    """
    found: dict[str, str] = {}
    for split in ("validation", "train"):
        own = [label for label, one in series.items() if one.split == split]
        own += [label for label, one in series.items() if split == "train" and not one.split]
        found |= {label: split_colour(split) for label in own[:1]}
    rest = (line_style(2 + place, len(one.y)) for place, one in enumerate(series.values()))
    return {label: {"color": found[label], "linestyle": "-"} if label in found else next(rest) for label in series}


def smoothings_of(smooth: Any, panels: Panels) -> list[stats.Smoothing]:
    """Return the smoothings asked for; by default one if there are long lines."""
    if smooth is None:
        longest = max(len(one.series.y) for panel in panels.panels for one in panel.drawn)
        smooth = usual_smoothing(longest) if longest > LONG else ()
    given = smooth if isinstance(smooth, Sequence) and not isinstance(smooth, str) else [smooth]
    return [smoothing for smoothing in map(as_smoothing, given) if smoothing.kind != "none"]


def draw(ax: Any, panel: Panel, smoothings: Sequence[stats.Smoothing], *, chosen: bool, log_y: bool) -> None:
    """Draw one panel; no legend. `chosen`: the smoothings are the user's, so that short lines are smoothed too."""
    ax.set_yscale("log" if log_y else "linear")
    for one in panel.drawn:
        smooth = smoothings if chosen or len(one.series.y) > LONG else ()
        for turn, segment in enumerate(np.unique(one.series.segment)):
            rows = one.series.segment == segment
            label = one.label if turn == 0 else ""
            _draw_line(ax, one.series.x[rows], one.series.y[rows], smooth, {**one.style, "label": label})
    x, y = (np.concatenate([getattr(one.series, axis) for one in panel.drawn]) for axis in ("x", "y"))
    mark(ax, x[~np.isnan(x)], y[~np.isnan(x)])
    label_values(ax, panel)


def label_values(ax: Any, panel: Panel) -> None:
    """Say what the values of a panel are."""
    told = names.one_line(", ".join(panel.columns))
    several = {"low": "losses", "high": "accuracies"}.get(panel.drawn[0].series.better, "values")
    short = len(told) <= _LONGEST_LABEL or len(panel.columns) == 1
    ax.set(ylabel=names.literal(names.shortened(told)) if short else several)


def _draw_line(ax: Any, x: Floats, y: Floats, smoothings: Sequence[stats.Smoothing], style: dict[str, Any]) -> None:
    known = ~np.isnan(x)
    x, y = x[known], y[known]
    follows, falls = _follows(x)
    if falls:
        drawn = placeable(y, log=ax.get_yscale() == "log")
        ax.plot(x, drawn, **{**style, "linestyle": "none", "marker": ".", "markersize": 3})
        return
    points: dict[str, Any] = {"marker": "o", "markersize": 3} if len(x) <= _FEW_POINTS else {}
    raw: dict[str, Any] = {**faint(style), "linewidth": 0.6, "label": ""}
    if not smoothings:
        raw = {"linewidth": 1.2, **style, **(points if not style.get("marker") else {})}
    plot(ax, *thinned(x, y, follows), **raw)
    for place, smoothing in enumerate(smoothings):
        last = place == len(smoothings) - 1
        weight: dict[str, Any] = {"linewidth": 1.8 if last else 1.0, "zorder": 3}
        plot(ax, *thinned(x, smoothing(y), follows), **{**style, **weight, "label": style["label"] if last else ""})


def _follows(x: Floats) -> tuple[Mask, bool]:
    """Return whether each point is joined with the one before, shape (n,); and whether x goes back too often."""
    moves = np.diff(x)
    forward = moves[moves > 0]
    usual = float(np.median(forward)) if forward.size else 0.0
    follows = np.append(False, (moves >= 0) & (moves <= _GAP * usual)) if len(x) else np.zeros(0, np.bool_)
    return follows, bool(moves.size) and bool((moves < 0).mean() > _MOST_FALLS)


def notes(panels: Panels, smoothings: Sequence[stats.Smoothing]) -> list[str]:
    """Say what a reader must know of the lines beyond their legend."""
    remarks = list(panels.notes)
    drawn = [one for panel in panels.panels for one in panel.drawn]
    if lost := sum(int(np.isnan(one.series.x).sum()) for one in drawn):
        remarks.append(f"Not drawn: {counted(lost, 'value')} whose number is lost")
    runs = {one.run for one in drawn if len(np.unique(one.series.segment)) > 1}
    if runs:
        whose = f" in {', '.join(sorted(runs))}" if len({one.run for one in drawn}) > 1 else ""
        remarks.append(f"Lines begin anew where the log starts over{whose}")
    if smoothings:
        remarks.append(f"Raw lines are faint; strong: {', '.join(map(describe, smoothings))}")
    return remarks


class JointLegend:
    """The entries of the panels' Axes as one legend, each text once; a series that is alone in its panel has none."""

    def __init__(self, axes: Sequence[Any], panels: Panels) -> None:
        self._axes = axes
        of_one_run = len({one.run for panel in panels.panels for one in panel.drawn}) == 1
        alone = (panel.drawn[0].label for panel in panels.panels if of_one_run and len(panel.drawn) == 1)
        self._needless = frozenset(alone)

    def get_legend_handles_labels(self) -> tuple[list[Any], list[str]]:
        """Return handles and labels, as Axes do."""
        entries: dict[str, Any] = {}
        for ax in self._axes:
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
                if label not in self._needless:
                    entries.setdefault(label, handle)
        return list(entries.values()), list(entries)

"""The lines of figures 4, 5 and 7: one value a meta-step, raw and smoothed, a line for each run and each segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from metalog import stats
from metalog.curves.counted import PLACE_IN_LOG, common_window
from metalog.curves.smoothing import as_smoothing
from metalog.plots import names
from metalog.plots.inputs import is_plain, rows_of, without_meta_steps
from metalog.plots.strokes import Floats, Mask, mark, plot
from metalog.plots.style import faint, line_style, palette, split_colour
from metalog.runs.words import counted
from metalog.stats.curves import axis_places, counts

#: When a value of a split was measured.
PHASES: Final = {"train": "the last inner step", "validation": "the last epoch"}
_FEW_POINTS: Final = 40
_MOST_NAMED_META_EPOCHS: Final = 8

Smoothings = Sequence[stats.Smoothing | str] | stats.Smoothing | str | None


@dataclass(frozen=True)
class Line:
    """One line: x is the meta-step counted through, shape (n,); `number` chooses its style; `follows` as in strokes."""

    number: int
    label: str
    x: Floats
    y: Floats
    follows: Mask


@dataclass(frozen=True)
class MetaCurves:
    """All that one panel holds.

    Attributes
    ----------
    lines
        At least one.
    rows
        The meta-steps that are drawn: columns of :func:`metalog.stats.meta_curve`, and ``place``.
    incomplete, unplaced
        How many meta-steps are left out: those that can't be compared, and those whose number is lost.
    axes
        What the places of the runs are (:func:`metalog.stats.curves.axis_places`).
    of_one_run
        Whether the lines are the segments of one run.
    window
        Over how many meta-steps means are taken where the user doesn't say, as in the tables of these runs.
    """

    lines: list[Line]
    rows: pd.DataFrame
    incomplete: int
    unplaced: int
    axes: frozenset[str]
    of_one_run: bool
    window: int


def meta_curves(
    runs: Mapping[str, Any], split: stats.Split, metric: stats.Metric, labels: Mapping[str, str]
) -> MetaCurves:
    """Return a line for each segment of each run, in the run's style, or in one of its own if there is one run."""
    lines: list[Line] = []
    drawn: list[pd.DataFrame] = []
    axes: set[str] = set()
    lengths: list[int] = []
    incomplete = unplaced = 0
    texts = dict(zip(runs, names.distinct([labels[name] for name in runs]), strict=True))
    for number, (name, run) in enumerate(runs.items()):
        everything = rows_of(run, "meta_steps", "problems", "complete")
        rows = stats.meta_curve(everything, split=split, metric=metric, incomplete=True)
        places, axis = axis_places(everything)
        rows = rows.assign(place=places)
        incomplete += int((~rows["complete"]).sum())
        unplaced += int((rows["complete"] & rows["place"].isna()).sum())
        rows = rows[rows["complete"] & rows["place"].notna()]
        if not len(rows) or is_plain(everything):
            raise without_meta_steps(name, everything)
        lengths.append(int((everything["complete"].to_numpy(dtype=np.bool_) & counts(everything)).sum()))
        drawn.append(rows)
        axes.add(axis)
        last = len(rows["segment"].unique()) - 1
        for turn, (segment, part) in enumerate(rows.groupby("segment")):
            if len(runs) == 1:
                lines.append(_line(turn, f"segment {segment}" if last else "", part))
            else:
                lines.append(_line(number, names.label(texts[name]) if turn == last else "", part))
    window = common_window(lengths)
    return MetaCurves(lines, pd.concat(drawn), incomplete, unplaced, frozenset(axes), len(runs) == 1, window)


def _line(number: int, label: str, rows: pd.DataFrame) -> Line:
    x = rows["place"].to_numpy()
    return Line(number, label, x, rows["value"].to_numpy(), np.diff(x, prepend=-np.inf) == 1)


def chosen_smoothings(smooth: Smoothings, window: int) -> list[stats.Smoothing]:
    """Return the smoothings asked for, or the centred mean over a window, if it is longer than 1."""
    if smooth is None:
        return [stats.Smoothing("centred", window)] if window > 1 else []
    given = smooth if isinstance(smooth, Sequence) and not isinstance(smooth, str) else [smooth]
    return [smoothing for smoothing in map(as_smoothing, given) if smoothing.kind != "none"]


def notes(curves: MetaCurves, smoothings: Sequence[stats.Smoothing]) -> list[str]:
    """Say what a reader must know of the lines beyond their legend."""
    remarks = [f"Left out: {counted(curves.incomplete, 'incomplete meta-step')}"] if curves.incomplete else []
    if curves.unplaced:
        remarks.append(f"Not drawn: {counted(curves.unplaced, 'meta-step')} whose number is lost or damaged")
    remarks += [f"Meta-steps are counted by their {axis}" for axis in sorted(filter(None, curves.axes))]
    if len(curves.lines) > 1 and smoothings:
        remarks.append(f"Raw lines are faint; strong: {', '.join(map(describe, smoothings))}")
    return remarks


def describe(smoothing: stats.Smoothing) -> str:
    """Say what a smoothing does in the words of a legend."""
    amount = f"{smoothing.amount:g}"
    words = {"centred": f"centred mean of {amount}", "mean": f"trailing mean of {amount}"}
    words |= {"ema": f"exponential mean, weight {amount}", "gauss": f"Gaussian mean, σ = {amount}"}
    return words[smoothing.kind]


def draw(
    ax: Any, curves: MetaCurves, smoothings: Sequence[stats.Smoothing], split: str, metric: str, *, log_y: bool
) -> None:
    """Draw lines, marks and labels on `ax`; no legend."""
    ax.set_yscale("log" if log_y else "linear")
    if len(curves.lines) == 1:
        _draw_one(ax, curves.lines[0], smoothings, split_colour(split))
    else:
        _draw_many(ax, curves.lines, smoothings)
    x, y = (np.concatenate([getattr(line, axis) for line in curves.lines]) for axis in ("x", "y"))
    mark(ax, x, y)
    label_axes(ax, curves, split, metric)
    if curves.of_one_run:
        _name_meta_epochs(ax, curves.rows)


def _draw_one(ax: Any, line: Line, smoothings: Sequence[stats.Smoothing], colour: str) -> None:
    points = {"marker": "o", "markersize": 3} if len(line.x) <= _FEW_POINTS else {}
    behind = faint({"color": colour}) if smoothings else {"color": colour}
    label = f"raw ({counted(len(line.x), 'meta-step')})"
    plot(ax, line.x, line.y, line.follows, linewidth=0.8, label=label, **behind, **points)
    further = palette()[2:] or [colour]  # the first two stand for the splits
    for place, smoothing in enumerate(smoothings):
        its_own = further[(place - 1) % len(further)] if place else colour
        style = {"color": its_own, "linewidth": 1.6 + 0.4 * place, "label": describe(smoothing)}
        plot(ax, line.x, smoothing(line.y), line.follows, **style)


def _draw_many(ax: Any, lines: Sequence[Line], smoothings: Sequence[stats.Smoothing]) -> None:
    for line in lines:
        style = line_style(line.number, len(line.x))
        behind = faint(style)
        behind |= {"linewidth": 0.6, "alpha": behind["alpha"] / 2}
        raw = behind if smoothings else {**style, "linewidth": 1, "label": line.label}
        plot(ax, line.x, line.y, line.follows, **raw)
        for place, smoothing in enumerate(smoothings):
            last = place == len(smoothings) - 1
            weight = {"linewidth": 1.8 if last else 1.0, "label": line.label if last else "", "zorder": 3}
            plot(ax, line.x, smoothing(line.y), line.follows, **weight, **style)


def label_axes(ax: Any, curves: MetaCurves, split: str, metric: str) -> None:
    """Say what the axes of a panel are."""
    rows = curves.rows
    problems = rows["problems"].unique()
    over = counted(int(problems[0]), "problem") if len(problems) == 1 else "the problems"
    unit = " (fraction)" if metric == "accuracy" else ""
    through = ", counted through the meta-epochs" if len(rows["meta_epoch"].unique()) > 1 else ""
    ax.set(
        xlabel="place in the log" if curves.axes == {PLACE_IN_LOG} else f"meta-step{through}",
        ylabel=f"{split} {metric}{unit},\nmean over {over}",
    )
    ax.xaxis.get_major_locator().set_params(integer=True)


def _name_meta_epochs(ax: Any, rows: pd.DataFrame) -> None:
    starts = rows.groupby("meta_epoch")["place"].min()
    for number, start in starts.items() if 1 < len(starts) <= _MOST_NAMED_META_EPOCHS else ():
        ax.axvline(start, color="0.6", linewidth=0.8, linestyle=":", zorder=1)
        name = f"meta-epoch {number}"
        ax.annotate(name, (start, 1), (2, -2), ("data", "axes fraction"), "offset points", va="top", fontsize=7)

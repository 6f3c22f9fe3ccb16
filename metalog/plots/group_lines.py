"""Settings as lines: the centre over the seeds, its band, and the runs faintly behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from metalog.errors import UsageError
from metalog.plots import looks, names
from metalog.plots.strokes import MOST, Floats, Mask, mark, placeable, plot
from metalog.plots.style import line_style
from metalog.plots.thinning import thinned
from metalog.runs.configs import SEED, settings
from metalog.runs.grouping import Group, Groups
from metalog.runs.words import counted
from metalog.stats.bands import Band, Line
from metalog.stats.group_reports import baseline_of
from metalog.stats.seeds import FEW, FEWEST, Centre

_BAND_ALPHA: Final = 0.2
_RUN: Final[dict[str, Any]] = {"linewidth": 0.5, "zorder": 1.5}
#: How visible a run is, the less the more there are.
_RUN_ALPHA, _ALPHA_OF_ALL = 0.3, 4.0
_FEW_POINTS: Final = 40
#: What a centre is called in small print.
CENTRES: Final = {"mean": "Mean", "median": "Median", "iqm": "Interquartile mean"}


def groups_of(data: Any) -> list[Group[Any]] | None:
    """Return the groups in what a user passes, or None if it is no groups: a Run, a RunSet, a frame.

    Groups are what ``RunSet.groups`` returns, a list of :class:`Group`, or a dict of label -> runs by name.
    """
    if isinstance(data, Groups):
        return [group for group in data.told if group.label in data]
    if isinstance(data, list | tuple) and data and all(isinstance(one, Group) for one in data):
        return list(data)
    if isinstance(data, dict) and data and all(isinstance(runs, Mapping) for runs in data.values()):
        return [_group(label, dict(runs)) for label, runs in data.items()]
    return None


def settings_of(data: Any) -> list[Group[Any]]:
    """Return the groups in `data`; a RunSet is grouped as ``RunSet.groups`` does by default.

    Raises
    ------
    UsageError
        If it is neither groups nor a RunSet.
    """
    found = groups_of(data.groups() if hasattr(data, "groups") else data)
    if found is None:
        raise UsageError(f"this figure shows settings: it takes runs.groups() of a RunSet, not a {type(data).__name__}")
    return found


def with_baseline(
    data: Any, baseline: str | None, what: str
) -> tuple[list[Group[Any]], Group[Any], list[tuple[int, Group[Any]]]]:
    """Return the settings in `data`, the one called `baseline`, and the others with their places among all.

    Raises
    ------
    UsageError
        If there is no setting beside it, which `what` needs, or none of that name.
    """
    groups = settings_of(data)
    other = baseline_of(groups, baseline)
    if len(groups) < 2:
        raise UsageError(f"{what} needs two settings or more; these runs are repetitions of one")
    return groups, other, [(place, group) for place, group in enumerate(groups) if group is not other]


def _group(label: str, runs: dict[str, Any]) -> Group[Any]:
    return Group(str(label), runs, {}, tuple(settings(name, run).get(SEED, name) for name, run in runs.items()))


def runs_in(groups: Sequence[Group[Any]]) -> dict[str, Any]:
    """Return all runs of groups by name."""
    return {name: run for group in groups for name, run in group.runs.items()}


def texts_of(groups: Sequence[Group[Any]]) -> dict[str, str]:
    """Return what a figure calls each group, by its label."""
    labels = [group.label for group in groups]
    return dict(zip(labels, names.distinct(labels), strict=True))


def whose(groups: Sequence[Group[Any]]) -> str:
    """Return the name of a single setting for a title, if its settings tell one."""
    return groups[0].label if len(groups) == 1 and groups[0].label not in groups[0].runs else ""


def setting_style(number: int) -> dict[str, Any]:
    """Return colour and kind of line of the setting `number`, from 0; in print the kind differs too."""
    style = line_style(number)
    kind = looks.DASHES[number % len(looks.DASHES)] if looks.current().grey else style["linestyle"]
    return {"color": style["color"], "linestyle": kind}


@dataclass(frozen=True)
class GroupLine:
    """One line of a setting.

    Attributes
    ----------
    label
        Its words in the legend.
    runs
        The lines of the seeds, as smoothed as the centre is.
    band
        What :class:`metalog.stats.bands.Band` makes of them.
    style
        Colour and kind of line.
    whole
        Whether places are whole numbers, each of which should be there.
    setting, series
        What the label is made of, where a setting has several lines.
    """

    label: str
    runs: Sequence[Line]
    band: pd.DataFrame
    style: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = True
    setting: str = ""
    series: str = ""

    @classmethod
    def of(
        cls, text: str, runs: Sequence[Line], center: Centre, *, style: Mapping[str, Any], whole: bool = True
    ) -> GroupLine:
        """Return the line of a setting, called `text`, from those of its seeds."""
        try:
            band = Band(center)(runs)
        except UsageError as error:
            raise UsageError(f"{text}: {error}; --each (in Python the RunSet) draws the runs one by one") from None
        return cls(names.label(f"{text}, n = {len(runs)}"), runs, band, style, whole)

    @property
    def drops(self) -> pd.DataFrame:
        """The rows of the band from which on fewer seeds are left."""
        seeds = self.band["seeds"].to_numpy()
        later = np.append(np.maximum.accumulate(seeds[::-1])[::-1][1:], 0)
        fewer = np.append(False, np.diff(seeds) < 0) & (later <= seeds)
        return self.band[fewer]


def bounds_of(metric: str | None) -> tuple[float, float]:
    """Return between which values a band has a meaning: an accuracy is a fraction."""
    return (0.0, 1.0) if metric == "accuracy" else (-np.inf, np.inf)


def draw(ax: Any, lines: Sequence[GroupLine], bounds: tuple[float, float] = (-np.inf, np.inf)) -> None:
    """Draw settings on `ax`, whose scale is set; no legend. Bands end at the `bounds` of what the values can be."""
    for line in lines:
        _draw_line(ax, line, bounds)
    everything = [line.band for line in lines]
    x, value = (np.concatenate([band[name].to_numpy(np.float64) for band in everything]) for name in ("x", "value"))
    mark(ax, x, value)


def _draw_line(ax: Any, line: GroupLine, bounds: tuple[float, float]) -> None:
    if len(line.runs) > 1:
        faint = {**line.style, **_RUN, "linestyle": "-", "alpha": min(_RUN_ALPHA, _ALPHA_OF_ALL / len(line.runs))}
        for x, y in line.runs:
            plot(ax, *thinned(x, y, _follows(x, whole=line.whole)), **faint)
    x, value, low, high = (line.band[name].to_numpy(np.float64) for name in ("x", "value", "low", "high"))
    follows = _follows(x, whole=line.whole)
    _draw_band(ax, x, np.clip(low, *bounds), np.clip(high, *bounds), follows, line.style["color"])
    points: dict[str, Any] = {}
    if x.size <= _FEW_POINTS:
        points = {"marker": line.style.get("marker") or "o", "markersize": 3, "markevery": 1}
    plot(
        ax, *thinned(x, value, follows), **{**line.style, **points, "linewidth": 1.8, "label": line.label, "zorder": 3}
    )
    for at, height, seeds in line.drops[["x", "value", "seeds"]].to_numpy(np.float64):
        if not abs(height) <= MOST:
            continue
        words = {"textcoords": "offset points", "fontsize": 7, "color": line.style["color"], "zorder": 4}
        ax.annotate(f"n = {seeds:.0f}", (at, height), (2, 5), annotation_clip=True, **words)


def _draw_band(ax: Any, x: Floats, low: Floats, high: Floats, follows: Mask, colour: str) -> None:
    """Draw a band where it has edges; at a place without neighbours a bar."""
    if ax.get_yscale() == "log":  # what reaches below 0 goes to the lower edge of the figure
        low = np.where(low <= 0, 1 / MOST, low)
    low, high = placeable(low), placeable(high)
    known = ~np.isnan(low) & ~np.isnan(high)
    starts = np.flatnonzero(~(follows & np.append(False, known[:-1])) | ~known)
    for rows in np.split(np.arange(x.size), starts[starts > 0]):
        if rows.size == 1 and known[rows[0]]:
            ax.vlines(x[rows], low[rows], high[rows], color=colour, alpha=2 * _BAND_ALPHA, linewidth=3, zorder=2)
        elif known[rows].any():
            ax.fill_between(x[rows], low[rows], high[rows], color=colour, alpha=_BAND_ALPHA, linewidth=0, zorder=2)


class SettingsLegend:
    """The settings by colour, each once; where they have several lines, the series by kind of line, each once."""

    def __init__(self, axes: Sequence[Any], lines: Sequence[GroupLine]) -> None:
        self._axes, self._lines = axes, lines

    def get_legend_handles_labels(self) -> tuple[list[Any], list[str]]:
        """Return handles and labels, as Axes do."""
        drawn: dict[str, Any] = {}
        for ax in self._axes:
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
                drawn.setdefault(label, handle)
        entries: dict[str, Any] = {}
        kinds: dict[Any, dict[str, None]] = {}
        for line in self._lines:
            handle = drawn.pop(line.label, None)
            if line.setting and handle is not None:
                entries.setdefault(names.label(f"{line.setting}, n = {len(line.runs)}"), handle)
            if line.series:
                kinds.setdefault(line.style["linestyle"], {})[line.series] = None
        entries |= drawn  # marks
        for kind, series in kinds.items():
            handle = Line2D([], [], color="0.3", linestyle=kind)
            entries[names.label(", ".join(series))] = handle
        return list(entries.values()), list(entries)


def _follows(x: Floats, *, whole: bool) -> Mask:
    """Return whether each point is joined with the one before."""
    if whole:
        return np.asarray(np.diff(x, prepend=-np.inf) == 1)
    moves = np.diff(x)
    usual = float(np.median(moves[moves > 0])) if (moves > 0).any() else 0.0
    return np.append(False, (moves >= 0) & (moves <= 5 * usual)) if x.size else np.zeros(0, np.bool_)


def notes(lines: Sequence[GroupLine], center: Centre, smoothed: str = "") -> list[str]:
    """Say what line and band are, and where they are less than that."""
    numbers = {line.label: len(line.runs) for line in lines}
    least = min(numbers.values())
    told = counted(least, "seed") if least == max(numbers.values()) else "n seeds"
    remarks = [f"{CENTRES[center]} over {told}, band: 95 % interval of it at each place"]
    if max(numbers.values()) > 1:
        remarks.append("Faint: the runs" + (f"; all lines: {smoothed}" if smoothed else ""))
    elif smoothed:
        remarks.append(f"All lines: {smoothed}")
    few = sum(number < FEWEST for number in numbers.values())
    if few:
        remarks.append(f"Without a band: {counted(few, 'line')} of fewer than {FEWEST} seeds")
    if any(FEWEST <= number < FEW for number in numbers.values()):
        remarks.append(f"Fewer than {FEW} seeds: the interval is wide by nature")
    if any(len(line.drops) for line in lines):
        remarks.append("n falls where runs end before the others of their setting")
    gaps = any((line.band["seeds"].to_numpy()[:-1] < line.band["seeds"].to_numpy()[1:]).any() for line in lines)
    return [*remarks, "In places only some seeds have a value"] if gaps and least > 1 else remarks

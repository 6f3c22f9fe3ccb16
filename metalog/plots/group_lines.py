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
from metalog.plots.strokes import Floats
from metalog.plots.style import line_style
from metalog.runs.configs import SEED, settings
from metalog.runs.grouping import Group, Groups
from metalog.runs.words import counted
from metalog.stats.bands import Band, Line
from metalog.stats.group_reports import baseline_of
from metalog.stats.seeds import FEW, FEWEST, Centre

_MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
_NO_BAND: Final = ("x", "value", "low", "high", "seeds")
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


def setting_style(number: int, *, marked: bool = False) -> dict[str, Any]:
    """Return colour and kind of line of the setting `number`, from 0; in print the kind differs too.

    `marked`: and the marker of its places, where they are few.
    """
    style = line_style(number)
    kind = looks.DASHES[number % len(looks.DASHES)] if looks.current().grey else style["linestyle"]
    marker = {"marker": _MARKERS[number % len(_MARKERS)]} if marked else {}
    return {"color": style["color"], "linestyle": kind, **marker}


def _joined(lines: Sequence[Line]) -> Line:
    """Return lines as one, which has several values at a place: a band takes their mean."""
    x, y = (np.concatenate(own) for own in zip(*lines, strict=True))
    return x, y


@dataclass(frozen=True)
class GroupLine:
    """One line of a setting.

    Attributes
    ----------
    label
        Its words in the legend.
    runs
        The lines of the runs, as smoothed as the centre is.
    band
        What :class:`metalog.stats.bands.Band` makes of them.
    seeds
        Of how many seeds they are.
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
    seeds: int
    style: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = True
    setting: str = ""
    series: str = ""

    @classmethod
    def of(
        cls,
        text: str,
        group: Group[Any],
        runs: Mapping[str, Line],
        center: Centre,
        *,
        style: Mapping[str, Any],
        whole: bool = True,
    ) -> GroupLine:
        """Return the line of a setting, called `text`, from those of its runs; without a band if they share no place.

        Runs of one seed count as one, by their mean.
        """
        seeds = [_joined(own) for own in group.by_seed(runs)]
        try:
            band = Band(center)(seeds)
        except UsageError:  # no mean can be taken, but the runs are there to be seen
            band = pd.DataFrame({name: np.zeros(0) for name in _NO_BAND})
        return cls(names.label(f"{text}, n = {len(seeds)}"), list(runs.values()), band, len(seeds), style, whole)

    @property
    def is_apart(self) -> bool:
        """Whether the seeds have hardly a place in common, so that there are but the runs."""
        return not len(self.band) and any(x.size for x, _ in self.runs)

    @property
    def places(self) -> Floats:
        """Where there is something to draw."""
        return np.unique(np.concatenate([x for x, _ in self.runs]))

    @property
    def is_at_one_place(self) -> bool:
        """Whether it would hide others at that place, where no line leads to it."""
        return self.places.size == 1

    @property
    def drops(self) -> pd.DataFrame:
        """The rows of the band from which on fewer seeds are left."""
        if not len(self.band):
            return self.band
        seeds = self.band["seeds"].to_numpy()
        later = np.append(np.maximum.accumulate(seeds[::-1])[::-1][1:], 0)
        fewer = np.append(False, np.diff(seeds) < 0) & (later <= seeds)
        return self.band[fewer]


def bounds_of(metric: str | None) -> tuple[float, float]:
    """Return between which values a band has a meaning: an accuracy is a fraction."""
    return (0.0, 1.0) if metric == "accuracy" else (-np.inf, np.inf)


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


def notes(lines: Sequence[GroupLine], center: Centre, smoothed: str = "") -> list[str]:
    """Say what line and band are, and where they are less than that."""
    apart = [line.label.rpartition(", n = ")[0].replace(r"\$", "$") for line in lines if line.is_apart]
    told_apart = f"No mean, but the runs, where seeds have hardly a place in common: {', '.join(apart)}"
    if len(apart) == len(lines):
        return [told_apart, *([f"All lines: {smoothed}"] if smoothed else [])]
    numbers = {line.label: line.seeds for line in lines}
    least = min(numbers.values())
    told = counted(least, "seed") if least == max(numbers.values()) else "n seeds"
    remarks = [f"{CENTRES[center]} over {told}, band: 95 % interval of it at each place"]
    if max(len(line.runs) for line in lines) > 1:
        remarks.append("Faint: the runs" + (f"; all lines: {smoothed}" if smoothed else ""))
    elif smoothed:
        remarks.append(f"All lines: {smoothed}")
    if any(len(line.runs) > line.seeds for line in lines):
        remarks.append("Runs of one seed count as one, by their mean")
    few = sum(number < FEWEST for number in numbers.values())
    if few:
        remarks.append(f"Without a band: {counted(few, 'line')} of fewer than {FEWEST} seeds")
    if any(FEWEST <= number < FEW for number in numbers.values()):
        remarks.append(f"Fewer than {FEW} seeds: the interval is wide by nature")
    if any(len(line.drops) for line in lines):
        remarks.append("n falls where runs end before the others of their setting")
    if apart:
        remarks.append(told_apart)
    if sum(line.is_at_one_place for line in lines) > 1:
        remarks.append("Settings measured at one place stand beside each other")
    gaps = any((line.band["seeds"].to_numpy()[:-1] < line.band["seeds"].to_numpy()[1:]).any() for line in lines)
    return [*remarks, "In places only some seeds have a value"] if gaps and least > 1 else remarks

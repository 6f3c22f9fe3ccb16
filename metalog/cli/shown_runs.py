"""Which runs and settings the figures of a call show, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from metalog.cli.group_options import Choice
    from metalog.runs.grouping import Group
    from metalog.runs.run import Run
    from metalog.runs.run_set import RunSet

#: What says which values runs are chosen and sorted by.
_MEASURE: Final = ("split", "metric", "frame", "y")


@dataclass(frozen=True)
class Shown:
    """Runs; the same by setting if settings are drawn as lines (else empty); and for figures of settings alone."""

    runs: RunSet
    groups: list[Group[Run]]
    settings: list[Group[Run]]


def shown_runs(choice: Choice, read: RunSet, given: Mapping[str, Any]) -> Shown:
    """Return what the options of groups leave of the runs `read`, sorted and cut."""
    from metalog.runs.run_set import RunSet

    measure = {name: given[name] for name in _MEASURE if name in given}
    taken = choice.runs(read, measure)
    groups = choice.groups(taken)
    if not choice.sort and not choice.top:
        return Shown(taken, groups, choice.settings(taken))
    order = _order(choice, taken, groups, measure)
    if groups:
        groups = [groups[place] for place in order]
        runs = RunSet({name: run for group in groups for name, run in group.runs.items()}, read.failures)
        return Shown(runs, groups, groups)
    names = list(taken.runs)
    runs = RunSet({names[place]: taken.runs[names[place]] for place in order}, read.failures)
    return Shown(runs, [], choice.settings(runs))


def _order(choice: Choice, runs: RunSet, groups: list[Group[Run]], measure: Mapping[str, Any]) -> list[int]:
    if not choice.sort:
        return list(range(len(groups or runs)))[: choice.top]
    from metalog.stats import course_reports, group_reports, readable

    if groups:
        return choice.order(group_reports.summary(groups, **measure))
    if course_reports.needed(runs, measure.get("frame"), measure.get("y", ())):
        return choice.order(course_reports.summary(runs, **measure))
    return choice.order(readable.summary(runs, **measure))

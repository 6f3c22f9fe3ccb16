"""What the seeds of settings reached: the numbers behind tables and figures of settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metalog.curves.smoothing import Floats
from metalog.errors import UsageError
from metalog.runs.grouping import Group
from metalog.runs.measures import preferred
from metalog.runs.run import Run
from metalog.runs.series import series_of
from metalog.stats.course_reports import needed
from metalog.stats.curves import Metric, last_meta_validation
from metalog.stats.group_scores import much_is_good, paired_scores, scores_of_groups
from metalog.stats.seeds import Difference, Estimate, ProbabilityOfImprovement


@dataclass(frozen=True)
class Reached:
    """One number a seed: of metalog's own logs its last meta-validation, or where there is none the curve's last level.

    Attributes
    ----------
    groups
        The settings.
    what
        What the number is.
    higher
        Whether much is good.
    scores
        For each setting float64 of shape (seeds,), nan where a run has none.
    """

    groups: Sequence[Group[Run]]
    what: str
    higher: bool
    scores: Mapping[str, Floats]

    @classmethod
    def of(cls, groups: Sequence[Group[Run]], **measure: Any) -> Reached:
        """Return what settings reached; `measure` as for :func:`metalog.stats.group_reports.scores`."""
        given = {name: value for name, value in measure.items() if value not in (None, ())}
        found, table = scores_of_groups(groups, given)
        name = "meta_validation" if "meta_validation" in next(iter(found.values())) else "last"
        metric = given.get("metric", "loss")
        if "series" in table:
            what = f"last {table['series'].iloc[0]}"
        elif name == "last":
            what = f"last {given.get('split', 'validation')} {metric}"
        else:
            what = f"meta-validation {metric}"
        higher = metric == "accuracy" or much_is_good(table)
        return cls(groups, what, higher, {label: own[name] for label, own in found.items()})

    def against(self, group: Group[Run], other: Group[Run]) -> tuple[Estimate, Floats, bool]:
        """Return the difference of a setting from another, that of each seed if they are paired, and whether."""
        a, b, paired = paired_scores(group, other, self.scores)
        return Difference(paired)(a, b), a - b if paired else np.empty(0), paired

    def improvement(self, group: Group[Run], other: Group[Run]) -> Estimate:
        """Return how probable it is that a seed of a setting is better than one of another."""
        return ProbabilityOfImprovement(self.higher)(self.scores[group.label], self.scores[other.label])


@dataclass(frozen=True)
class Spread:
    """Many numbers a seed: of metalog's own logs those of the problems of the last meta-validation.

    Attributes
    ----------
    what, of
        What the numbers are, and what each is of: a problem, or a row.
    higher
        Whether much is good.
    scores
        For each setting, for each seed, float64 of any length.
    """

    what: str
    of: str
    higher: bool
    scores: Mapping[str, list[Floats]]

    @classmethod
    def of_groups(
        cls,
        groups: Sequence[Group[Run]],
        *,
        metric: Metric = "accuracy",
        frame: str | None = None,
        y: Sequence[str] = (),
    ) -> Spread:
        """Return the scores of settings.

        Raises
        ------
        UsageError
            If the runs logged no meta-validation and no column is named, or it has one value a run.
        """
        runs = {name: run for group in groups for name, run in group.runs.items()}
        if not needed(runs, frame, y):
            found = {name: _last_of(run, metric) for name, run in runs.items()}
            return cls(f"meta-validation {metric}", "problem", metric == "accuracy", _of_seeds(groups, found))
        if not y:
            raise UsageError(
                "a profile needs many values of each run: --frame and --y say which (frame=, y= in Python)"
            )
        column: tuple[str, bool] = ("", False)
        values: dict[str, Floats] = {}
        for name, run in runs.items():
            series = series_of(run.last_state(), frame=frame, y=y).series
            one = series[preferred([(each.column, each.label, each.frame) for each in series])]
            values[name] = one.y
            column = (one.label, one.better == "high")
        if max(own.size for own in values.values()) < 2:
            raise UsageError(f"{column[0]} has one value a run, of which there is no profile; --frame and --y")
        return cls(column[0], "row", column[1], _of_seeds(groups, values))


def _of_seeds(groups: Sequence[Group[Run]], found: Mapping[str, Floats]) -> dict[str, list[Floats]]:
    """Return the scores of each setting's seeds: those of all runs of a seed together."""
    return {group.label: [np.concatenate(own) for own in group.by_seed(found)] for group in groups}


def _last_of(run: Run, metric: Metric) -> Floats:
    """Return the scores of the problems of a run's last meta-validation."""
    scores = last_meta_validation(run, metric)
    if not scores.size:
        raise UsageError(f"{run.name} logged no meta-validation, whose problems a profile shows")
    return scores

"""What the seeds of settings reached, a number a seed, and which seeds of two settings belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from metalog.curves.smoothing import Floats
from metalog.runs.grouping import Group
from metalog.runs.measures import better
from metalog.runs.run import Run
from metalog.stats import courses
from metalog.stats.course_reports import needed
from metalog.stats.overview import reached

#: What is told of each setting.
_MEASURES: Final = ("first", "best", "last", "meta_validation")


def scores(runs: Mapping[str, Run], *, frame: str | None = None, y: Sequence[str] = (), **measure: Any) -> pd.DataFrame:
    """Return what each run reached: ``run``, ``first``, ``best``, ``last``; of metalog's own logs ``meta_validation``.

    Parameters
    ----------
    runs
        Name -> Run of any formats.
    frame, y, measure
        As for :func:`metalog.stats.summary`, or where it can't answer :func:`metalog.stats.courses.compare`.
    """
    if needed(runs, frame, y):
        return courses.compare(runs, frame=frame, y=y, **measure)
    return reached(runs, **measure)


def scores_of_groups(
    groups: Sequence[Group[Run]], measure: Mapping[str, Any]
) -> tuple[dict[str, dict[str, Floats]], pd.DataFrame]:
    """Return of each group, by its label, the :func:`scores` of its seeds by measure, and their table."""
    table = scores({name: run for group in groups for name, run in group.runs.items()}, **measure)
    shown = [name for name in _MEASURES if name in table and (name == "last" or table[name].notna().any())]
    values = {name: table[name].to_numpy(np.float64) for name in shown}
    place, found = 0, {}
    for group in groups:  # the table's rows are in the order of the groups' runs
        own = slice(place, place + len(group.runs))
        found[group.label] = {name: _of_seeds(group, column[own]) for name, column in values.items()}
        place += len(group.runs)
    return found, table


def _of_seeds(group: Group[Run], of_runs: Floats) -> Floats:
    """Return a score a seed: runs of one seed count as one, by their mean."""
    if len(group.distinct) == len(group.seeds):
        return of_runs
    return np.array([of_runs[places].mean() for places in group.of_seeds])


def in_words(table: pd.DataFrame, measure: Mapping[str, Any]) -> str:
    """Say what the scores of a table are, in a sentence."""
    if "series" in table:
        what, window = f"{table['series'].iloc[0]} of {table['frame'].iloc[0]}", measure.get("window") or 1
    else:
        what = f"{measure.get('split', 'validation')} {measure.get('metric', 'loss')}"
        window = int(table["window"].iloc[0])
    over = f"means over {window} {'values' if 'series' in table else 'meta-steps'}" if window > 1 else "single values"
    return f"First, best, last: of {what}, {over} of each run."


def much_is_good(table: pd.DataFrame) -> bool:
    """Tell whether much is good, as the column's name says; of metalog's own losses it is little."""
    return "column" in table and better(str(table["column"].iloc[0])) == "high"


def paired_scores(ours: Group[Run], theirs: Group[Run], reached: Mapping[str, Floats]) -> tuple[Floats, Floats, bool]:
    """Return the scores of two settings, in the order of their seeds if both have the same and no seed twice."""
    a, b = reached[ours.label], reached[theirs.label]
    own, other = ours.distinct, theirs.distinct
    known = not {*own, *other} & {*ours.runs, *theirs.runs}
    if not known or set(own) != set(other):
        return a, b, False
    return a, b[[other.index(seed) for seed in own]], True

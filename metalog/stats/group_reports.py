"""Tables of settings: what their seeds say together, and what may be claimed of the difference between two."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from metalog.curves.smoothing import Floats
from metalog.errors import UsageError
from metalog.printable import name_as_text
from metalog.runs.grouping import Group
from metalog.runs.run import Run
from metalog.runs.words import rounded
from metalog.stats import courses
from metalog.stats.course_reports import needed
from metalog.stats.overview import reached
from metalog.stats.readable import NONE, Column, Report, Row, with_interval
from metalog.stats.seeds import FEW, FEWEST, Centre, Difference, Estimate, ProbabilityOfImprovement, SeedInterval

#: What is told of each setting.
_MEASURES: Final = ("first", "best", "last", "meta_validation")


def scores(runs: Mapping[str, Run], *, frame: str | None = None, y: Sequence[str] = (), **measure: Any) -> pd.DataFrame:
    """Return what each run reached: ``run``, ``first``, ``best``, ``last``; ``meta_validation`` of metalog's own logs.

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


def summary(
    groups: Sequence[Group[Run]], *, center: Centre = "mean", digits: int | None = None, **measure: Any
) -> Report:
    """Sum settings up, a row each: the centre of each measure over the seeds, and its 95 % interval."""
    found, _ = scores_of_groups(groups, measure)
    rows = [_row(group, found[group.label], center) for group in groups]
    shown = next(iter(found.values()))
    frame = pd.DataFrame(rows)
    columns = [*_names(groups), *(_estimate_column(name, digits) for name in shown)]
    how = {"mean": "Mean", "median": "Median", "iqm": "Interquartile mean"}[center]
    what = f"{how} over seeds ± half of the 95 % interval (Student's t)."
    return Report(frame, tuple(columns), (what, *_of_few(groups)))


def comparison(
    groups: Sequence[Group[Run]],
    *,
    baseline: str | None = None,
    center: Centre = "mean",
    digits: int | None = None,
    **measure: Any,
) -> Report:
    """Set settings side by side: the difference of each from the first (or `baseline`), and P(better).

    Raises
    ------
    UsageError
        If there are fewer than two settings, or none called `baseline`.
    """
    if len(groups) < 2:
        raise UsageError("a comparison needs two settings or more; these runs are repetitions of one (--each)")
    if center != "mean":
        raise UsageError(
            f"settings are compared by their means, not by the {center}; metalog summary --center shows that"
        )
    other = baseline_of(groups, baseline)
    found, table = scores_of_groups(groups, measure)
    shown = next(iter(found.values()))
    what = "meta_validation" if "meta_validation" in shown else "last"
    lower = measure.get("metric", "loss") == "loss" and not much_is_good(table)
    reached = {label: own[what] for label, own in found.items()}
    rows = [
        _row(group, found[group.label], "mean") | _against(group, other, reached, higher=not lower) for group in groups
    ]
    leader = _leader(groups, reached, lower=lower)
    columns = [
        *_names(groups),
        *(
            _estimate_column(
                name, digits, (lambda row: bool(row["setting"] == name_as_text(leader or ""))) if name == what else None
            )
            for name in shown
        ),
        Column("difference", partial(_difference_cell, name_as_text(other.label))),
        Column("P(better)", _probability),
    ]
    return Report(pd.DataFrame(rows), tuple(columns), (_meaning(what, other, rows, leader), *_of_few(groups)))


def baseline_of(groups: Sequence[Group[Run]], name: str | None) -> Group[Run]:
    """Return the group of that label, or with a run of that name; the first if none is named."""
    for group in groups:
        if name is None or name == group.label or name in group.runs:
            return group
    raise UsageError(f"no setting is called {name!r}; there are {', '.join(repr(group.label) for group in groups)}")


def _difference_cell(baseline: str, row: Row) -> str:
    if row["setting"] == baseline:
        return "baseline"
    return with_interval(row["difference"], row["difference_low"], row["difference_high"])


def _meaning(what: str, baseline: Group[Run], rows: Sequence[Mapping[str, Any]], leader: str | None) -> str:
    paired = {row["paired"] for row in rows if row["setting"] != name_as_text(baseline.label)}
    how = "the same seeds paired where both settings have them" if True in paired else "unpaired"
    text = (
        f"Mean over seeds ± half of the 95 % interval. Difference and P(better): of {what.replace('_', '-')}, "
        f"from {baseline.label}, over seeds ({how})."
    )
    best = f" {leader} is best: its 95 % interval against each other setting leaves out 0." if leader else ""
    return text + best


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
        found[group.label] = {name: column[own] for name, column in values.items()}
        place += len(group.runs)
    return found, table


def much_is_good(table: pd.DataFrame) -> bool:
    """Tell whether much is good, as the column's name says; of metalog's own losses it is little."""
    from metalog.runs.measures import better

    return "column" in table and better(str(table["column"].iloc[0])) == "high"


def _row(group: Group[Run], own: Mapping[str, Floats], how: Centre) -> dict[str, Any]:
    row: dict[str, Any] = {"setting": name_as_text(group.label)}
    row |= {f"config.{entry}": value for entry, value in group.settings.items()}
    row["seeds"] = len(group.runs)
    for name, values in own.items():
        one = SeedInterval(how)(values)
        row |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
    return row


def paired_scores(ours: Group[Run], theirs: Group[Run], reached: Mapping[str, Floats]) -> tuple[Floats, Floats, bool]:
    """Return the scores of two settings, in the order of their seeds if both have the same and no seed twice."""
    a, b = reached[ours.label], reached[theirs.label]
    names = [*ours.runs, *theirs.runs]
    known = not set(map(str, (*ours.seeds, *theirs.seeds))) & set(names)
    same = len(set(ours.seeds)) == len(ours.seeds) and set(ours.seeds) == set(theirs.seeds)
    if not (known and same and len(theirs.seeds) == len(ours.seeds)):
        return a, b, False
    return a, b[[theirs.seeds.index(seed) for seed in ours.seeds]], True


def _against(group: Group[Run], other: Group[Run], reached: Mapping[str, Floats], *, higher: bool) -> dict[str, Any]:
    nothing = Estimate(math.nan, math.nan, math.nan, 0)
    if group is other:
        difference, better, paired = nothing, nothing, False
    else:
        a, b, paired = paired_scores(group, other, reached)
        difference, better = Difference(paired)(a, b), ProbabilityOfImprovement(higher)(a, b)
    return {
        "difference": difference.value,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "better": better.value,
        "better_low": better.low,
        "better_high": better.high,
        "paired": paired,
    }


def _leader(groups: Sequence[Group[Run]], reached: Mapping[str, Floats], *, lower: bool) -> str | None:
    """Return the best setting if the interval of its difference from each other leaves out 0."""
    finite = [group for group in groups if np.isfinite(reached[group.label]).all()]
    if len(finite) < len(groups):
        return None
    means = [float(reached[group.label].mean()) for group in groups]
    top = groups[int(np.argmin(means) if lower else np.argmax(means))]
    for other in groups:
        if other is not top:
            a, b, paired = paired_scores(top, other, reached)
            one = Difference(paired)(a, b)
            if not (one.high < 0 if lower else one.low > 0):
                return None
    return top.label


def _names(groups: Sequence[Group[Run]]) -> list[Column]:
    """Return the columns that say which setting a row is: its settings, or its name where it has none."""
    entries = list(dict.fromkeys(entry for group in groups for entry in group.settings))

    def column(entry: str) -> Column:
        return Column(
            entry,
            lambda row: NONE if row.get(f"config.{entry}") is None else str(row[f"config.{entry}"]),
            is_text=True,
        )

    names = list(map(column, entries)) or [Column("setting", lambda row: str(row["setting"]), is_text=True)]
    if entries and not all(any(value is not None for value in group.settings.values()) for group in groups):
        names.insert(0, Column("setting", lambda row: str(row["setting"]), is_text=True))
    return [*names, Column("seeds", lambda row: str(row["seeds"]))]


def _estimate_column(name: str, digits: int | None, strong: Any = None) -> Column:
    def cell(row: Row) -> str:
        value, half = row[name], (row[f"{name}_high"] - row[f"{name}_low"]) / 2
        if not math.isfinite(half):
            return (
                f"{rounded(value, 4 if digits is None else digits)} (too few seeds)"
                if row["seeds"] < FEWEST
                else rounded(value)
            )
        decimals = digits if digits is not None else min(max(1 - math.floor(math.log10(half)), 0), 8) if half else 4
        wide = " *" if row["seeds"] < FEW else ""
        return f"{value:.{decimals}f} ± {half:.{decimals}f}{wide}"

    return Column(name.replace("_", "-"), cell, is_strong=strong)


def _probability(row: Row) -> str:
    if not math.isfinite(row["better"]):
        return NONE
    if not math.isfinite(row["better_low"]):
        return f"{row['better']:.2f}"
    return f"{row['better']:.2f} [{row['better_low']:.2f}, {row['better_high']:.2f}]"


def _of_few(groups: Sequence[Group[Run]]) -> list[str]:
    """Say where there are too few seeds, or none but repetitions of one."""
    numbers = [len(group.runs) for group in groups]
    notes = []
    if max(numbers) == 1:
        notes.append("One seed a setting: nothing can be said of the settings, only of these runs.")
    elif min(numbers) < FEWEST:
        notes.append(f"Too few seeds: no interval below {FEWEST}.")
    if any(FEWEST <= number < FEW for number in numbers):
        notes.append(f"* Fewer than {FEW} seeds: the interval is wide by nature.")
    twice = [group.label for group in groups if len(set(map(str, group.seeds))) < len(group.seeds)]
    if twice:
        notes.append(f"The same seed twice, which is no second seed: {', '.join(twice)}.")
    return notes

"""Tables of settings: what their seeds say together, and what may be claimed of the difference between two."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from metalog.curves.smoothing import Floats
from metalog.errors import UsageError
from metalog.printable import name_as_text
from metalog.runs.grouping import Group, plain
from metalog.runs.run import Run
from metalog.runs.setting_columns import PREFIX
from metalog.runs.words import decimals_of, rounded
from metalog.stats.group_scores import in_words, much_is_good, paired_scores, scores_of_groups
from metalog.stats.readable import NONE, Column, Report, Row, with_interval
from metalog.stats.seeds import FEW, FEWEST, Centre, Difference, Estimate, ProbabilityOfImprovement, SeedInterval


def summary(
    groups: Sequence[Group[Run]], *, center: Centre = "mean", digits: int | None = None, **measure: Any
) -> Report:
    """Sum settings up, a row each: the centre of each measure over the seeds, and its 95 % interval."""
    found, table = scores_of_groups(groups, measure)
    rows = [_row(group, found[group.label], center) for group in groups]
    shown = next(iter(found.values()))
    frame = _framed(rows)
    columns = [*_names(groups), *(_estimate_column(name, digits) for name in shown)]
    how = {"mean": "Mean", "median": "Median", "iqm": "Interquartile mean"}[center]
    what = f"{how} over seeds ± half of the 95 % interval (Student's t)."
    return Report(frame, tuple(columns), (what, in_words(table, measure), *_not_finite(found), *_of_few(groups)))


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
        Column("difference", partial(_difference_cell, name_as_text(other.label), digits)),
        Column("P(better)", _probability),
    ]
    notes = (_meaning(what, other, rows, leader), in_words(table, measure), *_not_finite(found), *_of_few(groups))
    return Report(_framed(rows), tuple(columns), notes)


def baseline_of(groups: Sequence[Group[Run]], name: str | None) -> Group[Run]:
    """Return the group of that label, or with a run of that name; the first if none is named."""
    for group in groups:
        if name is None or name == group.label or name in group.runs:
            return group
    raise UsageError(f"no setting is called {name!r}; there are {', '.join(repr(group.label) for group in groups)}")


def _framed(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame whose settings stay what they are: a whole number beside none is no fraction."""
    frame = pd.DataFrame(rows)
    for name in filter(lambda name: str(name).startswith(PREFIX), frame.columns):
        frame[name] = pd.Series([row[name] for row in rows], dtype=object)
    return frame


def _difference_cell(baseline: str, digits: int | None, row: Row) -> str:
    if row["setting"] == baseline:
        return "baseline"
    return with_interval(row["difference"], row["difference_low"], row["difference_high"], digits)


def _meaning(what: str, baseline: Group[Run], rows: Sequence[Mapping[str, Any]], leader: str | None) -> str:
    paired = {row["paired"] for row in rows if row["setting"] != name_as_text(baseline.label)}
    how = "the same seeds paired where both settings have them" if True in paired else "unpaired"
    text = (
        f"Mean over seeds ± half of the 95 % interval. Difference and P(better): of {what.replace('_', '-')}, "
        f"from {baseline.label}, over seeds ({how})."
    )
    best = f" {leader} is best: its 95 % interval against each other setting leaves out 0." if leader else ""
    return text + best


def _not_finite(found: Mapping[str, Mapping[str, Floats]]) -> list[str]:
    """Say which settings have seeds whose numbers are not finite."""
    notes = []
    for label, own in found.items():
        counts = {name: int((~np.isfinite(values)).sum()) for name, values in own.items()}
        told = [f"{name.replace('_', '-')} of {count}" for name, count in counts.items() if count]
        if told:
            notes.append(f"Not finite: {', '.join(told)} of {len(next(iter(own.values())))} seeds of {label}.")
    return notes


def _row(group: Group[Run], own: Mapping[str, Floats], how: Centre) -> dict[str, Any]:
    row: dict[str, Any] = {"setting": name_as_text(group.label)}
    row |= {f"{PREFIX}{entry}": value for entry, value in group.settings.items()}
    row["seeds"] = len(group.distinct)
    for name, values in own.items():
        one = SeedInterval(how)(values)
        row |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
    return row


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
            lambda row: NONE if row[f"{PREFIX}{entry}"] is None else plain(row[f"{PREFIX}{entry}"]),
            is_text=True,
        )

    names = list(map(column, entries))
    told = [tuple(group.settings.values()) for group in groups]
    if len({*map(repr, told)}) < len(groups) or not all(any(value is not None for value in own) for own in told):
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
        decimals = decimals_of(value, half) if digits is None else digits
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
    numbers = [len(group.distinct) for group in groups]
    notes = []
    if max(numbers) == 1:
        notes.append("One seed a setting: nothing can be said of the settings, only of these runs.")
    elif min(numbers) < FEWEST:
        notes.append(f"Too few seeds: no interval below {FEWEST}.")
    if any(FEWEST <= number < FEW for number in numbers):
        notes.append(f"* Fewer than {FEW} seeds: the interval is wide by nature.")
    twice = [group.label for group in groups if len(group.distinct) < len(group.seeds)]
    if twice:
        notes.append(f"Runs of the same seed count as one, by their mean: {', '.join(twice)}.")
    return notes

"""The tables of :mod:`metalog.stats.courses` as a reader wants them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import pandas as pd

from metalog.printable import name_as_text
from metalog.runs.frames import is_nested
from metalog.runs.run import Run
from metalog.runs.words import rounded
from metalog.stats import courses, overview
from metalog.stats.readable import (
    NONE,
    OF_RUNS,
    Column,
    Report,
    Row,
    diagnostics_cell,
    name_columns,
    with_configurations,
)

#: A table for readers shows so many series; files hold all.
_MOST_SERIES: Final = 6
#: From here on ``g`` would write an exponent.
_MOST_DIGITS: Final = 10**6


def needed(runs: Mapping[str, Run], frame: str | None, y: Sequence[str]) -> bool:
    """Tell whether the statistics of nested problems can't answer: another format, or a frame or column is named."""
    return bool(frame or y) or not all(is_nested(run.format) for run in runs.values())


def key_numbers(
    runs: Mapping[str, Run], *, frame: str | None = None, y: Sequence[str] = (), **measure: Any
) -> pd.DataFrame:
    """Return the key numbers of runs of any formats, one row a run: see :meth:`metalog.RunSet.summary`."""
    if needed(runs, frame, y):
        table = courses.summary(runs, frame=frame, y=y, **measure)[0]
    else:
        table = overview.summary(runs, **measure)
    return table.astype({"run": "str"}).set_index("run")


def summary(runs: Mapping[str, Run], **measure: Any) -> Report:
    """Sum runs of any formats up; `measure` as for :func:`metalog.stats.courses.summary`, whose table this shows."""
    table, all_courses = courses.summary(runs, **measure)
    frame = with_configurations(table, runs)
    labels = list(dict.fromkeys(all_courses["series"]))
    levels = {label: set(own["level"]) for label, own in all_courses.groupby("series")}
    several = len(set(table["format"])) > 1
    columns = [
        *name_columns(frame),
        *([Column("format", lambda row: str(row["format"]), is_text=True)] if several else []),
        Column("rows", lambda row: f"{row['rows']:,}"),
        *([Column("segments", lambda row: str(row["segments"]))] if (table["segments"] > 1).any() else []),
        *(column for label in labels[:_MOST_SERIES] for column in _of_series(label, f"{label} ", levels[label])),
        Column("diagnostics", diagnostics_cell),
    ]
    notes = [_meaning(measure), *_not_finite(all_courses)]
    if further := labels[_MOST_SERIES:]:
        notes.append(f"Not shown: {', '.join(further)}; --frame and --y choose, CSV and JSON hold all.")
    return Report(frame, tuple(columns), tuple(notes))


def comparison(runs: Mapping[str, Run], *, baseline: str | None = None, **measure: Any) -> Report:
    """Set runs of any formats side by side; parameters as for :func:`metalog.stats.courses.compare`."""
    reference = baseline or next(iter(runs), None)
    table = courses.compare(runs, baseline=reference, **measure)
    frame = with_configurations(table, runs)
    whose = name_as_text(str(reference))

    def difference(name: str, row: Row) -> str:
        if row["run"] == whose:
            return "baseline"
        value = row[name]
        return f"{value:+.4g}" if math.isfinite(value) else NONE

    columns = [
        *name_columns(frame),
        Column("values", lambda row: f"{row['values']:,}"),
        *_of_series("", "", set(table["level"])),
        *(Column(f"{what} − baseline", partial(difference, f"{what}_difference")) for what in ("best", "last")),
    ]
    what = f"Compared by {table['series'].iloc[0]} of {table['frame'].iloc[0]}; baseline: {whose}."
    claimed = [OF_RUNS] if len(runs) > 1 else []
    return Report(frame, tuple(columns), (what, _meaning(measure), *claimed, *_not_finite(table)))


def _of_series(label: str, before: str, levels: set[str]) -> list[Column]:
    """Return the columns of a series; its best is told with the number of its level, by name if runs differ in it."""
    prefix = f"{label}." if label else ""

    def value(name: str, row: Row) -> str:
        number = row[f"{prefix}{name}"]
        if math.isnan(number):
            return NONE if name == "best" or (label and math.isnan(row[f"{prefix}best"])) else "nan"
        return rounded(number)

    def place(row: Row) -> str:
        number = row[f"{prefix}best_at"]
        if math.isnan(number):
            return NONE
        text = f"{number:g}" if abs(number) < _MOST_DIGITS else f"{number:.0f}"
        return text if len(levels) == 1 else f"{row[f'{prefix}level']} {text}"

    at = f"best at {next(iter(levels))}" if len(levels) == 1 else "best at"
    return [
        Column(f"{before}first", partial(value, "first")),
        Column(f"{before}best", partial(value, "best")),
        Column(f"{before}{at}", place),
        Column(f"{before}last", partial(value, "last")),
    ]


def _meaning(measure: Mapping[str, Any]) -> str:
    window = measure.get("window") or 1
    what = f"means over {window} values" if window > 1 else "single values as logged"
    return f"First, best, last: {what}; best is the least loss, the greatest accuracy, as the column's name tells."


def _not_finite(table: pd.DataFrame) -> list[str]:
    return [
        f"Not finite: {row['not_finite']} of {row['values']:,} values of {row['series']} in {row['run']}."
        for row in table.to_dict("records")
        if row["not_finite"]
    ]

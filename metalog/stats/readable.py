"""Tables of runs as a reader wants them: which columns, under which headings, in which words, with what notes."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from metalog.curves.trend import MIN_POINTS
from metalog.errors import UsageError
from metalog.printable import name_as_text
from metalog.runs.setting_columns import PREFIX
from metalog.runs.words import rounded
from metalog.stats.comparison import compare
from metalog.stats.curves import Frames
from metalog.stats.naming import config_differences
from metalog.stats.overview import FullFrames
from metalog.stats.overview import summary as key_numbers

Row = Mapping[Hashable, Any]

#: Stands for what there is none of.
NONE: Final = "–"
#: From here on numbers are written with an exponent.
_MANY_DIGITS: Final = 10**6
#: What a difference of two runs, and an interval over their problems, don't say.
OF_RUNS: Final = (
    "These are runs, not settings: another seed alone makes such differences; several seeds a setting tell more."
)
_LEFT_OUT = {
    "incomplete": "left out as incomplete",
    "superseded": "left out as repeated after a restart",
    "non_finite": "not finite",
}


@dataclass(frozen=True)
class Column:
    """A column as a reader sees it: its heading, how a row of the frame (a mapping) becomes a cell, which is bold."""

    heading: str
    cell: Callable[[Mapping[Hashable, Any]], str]
    is_text: bool = False
    is_strong: Callable[[Mapping[Hashable, Any]], bool] | None = None


@dataclass(frozen=True)
class Report:
    """A frame of one row a run, the columns of it that a reader sees, and what must be known about the numbers."""

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    notes: tuple[str, ...]


def summary(runs: Mapping[str, FullFrames], **measure: Any) -> Report:
    """Sum runs up, each by itself; `measure` as for :func:`metalog.stats.summary`, whose frame this shows."""
    frame = with_configurations(key_numbers(runs, **measure), runs)
    metric = measure.get("metric", "loss")
    columns = (
        *name_columns(frame),
        *_level_columns(),
        Column("turns up", _turn),
        Column(f"meta-validation {metric}", _meta_validation),
        Column("diagnostics", diagnostics_cell),
    )
    turn = "Turns up: the meta-step from which the loss rises for good, with 95 % confidence."
    return Report(frame, columns, (_meaning(frame, measure), turn, *_left_out(frame)))


def comparison(
    runs: Mapping[str, FullFrames], *, baseline: str | None = None, paired: bool = False, **measure: Any
) -> Report:
    """Set runs side by side; parameters as for :func:`metalog.stats.compare`, whose frame this shows.

    Raises
    ------
    UsageError
        If there are fewer than two runs.
    """
    if len(runs) < 2:
        raise UsageError(f"a comparison needs two runs or more; there is {', '.join(runs) or 'none'}")
    reference = baseline or next(iter(runs))
    frame = with_configurations(compare(runs, baseline=reference, paired=paired, **measure), runs)

    def difference(row: Row) -> str:
        if row["run"] == name_as_text(reference):
            return "baseline"
        return with_interval(row["difference"], row["difference_low"], row["difference_high"])

    columns = (
        *name_columns(frame),
        *_level_columns(),
        Column("shared", lambda row: count(row["shared"])),
        Column("difference", difference),
    )
    how = "paired problems" if paired else "problems"
    whose = name_as_text(reference)
    note = f"Difference from {whose} over the shared meta-steps, with 95 % bootstrap interval over {how}."
    return Report(frame, columns, (_meaning(frame, measure), note, OF_RUNS, *_left_out(frame)))


def with_configurations(frame: pd.DataFrame, runs: Mapping[str, Frames]) -> pd.DataFrame:
    """Put the entries in which the runs' configurations differ behind their names, as ``config.<entry>``."""
    differing = config_differences(runs).reset_index(drop=True).add_prefix(PREFIX)
    return frame.iloc[:, :1].join(differing).join(frame.iloc[:, 1:])


def name_columns(frame: pd.DataFrame) -> list[Column]:
    """Say which run a row is: its name, and what differs in the configurations."""
    entries = [str(name) for name in frame.columns if str(name).startswith(PREFIX)]
    return [Column("run", lambda row: str(row["run"]), is_text=True), *map(_entry_column, entries)]


def _entry_column(name: str) -> Column:
    return Column(name.removeprefix(PREFIX), lambda row: NONE if row[name] is None else str(row[name]), is_text=True)


def _level_columns() -> list[Column]:
    return [
        Column("meta-steps", lambda row: count(row["meta_steps"])),
        *map(_level_column, ("first", "best")),
        Column("best at", lambda row: count(row["best_at"])),
        _level_column("last"),
        Column("slope / 100", _slope),
    ]


def _level_column(name: str) -> Column:
    return Column(name, lambda row: rounded(row[name]) if row["meta_steps"] else NONE)


def _slope(row: Row) -> str:
    """Without an interval a slope from a handful of meta-steps would be read for more than it is."""
    has_interval = row["slope_low"] == row["slope_low"]  # not nan
    return with_interval(row["slope_per_100"], row["slope_low"], row["slope_high"]) if has_interval else NONE


def _turn(row: Row) -> str:
    if row["reason"] == "rising":
        return f"at {count(row['turns_up'])}"
    if row["reason"]:
        return f"{row['reason']} from {count(row['turns_up'])}"
    return "no" if row["meta_steps"] - row["non_finite"] >= MIN_POINTS else NONE


def _meta_validation(row: Row) -> str:
    if not row["meta_validations"]:
        return NONE
    return f"{rounded(row['meta_validation'])} at {count(row['meta_validation_at'])}"


def diagnostics_cell(row: Row) -> str:
    """Say how many errors and warnings a run has."""
    return ", ".join(f"{row[name]} {name}" for name in ("errors", "warnings") if row[name]) or "none"


def _meaning(frame: pd.DataFrame, measure: Mapping[str, Any]) -> str:
    """Say what the levels and the slope are."""
    when = "validation" if measure.get("split", "validation") == "validation" else "inner step"
    window = int(frame["window"].iloc[0])
    over = (
        f"First, best, last: means over {window} meta-steps." if window > 1 else "First, best, last: single meta-steps."
    )
    what = f"{measure.get('metric', 'loss').capitalize()} of each problem's last {when}, averaged over problems."
    return f"{what} {over} Slope: per 100 meta-steps, with 95 % interval."


def _left_out(frame: pd.DataFrame) -> list[str]:
    """Say which meta-steps are not in the numbers."""
    remarks = []
    for row in frame.to_dict("records"):
        counts = [f"{row[column]} {words}" for column, words in _LEFT_OUT.items() if row[column]]
        if counts:
            remarks.append(f"Meta-steps of {row['run']}: {'; '.join(counts)}.")
    return remarks


def count(value: Any) -> str:
    """Write a whole number, or a dash where there is none."""
    return NONE if pd.isna(value) else f"{int(value)}"


def with_interval(value: Any, low: Any, high: Any, digits: int | None = None) -> str:
    """Write a signed number and its interval, to so many `digits`, else to two of the interval's half-width."""
    if not math.isfinite(value):
        return NONE
    if not math.isfinite(high - low):
        return f"{value:+.3g}"
    if digits is not None:
        return f"{value:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"
    half = (high - low) / 2
    if max(abs(low), abs(high)) >= _MANY_DIGITS or 0 < half < 1 / _MANY_DIGITS**2:
        return f"{value:+.3g} [{low:+.3g}, {high:+.3g}]"
    decimals = 1 - math.floor(math.log10(half)) if half > 0 else 6
    decimals = min(max(decimals, 0), 12)
    return f"{value:+.{decimals}f} [{low:+.{decimals}f}, {high:+.{decimals}f}]"

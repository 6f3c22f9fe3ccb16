"""The one curve that tells how a run does: the loss that should fall, else another measure. Needs no pandas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from metalog.columns import Array
from metalog.curves.counted import PLACE_IN_LOG, CountedCurve, Floats, places_of
from metalog.errors import UsageError
from metalog.formats.template import MISSING
from metalog.runs.frames import is_nested
from metalog.runs.measures import preferred
from metalog.runs.restarts import counting
from metalog.runs.series import Series, series_of

if TYPE_CHECKING:
    from metalog.runs.run import Run

#: The code of a value that was printed as nan or inf; its message begins with the column.
NOT_FINITE: Final = "not-finite"


@dataclass(frozen=True)
class MainCurve:
    """A curve: what it is called, the level that numbers it, what one value is, whether much is good, its values."""

    label: str
    level: str
    noun: str
    high: bool
    curve: CountedCurve


def main_curve(run: Run) -> MainCurve | None:
    """Return the curve by which a run is judged, None if it has no value.

    Of metalog's own logs that is the loss after adaptation of each complete meta-step, or of each epoch where there is
    no meta level. Of any other log it is what :func:`metalog.runs.measures.preferred` chooses.
    """
    if is_nested(run.format) and has_meta_level(run):
        return MainCurve("meta-train loss", "meta-step", "meta-step", high=False, curve=meta_train_curve(run))
    nested = is_nested(run.format)
    try:
        own = run.last_state()
        series = (series_of(own, frame="validations", y=("loss",)) if nested else series_of(own)).series
    except UsageError:  # no value at all
        return None
    one = series[preferred([(one.column, one.label, one.frame) for one in series])]
    label = "validation loss" if nested else one.label
    level = "value" if one.level == "row" else one.level.replace("_", "-")
    noun = "epoch" if nested else "value"
    return MainCurve(label, level, noun, one.better == "high", _printed_values(run, one))


def has_meta_level(run: Run) -> bool:
    """Tell whether a nested log has meta-steps, and is no plain learning log."""
    frames = (run.columns(name)["meta_step"] for name in ("meta_steps", "validations", "steps"))
    return any(bool((numbers != MISSING).any()) for numbers in frames)


def meta_train_curve(run: Run, column: str = "validation_loss") -> CountedCurve:
    """Return a column of the meta-steps that count: what :func:`metalog.stats.summary` sums up."""
    columns = run.columns("meta_steps")
    complete = columns["complete"].astype(bool)
    counted = complete & counting({name: columns[name] for name in ("meta_epoch", "meta_step", "complete")})
    total, number = _numbers(columns["global_meta_step"]), _numbers(columns["meta_step"])
    places, axis = places_of(total, number, columns["segment"].astype(np.int64))
    numbers = np.full_like(places, np.nan) if axis == PLACE_IN_LOG else places
    value = columns[column][counted]
    whole = int(complete.sum())
    return CountedCurve(places[counted], numbers[counted], value, complete.size - whole, whole - value.size)


def _numbers(column: Array) -> Floats:
    return np.where(column == MISSING, np.nan, column.astype(np.float64))


def _printed_values(run: Run, series: Series) -> CountedCurve:
    """Return a series without what is missing: a nan counts from the line on in which the log printed one."""
    lines = [
        one.line
        for one, _ in run.diagnostic_records
        if one.code == NOT_FINITE and one.message.startswith(f"{series.column} is ")
    ]
    kept = ~np.isnan(series.y)
    if lines:
        kept |= series.line >= min(lines)
    numbers = np.full_like(series.x, np.nan) if series.level == "row" else series.number
    return CountedCurve(series.x[kept], numbers[kept], series.y[kept])

"""First, best and last of any column of any log: statistics that know no format but the names of columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from metalog.curves.levels import ends
from metalog.curves.smoothing import Smoothing, smooth
from metalog.errors import UsageError
from metalog.printable import name_as_text
from metalog.runs.joined import told_formats
from metalog.runs.measures import preferred
from metalog.runs.run import Run
from metalog.runs.series import Series, series_of, with_labels
from metalog.stats.overview import diagnostics_by_severity

#: What is told of each series.
_TOLD: Final = ("first", "best", "best_at", "last", "level")
_NOTHING: Final[dict[str, Any]] = {**dict.fromkeys(_TOLD, math.nan), "level": None}
Metric = str


def courses(
    run: Run,
    *,
    frame: str | None = None,
    y: Sequence[str] = (),
    metric: Metric | None = None,
    window: int | None = None,
) -> pd.DataFrame:
    """Say how the values of a run of any format went.

    Parameters
    ----------
    run
        A Run. Of what a restarted run repeats, what led to its last state counts (:meth:`metalog.Run.choose`).
    frame, y
        A frame, and its columns; by default losses and accuracies, as the names of columns tell, of all frames.
    metric
        ``"loss"`` or ``"accuracy"``: only what is better low, or high.
    window
        Take means over so many values; by default single values.

    Returns
    -------
    pandas.DataFrame
        One row a series: ``series`` (what it is called), ``frame``, ``column``, ``values``, ``not_finite``, ``first``,
        ``best`` (the least loss, the greatest accuracy; nan where nobody knows which is better), ``best_at`` (the
        number of ``level`` there), ``last``, ``level``.

    Raises
    ------
    UsageError
        If there is no such frame or column, or nothing to tell.
    """
    return _all_courses({"": run}, frame=frame, y=y, metric=metric, window=window)[""]


def _all_courses(
    runs: Mapping[str, Run],
    *,
    frame: str | None = None,
    y: Sequence[str] = (),
    metric: Metric | None = None,
    window: int | None = None,
) -> dict[str, pd.DataFrame]:
    """Return the courses of each run; series that are the same are called the same."""
    found = with_labels([_chosen(run, frame, y, metric) for run in runs.values()])
    tables = (pd.DataFrame([_course(one, window or 1) for one in own]) for own in found)
    return dict(zip(runs, tables, strict=True))


def _chosen(run: Run, frame: str | None, y: Sequence[str], metric: Metric | None) -> list[Series]:
    found = series_of(run.last_state(), frame=frame, y=y).series
    wanted = {"loss": "low", "accuracy": "high"}
    if metric is not None and metric not in wanted:
        raise UsageError(f"metric must be loss or accuracy, not {metric!r}")
    kept = [one for one in found if metric is None or one.better == wanted[metric]]
    if not kept:
        raise UsageError(
            f"{run.name} has no {metric} among {', '.join(one.label for one in found)}; --y names a column"
        )
    return kept


def _course(series: Series, window: int) -> dict[str, Any]:
    size = min(window, len(series.y))
    smoothed = series.smoothed(smooth(series.y, Smoothing("centred", size)), size)
    top = smoothed.best()
    first, last = map(float, ends(series.y, size))
    return {
        "series": series.label,
        "frame": series.frame,
        "column": series.column,
        "values": len(series.y),
        "not_finite": int((~np.isfinite(series.y)).sum()),
        "first": first,
        "best": math.nan if top is None else float(smoothed.y[top]),
        "best_at": math.nan if top is None else float(smoothed.number[top]),
        "last": last,
        "level": series.level,
    }


def summary(runs: Mapping[str, Run], **measure: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sum runs of any formats up; the parameters are those of :func:`courses`.

    Returns
    -------
    table
        One row a run: ``run``, ``format``, ``rows``, ``segments``, then ``<series>.first``, ``.best``, ``.best_at``,
        ``.last`` and ``.level`` for each series that a run has, ``errors`` and ``warnings``.
    all_courses
        The courses of all runs behind ``run``.

    Raises
    ------
    UsageError
        If there is no run, or one has nothing to tell.
    """
    if not runs:
        raise UsageError("there is no run to sum up; give at least one")
    found = _all_courses(runs, **measure)
    shown = list(dict.fromkeys(label for own in found.values() for label in own["series"]))
    rows = []
    for name, run in runs.items():
        counts = sum(len(columns["line"]) for columns in run.records.values())
        row = {"run": name_as_text(name), "format": run.format.name, "rows": counts, "segments": len(run.segments)}
        own = {course["series"]: course for course in found[name].to_dict("records")}
        row |= {
            f"{label}.{what}": own[label][what] if label in own else _NOTHING[what] for label in shown for what in _TOLD
        }
        rows.append(row | diagnostics_by_severity(run))
    together = pd.concat([own.assign(run=name) for name, own in found.items()], ignore_index=True)
    return pd.DataFrame(rows), together


def compare(
    runs: Mapping[str, Run], *, baseline: str | None = None, y: Sequence[str] = (), **measure: Any
) -> pd.DataFrame:
    """Set runs of any formats side by side by one series that all have.

    Parameters
    ----------
    runs
        Name -> Run; a RunSet is one.
    baseline
        The run that the others are compared with; the first if not given.
    y
        One column; by default what tells most: a validation's loss, else any loss, else any accuracy.
    measure
        The other parameters of :func:`courses`.

    Returns
    -------
    pandas.DataFrame
        One row a run: ``run``, the columns of :func:`courses`, and ``best_difference`` and ``last_difference``: this
        run minus the baseline.

    Raises
    ------
    UsageError
        If there is no run, no baseline of that name, or no series that all runs have.
    """
    if not runs:
        raise UsageError("there is no run to compare; give at least one")
    reference = next(iter(runs)) if baseline is None else baseline
    if reference not in runs:
        raise UsageError(f"no run is named {reference!r}; there are {', '.join(map(repr, runs))}")
    if len(y) > 1:
        raise UsageError(f"runs are compared by one column, not by {' and '.join(y)}")
    found = _all_courses(runs, y=y, **measure)
    label = _common(runs, found)
    rows = [own[own["series"] == label].iloc[0] for own in found.values()]
    table = pd.DataFrame(rows).reset_index(drop=True)
    table.insert(0, "run", pd.Series([name_as_text(name) for name in runs], dtype="str"))
    its_own = list(runs).index(reference)
    for what in ("best", "last"):
        table[f"{what}_difference"] = table[what] - table[what].iloc[its_own]
    table.loc[its_own, ["best_difference", "last_difference"]] = math.nan
    return table


def _common(runs: Mapping[str, Run], found: Mapping[str, pd.DataFrame]) -> str:
    """Return the series that all runs have and that tells most."""
    first = next(iter(found.values())).to_dict("records")
    common = [one for one in first if all(one["series"] in set(own["series"]) for own in found.values())]
    if not common:
        told = "; ".join(f"{name} has {', '.join(own['series'])}" for name, own in found.items())
        raise UsageError(f"no series is in all runs ({told_formats(runs)}): {told}; --frame and --y choose others")
    best = common[preferred([(one["column"], one["series"], one["frame"]) for one in common])]
    return str(best["series"])

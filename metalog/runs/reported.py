"""The way from runs to their report and their key numbers: methods of runs whose rooms lie above them.

These are found by name when they are called, so that this room needs nothing of those.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from metalog.report.one_file import Report


def report_of(runs: Any) -> Report:
    """Return the report of a Run or a RunSet."""
    made: Report = import_module("metalog.report").report(runs)
    return made


def summary_of(runs: Any, **measure: Any) -> pd.DataFrame:
    """Return the key numbers of runs, one row a run."""
    made: pd.DataFrame = import_module("metalog.stats.course_reports").key_numbers(runs, **measure)
    return made


def summary_rows(runs: Any, **measure: Any) -> list[dict[str, Any]]:
    """Return the key numbers of each run, in the runs' order, as plain values; nan for all that there is none of."""
    table = summary_of(runs, **measure)
    names = list(map(str, table.columns))
    rows = table.astype(object).where(table.notna(), math.nan).itertuples(index=False, name=None)
    return [dict(zip(names, row, strict=True)) for row in rows]


def summary_of_groups(groups: Any, **measure: Any) -> pd.DataFrame:
    """Return what settings reached, a row each."""
    made: pd.DataFrame = import_module("metalog.stats.group_reports").summary(groups, **measure).frame
    return made


def comparison_of_groups(groups: Any, **measure: Any) -> pd.DataFrame:
    """Return settings side by side, a row each."""
    made: pd.DataFrame = import_module("metalog.stats.group_reports").comparison(groups, **measure).frame
    return made

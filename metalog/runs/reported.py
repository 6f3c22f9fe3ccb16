"""The way from a run to its report: a method of runs whose room lies above them.

It is found by name when it is called, so that this room needs nothing of that one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metalog.report.one_file import Report


def report_of(runs: Any) -> Report:
    """Return the report of a Run or a RunSet."""
    made: Report = import_module("metalog.report").report(runs)
    return made

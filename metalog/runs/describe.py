"""A run in a few lines: for a prompt, a notebook and the command line."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping, Sized
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from metalog.columns import Array, Columns
from metalog.errors import UsageError
from metalog.formats.model import Format
from metalog.formats.template import MISSING
from metalog.printable import printable
from metalog.runs.frames import is_nested
from metalog.runs.means import restored, scaled
from metalog.runs.series import Series, series_of
from metalog.runs.table import tables
from metalog.runs.words import counted, rounded

if TYPE_CHECKING:
    import pandas as pd

Fact = tuple[str, str]
_LEFT = 'style="text-align:left"'
#: So many series are told of a run of another format.
_MOST_SERIES: Final = 8


class Described(Protocol):
    """What is asked of a :class:`~metalog.runs.run.Run`."""

    name: str
    format: Format
    records: dict[str, Columns]
    extra: dict[str, Columns]
    counts: dict[str, int]
    row_counts: dict[str, int]
    diagnostic_counts: dict[str, int]
    writers: tuple[str, ...]

    @property
    def segments(self) -> Sized: ...  # noqa: D102 - as in Run
    @property
    def meta_test(self) -> list[dict[str, Any]]: ...  # noqa: D102 - as in Run
    def __getitem__(self, name: str) -> pd.DataFrame: ...
    def columns(self, name: str) -> Columns: ...  # noqa: D102 - as in Run


def facts(run: Described) -> list[Fact]:
    """Return what is worth knowing about a run at first sight, as pairs of a name and a text.

    Nothing here needs pandas, so that ``metalog parse`` tells it without that import.
    """
    nested = is_nested(run.format)
    found = [("records", _records(run))] if nested else [("format", _format(run.format)), ("rows", _rows(run))]
    if run.writers != ("",):
        found.append(("writers", ", ".join(name or "(no prefix)" for name in run.writers)))
    if (restarts := len(run.segments) - len(run.writers)) > 0:
        found.append(("segments", f"{len(run.segments)}: the log starts over {_times(restarts)}"))
    found += _of_nested(run) if nested else _of_any_format(run)
    found.append(("diagnostics", diagnostics_by_code(run)))
    return [(name, printable(text)) for name, text in found]


def _of_nested(run: Described) -> list[Fact]:
    steps = run.columns("meta_steps")
    if (steps["meta_step"] != MISSING).any():
        return _meta_level(run)
    if number := len(steps["meta_step"]):
        learning = ("learning log", f"{counted(number, 'run')} without a meta level")
        return [learning, ("validation loss", _trend(steps["validation_loss"]))]
    return []


def _of_any_format(run: Described) -> list[Fact]:
    """Return the range of the outermost levels, and the course of what the run was measured by."""
    ranges: dict[str, Array] = {}
    for table in tables(run).values():
        for level in table.levels[:1]:
            ranges[level] = np.append(ranges.get(level, []), table.numbers(level))
    known = {level: numbers[~np.isnan(numbers)] for level, numbers in ranges.items()}
    found = [(level, f"{int(own.min())} to {int(own.max())}") for level, own in known.items() if own.size]
    try:
        series = series_of(run).series
    except UsageError:  # no value at all
        return found
    shown = [(one.label, _course(one)) for one in series[:_MOST_SERIES]]
    more = [("…", f"{counted(len(series) - len(shown), 'further value')}")] if len(series) > len(shown) else []
    return found + shown + more


def _course(series: Series) -> str:
    """Return first, best and last of a series without what is missing."""
    y = series.y[~np.isnan(series.y)]
    if not y.size:
        return "no number"
    text = f"first {rounded(y[0])}"
    if (top := series.best()) is not None:
        number = series.number[top]
        text += f", best {rounded(series.y[top])}" + (f" at {series.level} {number:g}" if number == number else "")
    return f"{text}, last {rounded(y[-1])}"


def _format(form: Format) -> str:
    return f"{form.name}: {form.title}" if form.title else form.name


def _rows(run: Described) -> str:
    lines = f" in {counted(run.counts['lines'], 'line')}" if "lines" in run.counts else ""
    rows = {name: run.row_counts.get(name, len(table)) for name, table in tables(run, incomplete=True).items()}
    return ", ".join(f"{number:,} of {name}" for name, number in rows.items()) + lines


def _meta_level(run: Described) -> list[Fact]:
    steps = run.columns("meta_steps")
    complete = steps["complete"]
    number, done = len(complete), int(complete.sum())
    meta_epochs = set(steps["meta_epoch"].tolist()) - {MISSING}
    problems = sorted(set(steps["problems"][complete].tolist()))
    found = [
        ("meta-epochs", str(max(len(meta_epochs), 1))),
        ("meta-steps", f"{number} ({done} complete, {number - done} not)"),
        ("problems", f"{' or '.join(map(str, problems)) or 'unknown'} in a meta-step"),
        ("meta-train loss", _trend(steps["validation_loss"][complete], steps["meta_step"][complete].tolist())),
    ]
    means = _meta_validation_means(run.columns("meta_validation"))
    if len(means):
        found.append(("meta-validations", f"{len(means)}, mean loss {_trend(means)}"))
    return found + [("meta-test", text) for text in map(_meta_test, run.meta_test) if text]


def _meta_test(result: Mapping[str, Any]) -> str | None:
    """Return the accuracy that a meta-test found, as far as the comment tells it in our trainer's words."""
    try:
        accuracy, ci95 = float(result["accuracy_after"]), float(result["accuracy_after_ci95"])
        told = f"{result['initialisation']}: accuracy {accuracy:.4f} ± {ci95:.4f} on {result['problems']} problems"
        return told + (f" after {result['meta_steps']} meta-steps" if "meta_steps" in result else "")
    except (KeyError, TypeError, ValueError):
        return None


def _meta_validation_means(results: Columns) -> Array:
    """Return the mean loss of each meta-validation, in the order of the log."""
    keys = np.column_stack([results[name] for name in ("segment", "meta_epoch", "meta_step")])
    _, first, where = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    where = where.reshape(-1)
    losses, factor = scaled(results["loss"])
    means = restored(np.bincount(where, losses) / np.bincount(where), factor)
    return means[np.argsort(first)]


def _records(run: Described) -> str:
    steps, validations = (len(run.records[name]["line"]) for name in ("steps", "validations"))
    counts = run.counts or {"step": steps, "validation": validations}
    parts = [counted(counts.get("step", 0), "inner step"), counted(counts.get("validation", 0), "validation")]
    return ", ".join(parts) + (f" in {counted(counts['lines'], 'line')}" if "lines" in counts else "")


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _trend(values: Array, where: list[int] | None = None) -> str:
    """Return first, best and last of some losses; values that are not finite are counted, not hidden."""
    if not len(values):
        return "no complete meta-step"
    finite = np.isfinite(values)
    text = f"first {rounded(values[0])}"
    if finite.any():
        best = int(np.argmin(np.where(finite, values, np.inf)))
        place = f" at meta-step {where[best]}" if where else ""
        text += f", best {rounded(values[best])}{place}"
    text += f", last {rounded(values[-1])}"
    return text + (f" ({(~finite).sum()} not finite)" if not finite.all() else "")


def diagnostics_by_code(run: Described) -> str:
    """Return how many diagnostics of which code a run has."""
    counts = Counter(run.diagnostic_counts or run.columns("diagnostics")["code"].tolist())
    return ", ".join(f"{number} {code}" for code, number in counts.most_common()) or "none"


def describe(run: Described) -> str:
    """Return the facts as lines of text."""
    pairs = facts(run)
    width = max(len(name) for name, _ in pairs)
    return "\n".join([f"Run {run.name!r}", *(f"  {name:<{width}}  {text}" for name, text in pairs)])


def describe_html(run: Described) -> str:
    """Return the facts and the first meta-steps, or rows of the first frame, as HTML."""
    rows = "".join(
        f"<tr><th {_LEFT}>{html.escape(name)}</th><td {_LEFT}>{html.escape(text)}</td></tr>"
        for name, text in facts(run)
    )
    head = run["meta_steps" if is_nested(run.format) else next(iter(run.format.frames))].head().to_html()
    return f"<div><strong>Run {html.escape(run.name)}</strong><table>{rows}</table>{head}</div>"

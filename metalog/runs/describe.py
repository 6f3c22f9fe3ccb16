"""A run in a few lines: for a prompt, a notebook and the command line."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from metalog.columns import Array, Columns
from metalog.curves.counted import CountedCurve
from metalog.curves.levels import levels
from metalog.curves.means import restored, scaled
from metalog.curves.turning import turn
from metalog.errors import UsageError
from metalog.formats.model import Format
from metalog.formats.template import MISSING
from metalog.printable import printable
from metalog.runs.frames import is_nested
from metalog.runs.main_curve import has_meta_level, meta_train_curve
from metalog.runs.series import Series, series_of
from metalog.runs.table import tables
from metalog.runs.verdict import verdict
from metalog.runs.words import counted, rounded

if TYPE_CHECKING:
    from metalog.runs.run import Run

Fact = tuple[str, str]
_LEFT = 'style="text-align:left"'
#: So many series are told of a run of another format.
_MOST_SERIES: Final = 8


def facts(run: Run) -> list[Fact]:
    """Return what is worth knowing about a run at first sight, as pairs of a name and a text.

    Nothing here needs pandas, so that ``metalog parse`` tells it without that import.
    """
    nested = is_nested(run.format)
    judged = [("verdict", verdict(run).text)] if not run.empty else []
    measured = _of_nested(run) if nested else _of_any_format(run)
    found = [("records", _records(run))] if nested else [("format", _format(run.format)), ("rows", _rows(run))]
    if run.writers != ("",):
        found.append(("writers", ", ".join(name or "(no prefix)" for name in run.writers)))
    if (restarts := len(run.segments) - len(run.writers)) > 0:
        found.append(("segments", f"{len(run.segments)}: the log starts over {_times(restarts)}"))
    found.append(("diagnostics", diagnostics_by_code(run)))
    return [(name, printable(text)) for name, text in (*judged, *measured, *found)]


def _of_nested(run: Run) -> list[Fact]:
    if has_meta_level(run):
        return _meta_level(run)
    if number := len(run.columns("meta_steps")["meta_step"]):
        learning = ("learning log", f"{counted(number, 'run')} without a meta level")
        return [learning, ("validation loss", _levels(meta_train_curve(run), "run"))]
    return []


def _of_any_format(run: Run) -> list[Fact]:
    """Return the range of the outermost levels, and the course of what the run was measured by."""
    ranges: dict[str, Array] = {}
    for table in tables(run).values():
        for level in table.levels[:1]:
            ranges[level] = np.append(ranges.get(level, []), table.numbers(level))
    known = {level: numbers[~np.isnan(numbers)] for level, numbers in ranges.items()}
    found = [(level, f"{int(own.min())} to {int(own.max())}") for level, own in known.items() if own.size]
    try:
        series = series_of(run.last_state()).series
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


def _rows(run: Run) -> str:
    lines = f" in {counted(run.counts['lines'], 'line')}" if "lines" in run.counts else ""
    rows = {name: run.row_counts.get(name, len(table)) for name, table in tables(run, incomplete=True).items()}
    return ", ".join(f"{number:,} of {name}" for name, number in rows.items()) + lines


def _meta_level(run: Run) -> list[Fact]:
    steps = run.columns("meta_steps")
    complete = steps["complete"]
    number, done = len(complete), int(complete.sum())
    meta_epochs = set(steps["meta_epoch"].tolist()) - {MISSING}
    problems = sorted(set(steps["problems"][complete].tolist()))
    found = [
        ("meta-epochs", str(max(len(meta_epochs), 1))),
        ("meta-steps", f"{number} ({done} complete, {number - done} not)"),
        ("problems", f"{' or '.join(map(str, problems)) or 'unknown'} in a meta-step"),
    ]
    curves = [("meta-train loss", _levels(meta_train_curve(run), "meta-step"))]
    means = _meta_validation_means(run.columns("meta_validation"))
    if len(means):
        curves.append(("meta-validations", f"{len(means)}, mean loss {_trend(means)}"))
    return [*curves, *(("meta-test", text) for text in map(_meta_test, run.meta_test) if text), *found]


def _levels(curve: CountedCurve, noun: str) -> str:
    """Return what ``metalog summary`` tells of a curve: the same numbers."""
    if not len(curve):
        return f"no complete {noun}"
    found, turned = levels(curve), turn(curve)
    place = f" at {noun} {found.best_at:g}" if np.isfinite(found.best_at) else ""
    best = f", best {rounded(found.best)}{place}" if np.isfinite(found.best) else ""
    text = f"first {rounded(found.first)}{best}, last {rounded(found.last)}"
    if found.window > 1:
        text += f" (means over {found.window} {noun}s)"
    if turned.reason == "rising":
        text += f"; turns up at {turned.turns_up:g}"
    bad = int((~np.isfinite(curve.value)).sum())
    return text + (f" ({bad} not finite)" if bad else "")


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


def _records(run: Run) -> str:
    steps, validations = (len(run.records[name]["line"]) for name in ("steps", "validations"))
    counts = run.counts or {"step": steps, "validation": validations}
    parts = [counted(counts.get("step", 0), "inner step"), counted(counts.get("validation", 0), "validation")]
    return ", ".join(parts) + (f" in {counted(counts['lines'], 'line')}" if "lines" in counts else "")


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _trend(values: Array) -> str:
    """Return first, best and last of some losses; values that are not finite are counted, not hidden."""
    finite = np.isfinite(values)
    best = f", best {rounded(values[finite].min())}" if finite.any() else ""
    odd = f" ({(~finite).sum()} not finite)" if not finite.all() else ""
    return f"first {rounded(values[0])}{best}, last {rounded(values[-1])}{odd}"


def diagnostics_by_code(run: Run) -> str:
    """Return how many diagnostics of which code a run has."""
    counts = Counter(run.diagnostic_counts or run.columns("diagnostics")["code"].tolist())
    return ", ".join(f"{number} {code}" for code, number in counts.most_common()) or "none"


def describe(run: Run) -> str:
    """Return the facts as lines of text."""
    pairs = facts(run)
    width = max(len(name) for name, _ in pairs)
    return "\n".join([f"Run {run.name!r}", *(f"  {name:<{width}}  {text}" for name, text in pairs)])


def describe_html(run: Run) -> str:
    """Return the facts and the first meta-steps, or rows of the first frame, as HTML."""
    rows = "".join(
        f"<tr><th {_LEFT}>{html.escape(name)}</th><td {_LEFT}>{html.escape(text)}</td></tr>"
        for name, text in facts(run)
    )
    head = run["meta_steps" if is_nested(run.format) else next(iter(run.format.frames))].head().to_html()
    return f"<div><strong>Run {html.escape(run.name)}</strong><table>{rows}</table>{head}</div>"

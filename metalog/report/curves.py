"""What was measured in a run, as curves, and which of them one panel can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from metalog.columns import Array
from metalog.formats.model import COMPLETE, LINE
from metalog.printable import printable
from metalog.report.blobs import Blobs, Reference
from metalog.report.cells import FRAMES, METRICS, has_meta_steps
from metalog.runs.frames import is_nested
from metalog.runs.measures import preferred
from metalog.runs.run import Run
from metalog.runs.series import Series, every_series

Floats = npt.NDArray[np.float64]
#: Of values whose sizes differ more than so many times, one scale would flatten the smaller ones.
_SAME_SIZE: Final = 20
#: Integers beyond this are no counters that 32 bits hold.
_LARGEST_COUNTER: Final = 1 << 31
_MOST_NAMED: Final = 3


def curves_of(run: Run) -> list[Series]:
    """Return the curves of a run, without labels: by meta-step with nested problems, else of all frames."""
    nested = is_nested(run.format) and has_meta_steps(run)
    if not nested:
        return every_series(run)
    logged = [split for split, (frame, _) in FRAMES.items() if len(run.columns(frame)[LINE])]
    return every_series(run, ("meta_steps",), whole=[f"{split}_{metric}" for split in logged for metric in METRICS])


def main_curve(curves: Sequence[Series]) -> Series | None:
    """Return what tells most of a run."""
    return curves[preferred([(one.column, one.label, one.frame) for one in curves])] if curves else None


def described(run: Run, curves: Sequence[Series], panels: Mapping[str, int], blobs: Blobs) -> list[dict[str, Any]]:
    """Return what the page needs of curves; `panels`: the panel of each label."""
    axes = _Axes(blobs)
    complete = _incomplete_marked(run, blobs)
    return [
        {
            "label": printable(one.label),
            "panel": panels[one.label],
            "split": one.split,
            "better": one.better,
            "axis": printable(one.axis),
            "x": axes.of(one, one.x),
            "y": blobs.values(one.y),
            "segment": axes.of(one, one.segment),
            "complete": complete.get((one.frame, len(one.y))),
        }
        for one in curves
    ]


def _incomplete_marked(run: Run, blobs: Blobs) -> dict[tuple[str, int], Reference]:
    """Return which rows of each summary are complete, where some aren't; by its name and length."""
    found = {}
    for name, columns in run.summaries.items():
        if columns and not columns[COMPLETE].all():
            found[name, len(columns[LINE])] = blobs.counters(columns[COMPLETE].astype(np.int64))
    return found


class _Axes:
    """Writes what the curves of one frame share only once."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._known: dict[tuple[str, bytes], Reference] = {}

    def of(self, series: Series, numbers: Array) -> Reference:
        key = (series.frame, numbers.tobytes())
        if key not in self._known:
            whole = bool((np.abs(numbers) < _LARGEST_COUNTER).all() and (numbers == np.rint(numbers)).all())
            self._known[key] = self._blobs.counters(numbers) if whole else self._blobs.exact(numbers)
        return self._known[key]


def panels_of(curves: Sequence[Series]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Put the curves of all runs that one scale can show into a panel each.

    Returns
    -------
    list
        The panels, losses first: their ``title``, ``better`` and ``axis``.
    dict
        The panel of each label.
    """
    groups: list[list[Series]] = []
    place: dict[str, list[Series]] = {}
    for one in curves:
        if one.label in place:
            continue
        group = next((group for group in groups if _fits(one, group[0])), None)
        if group is None:
            groups.append(group := [])
        group.append(one)
        place[one.label] = group
    groups.sort(key=lambda group: ("low", "high", "").index(group[0].better))
    found = [{"title": _title(group), "better": group[0].better, "axis": printable(group[0].axis)} for group in groups]
    return found, {label: groups.index(group) for label, group in place.items()}


def _fits(one: Series, other: Series) -> bool:
    if one.axis != other.axis:
        return False
    if one.column == other.column:
        return True
    sizes = sorted((one.magnitude, other.magnitude))
    return bool(one.better) and one.better == other.better and sizes[1] <= _SAME_SIZE * sizes[0]


def _title(group: Sequence[Series]) -> str:
    columns = list(dict.fromkeys(one.column for one in group))
    if len(columns) <= _MOST_NAMED:
        return printable(", ".join(columns))
    return {"low": "losses", "high": "accuracies"}.get(group[0].better, "values")


def places_of_lines(curve: Series | None, lines: Array) -> Floats:
    """Return where lines of the log stand on the axis of a curve: at its last row above them; ``nan`` without one."""
    if curve is None or not lines.size:
        return np.full(lines.shape, np.nan)
    order = np.argsort(curve.line, kind="stable")
    above = np.searchsorted(curve.line[order], lines, side="right") - 1
    return np.where(above < 0, np.nan, curve.x[order][np.maximum(above, 0)])

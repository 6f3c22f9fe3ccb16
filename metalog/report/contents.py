"""What a report holds of its runs: texts and references to blobs, as the page's script reads them."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from metalog.columns import Array
from metalog.diagnostics import CODES
from metalog.formats.model import LINE, SEGMENT
from metalog.formats.template import MISSING
from metalog.printable import name_as_text, printable
from metalog.report import curves as curve_part
from metalog.report.adaptation import adaptation
from metalog.report.blobs import Blobs
from metalog.report.cells import METRICS, cells_of, described, turn_of
from metalog.report.settings import settings
from metalog.runs.axes import axis_of
from metalog.runs.describe import facts
from metalog.runs.frames import is_nested
from metalog.runs.run import Run
from metalog.runs.series import Series, with_labels
from metalog.runs.table import Table

Part = dict[str, Any]
#: What a text of the configuration is cut to.
_LONGEST: Final = 2000


def contents(runs: Mapping[str, Run], blobs: Blobs) -> Part:
    """Return what the page shows of runs, by name; numbers go to `blobs`."""
    grids = {name: _grid(run, blobs) for name, run in runs.items()}  # the longest to compress begin first
    curves = dict(zip(runs, with_labels(list(map(curve_part.curves_of, runs.values()))), strict=True))
    panels, of_label = curve_part.panels_of([one for own in curves.values() for one in own])
    return {
        "panels": panels,
        "settings": settings(runs, blobs),
        "runs": [
            {
                "name": printable(name_as_text(name)),
                "format": printable(run.format.title or run.format.name),
                "facts": facts(run),
                "config": _config(run),
                "curves": curve_part.described(run, curves[name], of_label, blobs),
                "course": _course(curve_part.main_curve(curves[name])),
                "grid": grids[name],
                "diagnostics": _diagnostics(run, curve_part.main_curve(curves[name])),
            }
            for name, run in runs.items()
        ],
    }


def _config(run: Run) -> list[tuple[str, str]]:
    """Return the configuration as texts, what is nested in it with dots between the names."""
    found: list[tuple[str, str]] = []

    def add(prefix: str, value: Any) -> None:
        if isinstance(value, dict) and value:
            for name, inner in value.items():
                add(f"{prefix}.{name}" if prefix else str(name), inner)
        elif prefix:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            found.append((printable(prefix), printable(text[:_LONGEST])))

    add("", run.config)
    return found


def _course(series: Series | None) -> Part | None:
    """Return first, best and last value of what tells most of a run."""
    if series is None:
        return None
    known = series.y[~np.isnan(series.y)]
    best = series.best()
    return {
        "label": printable(series.label),
        "better": series.better,
        "values": len(series.y),
        "first": number(known[0]) if known.size else None,
        "last": number(known[-1]) if known.size else None,
        "best": None if best is None else number(series.y[best]),
        "best_at": None if best is None else number(series.x[best]),
    }


def number(value: float) -> float | str | None:
    """Return a number as JSON can hold it; what isn't finite is a text, what is missing is null."""
    if math.isfinite(value):
        return float(value)
    return str(float(value))


def _diagnostics(run: Run, main: Series | None) -> Part:
    found = [diagnostic for diagnostic, _ in run.diagnostic_records]
    places = curve_part.places_of_lines(main, np.array([one.line for one in found], np.int64))
    counts = Counter(run.diagnostic_counts or (one.code for one in found))
    return {
        "counts": [(code, CODES[code].severity, CODES[code].meaning, count) for code, count in counts.most_common()],
        "rows": [
            (one.line, one.column, one.code, one.severity, printable(one.message), printable(one.text), number(place))
            for one, place in zip(found, places.tolist(), strict=True)
        ],
        "all": counts.total(),
    }


def _grid(run: Run, blobs: Blobs) -> Part | None:
    """Return the meta-steps, their problems' inner training, and meta-validation; None if the log has no such thing."""
    if not is_nested(run.format):
        return None
    splits = {split: found for split in ("validation", "train") if (found := cells_of(run, split))}
    if not splits:
        return None
    turns = run.columns("meta_steps")
    axis = axis_of(Table.of(run, "meta_steps", incomplete=True))
    both = "validation" in splits and "train" in splits
    return {
        "cells": {split: described(cells, blobs) for split, cells in splits.items()},
        "axis": printable(axis.label),
        "place": blobs.exact(axis.place),
        **{name: blobs.counters(turns[name]) for name in (SEGMENT, "meta_epoch", "meta_step", "complete")},
        "meta_validation": _meta_validation(run, blobs),
        "adaptation": {
            metric: _stages(adaptation(turns, splits["train"], splits["validation"], metric)) for metric in METRICS
        }
        if both
        else {},
    }


def _stages(stages: list[Part]) -> list[Part]:
    return [{**stage, "mean": list(map(number, stage["mean"]))} for stage in stages]


def _meta_validation(run: Run, blobs: Blobs) -> Part | None:
    rows, turns = run.columns("meta_validation"), run.columns("meta_steps")
    if not len(rows[LINE]):
        return None
    turn: Array = turn_of(turns, rows[SEGMENT], rows[LINE])
    turn = np.where(rows["meta_step"] == MISSING, MISSING, turn)
    return {
        "turn": blobs.counters(turn),
        **{name: blobs.counters(rows[name]) for name in ("batch", "problem")},
        "values": {metric: blobs.values(rows[metric]) for metric in METRICS},
    }

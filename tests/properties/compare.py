"""What a run says, as plain values that can be compared bit for bit."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from metalog.formats import native
from metalog.reading.parser import Parser
from metalog.runs.run import Run


def parse(data: bytes) -> Run:
    """Read a log in one piece."""
    parser = Parser("log")
    parser.feed(data)
    return parser.close()


def said(*runs: Run) -> dict[str, Any]:
    """Return all that one or several runs say, put behind each other; floats as their bits."""
    frames = {name: [getattr(run, name) for run in runs] for name in native().frames}
    told: dict[str, Any] = {name: _rows(parts) for name, parts in frames.items()}
    told["segments"] = [segment for run in runs for segment in run.segments]
    told["counts"] = dict(sum((Counter(run.counts) for run in runs), Counter()))
    told["meta_test"] = [repr(one) for run in runs for one in run.meta_test]
    told["writers"], told["config"] = runs[-1].writers, repr(runs[-1].config)
    return told


def _rows(parts: list[Any]) -> list[tuple[Any, ...]]:
    columns = list(dict.fromkeys(name for part in parts for name in part.columns))
    rows: list[tuple[Any, ...]] = []
    for part in parts:
        values = [_plain(part[name]) if name in part else [_NAN] * len(part) for name in columns]
        rows += zip(*values, strict=True)
    return [tuple(columns), *rows]


def _plain(column: Any) -> list[Any]:
    if column.dtype == np.float64:
        bits: list[Any] = column.to_numpy().view(np.int64).tolist()
        return bits
    return list(column.fillna(-1) if column.dtype.name.startswith("Int") else column)


_NAN = int(np.array(np.nan).view(np.int64))

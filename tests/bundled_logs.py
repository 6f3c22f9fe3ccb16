"""The formats that come with metalog besides its own: their names, their fixtures, what a log of theirs parses to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import metalog
from metalog.formats import native
from metalog.formats.model import Format
from metalog.runs.run import Run
from tests.conftest import ROOT
from tests.test_corpus import rows

DECLARATIONS = {path.stem: path for path in sorted((ROOT / "metalog/formats").glob("*.toml"))}
NAMES = [name for name in DECLARATIONS if name != native().name]
FIXTURES = ROOT / "fixtures/formats"


def frames(run: Run) -> dict[str, Any]:
    """Return the frames of a run that have rows, but for the diagnostics."""
    return {name: run[name] for name in run.frames if name != "diagnostics" and len(run[name])}


def said(path: Path, form: Format) -> dict[str, Any]:
    """Return what a log parses to, readably."""
    run = metalog.read(path, format=form)
    told: dict[str, Any] = {
        "segments": [f"{one.number} from line {one.line} {one.writer}".rstrip() for one in run.segments][1:],
        "writers": list(run.writers) if any(run.writers) else [],
        "diagnostics": [
            f"{one.line}:{one.column}: {one.severity} {one.code}: {one.message} | {one.text}"
            for one in run.diagnostics.itertuples()
        ],
        **{name: rows(frame) for name, frame in frames(run).items()},
    }
    return {name: value for name, value in told.items() if value}


def count_rows(path: Path, form: Format) -> int:
    """Return how many rows all frames of a log have together."""
    return sum(map(len, frames(metalog.read(path, format=form)).values()))

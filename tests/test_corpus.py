"""Every log under fixtures/ parses to what stands beside it; a new case is a new file.

``python -m tests.test_corpus --accept NAME…`` writes what the parser says of a log beside it; without a NAME, of all
logs that have nothing beside them. Read it before you commit it: ``NAME.json`` tells what is right.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import metalog
from metalog.diagnostics import CODES
from metalog.formats import native
from tests.conftest import ROOT

LOGS = sorted((ROOT / "fixtures").glob("*/*.txt"))


def said(path: Path) -> dict[str, Any]:
    """Return what a log parses to, readably; what is empty is left out."""
    run = metalog.read(path)
    told: dict[str, Any] = {
        "config": run.config,
        "meta_test": run.meta_test,
        "segments": [f"{one.number} from line {one.line} {one.writer}".rstrip() for one in run.segments][1:],
        "writers": list(run.writers) if any(run.writers) else [],
        "diagnostics": [
            f"{one.line}:{one.column}: {one.severity} {one.code}: {one.message} | {one.text}"
            for one in run.diagnostics.itertuples()
        ],
        **{name: rows(getattr(run, name)) for name in native().frames if name != "diagnostics"},
    }
    return {name: value for name, value in told.items() if value}


def rows(frame: pd.DataFrame) -> list[str]:
    """Return a frame as lines of words: its columns, then its rows, floats in full, ``-`` for <NA>."""
    if frame.empty:
        return []
    columns = [[name, *("-" if value is pd.NA else str(value) for value in frame[name])] for name in frame]
    return [" ".join(row) for row in zip(*columns, strict=True)]


def test_there_are_logs_of_both_sorts() -> None:
    assert {path.parent.name for path in LOGS} == {"valid", "broken"}


@pytest.mark.parametrize("path", LOGS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_log(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert said(path) == expected
    assert path.parent.name == "broken" or not any(" info " not in one for one in expected.get("diagnostics", ()))


def test_every_code_has_an_example() -> None:
    """Two have theirs in test_parser.py: a line of a mebibyte, and a compressed file that ends too early."""
    expected = [json.loads(path.with_suffix(".json").read_text(encoding="utf-8")) for path in LOGS]
    found = {tuple(line.split()[1:3]) for log in expected for line in log.get("diagnostics", ())}
    elsewhere = {"long-line", "truncated-stream"}
    assert found == {(code.severity, f"{name}:") for name, code in CODES.items() if name not in elsewhere}


def accept(names: list[str]) -> None:
    chosen = [path for path in LOGS if path.stem in names or not (names or path.with_suffix(".json").exists())]
    for path in chosen:
        text = json.dumps(said(path), indent=1, ensure_ascii=False)
        path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: written; now read {path.stem}.json")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accept", nargs="*", metavar="NAME", required=True)
    accept(parser.parse_args().accept)

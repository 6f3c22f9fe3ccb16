"""The readers that metalog is measured against, each written as its users would.

All read the inner steps and the validations of a log and know to which meta-epoch, meta-step and problem these belong.
None checks the order of the lines or says what was odd, none builds metalog's frames of meta-steps, and tbparse reads
the same scalars from an event file, where they have no nesting and no more than float32.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import metalog
from metalog.formats import native

#: Columns in which all must agree.
STEPS = native().frames["steps"][1:-1]
VALIDATIONS = native().frames["validations"][1:-1]
Frames = tuple[pd.DataFrame, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Reader:
    """One way to read a log.

    Attributes
    ----------
    read
        Takes the path; what it returns is finished, but not yet in a form that can be compared.
    frames
        Turns that into the frames of steps and validations.
    needs
        The package that must be installed.
    slow
        Whether one round must do.
    """

    name: str
    read: Callable[[Path], Any]
    frames: Callable[[Any], Frames]
    needs: str = "metalog"
    slow: bool = False

    @property
    def available(self) -> bool:
        """Whether the package is installed."""
        return find_spec(self.needs) is not None


# metalog


def read_with(engine: str, path: Path) -> metalog.Run:
    """Read to finished frames with one of the scan engines."""
    before = os.environ.get("METALOG_ENGINE")
    os.environ["METALOG_ENGINE"] = engine
    try:
        run = metalog.read(path)
    finally:
        os.environ.pop("METALOG_ENGINE")
        if before:
            os.environ["METALOG_ENGINE"] = before
    for name in native().frames:
        getattr(run, name)
    return run


def _frames_of_run(run: metalog.Run) -> Frames:
    return run.steps[list(STEPS)], run.validations[list(VALIDATIONS)]


# Plain Python

Node = dict[str, Any]
_STEP = re.compile(r"Epoch (\d+), step +(\d+)\], Loss: (\S+), Accuracy: (\S+)")
_VALIDATION = re.compile(r"Epoch (\d+), VALIDATION\], Loss: (\S+), Accuracy: (\S+)")
_EPOCH = re.compile(r"Epoch (\d+)")
_PROBLEM = re.compile(r"- Problem (\d+) -")
_META_STEP = re.compile(r"(\d+) updates at Meta-Level")
_META_EPOCH = re.compile(r"// +Meta-Epoch (\d+) +//")


def read_plain(path: Path) -> list[Node]:
    """Read line by line into nested lists of dicts; the most frequent kinds of line are tried first.

    Chains of ``startswith`` and ``split`` were tried too: they take as long as these patterns.
    """
    meta_epochs: list[Node] = []
    meta_epoch: Node = {}
    meta_step: Node = {}
    problem: Node = {}
    epoch: Node = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if match := _STEP.match(line):
                epoch["steps"].append({"step": int(match[2]), "loss": float(match[3]), "accuracy": float(match[4])})
            elif match := _VALIDATION.match(line):
                epoch["validation"] = {"loss": float(match[2]), "accuracy": float(match[3])}
            elif match := _EPOCH.match(line):
                epoch = {"epoch": int(match[1]), "steps": [], "validation": None}
                problem["epochs"].append(epoch)
            elif match := _PROBLEM.match(line):
                problem = {"problem": int(match[1]), "epochs": []}
                meta_step["problems"].append(problem)
            elif match := _META_STEP.match(line):
                meta_step = {"meta_step": int(match[1]) + 1, "problems": []}
                meta_epoch["meta_steps"].append(meta_step)
            elif match := _META_EPOCH.match(line):
                meta_epoch = {"meta_epoch": int(match[1]), "meta_steps": []}
                meta_epochs.append(meta_epoch)
    return meta_epochs


def _frames_of_nested(meta_epochs: list[Node]) -> Frames:
    steps, validations = [], []
    for meta_epoch in meta_epochs:
        for meta_step in meta_epoch["meta_steps"]:
            for problem in meta_step["problems"]:
                above = meta_epoch["meta_epoch"], meta_step["meta_step"], problem["problem"]
                for epoch in problem["epochs"]:
                    steps += [(*above, epoch["epoch"], *step.values()) for step in epoch["steps"]]
                    validations.append((*above, epoch["epoch"], *epoch["validation"].values()))
    return pd.DataFrame(steps, columns=list(STEPS)), pd.DataFrame(validations, columns=list(VALIDATIONS))


# polars


def read_polars(path: Path) -> Any:
    """Cut the records into columns with expressions; join the headers by their place above."""
    import polars as pl

    text = pl.col("text")
    lines = pl.scan_csv(
        path, has_header=False, separator="\x01", quote_char=None, row_index_name="line", schema={"text": pl.String}
    )
    patterns = {"meta_epoch": _META_EPOCH, "updates": _META_STEP, "problem": _PROBLEM}
    headers = lines.filter(~text.str.starts_with("Epoch ")).select(
        "line",
        *(text.str.extract(f"^{own.pattern}$").cast(pl.Int32).forward_fill().alias(n) for n, own in patterns.items()),
    )
    parts = lines.filter(text.str.starts_with("Epoch ") & text.str.contains(", ", literal=True)).select(
        "line",
        text.str.split_exact(", ", 3).struct.rename_fields(["epoch", "step", "loss", "accuracy"]).struct.unnest(),
    )
    records = parts.select(
        "line",
        pl.col("epoch").str.strip_prefix("Epoch ").cast(pl.Int32),
        pl.col("step").str.extract(r"^step +(\d+)\]$").cast(pl.Int32),
        pl.col("loss").str.strip_prefix("Loss: ").cast(pl.Float64),
        pl.col("accuracy").str.strip_prefix("Accuracy: ").cast(pl.Float64),
    )
    return records.join_asof(headers, on="line").with_columns(meta_step=pl.col("updates") + 1).collect()


def _frames_of_polars(records: Any) -> Frames:
    return _split(pd.DataFrame({name: records[name].to_numpy() for name in STEPS}))


# DuckDB

_LINES = r"""
CREATE TABLE lines AS SELECT row_number() OVER () AS line, text
FROM read_csv(?, columns={'text': 'VARCHAR'}, delim='\x01', quote='', escape='', header=false, auto_detect=false)
"""
_RECORDS = rf"""
WITH meta_epochs AS (
    SELECT line, regexp_extract(text, '^{_META_EPOCH.pattern}$', 1)::INTEGER AS meta_epoch
    FROM lines WHERE text LIKE '//%'
), meta_steps AS (
    SELECT line, regexp_extract(text, '^{_META_STEP.pattern}$', 1)::INTEGER + 1 AS meta_step
    FROM lines WHERE text LIKE '% updates at Meta-Level'
), problems AS (
    SELECT line, regexp_extract(text, '^{_PROBLEM.pattern}$', 1)::INTEGER AS problem
    FROM lines WHERE text LIKE '- Problem %'
), fields AS (
    SELECT line, regexp_extract(
        text,
        '^Epoch (\d+), (?:step +(\d+)|VALIDATION)\], Loss: (\S+), Accuracy: (\S+)$',
        ['epoch', 'step', 'loss', 'accuracy']
    ) AS field FROM lines WHERE text LIKE 'Epoch %,%'
)
SELECT meta_epoch, meta_step, problem, field.epoch::INTEGER AS epoch, nullif(field.step, '')::INTEGER AS step,
    field.loss::DOUBLE AS loss, field.accuracy::DOUBLE AS accuracy
FROM fields ASOF JOIN meta_epochs ON fields.line >= meta_epochs.line
ASOF JOIN meta_steps ON fields.line >= meta_steps.line ASOF JOIN problems ON fields.line >= problems.line
ORDER BY fields.line
"""


def read_duckdb(path: Path) -> pd.DataFrame:
    """Read the lines into a table, cut the records with a regular expression, join the headers by their place above.

    With the lines as a view instead of a table, the same query takes fifty times as long.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(_LINES, [str(path)])
        records: pd.DataFrame = connection.sql(_RECORDS).df()
        return records


def _split(records: pd.DataFrame) -> Frames:
    """Tell validations from steps: they have no step."""
    is_step = records["step"].notna()
    return records.loc[is_step, list(STEPS)], records.loc[~is_step, list(VALIDATIONS)]


# tbparse


def write_events(run: metalog.Run, folder: Path) -> None:
    """Write the losses and accuracies of a run as TensorBoard's writer does, one event each."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    folder.mkdir()
    with (folder / "events.out.tfevents.0").open("wb") as stream:
        writer = RecordWriter(stream)
        writer.write(Event(file_version="brain.Event:2").SerializeToString())
        for split, frame in (("train", run.steps), ("validation", run.validations)):
            for step, row in enumerate(zip(frame["loss"].tolist(), frame["accuracy"].tolist(), strict=True)):
                for metric, value in zip(("loss", "accuracy"), row, strict=True):
                    scalar = Summary.Value(tag=f"{split}/{metric}", simple_value=value)
                    writer.write(Event(step=step, summary=Summary(value=[scalar])).SerializeToString())
        writer.flush()


def read_tbparse(path: Path) -> pd.DataFrame:
    """Read the event file beside the log."""
    from tbparse import SummaryReader

    scalars: pd.DataFrame = SummaryReader(str(events_beside(path))).scalars
    return scalars


def events_beside(path: Path) -> Path:
    """Return the folder that holds a log's scalars as events."""
    return path.with_suffix(".events")


def _frames_of_scalars(scalars: pd.DataFrame) -> Frames:
    def of(split: str) -> pd.DataFrame:
        return pd.DataFrame(
            {
                name: scalars.loc[scalars["tag"] == f"{split}/{name}", "value"].to_numpy()
                for name in ("loss", "accuracy")
            }
        )

    return of("train"), of("validation")


# All of them

OURS = Reader("metalog", lambda path: read_with("native", path), _frames_of_run)
PLAIN = Reader("plain Python, nested lists of dicts", read_plain, _frames_of_nested)
READERS = (
    OURS,
    PLAIN,
    Reader("metalog, portable engine", lambda path: read_with("portable", path), _frames_of_run),
    Reader("polars, expressions", read_polars, _frames_of_polars, "polars"),
    Reader("DuckDB, SQL", read_duckdb, _split, "duckdb"),
    Reader("tbparse, event file", read_tbparse, _frames_of_scalars, "tbparse", slow=True),
)


def check_same(frames: Frames, reference: Frames) -> None:
    """Refuse a reader that does not find the same values, so that all do the same work."""
    for found, expected in zip(frames, reference, strict=True):
        for name in found.columns:
            mine, theirs = (np.asarray(frame[name], dtype=np.float64) for frame in (found, expected))
            if "step" not in frames[0].columns:  # events hold float32
                theirs = theirs.astype(np.float32).astype(np.float64)
            np.testing.assert_array_equal(mine, theirs, err_msg=name)

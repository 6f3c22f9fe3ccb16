"""Frames to files and back: every value, every dtype, every kind of file; a batch at a time."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

import metalog
from metalog.errors import MissingExtraError, UsageError
from metalog.formats import native
from metalog.output import export
from metalog.output.export import export_log, open_export
from metalog.output.joint import joint_columns
from metalog.output.sinks import FORMATS, format_of
from metalog.reading import read as reader
from metalog.reading.parser import Parser
from metalog.sources.streams import Stream
from tests import loggen
from tests.cli_logs import LEARNING, LOSSES, meta_log, odd_log, spellings_log

LOGS = {"meta": meta_log(), "learning": LEARNING, "spellings": spellings_log(), "odd": odd_log()}
JOINT = (
    *("kind", "segment", "meta_epoch", "meta_step", "batch", "problem", "epoch", "step", "loss", "accuracy", "line"),
)
KINDS = {"steps": "step", "validations": "validation", "meta_validation": "meta-validation result"}


def read(text):
    return metalog.read(io.BytesIO(text.encode()))


def written(run, form, frame="all"):
    """Return the bytes that a run makes in a format."""
    stream = io.BytesIO()
    with open_export(stream, form, frame) as target:
        target.records(run.records)
        target.finish(run)
    return stream.getvalue()


def rows_of(data, form):
    """Read text formats back without pandas: what is missing is None, all floats as Python reads them."""
    if form == "jsonl":
        return [_with_its_floats(strict(line)) for line in data.decode().splitlines()]
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    texts = {"kind", "code", "severity", "message", "text", "run"}
    return [{name: _value(name, text, texts) for name, text in row.items()} for row in rows]


def strict(line):
    """Read JSON as the standard has it: no NaN, no Infinity."""

    def refuse(word):
        raise AssertionError(word)

    return json.loads(line, parse_constant=refuse)


def _with_its_floats(row):
    """Put what is not finite in its place, as the last column tells."""
    for entry in filter(None, row.pop("not_finite", "").split("; ")):
        name, word = entry.split("=")
        assert row[name] is None
        row[name] = float(word)
    return row


def _value(name, text, texts):
    if name in texts or text in ("True", "False"):
        return text if name in texts else text == "True"
    if text == "":
        return None
    return float(text) if "loss" in name or "accuracy" in name else int(text)


def plain(frame):
    """Return a frame as rows of plain values, <NA> as None but NaN as itself."""
    columns = []
    for _, column in frame.items():
        missing = column.isna() if not pd.api.types.is_float_dtype(column.dtype) else [False] * len(column)
        columns.append([None if no else value for value, no in zip(column.tolist(), missing, strict=True)])
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def arrow(data, form):
    return arrow_table(data, form).to_pandas()


def arrow_table(data, form):
    read_table = pa.parquet.read_table if form == "parquet" else pa.feather.read_table
    return read_table(pa.BufferReader(data))


def equal(rows, expected):
    """Compare by repr: it tells nan from None, -0.0 from 0.0, and every float from its neighbours."""
    assert list(map(repr, rows)) == list(map(repr, expected))


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("frame", native().frames)
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_text_gives_a_frame_back_exactly(form, frame, log):
    run = read(LOGS[log])
    equal(rows_of(written(run, form, frame), form), plain(getattr(run, frame)))


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("frame", native().frames)
@pytest.mark.parametrize("form", ["parquet", "feather"])
def test_arrow_gives_a_frame_back_with_its_dtypes(form, frame, log):
    run = read(LOGS[log])
    pd.testing.assert_frame_equal(arrow(written(run, form, frame), form), getattr(run, frame), check_exact=True)


def test_every_spelling_of_a_float_survives():
    run = read(spellings_log())
    for form in ("csv", "jsonl"):
        found = [row["loss"] for row in rows_of(written(run, form, "steps"), form)]
        assert list(map(repr, found)) == list(map(repr, LOSSES))
    assert b"nan" in written(run, "csv", "steps")
    notes = [strict(line)["not_finite"] for line in written(run, "jsonl", "steps").decode().splitlines()]
    assert notes[2:5] == ["loss=NaN", "loss=Infinity", "loss=-Infinity"]


def test_json_lines_are_read_by_pandas_with_a_number_in_every_number_column(tmp_path):
    path = tmp_path / "steps.jsonl"
    path.write_bytes(written(read(spellings_log()), "jsonl", "steps"))
    frame = pd.read_json(path, lines=True, engine="pyarrow")  # the usual engine rounds
    assert frame["loss"].dtype == "float64"
    assert frame["not_finite"].tolist() == ["", "", "loss=NaN", "loss=Infinity", "loss=-Infinity", *[""] * 5]
    frame["loss"] = frame["loss"].fillna(frame["not_finite"].str.extract("loss=([^;]+)")[0].astype(float))
    assert list(map(repr, frame["loss"])) == list(map(repr, LOSSES))


def test_json_lines_are_read_by_polars_with_a_number_in_every_number_column(tmp_path):
    polars = pytest.importorskip("polars")
    path = tmp_path / "steps.jsonl"
    path.write_bytes(written(read(spellings_log()), "jsonl", "steps"))
    frame = polars.read_ndjson(path)
    assert (frame["loss"].dtype, frame["not_finite"].dtype) == (polars.Float64, polars.String)
    assert frame["loss"].null_count() == 3


def test_json_lines_are_read_by_duckdb_with_a_number_in_every_number_column(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "steps.jsonl"
    path.write_bytes(written(read(spellings_log()), "jsonl", "steps"))
    types = dict(duckdb.sql(f"select column_name, column_type from (describe select * from '{path}')").fetchall())
    assert (types["loss"], types["not_finite"]) == ("DOUBLE", "VARCHAR")


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
def test_json_lines_are_read_by_jq():
    data = written(read(spellings_log()), "jsonl", "steps")
    done = subprocess.run(["jq", "-c", "[.loss, .not_finite]"], input=data, capture_output=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[2:5] == [[None, "loss=NaN"], [None, "loss=Infinity"], [None, "loss=-Infinity"]]


def test_a_value_of_a_log_that_is_called_as_the_last_column_is_kept():
    log = meta_log().replace("- Problem 1 -", '# meta-step {"not_finite": 7}\n- Problem 1 -', 1)
    row = strict(written(read(log), "jsonl", "meta_steps").decode().splitlines()[0])
    assert (row["not_finite"], row["not_finite_"]) == (7, "")


@pytest.mark.parametrize("form", FORMATS)
def test_the_joint_table_holds_all_records_in_the_order_of_their_lines(form):
    run = read(meta_log())
    data = written(run, form)
    rows = rows_of(data, form) if form in ("csv", "jsonl") else plain(arrow(data, form))
    assert tuple(rows[0]) == JOINT == joint_columns(native())
    assert [row["line"] for row in rows] == sorted(row["line"] for row in rows)
    for frame, kind in KINDS.items():
        own = [{name: row[name] for name in native().frames[frame]} for row in rows if row["kind"] == kind]
        equal(own, plain(getattr(run, frame)))
    assert len(rows) == sum(len(getattr(run, frame)) for frame in KINDS)


def test_what_a_record_does_not_have_is_missing_not_zero():
    step, *_ = rows_of(written(read(LEARNING), "jsonl"), "jsonl")
    assert {name for name, value in step.items() if value is None} == {"meta_epoch", "meta_step", "batch", "problem"}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("frame", ["all", *native().frames])
def test_a_frame_without_rows_still_has_its_columns(form, frame):
    data = written(read("# nothing but a comment\n"), form, frame)
    columns = JOINT if frame == "all" else native().frames[frame]
    if form == "csv":
        assert data.decode() == ",".join(columns) + "\n"
    elif form == "jsonl":
        assert data == b""
    else:
        found = arrow(data, form)
        assert (tuple(found.columns), len(found)) == (columns, 0)


@pytest.mark.parametrize("form", FORMATS)
def test_the_result_does_not_depend_on_the_batches(form, monkeypatch):
    """A batch without results of a meta-validation must not decide their column's type."""
    monkeypatch.setattr(export, "BATCH", 50)
    monkeypatch.setattr(reader, "CHUNK", 4096)
    monkeypatch.setattr(reader, "FIRST_CHUNK", 4096)
    log = loggen.text(loggen.Shape(meta_steps=9, problems=3, epochs=2, meta_validate_every=8)).encode()
    run = metalog.read(io.BytesIO(log))
    for frame in ("all", *native().frames):
        stream = io.BytesIO()
        with open_export(stream, form, frame) as target:
            export_log(Stream(io.BytesIO(log), "run"), Parser("run"), target, progress=False, total=None)
        if form in ("csv", "jsonl"):
            assert stream.getvalue() == written(run, form, frame)
        else:
            whole, parts = (arrow(data, form) for data in (written(run, form, frame), stream.getvalue()))
            nullable = {name: str(parts[name].dtype) for name in parts if str(parts[name].dtype).startswith("Int")}
            assert set(nullable) <= {name for name in whole if whole[name].dtype.kind == "i"}
            pd.testing.assert_frame_equal(parts, whole.astype(nullable))


def test_large_logs_are_written_in_several_row_groups(monkeypatch, tmp_path):
    monkeypatch.setattr(export, "BATCH", 50)
    monkeypatch.setattr(reader, "CHUNK", 4096)
    monkeypatch.setattr(reader, "FIRST_CHUNK", 4096)
    log = io.BytesIO(loggen.text(loggen.Shape(meta_steps=9, problems=3, epochs=2)).encode())
    with open_export(tmp_path / "run.parquet", "parquet") as target:
        parser = Parser("run")
        run = export_log(Stream(log, "run"), parser, target, progress=False, total=None)
    assert pa.parquet.ParquetFile(tmp_path / "run.parquet").num_row_groups > 1
    assert len(run.steps) == len(run.validations) == 0
    assert len(run.meta_steps) == 9


def test_what_is_few_stays_with_the_run_that_was_exported():
    log = io.BytesIO(meta_log().encode())
    with open_export(io.BytesIO(), "csv") as target:
        run = export_log(Stream(log, "run"), Parser("run"), target, progress=False, total=None)
    pd.testing.assert_frame_equal(run.meta_validation, read(meta_log()).meta_validation)
    assert run.counts["step"] == 24


# Where it goes


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_gets_a_file_for_each_frame(form, tmp_path):
    run = read(meta_log())
    with open_export(tmp_path / "new" / "folder", form) as target:
        target.records(run.records)
        target.finish(run)
    assert {path.name for path in (tmp_path / "new" / "folder").iterdir()} == {
        f"{name}.{form}" for name in native().frames
    }
    for name in native().frames:
        data = (tmp_path / "new" / "folder" / f"{name}.{form}").read_bytes()
        assert data == written(run, form, name)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.csv", "csv"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("A.PARQUET", "parquet"),
        ("a.feather", "feather"),
        ("a.arrow", "feather"),
        ("a", None),
        ("folder.v2", None),
        ("folder.csv", None),
    ],
)
def test_the_ending_decides_the_format(name, form, tmp_path):
    (tmp_path / "folder.v2").mkdir()
    (tmp_path / "folder.csv").mkdir()
    assert format_of(tmp_path / name) == form


def test_an_ending_that_means_no_format_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"a\.docx: can't tell the format from \.docx; use \.csv, .* or the name of a"):
        format_of(tmp_path / "a.docx")


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    old = tmp_path / "run.csv"
    old.write_text("old")

    def fail():
        with open_export(old, "csv") as target:
            target.records(read(meta_log()).records)
            assert old.read_text() == "old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert old.read_text() == "old"
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.parametrize("form", ["parquet", "feather"])
def test_without_pyarrow_the_missing_extra_is_named(form, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with (
        pytest.raises(
            MissingExtraError, match=rf"writing {form} needs pyarrow: pip install 'metalog-toolkit\[parquet\]'"
        ),
        open_export(tmp_path / f"run.{form}", form),
    ):
        raise AssertionError
    assert not list(tmp_path.iterdir())


def test_several_runs_get_a_column_that_names_them(tmp_path):
    for name, text in (("a", meta_log()), ("b", LEARNING)):
        (tmp_path / f"{name}.txt").write_text(text)
    runs = metalog.read_many(tmp_path)
    stream = io.BytesIO()
    with open_export(stream, "parquet", "steps") as target:
        target.runs(runs)
    found = arrow(stream.getvalue(), "parquet")
    pd.testing.assert_frame_equal(found, runs.steps, check_exact=True)
    assert found["run"].dtype == "category"


def test_a_nan_is_no_missing_value_in_arrow_files():
    run = read(spellings_log())
    for form in ("parquet", "feather"):
        losses = arrow_table(written(run, form, "steps"), form)["loss"].to_pylist()
        assert list(map(repr, losses)) == list(map(repr, LOSSES))

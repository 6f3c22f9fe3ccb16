"""The commands on a log of another program."""

from __future__ import annotations

import csv
import io
import json

import pandas as pd
import pytest

from metalog.output import export
from metalog.output.export import export_log, open_export
from metalog.reading import read as reader
from metalog.reading.follow import Update
from metalog.reading.parser import Parser
from metalog.runs.live import Live
from metalog.sources.streams import Stream
from tests.declared import EPOCHS, EPOCHS_TOML, FLAT, epochs_text, flat_text, phased, read


@pytest.fixture
def epochs(tmp_path, monkeypatch):
    """A folder with two logs of another format, which is declared there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / ".metalog" / "formats").mkdir(parents=True)
    (tmp_path / ".metalog" / "formats" / "epochs.toml").write_text(EPOCHS_TOML)
    (tmp_path / "a.log").write_text(epochs_text())
    (tmp_path / "b.log").write_text(epochs_text(rate=2))
    return tmp_path


def test_parse_tells_what_is_in_it(typed, epochs):
    result = typed("parse", "a.log")
    assert result.code == 0
    assert result.stdout == repr(read(epochs_text(), EPOCHS, "a.log")) + "\n"


def test_parse_writes_a_file_for_each_frame(typed, epochs):
    result = typed("parse", "a.log", "-o", "frames/")
    assert result.code == 0
    assert {path.name for path in (epochs / "frames").iterdir()} == {"batches.csv", "epochs.csv", "diagnostics.csv"}
    found = pd.read_csv("frames/epochs.csv")
    pd.testing.assert_frame_equal(found, read(epochs_text(), EPOCHS)["epochs"], check_dtype=False)
    assert "val_loss" in result.stdout  # the summary has the values though the rows went to files


@pytest.mark.parametrize("name", ["all.csv", "all.jsonl", "all.parquet", "all.feather"])
def test_parse_writes_all_records_in_the_order_of_their_lines(typed, epochs, name):
    assert typed("parse", "a.log", "-o", name).code == 0
    if name.endswith("csv"):
        rows = list(csv.DictReader(io.StringIO((epochs / name).read_text())))
    elif name.endswith("jsonl"):
        rows = [json.loads(line) for line in (epochs / name).read_text().splitlines()]
    else:
        frame = pd.read_parquet(name) if name.endswith("parquet") else pd.read_feather(name)
        rows = frame.to_dict("records")
    names = ["kind", "segment", "epoch", "batch", "loss", "acc", "val_loss", "val_acc", "ppl", "line"]
    assert [key for key in rows[0] if key != "not_finite"] == names
    assert [row["kind"] for row in rows[:5]] == ["batches"] * 4 + ["epochs"]
    assert [int(row["line"]) for row in rows] == sorted(int(row["line"]) for row in rows)


def test_parse_of_several_writes_one_file_for_all(typed, epochs):
    assert typed("parse", "a.log", "b.log", "-o", "epochs.parquet", "--frame", "epochs").code == 0
    found = pd.read_parquet("epochs.parquet")
    assert found["run"].tolist() == ["a"] * 3 + ["b"] * 3


def test_a_frame_that_is_not_there_is_told(typed, epochs):
    result = typed("parse", "a.log", "-o", "x.csv", "--frame", "epoch")
    assert result.code == 2
    assert "there is no frame 'epoch'; did you mean epochs? the frames are all, batches, epochs" in result.stderr
    assert not (epochs / "x.csv").exists()


def test_summary_and_compare(typed, epochs):
    table = typed("summary", "a.log", "b.log", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["run"] for row in rows] == ["a", "b"]
    assert float(rows[0]["val_loss.best"]) == read(epochs_text(), EPOCHS)["epochs"]["val_loss"].min()
    text = typed("compare", "a.log", "b.log").stdout
    assert "Compared by val_loss of epochs; baseline: a." in text
    assert "Compared by acc of batches" in typed("compare", "a.log", "b.log", "--y", "acc").stdout
    result = typed("compare", "a.log", "b.log", "--paired")
    assert result.code == 2
    assert "--paired means something for nested problems alone" in result.stderr


def test_plot_draws_a_curve(typed, epochs):
    for arguments in ((), ("--curve",), ("--frame", "epochs", "--x", "epoch", "--y", "val_acc"), ("--all",)):
        result = typed("plot", "a.log", *arguments, "-o", "out.svg")
        assert (result.code, result.stderr) == (0, "")
    assert typed("plot", "a.log", "b.log", "--metric", "loss").stdout == "a+b-curve.png\n"


def test_plot_says_what_it_can_not_draw(typed, epochs):
    result = typed("plot", "a.log", "--grid")
    assert result.code == 2
    assert "a has no nested problems to draw in this figure: its format, epochs, has" in result.stderr
    assert "--problem" not in result.stderr
    assert typed("plot", "a.log", "--problem", "1", "1").code == 2
    result = typed("plot", "a.log", "--y", "val_los")
    assert "no column 'val_los'; did you mean val_loss?" in result.stderr


# In batches, and while it grows


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "feather"])
def test_words_that_come_later_fit_into_a_file(form, tmp_path):
    first, second = phased(1), phased(1, [("test", 2)])
    for frame in ("all", "batches"):
        path = tmp_path / f"{frame}.{form}"
        with open_export(path, form, frame, [EPOCHS]) as target:
            target.records(first.records)
            target.records(second.records)
        if form in ("parquet", "feather"):
            found = pd.read_parquet(path) if form == "parquet" else pd.read_feather(path)
            assert found["phase"].tolist() == ["train"] * 4 + ["val"] * 2 + ["test"] * 2


def test_a_log_of_several_batches_is_written_like_one_of_one(monkeypatch):
    text = flat_text(400, 5).encode()
    written = []
    for batch in (10, 10**6):
        monkeypatch.setattr(export, "BATCH", batch)
        monkeypatch.setattr(reader, "CHUNK", 1024)
        monkeypatch.setattr(reader, "FIRST_CHUNK", 1024)
        stream = io.BytesIO()
        with open_export(stream, "csv", "all", [FLAT]) as target:
            parser = Parser("x", format=FLAT)
            run = export_log(Stream(io.BytesIO(text), "x"), parser, target, progress=False, total=None)
        written.append(stream.getvalue())
        assert "400 of steps, 80 of evaluations in 480 lines" in repr(run)
        assert len(run["steps"]) == (0 if batch == 10 else 400)
    assert written[0] == written[1]


def test_a_log_that_grows_is_told_in_its_own_words():
    live, parser = Live("x"), Parser("x", format=EPOCHS)
    completed = []
    for line in epochs_text(2, 2).splitlines(keepends=True):
        parser.feed(line.encode())
        completed.append(live.add(Update(parser.take(), 1)))
    live.add(Update(parser.close(), 1))
    assert live.status() == "x: epoch 2 (6 rows, loss last 0.3679, best 0.3679)"
    assert completed[:6] == [False, True, False, True, False, True]

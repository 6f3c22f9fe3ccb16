"""``metalog parse -o``: what is written where, and that standard output holds nothing but data."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest

import metalog
from metalog.formats import native
from metalog.output.sinks import FORMATS
from tests.cli_logs import LEARNING, meta_log, odd_log
from tests.golden import check_golden


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.txt").write_text(meta_log())
    return tmp_path


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_joint_table_is_the_golden_one(typed, here, form):
    result = typed("parse", "run.txt", "-o", f"out.{form}")
    assert result.code == 0
    check_golden((here / f"out.{form}").read_text(), f"parse-joint.{form}")


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_and_standard_output_get_the_same(typed, here, form):
    to_file = typed("parse", "run.txt", "-o", f"out.{form}", "--frame", "steps")
    to_stdout = typed("parse", "run.txt", "-o", "-", "--format", form, "--frame", "steps")
    assert to_stdout.data == (here / f"out.{form}").read_bytes()
    assert to_file.stderr == f"written: out.{form}\n"
    assert to_file.stdout == to_stdout.stderr != ""


def test_standard_output_gets_csv_unless_told_otherwise(typed):
    assert typed("parse", "run.txt", "-o", "-").stdout.startswith("kind,segment,meta_epoch,")


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_gets_every_frame(typed, here, form):
    result = typed("parse", "run.txt", "-o", "frames", "--format", form)
    assert (result.code, result.stderr) == (0, "written: frames\n")
    assert sorted(path.name for path in (here / "frames").iterdir()) == sorted(
        f"{name}.{form}" for name in native().frames
    )


@pytest.mark.parametrize("frame", native().frames)
def test_a_file_gets_the_frame_that_is_asked_for(typed, here, frame):
    (here / "odd.txt").write_text(odd_log())
    assert typed("parse", "odd.txt", "-o", "out.parquet", "--frame", frame).code == 0
    expected = getattr(metalog.read("odd.txt"), frame)
    pd.testing.assert_frame_equal(pd.read_parquet("out.parquet"), expected, check_exact=True)


@pytest.mark.parametrize("choice", ["first", "last"])
def test_what_on_restart_leaves_out_is_not_written(typed, here, choice):
    log = meta_log(meta_steps=4)
    (here / "resumed.txt").write_text(log + log[log.index("2 updates") :])
    assert typed("parse", "resumed.txt", "-o", "out.parquet", "--frame", "steps", "--on-restart", choice).code == 0
    found = pd.read_parquet("out.parquet")
    pd.testing.assert_frame_equal(found, metalog.read("resumed.txt", on_restart=choice).steps, check_exact=True)
    assert found["segment"].unique().tolist() == ([0] if choice == "first" else [0, 1])


def test_several_logs_go_into_one_file_with_their_names(typed, here):
    (here / "other.txt").write_text(LEARNING)
    assert typed("parse", "run.txt", "other.txt", "-o", "out.parquet", "--frame", "validations").code == 0
    found = pd.read_parquet("out.parquet")
    assert found.groupby("run", observed=False).size().to_dict() == {"run": 12, "other": 2}
    assert typed("parse", "run.txt", "other.txt", "-o", "frames").code == 0
    assert (here / "frames" / "meta_steps.csv").read_text().startswith("run,segment,")


def test_a_bad_log_among_several_is_told_and_the_rest_is_written(typed, here):
    (here / "empty.txt").touch()
    result = typed("parse", "run.txt", "empty.txt", "-o", "-", "--format", "jsonl")
    assert result.code == 1
    assert {json.loads(line)["run"] for line in result.stdout.splitlines()} == {"run"}
    assert result.stderr.endswith("metalog: empty.txt is empty; name the log of a run that has begun\n")


def test_where_all_logs_are_bad_nothing_is_written(typed, here):
    (here / "empty.txt").touch()
    assert typed("parse", "empty.txt", "missing.txt", "-o", "out.csv").code == 1
    assert not (here / "out.csv").exists()


def test_standard_input_goes_through_to_standard_output(typed):
    result = typed("parse", "-", "-o", "-", "--frame", "meta_steps", stdin=meta_log().encode())
    pd.testing.assert_frame_equal(
        pd.read_csv(io.BytesIO(result.data)),
        pd.read_csv(io.StringIO(metalog.read("run.txt").meta_steps.to_csv(index=False))),
    )


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("absent/out.csv", "absent/out.csv can't be written: No such file or directory"),
        ("run.txt/out.csv", "run.txt/out.csv can't be written: Not a directory"),
        ("run.txt/frames", "run.txt/frames can't be made a folder: Not a directory"),
    ],
)
def test_what_cannot_be_written_is_said_in_a_sentence(typed, output, said):
    result = typed("parse", "run.txt", "-o", output)
    assert (result.code, result.stdout, result.stderr) == (2, "", f"metalog: {said}\n")


@pytest.mark.parametrize(("text", "options"), [("", []), (odd_log(), ["--strict"])])
def test_a_log_that_is_refused_leaves_an_older_output_alone(typed, here, text, options):
    (here / "bad.txt").write_text(text)
    (here / "out.csv").write_text("older")
    assert typed("parse", "bad.txt", "-o", "out.csv", *options).code == 1
    assert (here / "out.csv").read_text() == "older"
    assert sorted(path.name for path in here.iterdir()) == ["bad.txt", "out.csv", "run.txt"]

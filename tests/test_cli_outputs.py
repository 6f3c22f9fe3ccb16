"""No command writes over a log: not over one that it reads, by whatever name, and over no other."""

from __future__ import annotations

import gzip
import io
import os
import sys
import zipfile
from pathlib import Path

import pytest

from metalog.cli.outputs import is_log
from tests.cli_logs import LEARNING, meta_log, odd_log

LOG = meta_log()
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("run.txt", "other.txt", "run.csv", "run.png", "run.jsonl", "bystander.txt"):
        (tmp_path / name).write_text(LOG)
    (tmp_path / "run-curve.png").write_text(LOG)
    (tmp_path / "packed.csv").write_bytes(gzip.compress(LOG.encode()))
    with zipfile.ZipFile(tmp_path / "runs.csv", "w") as archive:
        archive.writestr("run.txt", LOG)
    Path("link.csv").symlink_to("run.txt")
    os.link("run.txt", "hard.csv")
    Path("frames").mkdir()
    Path("frames/steps.csv").symlink_to("../run.txt")
    Path("folder").symlink_to(".")
    return tmp_path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    "call",
    [
        "summary run.txt -o run.txt",
        "summary run.txt -o ./run.txt",
        "summary run.txt -o folder/run.txt",
        "summary run.txt -o link.csv",
        "summary run.txt -o hard.csv",
        "summary link.csv -o run.txt",
        "summary run.txt --format csv -o -",
        "summary . -o other.txt",
        "compare run.txt other.txt -o other.txt",
        "compare *.txt -o other.txt",
        "check run.txt --rejects run.txt",
        "check run.txt --rejects link.csv",
        "check other.txt run.txt --rejects run.txt",
        "parse run.csv -o run.csv",
        "parse run.txt -o hard.csv",
        "parse run.txt other.txt -o link.csv",
        "parse run.txt -o frames",
        "parse run.txt --on-restart last -o run.jsonl",
        "parse packed.csv -o packed.csv",
        "parse runs.csv -o runs.csv",
        "parse runs.csv run.txt -o runs.csv",
        "parse - -o run.csv",
        "plot run.png -o run.png",
        # logs that the call doesn't read
        "summary run.txt -o bystander.txt",
        "compare run.txt other.txt -o bystander.txt",
        "check run.txt --rejects bystander.txt",
        "parse run.txt -o packed.csv",
        "parse other.txt -o frames",
        "plot run.txt -o run.png",
        "plot run.txt",
    ],
)
def test_a_log_is_never_written_over(typed, here, call, monkeypatch):
    before = contents(here)
    if call.endswith("-o -"):
        monkeypatch.setattr("metalog.cli.outputs._stream_status", lambda _: os.stat("run.txt"))  # noqa: PTH116
    if call.startswith("parse -"):
        monkeypatch.setattr("metalog.cli.outputs._stream_status", lambda _: os.stat("run.csv"))  # noqa: PTH116
    result = typed(*call.split(), stdin=LOG.encode())
    assert (result.code, result.data) == (2, b"")
    assert result.stderr.count("\n") == 1
    assert "is read by this call" in result.stderr or "is a log, which would be lost" in result.stderr
    assert contents(here) == before
    assert Path("link.csv").is_symlink()


def test_the_remembered_run_is_not_written_over(typed, here):
    typed("parse", "run.txt")
    before = contents(here)
    for call in ("check --rejects run.txt", "summary -o run.txt", "parse -o hard.csv"):
        result = typed(*call.split())
        assert (result.code, result.data) == (2, b"")
        assert result.stderr.startswith("run: run.txt, the one last worked on here\nmetalog: ")
    assert contents(here) == before


@pytest.mark.parametrize("text", [LOG, LEARNING, odd_log()])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_our_own_outputs_are_written_over(typed, here, text, form):
    (here / "log.txt").write_text(text)
    calls = [
        f"parse log.txt -o all --format {form}",
        f"parse log.txt -o all.{form}",
        "check log.txt --rejects rejects.txt",
        *(f"summary log.txt -o table{ending}" for ending in (".txt", ".md", ".tex", ".csv", ".json")),
        *(f"compare log.txt other.txt -o table{ending}" for ending in (".txt", ".md", ".tex", ".csv", ".json")),
    ]
    for call in calls + calls:
        assert "lost" not in typed(*call.split()).stderr, call


def test_what_is_a_log_is_told_by_its_lines(here):
    (here / "notes.md").write_text("# Notes\n\n- Problem 2 is hard\n")
    (here / "empty").touch()
    names = ["run.txt", "packed.csv", "link.csv", "notes.md", "empty", "absent", "frames"]
    assert [is_log(here / name) for name in names] == [True, True, True, False, False, False, False]


def test_a_file_called_dash_is_never_made(typed, here):
    for call in ("summary run.txt -o -", "summary run.txt --format csv -o -", "compare run.txt other.txt -o -"):
        result = typed(*call.split())
        assert (result.code, result.stderr) == (0, "")
        assert result.stdout
    result = typed("check", "run.txt", "--rejects", "-")
    assert (result.code, result.stderr.count("\n")) == (2, 1)
    assert not (here / "-").exists()


def test_a_device_is_no_folder(typed):
    assert typed("parse", "run.txt", "-o", "/dev/null").stderr == "written: /dev/null\n"
    assert typed("parse", "run.txt", "-o", "/dev/null", "--format", "jsonl", "--frame", "steps").code == 0


def test_a_stream_in_memory_is_no_file():
    from metalog.cli.outputs import _stream_status

    assert _stream_status(io.BytesIO()) is None
    assert _stream_status(None) is None

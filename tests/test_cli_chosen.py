"""Runs chosen and named on the command line: ``NAME=PATH``, ``--exclude GLOB``, linked folders."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.conftest import ROOT

LOG = ROOT / "fixtures" / "formats" / "nanogpt.log"


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a/run.log", "b/run.log", "debug-1/run.log", "lr=0.1/run.log"):
        (tmp_path / "runs" / name).parent.mkdir(parents=True)
        shutil.copy(LOG, tmp_path / "runs" / name)
    return tmp_path / "runs"


def names(result):
    assert result.code == 0, result.stderr
    return [row["run"] for row in json.loads(result.stdout)]


def test_a_run_is_called_as_the_user_says(typed, runs):
    assert names(typed("summary", "base=runs/a/run.log", "new=runs/b/run.log", "--json")) == ["base", "new"]
    assert names(typed("summary", "base=runs/a", "runs/b/run.log", "--json")) == ["base", "run"]


def test_check_and_parse_take_names_too(typed, runs):
    (runs / "a" / "run.log").write_text(LOG.read_text() + "some words\n")
    assert typed("check", "base=runs/a").stdout.startswith("base:")
    assert typed("parse", "base=runs/a/run.log").stdout.startswith("Run 'base'")


@pytest.mark.parametrize("name", ["runs/lr=0.1/run.log", "runs/lr=*/run.log", "./runs/lr=0.1"])
def test_a_path_with_an_equals_sign_is_no_name(typed, runs, name):
    assert names(typed("summary", name, "runs/a/run.log", "--json")) == ["lr=0.1", "a"]


def test_a_folder_with_an_equals_sign_is_no_name(typed, runs, monkeypatch):
    monkeypatch.chdir(runs)
    assert names(typed("summary", "lr=0.1/run.log", "--json")) == ["run"]
    assert names(typed("summary", "lr=*/run.log", "a/run.log", "--json")) == ["lr=0.1", "a"]


def test_a_name_for_several_logs_or_for_none_is_told(typed, runs):
    several = typed("summary", "all=runs")
    assert (several.code, several.stderr) == (2, "metalog: runs holds 4 logs, which can't all be called 'all'\n")
    nothing = typed("summary", "base=runs/c.log")
    assert nothing.code == 2
    assert "base=runs/c.log: no such file or folder" in nothing.stderr


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["debug-*"], ["a", "b", "lr=0.1"]),
        (["debug-*", "lr=*"], ["a", "b"]),
        (["runs/debug-1/run.log", "b/", "runs/a"], ["run"]),
        (["*.txt"], ["a", "b", "debug-1", "lr=0.1"]),
        (["ebug-1"], ["a", "b", "debug-1", "lr=0.1"]),
    ],
)
def test_what_is_excluded_is_not_read(typed, runs, patterns, left):
    assert names(typed("summary", "runs", "--json", *(f"--exclude={pattern}" for pattern in patterns))) == left


def test_excluding_all_is_told(typed, runs):
    result = typed("parse", "runs", "--exclude", "*.log")
    assert (result.code, result.stderr) == (
        2,
        "metalog: --exclude leaves out all 4 logs; choose another pattern\n",
    )


@pytest.mark.parametrize("command", ["parse", "check", "plot", "report", "summary", "compare"])
def test_every_command_that_reads_runs_can_exclude(typed, command):
    assert "--exclude GLOB" in typed(command, "--help").stdout


def test_linked_folders_are_followed(typed, runs, tmp_path):
    (tmp_path / "chosen").mkdir()
    (tmp_path / "chosen" / "best").symlink_to(runs / "b")
    (tmp_path / "chosen" / "first").symlink_to(runs / "a")
    assert names(typed("summary", "chosen", "--json")) == ["best", "first"]

"""The tutorial on another program's log: its commands run, and print what it shows."""

from __future__ import annotations

import re
import shlex
import shutil

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs/read-another-log.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def test_the_tutorial(typed, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    shutil.copy(ROOT / "docs/another-log/train.log", tmp_path)
    assert (tmp_path / "train.log").read_text().startswith(BLOCKS[0][1])
    printed = ""
    for language, text in BLOCKS[1:]:
        if language == "text":
            assert printed == text
        elif language == "toml":
            assert text in (tmp_path / ".metalog/formats/cycles.toml").read_text()
        else:
            for command in map(shlex.split, text.splitlines()):
                if command[0] == "mkdir":
                    (tmp_path / command[-1]).mkdir(parents=True)
                    continue
                result = typed(*command[1:])
                assert result.code == 0, (command, result.stderr)
                printed = result.stdout
    assert {path.name for path in (tmp_path / "frames").iterdir()} >= {"steps.csv", "cycles.csv"}
    assert (tmp_path / "train-curve.png").stat().st_size > 10_000
    assert (tmp_path / "accuracy.png").exists()

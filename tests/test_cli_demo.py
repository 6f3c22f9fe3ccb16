from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import trainer.train
from metalog.cli import cli
from tests.trainer.tiny import tiny, tiny_data


def test_the_demo_trains_parses_draws_and_works_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = tiny_data(tmp_path)
    asked = []
    train = trainer.train.train

    def smaller(config: Any, *arguments: Any, **options: Any) -> bool:
        asked.append(config.preset)
        return train(tiny(data), *arguments, **options)

    monkeypatch.setattr("trainer.train.train", smaller)
    for _ in range(2):
        result = CliRunner().invoke(cli, ["demo", "-o", "here"])
        assert result.exit_code == 0, result.output
    assert asked == ["quick", "quick"]
    assert "meta-steps        5 (5 complete, 0 not)" in result.stdout
    named = [line for line in result.stdout.splitlines() if line.startswith("here/")]
    assert named[0] == "here/run.txt"
    assert len(named) == 6
    assert all(Path(name).stat().st_size for name in named)


def test_without_torch_the_demo_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "trainer.train", None)
    result = CliRunner().invoke(cli, ["demo"])
    assert str(result.exception) == "training needs torch and torchvision: pip install 'metalog-toolkit[train]'"

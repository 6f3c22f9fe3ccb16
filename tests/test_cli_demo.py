from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import metalog
import trainer.settings
from metalog.cli import cli
from tests.cli_logs import meta_log
from tests.trainer.tiny import SETTINGS, tiny_data


def test_the_demo_trains_parses_draws_and_works_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = tiny_data(tmp_path)
    monkeypatch.setitem(trainer.settings._BUNDLES["preset"], "quick", SETTINGS | {"data": (data,)})
    for _ in range(2):
        result = CliRunner().invoke(cli, ["demo", "-o", "here"])
        assert result.exit_code == 0, result.output
    assert metalog.read("here/run.txt").config["preset"] == "quick"
    assert "meta-steps        5 (5 complete, 0 not)" in result.stdout
    named = [line for line in result.stdout.splitlines() if line.startswith("here/")]
    assert named[0] == "here/run.txt"
    assert len(named) == 7
    assert all(Path(name).stat().st_size for name in named)


@pytest.mark.parametrize("name", ["run.txt", "run.txt.checkpoint", "curve.png", "report.html"])
@pytest.mark.parametrize("content", ["precious\n", meta_log(), '# metalog log format 1\n# config {"seed": 1}\n'])
def test_the_demo_writes_over_nothing_but_an_earlier_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(content)
    result = CliRunner().invoke(cli, ["demo", "-o", "."])
    assert str(result.exception) == f"{name} is not an earlier demo's and would be lost: name another folder with -o"
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, content)]


def test_without_torch_the_demo_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "trainer.train", None)
    result = CliRunner().invoke(cli, ["demo"])
    assert str(result.exception) == "training needs torch and torchvision: pip install 'metalog-toolkit[train]'"

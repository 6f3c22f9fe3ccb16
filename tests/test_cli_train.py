from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from metalog.cli import cli
from metalog.errors import MetalogError
from tests.conftest import ROOT
from tests.trainer.tiny import options, timeless, tiny, tiny_data
from trainer.checkpoint import path_of
from trainer.config import KNOWN
from trainer.train import train

LOG = Path("run.txt")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_every_setting_is_an_option() -> None:
    command = cli.get_command(click.Context(cli), "train")
    assert command is not None
    assert {parameter.name for parameter in command.params} == {
        *KNOWN, "output", "resume", "overwrite", "file", "learning"
    }  # fmt: skip


def test_options_are_the_configuration(data: str) -> None:
    result = call("train", *options(data))
    assert result.exit_code == 0, result.output
    assert "meta-test: 5 of the 6 problems" in result.stdout
    train(tiny(data), Path("same.txt"), tell=list)
    assert timeless(LOG) == timeless(Path("same.txt"))


def test_a_file_and_an_old_log_give_settings_that_options_override(data: str) -> None:
    Path("run.toml").write_text("meta_steps = 2\nmeta_test = 0\nrecipe = 'blog'\n")
    assert call("train", "--config", "run.toml", *options(data), "--meta-steps=1", "--meta-test=0").exit_code == 0
    assert '"meta_steps": 1' in LOG.read_text()
    assert '"double_sigmoid": true' in LOG.read_text()
    assert call("train", "--config", "run.txt", "-o", "again.txt").exit_code == 0
    assert timeless(Path("again.txt")) == timeless(LOG)


def test_resuming_needs_no_options(data: str) -> None:
    assert call("train", *options(data), "--meta-test=0", "--meta-steps=2").exit_code == 0
    assert call("train", "--resume", "--meta-steps=3").exit_code == 0
    assert LOG.read_text().count("updates at Meta-Level") == 3


def contents() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path().iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resume", "--preset=quick"], "can't be resumed with preset = 'quick'"),
        (["--resume", "--meta-steps=1"], "can't be resumed with meta_steps = 1: 2 are done"),
        (["--config=run.txt", "--overwrite"], "run.txt is read by this call; write to another file"),
        (
            ["--config=run.txt", "--output=again.txt", "--preset=quick"],
            "tells every setting, so that --preset quick changes",
        ),
        (
            ["--config=run.txt", "--output=again.txt", "--recipe=blog"],
            "tells every setting, so that --recipe blog changes",
        ),
        (["--config=run.toml", "--output=link.toml", "--overwrite"], "link.toml is read by this call, as run.toml"),
        (["--data=run.zip", "--output=run.zip", "--overwrite"], "run.zip is read by this call"),
        (["--data=run.zip", "--output=link.toml", "--learning", "--overwrite", "--config=run.toml"], "as run.toml"),
        (["--config=run.toml", "--output=-"], "can't go to standard output"),
        (["--config=run.toml", "--output=again.txt.gz"], "would be plain text, in spite of .gz"),
    ],
)
def test_a_call_that_would_lose_or_change_what_is_there_leaves_it_as_it_was(
    data: str, arguments: list[str], message: str
) -> None:
    assert call("train", *options(data), "--meta-test=0", "--meta-steps=2").exit_code == 0
    Path("run.toml").write_text("meta_steps = 2\n")
    Path("link.toml").symlink_to("run.toml")
    Path("run.zip").write_bytes(Path(data).read_bytes())
    before = contents()
    result = call("train", *arguments)
    assert isinstance(result.exception, MetalogError), result.output
    assert message in str(result.exception)
    assert contents() == before


def test_a_checkpoint_is_evaluated(data: str) -> None:
    call("train", *options(data), "--meta-test=0", "--meta-steps=1")
    result = call("evaluate", str(path_of(LOG)), "--problems", "3")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("meta-test: 3 of the 6 problems")


def test_a_learning_log_is_written(data: str) -> None:
    assert call("train", "--learning", *options(data)).exit_code == 0
    assert LOG.read_text().endswith("Finished Training\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--recipe", "good"], "Invalid value for '--recipe'"),
        (["--channels", "4,x"], "'4,x' is no list of whole numbers such as 6,10,12"),
        (["--meta-test", "some"], "'some' is neither a whole number nor all"),
    ],
)
def test_click_refuses_what_is_of_the_wrong_type(arguments: list[str], message: str) -> None:
    result = call("train", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_what_makes_no_sense_is_refused_by_name() -> None:
    result = call("train", "--meta-lr", "-1")
    assert isinstance(result.exception, MetalogError)
    assert "meta_lr must be a number above 0" in str(result.exception)


def test_python_m_trainer_is_metalog_train(data: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "trainer", *options(data), "--meta-steps=0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "metalog: meta_steps must be a whole number from 1, not 0\n"

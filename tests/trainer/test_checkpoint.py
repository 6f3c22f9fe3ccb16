from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from metalog.errors import SourceError, UsageError
from tests.conftest import ROOT
from tests.trainer.tiny import timeless, tiny
from trainer.checkpoint import load, path_of
from trainer.train import train

pytestmark = pytest.mark.usefixtures("here")
LOG = Path("run.txt")


def test_a_run_killed_at_any_write_and_resumed_leaves_the_log_of_an_uninterrupted_one(data: str, here: Path) -> None:
    command = [sys.executable, "-m", "tests.trainer.killing", data, str(here)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("the log is that of an uninterrupted run") >= 5


def test_a_finished_run_holds_the_learnt_weights_and_resuming_it_changes_nothing(data: str) -> None:
    train(tiny(data), LOG, tell=list)
    found = load(path_of(LOG))
    assert (found.step, found.tested, found.offset) == (5, True, LOG.stat().st_size)
    assert found.theta.dtype == torch.float32
    before = LOG.read_bytes()
    assert train(tiny(data), LOG, resume=True, tell=list)
    assert LOG.read_bytes() == before


def test_more_meta_steps_go_on_from_the_last(data: str) -> None:
    train(tiny(data, meta_steps=3, meta_test=0), LOG, tell=list)
    train(tiny(data, meta_test=0), LOG, resume=True, tell=list)
    train(tiny(data, meta_test=0), Path("whole"), tell=list)
    lines = [[line for line in timeless(log).splitlines() if "config" not in line] for log in (LOG, Path("whole"))]
    assert lines[0] == lines[1]
    assert '"meta_steps": 5' in LOG.read_text()


def test_resuming_without_anything_to_resume_starts(data: str) -> None:
    assert train(tiny(data, meta_steps=1, meta_test=0), LOG, resume=True)
    assert LOG.exists()


@pytest.mark.parametrize(
    ("key", "value"), [("seed", 1), ("zero_head", True), ("meta_lr", 0.5), ("pair_map", True), ("channels", (3, 2))]
)
def test_a_run_is_not_resumed_with_other_settings(data: str, key: str, value: Any) -> None:
    train(tiny(data, meta_steps=1, meta_test=0), LOG)
    with pytest.raises(UsageError, match=rf"can't be resumed with {key} = "):
        train(tiny(data, meta_steps=1, meta_test=0, **{key: value}), LOG, resume=True)


@pytest.mark.parametrize(
    "content", [b"", b"text", b"PK\x03\x04 cut", b"metalog checkpoint 2 " + b"0" * 64 + b"\n", None]
)
def test_what_is_no_checkpoint_is_refused(content: bytes | None) -> None:
    path = Path("some.checkpoint")
    if content is None:
        torch.save({"format": 2}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=r"some.checkpoint is (no checkpoint|a checkpoint of another)"):
        load(path)


def test_a_missing_checkpoint_and_a_folder_are_told_apart(here: Path) -> None:
    with pytest.raises(SourceError, match="the checkpoint none can't be read: No such file"):
        load(Path("none"))
    with pytest.raises(SourceError, match="can't be read: Is a directory"):
        load(here)

"""What the trainer's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trainer.tiny import tiny_data


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A zip of tiny drawings."""
    return tiny_data(tmp_path_factory.mktemp("data"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in, so that notes of the last run land nowhere else."""
    monkeypatch.chdir(tmp_path)
    return tmp_path

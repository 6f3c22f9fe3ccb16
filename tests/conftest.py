"""What several test files need."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real logs and drawings that lie beside a developer's checkout; they are not part of the project."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the real logs and drawings beside the checkout (../shared/data) are absent")
    return folder

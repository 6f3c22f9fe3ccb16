"""Type checkers see what the functions take and give: mypy finds each mistake that tests/typed_figures.py marks."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT


def test_mypy_finds_the_marked_mistakes_and_no_others() -> None:
    """A mark without a mistake is an error too: strict mode warns of a `type: ignore` that is not needed."""
    command = [sys.executable, "-m", "mypy", "--strict", "tests/typed_figures.py"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.stdout.startswith("Success"), found.stdout

"""What several test files need."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# The same examples in every run, however busy the machine is.
settings.register_profile("project", derandomize=True, deadline=None)
settings.load_profile("project")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real logs and drawings that lie beside a developer's checkout; they are not part of the project."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the real logs and drawings beside the checkout (../shared/data) are absent")
    return folder


@dataclass(frozen=True)
class Typed:
    """What a command did: its exit code, and what it wrote."""

    code: int
    data: bytes
    stderr: str

    @property
    def stdout(self) -> str:
        return self.data.decode()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Typed]:
    """Run ``metalog`` with some arguments in this process, as the shell would; an error is a sentence, no exception."""
    from metalog.cli import main

    def run(*arguments: object, stdin: bytes = b"") -> Typed:
        monkeypatch.setattr(sys, "argv", ["metalog", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as exit_:
            main()
        written = capsysbinary.readouterr()
        return Typed(int(exit_.value.code or 0), written.out, written.err.decode())

    return run


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_interrupts() -> None:
    """Undo what a shell does to jobs in its background, which ignore Ctrl-C: here, and in the processes begun here."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)

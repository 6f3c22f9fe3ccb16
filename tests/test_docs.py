"""The documentation says what the code says; METALOG_WRITE_GOLDEN=1 writes its generated parts anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from metalog import diagnostics
from metalog.cli import COMMANDS, cli
from metalog.formats import native
from metalog.formats.markdown import markdown_table
from metalog.runs import frames
from tests import bundled_page
from tests.conftest import ROOT

_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- /generated -->)", re.DOTALL)


def _commands() -> str:
    return "\n".join(f"## metalog {name}\n\n```text\n{_help(name)}```\n" for name in _names())


def _names() -> Iterator[str]:
    """Yield the commands, those of a group behind it."""
    for name in COMMANDS:
        yield name
        command = _command(name)
        if isinstance(command, click.Group):
            yield from (f"{name} {inner}" for inner in command.commands)


def _command(name: str) -> click.Command:
    command: click.Command = cli
    for word in name.split():
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    return command


def _help(name: str) -> str:
    """What a user sees; in a process of its own, since click remembers the help option of a command's first call."""
    call = [sys.executable, "-c", "from metalog.cli import main; main()", *name.split(), "--help"]
    return subprocess.run(call, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "80"}).stdout


GENERATORS: dict[str, Callable[[], str]] = {
    "kinds": lambda: markdown_table(native()),
    "frames": frames.markdown_table,
    "codes": diagnostics.markdown_table,
    "commands": _commands,
    "bundled": bundled_page.contents,
    "bundled_samples": bundled_page.sections,
}


def _pages() -> list[Path]:
    return [
        page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if _PART.search(page.read_text())
    ]


def test_every_generated_part_stands_somewhere() -> None:
    found = {name for page in _pages() for _, name, _ in _PART.findall(page.read_text())}
    assert found == set(GENERATORS)


@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.name)
def test_generated_parts_are_current(page: Path) -> None:
    text = page.read_text()
    current = _PART.sub(lambda found: f"{found[1]}{GENERATORS[found[2]]()}{found[3]}", text)
    if os.environ.get("METALOG_WRITE_GOLDEN"):
        page.write_text(current)
        return
    assert text == current, f"{page.name} is not current: METALOG_WRITE_GOLDEN=1 pytest {Path(__file__).name}"


@pytest.mark.parametrize("name", list(_names()))
def test_every_command_and_option_has_help(name: str) -> None:
    command = _command(name)
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_every_kind_of_line_is_refused_if_its_sample_does_not_match() -> None:
    for kind in native().lines:
        assert kind.pattern.fullmatch(kind.sample.encode()), kind.name


def test_links_between_pages_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"

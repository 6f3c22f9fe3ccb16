"""What the documentation shows below a command is what the command prints; METALOG_WRITE_GOLDEN=1 writes it anew."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.pages import Folder, pages


@pytest.mark.skipif(os.name == "nt", reason="commands on the pages are those of a POSIX shell")
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_commands_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    current = Folder(page, tmp_path).run()
    for picture in re.findall(r"<!-- drawn: (\S+) -->", text):
        drawn = tmp_path / Path(picture).name
        assert drawn.read_bytes().startswith(b"\x89PNG")
        if os.environ.get("METALOG_WRITE_GOLDEN"):
            shutil.copy(drawn, page.parent / picture)
    if os.environ.get("METALOG_WRITE_GOLDEN"):
        page.write_text(current, encoding="utf-8")
    assert text == current


def test_a_page_that_shows_something_else_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one; echo two\n…\ntwo\n$ echo three\nfour\n```\n```pycon\n>>> 1 + 1\n3\n```\n")
    (tmp_path / "folder").mkdir()
    told = "```console\n$ echo one; echo two\n…\ntwo\n$ echo three\nthree\n```\n```pycon\n>>> 1 + 1\n2\n```\n"
    assert Folder(page, tmp_path / "folder").run() == told


def test_pictures_of_pages_are_there() -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        for picture in re.findall(r"<!-- drawn: (\S+) -->", page.read_text(encoding="utf-8")):
            assert (page.parent / picture).is_file()

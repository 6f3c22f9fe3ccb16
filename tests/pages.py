"""Pages of the documentation whose commands are run: what stands below a command must be what it prints.

A block ``console`` holds commands (``$ …``) and their output, ``pycon`` Python's; a line ``…`` stands for any lines. A
comment ``<!-- with: FILE … -->`` puts copies of files beside the page into the folder in which a page's blocks run, one
after the other; ``<!-- file: NAME -->`` in front of a block writes that block to a file.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import metalog
from tests.conftest import ROOT

_PIECE = re.compile(
    r"<!-- with: (?P<files>.*?) -->|(?:<!-- file: (?P<name>\S+) -->\n)?```(?P<sort>\w+)\n(?P<text>.*?)```", re.DOTALL
)
_COMMAND = re.compile(r"^\$ (.*(?:\n> .*)*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def pages() -> list[Path]:
    """Return the pages with something to run."""
    return [
        page
        for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
        if any(found["sort"] in ("console", "pycon") for found in _PIECE.finditer(page.read_text(encoding="utf-8")))
    ]


class Folder:
    """The folder in which a page's blocks run, and the names that its Python has."""

    def __init__(self, page: Path, folder: Path) -> None:
        self._page, self._folder = page, folder
        self._names: dict[str, Any] = {}
        programs = folder / ".bin"
        programs.mkdir()
        for name, arguments in (("metalog", " -m metalog"), ("python3", "")):
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}"{arguments} "$@"\n')
            (programs / name).chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(Path(metalog.__file__).parents[1]),  # this one, be it installed or a checkout
            "COLUMNS": "100",
            "XDG_CONFIG_HOME": str(folder / ".config"),
        }

    def run(self) -> str:
        """Run the page's blocks; return the page with what they print."""
        return _PIECE.sub(lambda found: self._run(found), self._page.read_text(encoding="utf-8"))

    def _run(self, found: re.Match[str]) -> str:
        if found["files"]:
            for name in found["files"].split():
                shutil.copy(self._page.parent / name, self._folder)
        elif found["name"]:
            (self._folder / found["name"]).write_text(found["text"], encoding="utf-8")
        elif found["sort"] == "console":
            return f"```console\n{_COMMAND.sub(self._command, found['text'])}```"
        elif found["sort"] == "pycon":
            return f"```pycon\n{''.join(self._python(found['text']))}```"
        return found[0]

    def _command(self, found: re.Match[str]) -> str:
        call = ["bash", "-c", found[1].replace("\n> ", "\n")]
        done = subprocess.run(
            call, cwd=self._folder, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        return f"$ {found[1]}\n{_unless_fits(found[2], done.stdout.decode())}"

    def _python(self, text: str) -> Iterator[str]:
        import io
        from contextlib import redirect_stdout

        for example in doctest.DocTestParser().get_examples(text):
            first, *more = example.source.splitlines()
            yield "".join((f">>> {first}\n", *(f"... {line}\n" for line in more)))
            with chdir(self._folder), redirect_stdout(io.StringIO()) as printed:
                exec(compile(example.source, self._page.name, "single"), self._names)
            yield _unless_fits(example.want, printed.getvalue())


def _unless_fits(told: str, printed: str) -> str:
    """Return what the page tells if that is what is printed, else what is printed."""
    pattern = "".join("(?:.*\n)*" if line == "…\n" else re.escape(line) for line in told.splitlines(keepends=True))
    return told if re.fullmatch(pattern, printed) else printed

"""Logs of every bundled format, cut anywhere and damaged: the engines agree, pieces don't matter, nothing is raised."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from metalog.formats import bundled
from metalog.formats.model import Format
from metalog.reading.collected import concat_runs
from metalog.reading.parser import Parser
from metalog.runs.run import Run
from metalog.scan.engines import ENGINES
from tests.bundled_logs import FIXTURES, NAMES

SIGNS = [
    b"\r",
    b"\n",
    b"\t",
    b" ",
    b":",
    b"=",
    b"|",
    b"[",
    b"]",
    b"'",
    b"(",
    b"nan",
    b"-inf",
    b"1e400",
    b"\x1b[0m",
    b"\0",
]


def damaged(rng: Random, text: bytes) -> bytes:
    """Return a log with some lines lost, doubled, swapped, cut or changed."""
    lines = text.splitlines(keepends=True)
    for _ in range(rng.randint(0, 6)):
        place = rng.randrange(len(lines))
        line = lines[place]
        at = rng.randrange(len(line) + 1)
        lines[place : place + 1] = rng.choice(
            [
                [],
                [line, line],
                [line[:at]],
                [line[:at] + rng.choice(SIGNS) + line[at:]],
                [line[:at] + bytes([rng.randrange(256)]) + line[at + 1 :]],
                [line, rng.choice(lines)],
                [line[:at] + b"\n", line[at:]],
            ]
        )
        lines = lines or [b"\n"]
    return b"".join(lines)


def read(form: Format, pieces: list[bytes]) -> Run:
    parser = Parser("<log>", format=form)
    for piece in pieces:
        parser.feed(piece)
    return parser.close()


def followed(form: Format, pieces: list[bytes]) -> Run:
    parser = Parser("<log>", format=form)
    runs = []
    for piece in pieces:
        parser.feed(piece)
        runs.append(parser.take())
    return concat_runs([*runs, parser.close()])


def cut(rng: Random, text: bytes) -> list[bytes]:
    places = sorted(rng.randrange(len(text) + 1) for _ in range(rng.randint(1, 5)))
    return [text[begin:end] for begin, end in zip([0, *places], [*places, len(text)], strict=True)]


def told(run: Run, *, declared: bool = False) -> dict[str, Any]:
    """Return all that a run tells; with `declared`, in the order of lines, without what only some lines have."""
    frames = {name: plain(run.columns(name), run.format.frames[name] if declared else ()) for name in run.format.frames}
    return {**frames, "segments": [(one.number, one.line) for one in run.segments]}


def plain(columns: dict[str, Any], only: tuple[str, ...]) -> dict[str, list[str]]:
    size = len(next(iter(columns.values()), ()))
    order = np.argsort(columns["line"], kind="stable") if only and "line" in columns else np.arange(size)
    names = [name for name in columns if size and (not only or name in only)]
    return {name: [repr(value) for value in columns[name][order].tolist()] for name in names}


@pytest.mark.parametrize("name", NAMES)
def test_damaged_logs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    form = bundled(name)
    text = (FIXTURES / f"{name}.log").read_bytes()
    rng = Random(name)
    for _ in range(12):
        log = damaged(rng, text)
        found = {}
        for engine in ENGINES:
            monkeypatch.setenv("METALOG_ENGINE", engine)
            found[engine] = told(read(form, [log]))
        assert found["native"] == found["portable"], log
        pieces = cut(rng, log)
        assert told(read(form, pieces)) == found["portable"], pieces
        assert told(followed(form, pieces), declared=True) == told(read(form, [log]), declared=True), pieces

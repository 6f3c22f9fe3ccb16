"""Deleting, repeating or swapping any one line is always told, and gives no record the key of another one silently.

What can't be seen in principle: that lines were swapped which differ in their floats only (the same step of two
problems, or two results of a batch), and what is missing where nothing tells how many there should be (the one step of
a log's only epoch). Comments may stand anywhere, so there are none in these logs.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

import pytest

from metalog.formats.template import MISSING
from metalog.runs.run import Run
from tests.conftest import ROOT
from tests.loggen import Shape, text
from tests.properties.compare import parse

LOGS = {
    "usual": text(Shape(2, 2, 2, 2, 2, meta_validate_every=1, meta_batches=20)).encode().splitlines(),
    "one of each": text(Shape(1, 3, 1, 1, 1, meta_validate_every=1, meta_batches=10)).encode().splitlines(),
    "one step an epoch": text(Shape(1, 2, 2, 3, 1)).encode().splitlines(),
    "real": (ROOT / "fixtures/valid/real-excerpt.txt").read_bytes().splitlines(),
    "real learning log": (ROOT / "fixtures/valid/real-learning-log.txt").read_bytes().splitlines(),
}
KEYS = {
    "steps": ("segment", "meta_epoch", "meta_step", "problem", "epoch", "step"),
    "validations": ("segment", "meta_epoch", "meta_step", "problem", "epoch"),
    "meta_validation": ("segment", "meta_epoch", "meta_step", "batch", "problem"),
}
Edit = tuple[str, int, int]


def edits(lines: list[bytes]) -> Iterator[Edit]:
    number = len(lines)
    yield from (("delete", place, place) for place in range(number))
    yield from (("repeat", place, place) for place in range(number))
    apart = random.Random(0)
    swaps = [*pairwise(range(number)), *(sorted(apart.sample(range(number), 2)) for _ in range(number))]
    for place, other in swaps:
        if without_floats(lines[place]) != without_floats(lines[other]):
            yield "swap", place, other


def without_floats(line: bytes) -> bytes:
    return re.sub(rb"Loss: .*", b"", line)


def edited(edit: Edit, number: int) -> list[int]:
    """Return which line stands where after the edit."""
    what, place, other = edit
    order = list(range(number))
    if what == "delete":
        del order[place]
    elif what == "repeat":
        order.insert(place, place)
    else:
        order[place], order[other] = order[other], order[place]
    return order


def keys(run: Run) -> dict[int, tuple[int | str, ...]]:
    """Return the key of the record in each line."""
    found = {}
    for frame, names in KEYS.items():
        columns = run.columns(frame)
        for line, *key in zip(*(columns[name].tolist() for name in ("line", *names)), strict=True):
            found[line] = (frame, *key)
    return found


@pytest.mark.parametrize("name", LOGS)
def test_every_edit_is_told_and_merges_nothing_silently(name: str) -> None:
    lines = LOGS[name]
    original = keys(parse(b"\n".join(lines) + b"\n"))
    for edit in edits(lines):
        order = edited(edit, len(lines))
        run = parse(b"".join(lines[place] + b"\n" for place in order))
        told = run.columns("diagnostics")["line"].tolist()
        assert told, edit
        alike = defaultdict(list)
        for line, key in keys(run).items():
            if MISSING not in key[1:]:
                alike[key].append(line)
        for group in alike.values():
            for above, below in pairwise(group):
                same = original[order[above - 1] + 1] == original[order[below - 1] + 1]
                assert same or any(above < line <= below for line in told), (edit, above, below)


def test_what_one_line_alone_would_have_told_is_missed() -> None:
    """The exception is real: with one epoch in all, nothing tells how many steps it should have."""
    lines = text(Shape(1, 1, 1, 1, 1)).splitlines(keepends=True)
    without_step = "".join(line for line in lines if ", step " not in line)
    assert parse(without_step.encode()).diagnostics.empty

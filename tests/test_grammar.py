"""The format is defined once, and as its specification says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from metalog.formats.grammar import (
    BY_NAME,
    FRAMES,
    HEADER,
    KINDS,
    MAX_COUNTER,
    MISSING,
    RESERVED,
    RULE_BELOW,
    Kind,
    markdown_table,
)
from metalog.runs.frames import DTYPES
from metalog.scan.portable import match_line

NAMES = [kind.name for kind in KINDS]


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_each_sample_is_a_line_of_its_kind_and_of_no_other(kind: Kind) -> None:
    found = kind.pattern.fullmatch(kind.sample.encode())
    assert found is not None
    values = [
        {"int": int, "float": float, "text": bytes.decode}[field.type](text)  # type: ignore[operator]
        for field, text in zip(kind.fields, found.groups(), strict=True)
    ]
    assert kind.render(*values) == kind.sample
    assert [other.name for other in KINDS if other.pattern.fullmatch(kind.sample.encode())] == [kind.name]


def test_the_kinds_are_those_of_the_specification(shared: Path) -> None:
    table = re.findall(r"^\| ([\w-]+(?: \w+)?) \| `([^`]+)`", (shared / "spec/log-format.md").read_text(), re.MULTILINE)
    specified = {name: template for name, template in table if name in BY_NAME}
    assert {kind.name: without_names(kind.template) for kind in KINDS} == {
        name: without_names(template) for name, template in specified.items()
    }


def without_names(template: str) -> str:
    """The specification names fields by letters."""
    return re.sub(r"\{\w+", "{", template)


def test_codes_are_places_and_names_are_unique() -> None:
    assert [kind.code for kind in KINDS] == list(range(len(KINDS)))
    assert list(BY_NAME) == NAMES


def test_only_known_kinds_follow_and_every_kind_can_be_reached() -> None:
    followers = {name for kind in KINDS for name in kind.followers}
    assert followers - {RULE_BELOW} <= set(NAMES)
    assert set(NAMES) - followers == {"comment"}


def test_a_line_that_ends_with_a_field_ends_open() -> None:
    closed = {"rule", "meta-epoch", "meta-step", "problem", "meta-validation begin", "meta-validation end", "finished"}
    assert {kind.name for kind in KINDS if not kind.ends_open} == closed


def test_every_column_has_a_dtype() -> None:
    assert {column for columns in FRAMES.values() for column in columns} == set(DTYPES)


def test_our_own_words_are_reserved_and_the_header_has_none() -> None:
    assert {"Epoch", "Meta-Epoch", "updates at Meta-Level", "Finished Training", "=" * 31} <= set(RESERVED)
    assert not any(word in HEADER for word in RESERVED)


@pytest.mark.parametrize(
    ("number", "read"),
    [("0", 0), ("007", 7), (str(MAX_COUNTER), MAX_COUNTER), (str(MAX_COUNTER + 1), MISSING), ("9" * 5000, MISSING)],
)
def test_counters_beyond_the_frames_are_missing(number: str, read: int) -> None:
    row = match_line(f"Epoch {number}".encode())
    assert row is not None
    assert row[:2] == (BY_NAME["epoch"].code, read)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("Epoch 1, step     1], Loss: 0.5, Accuracy: 1.0", True),
        ("Epoch 1, step 1], Loss: 0.5, Accuracy: 1.0", True),
        ("Epoch 1, step 123456], Loss: 0.5, Accuracy: 1.0", True),
        ("Epoch 1, step      ], Loss: 0.5, Accuracy: 1.0", False),
        ("Epoch  1, step     1], Loss: 0.5, Accuracy: 1.0", False),
        ("Epoch 1, step     1], Loss: 0.5, Accuracy: 1.", False),
        ("Epoch 1, step     1], Loss: .5, Accuracy: 1.0", False),
        ("Epoch -1, step     1], Loss: 0.5, Accuracy: 1.0", False),
        ("Epoch ١, step     1], Loss: 0.5, Accuracy: 1.0", False),
        ("epoch 1, step     1], Loss: 0.5, Accuracy: 1.0", False),
        ("Epoch 1, step     1], Loss: 0.5, Accuracy: 1.0 ", False),
    ],
)
def test_what_a_step_is(line: str, is_one: bool) -> None:
    assert (BY_NAME["step"].pattern.fullmatch(line.encode()) is not None) == is_one


def test_rendering_refuses_the_wrong_number_of_values() -> None:
    with pytest.raises(ValueError, match="takes epoch, step, loss, accuracy; got 2 values"):
        BY_NAME["step"].render(1, 1)
    with pytest.raises(ValueError, match="takes nothing; got 1 values"):
        BY_NAME["rule"].render(1)


def test_the_documentation_s_table_has_every_kind() -> None:
    rows = markdown_table().splitlines()
    assert len(rows) == 2 + len(KINDS)
    for kind, row in zip(KINDS, rows[2:], strict=True):
        assert row.startswith(f"| {kind.name} | `{kind.template}` | `{kind.sample}` | ")


@pytest.mark.parametrize("module", ["metalog.formats.grammar", "metalog.formats.writer"])
def test_logging_needs_the_standard_library_only(module: str) -> None:
    heavy = "{'numpy', 'pandas', 'torch'} & set(sys.modules)"
    code = f"import sys, {module}; found = {heavy}; import numpy; print(found, {heavy})"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "set() {'numpy'}\n"  # the second one shows that the check can fail

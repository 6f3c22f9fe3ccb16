"""A format is data: the native one is as its specification says, and a declaration that makes no sense is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from metalog.errors import UsageError
from metalog.formats import declare, native
from metalog.formats.markdown import markdown_table
from metalog.formats.model import Line
from metalog.formats.template import MAX_COUNTER, MISSING
from metalog.runs.frames import COLUMNS
from metalog.scan.portable import Engine

NAMES = [kind.name for kind in native().lines]


@pytest.mark.parametrize("kind", native().lines, ids=NAMES)
def test_each_sample_is_a_line_of_its_kind_and_of_no_other(kind: Line) -> None:
    found = kind.pattern.fullmatch(kind.sample.encode())
    assert found is not None
    values = [
        {"int": int, "float": float, "text": bytes.decode}[field.type](text)  # type: ignore[operator]
        for field, text in zip(kind.fields, found.groups(), strict=True)
    ]
    assert kind.render(*values) == kind.sample
    assert [other.name for other in native().lines if other.pattern.fullmatch(kind.sample.encode())] == [kind.name]


def test_the_kinds_are_those_of_the_specification(shared: Path) -> None:
    table = re.findall(r"^\| ([\w-]+(?: \w+)?) \| `([^`]+)`", (shared / "spec/log-format.md").read_text(), re.MULTILINE)
    specified = {name: template for name, template in table if name in native().by_name}
    assert {kind.name: without_names(kind.template) for kind in native().lines} == {
        name: without_names(template) for name, template in specified.items()
    }


def without_names(template: str) -> str:
    """The specification names fields by letters."""
    return re.sub(r"\{\w+", "{", template)


def test_names_are_unique() -> None:
    assert list(native().by_name) == NAMES


def test_a_line_that_ends_with_a_field_ends_open() -> None:
    closed = {"rule", "meta-epoch", "meta-step", "problem", "meta-validation begin", "meta-validation end", "finished"}
    assert {kind.name for kind in native().lines if not kind.ends_open} == closed


def test_every_column_has_a_dtype() -> None:
    assert {column for columns in native().frames.values() for column in columns} == set(COLUMNS)


def test_our_own_words_are_reserved_and_the_header_has_none() -> None:
    assert {"Epoch", "Meta-Epoch", "updates at Meta-Level", "Finished Training", "=" * 31} <= set(native().reserved)
    assert not any(word in native().header for word in native().reserved)


@pytest.mark.parametrize(
    ("number", "read"),
    [("0", 0), ("007", 7), (str(MAX_COUNTER), MAX_COUNTER), (str(MAX_COUNTER + 1), MISSING), ("9" * 5000, MISSING)],
)
def test_counters_beyond_the_frames_are_missing(number: str, read: int) -> None:
    row = Engine(native()).match_line(f"Epoch {number}".encode())
    assert row is not None
    assert (native().lines[row[0]].name, row[1][0]) == ("epoch", read)


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
    assert (native().by_name["step"].pattern.fullmatch(line.encode()) is not None) == is_one


def test_rendering_refuses_the_wrong_number_of_values() -> None:
    with pytest.raises(ValueError, match="takes epoch, step, loss, accuracy; got 2 values"):
        native().by_name["step"].render(1, 1)
    with pytest.raises(ValueError, match="takes nothing; got 1 values"):
        native().by_name["rule"].render(1)


def test_the_documentation_s_table_has_every_kind() -> None:
    rows = markdown_table(native()).splitlines()
    assert len(rows) == 2 + len(native().lines)
    for kind, row in zip(native().lines, rows[2:], strict=True):
        assert row.startswith(f"| {kind.name} | `{kind.template}` | `{kind.sample}` | ")


@pytest.mark.parametrize("module", ["metalog.formats", "metalog.formats.writer"])
def test_logging_needs_the_standard_library_only(module: str) -> None:
    heavy = "{'numpy', 'pandas', 'torch'} & set(sys.modules)"
    code = f"import sys, {module}; found = {heavy}; import numpy; print(found, {heavy})"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "set() {'numpy'}\n"  # the second one shows that the check can fail


BASE = 'name = "x"\nlevels = ["run_ > step"]\n[[line]]\ntemplate = "step {step} <loss>"\nrow = "steps"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "no TOML: Invalid value"),
        ("name = 'x'", "needs a name and one"),
        (BASE + "colour = 1", "a [[line]] has no key 'colour'"),
        ("color = 1\n" + BASE, "the declaration has no key 'color'"),
        (BASE + "[level.stepp]\nfirst = 0", "[level.stepp] is no level; levels are run_, step"),
        (BASE + "[level.step]\nfirsts = 0", "[level.step] has no key 'firsts'"),
        (BASE + "[[line]]\nopens = 'run_'", "a [[line]] needs a template"),
        (BASE + "[[line]]\ntemplate = 'run'\nopens = 'ran'", "line 'ran': opens = 'ran' is no level"),
        (
            "exact = true\n" + BASE + "[[line]]\ntemplate = '<loss>'\nrow = 'r'",
            "it is a row, but shows the number of no level",
        ),
        (BASE + "[[line]]\ntemplate = '<loss>'\nrow = 'r'\ncount = 'n'\nwithin = 'z'", "within 'z', which is no level"),
        ('name = "x"\nlevels = ["a > c", "b > c"]\n[[line]]\ntemplate = "t"', "stands inside 'a' and inside 'b'"),
        (BASE + "[[summary]]\nframe = 's'\nlevel = 'step'\nover = 'run_'\ncount = 'n'", "no level inside 'step'"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^own.toml(:\\d+)*: .*{re.escape(message)}"):
        declare(text, "own.toml")

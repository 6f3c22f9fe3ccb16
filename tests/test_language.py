"""docs/language.md shows each key and each field in a declaration that holds, and what mistakes are told."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from metalog.errors import UsageError
from metalog.formats import checks, schema
from metalog.formats.model import Format
from metalog.formats.template import COUNTERS, TEXTS, VALUES, fields
from metalog.reading.samples import check_sample, declare_proven
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
REFERENCE, _, MISTAKES = PAGE.partition("\n## Mistakes\n")
BLOCK = re.compile(r"```toml\n(.*?)```", re.DOTALL)
EXAMPLES = BLOCK.findall(REFERENCE)
KEYS = {
    "The declaration": schema._TOP,
    "`[level.NAME]`": schema._LEVEL,
    "`[value.NAME]`": schema._VALUE,
    "`[[line]]`": schema._LINE,
    "`[[tag]]`": schema._TAG,
    "`[[summary]]`": schema._SUMMARY,
    "`[[sample]]`": schema._SAMPLE,
}


def name_of(example: str) -> str:
    return str(tomllib.loads(example)["name"])


def sections(text: str, depth: int) -> dict[str, str]:
    """Return the text below each heading of so many signs."""
    pieces = re.split(rf"^{'#' * depth} (.*)$", text, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def tables(title: str, example: str) -> list[Any]:
    """Return the tables of a declaration that a chapter is about."""
    table = tomllib.loads(example)
    found = re.search(r"\[(\w+)", title)
    own = table.get(found[1], []) if found else [table]
    return list(own.values()) if isinstance(own, dict) else own


def shown() -> Iterator[tuple[str, str, str]]:
    """Yield chapter, key and example of each key that has a heading of its own."""
    for title in KEYS:
        for heading, text in sections(sections(REFERENCE, 2)[title], 3).items():
            example = BLOCK.search(text)
            assert example, heading
            yield from ((title, key, example[1]) for key in re.findall(r"`(\w+)`", heading))


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_an_example_holds_and_its_sample_shows_it(example: str) -> None:
    form = declare_proven(example, "example.toml")
    assert form.samples
    for sample in form.samples:
        for frame, column, values in sample.gives:
            other = replace(sample, gives=((frame, column, (*values, "more")),))
            assert check_sample(form, other), "any values would do"


def test_no_two_examples_have_one_name() -> None:
    names = [name_of(example) for example in EXAMPLES]
    assert len(set(names)) == len(names)


def test_every_key_has_an_example_that_has_it() -> None:
    keys = [(title, key) for title, key, example in shown() if any(key in table for table in tables(title, example))]
    assert sorted(keys) == sorted((title, key) for title, own in KEYS.items() for key in own)


def test_every_sort_of_field_has_an_example() -> None:
    forms = [declare_proven(example, "example.toml") for example in BLOCK.findall(sections(REFERENCE, 2)["Templates"])]
    assert {*COUNTERS, *VALUES, *TEXTS, "text"} == {
        field.type for form in forms for line in form.lines for parts in line.variants for field in fields(parts)
    }


def test_mistakes_are_told_in_these_words() -> None:
    told = re.findall(r"```toml\n(.*?)```\n\n```text\n(.*?)\n```", MISTAKES, re.DOTALL)
    assert len(told) == MISTAKES.count("```toml") >= 5
    for text, message in told:
        with pytest.raises(UsageError) as error:
            declare_proven(text, "mine.toml")
        assert str(error.value) == message


def test_the_sizes_are_those_of_the_checks() -> None:
    last = MISTAKES.strip().splitlines()[-1]
    assert list(map(int, re.findall(r"\d+", last))) == [
        checks.MOST_LEVELS,
        checks.MOST_LINES,
        checks.MOST_PROGRAMS,
        checks.MOST_PARTS,
        checks.MOST_COUNTERS,
        checks.MOST_VALUES,
        checks.MOST_TEXTS,
    ]


def test_a_summary_needs_lines_that_open_its_levels() -> None:
    text = re.sub(r'opens = "problem"\n', "", next(one for one in EXAMPLES if name_of(one) == "summed"))
    with pytest.raises(UsageError, match="no line opens 'problem'"):
        declare_proven(text, "mine.toml")


def test_a_log_that_lacks_an_optional_level_may_begin_with_its_first_row() -> None:
    form: Format = declare_proven(next(one for one in EXAMPLES if name_of(one) == "plain"), "plain.toml")
    sample = form.samples[0]
    assert not check_sample(form, replace(sample, gives=(("diagnostics", "code", ()),)))
    later = sample.text.replace("Epoch 1: loss 0.5\n", "")
    assert not check_sample(form, replace(sample, text=later, gives=(("diagnostics", "code", ("lost-header",)),)))

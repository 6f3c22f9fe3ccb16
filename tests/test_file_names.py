"""File names made from names of runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metalog.output.file_names import MOST_BYTES, file_stems, fitted


def test_a_plain_name_stays_as_it_is() -> None:
    assert file_stems(["run", "lr_0.1-b", "größe"]) == ["run", "lr_0.1-b", "größe"]


@given(st.lists(st.text(max_size=8), min_size=1, max_size=6, unique=True))
def test_different_names_give_different_files_in_one_call_and_in_several(names: list[str]) -> None:
    together = file_stems(names)
    singly = [file_stems([name])[0] for name in names]
    assert len({stem.casefold() for stem in together}) == len(names)
    assert len(set(singly)) == len(names)
    for stem in together:
        assert not set(stem) & set('/\\:*?"<>| \0\n')
        assert not stem.startswith((".", "-"))
        assert stem.encode()


def test_names_that_differ_in_case_alone_differ_in_more() -> None:
    first, second = file_stems(["Run", "run"])
    assert first.casefold() != second.casefold()


@pytest.mark.parametrize("stem", ["x" * 300, "学" * 100, "x" * 180])
def test_a_long_name_is_cut_and_stays_different(stem: str) -> None:
    names = [fitted(stem + end, "-curve.png") for end in ("1", "2")]
    assert names[0] != names[1]
    assert all(len(name.encode()) <= MOST_BYTES and name.endswith("-curve.png") for name in names)

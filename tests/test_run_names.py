"""What runs are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metalog.sources.run_names import short_names


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], []),
        (["runs/run.txt"], ["run"]),
        (["runs/run-1.txt", "runs/run-2.log.gz"], ["run-1", "run-2"]),
        (["a/x/run.txt", "a/y/run.txt"], ["x", "y"]),
        (["a/x/1/run.txt", "a/y/1/run.txt"], ["x", "y"]),
        (["x/run.txt", "y/run.txt", "z/other.txt"], ["x", "y", "z"]),
        (["a/run.txt", "b/run.txt", "c.txt", "d.txt"], ["a", "b", "c", "d"]),
        (["run.txt", "x/run.txt"], ["run", "x/run"]),
        (["runs/run.txt", "runs.tgz/run.txt"], ["runs", "runs.tgz"]),
        (["runs/run.txt", "copy/runs/run.txt"], ["runs/run", "copy/runs/run"]),
        (["x/1/run.txt", "x/2/run.txt", "y/1/run.txt"], ["x/1", "x/2", "y/1"]),
        (["runs/v1.2.txt", "runs/v1.3.txt"], ["v1.2", "v1.3"]),
        (["a/run.txt", "a/run.log"], ["run.txt", "run.log"]),
        (["runs.tgz/x/run.txt", "runs.tgz/y/run.txt"], ["x", "y"]),
        (["a.tar.gz/run.txt", "b.tgz/run.txt"], ["a", "b"]),
        (["<stdin>", "runs/run.txt"], ["stdin", "run"]),
        (["https://h/a/run.txt", "https://h/b/run.txt"], ["a", "b"]),
        (["run.txt", "run.txt"], ["run.txt#1", "run.txt#2"]),
    ],
)
def test_run_names_are_the_shortest_distinct_part_of_their_paths(paths: list[str], expected: list[str]) -> None:
    assert short_names(paths) == expected


PART = st.sampled_from(["a", "b", "run.txt", "run.log", "run", "x.gz", "run#1", "run.txt#2"])


@given(st.lists(st.lists(PART, min_size=1, max_size=4).map("/".join), max_size=8))
def test_run_names_are_distinct_and_not_empty(paths: list[str]) -> None:
    short = short_names(paths)
    assert len(short) == len(set(short)) == len(paths)
    assert all(short)

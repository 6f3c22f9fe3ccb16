"""Which copy of a repeated meta-step counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metalog
from metalog.errors import UsageError
from metalog.runs.restarts import UNKNOWN, counting
from metalog.stats import history, summary
from tests.conftest import ROOT

BROKEN = ROOT / "fixtures/broken"


def copies(name: str, on_restart: Any, frame: str = "meta_steps") -> list[tuple[int, int]]:
    """Return segment and meta-step of each row, equal neighbours once."""
    rows = getattr(metalog.read(BROKEN / f"{name}.txt", on_restart=on_restart), frame)
    return list(dict.fromkeys(zip(rows["segment"], rows["meta_step"], strict=True)))


@pytest.mark.parametrize("frame", ["meta_steps", "steps"])
def test_which_copy_counts(frame: str) -> None:
    assert copies("resumed-twice", "all", frame) == [(0, 1), (0, 2), (1, 2), (1, 3), (2, 2), (2, 3)]
    assert copies("resumed-twice", "last", frame) == [(0, 1), (2, 2), (2, 3)]
    assert copies("resumed-twice", "first", frame)[:2] == [(0, 1), (0, 2)]


def test_a_copy_that_was_cut_gives_way_to_a_complete_one() -> None:
    assert copies("resumed-twice", "first") == [(0, 1), (0, 2), (2, 3)]  # the run was killed in 3 of segment 1
    assert copies("resumed-behind-a-torn-line", "first") == [(0, 1), (0, 2), (1, 3)]


def test_the_meta_validation_goes_with_its_meta_step() -> None:
    assert copies("resumed-cut-in-meta-validation", "last", "meta_validation") == [(1, 2)]
    assert copies("resumed-cut-in-meta-validation", "first", "meta_validation") == [(0, 2)]


def test_restarts_count_like_resumed_runs() -> None:
    assert copies("two-restarts", "last") == [(2, 1), (2, 2)]
    assert copies("two-restarts", "first") == [(0, 1), (0, 2)]


def test_meta_epochs_are_told_apart() -> None:
    kept = metalog.read(BROKEN / "resumed-in-meta-epoch-2.txt", on_restart="last").meta_steps
    assert kept[["segment", "meta_epoch", "meta_step"]].to_numpy().tolist() == [
        [0, 1, 1],
        [0, 1, 2],
        [0, 2, 1],
        [1, 2, 2],
        [1, 2, 3],
    ]


def test_writers_don_t_replace_each_other_s_copies() -> None:
    run = metalog.read(BROKEN / "two-writers-one-restarts.txt", on_restart="last")
    assert run.meta_steps["segment"].tolist() == [1, 1, 2]  # rank0 went back to its first meta-step and ended there
    assert [part.meta_steps["segment"].tolist() for part in run.by_writer().values()] == [[1], [0, 0]]


@pytest.mark.parametrize("on_restart", ["first", "last"])
def test_rows_without_a_number_are_kept(on_restart: str) -> None:
    everything = metalog.read(BROKEN / "lost-whole-banner-between-meta-epochs.txt")
    assert len(everything.choose(on_restart).steps) == len(everything.steps)  # type: ignore[arg-type]
    learning = metalog.read(BROKEN / "two-learning-logs.txt")
    assert len(learning.choose(on_restart).steps) == len(learning.steps)  # type: ignore[arg-type]


def test_diagnostics_are_kept() -> None:
    assert metalog.read(BROKEN / "resumed-twice.txt", on_restart="last").diagnostics["code"].tolist()[0] == "resume"


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(UsageError, match="'newest'; it can be 'all', 'last', 'first'"):
        copies("resumed-twice", "newest")


def naive_last(number: list[int], complete: list[bool]) -> list[bool]:
    """The rule of `counting` as it is told, one meta-step after the other."""
    rows = list(zip(number, complete, strict=True))
    counts = [
        whole and all(own < later for later, too in rows[place + 1 :] if too) for place, (own, whole) in enumerate(rows)
    ]
    numbers = {own for (own, _), counted in zip(rows, counts, strict=True) if counted}
    parts = [
        place
        for place, (own, whole) in enumerate(rows)
        if not whole and own not in numbers and all(own < later for later, too in rows[place:] if too)
    ]
    for place in parts:
        counts[place] = all(number[place] < number[later] for later in parts if later > place)
    return counts


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=12))
def test_the_last_copies_are_those_of_the_rule(rows: list[tuple[int, bool]]) -> None:
    number, complete = [own for own, _ in rows], [whole for _, whole in rows]
    columns = {
        "meta_epoch": np.ones(len(rows), np.int32),
        "meta_step": np.array(number, np.int32),
        "complete": np.array(complete, bool),
    }
    assert counting(columns).tolist() == naive_last(number, complete)
    first = counting(columns, "first")
    kept = [rows[place] for place in np.flatnonzero(first)]
    assert sorted(own for own, _ in kept) == sorted(set(number))  # one of each
    assert all(whole or (own, True) not in rows for own, whole in kept)


@pytest.mark.parametrize("keep", ["first", "last"])
def test_what_nobody_can_number_is_no_copy(keep: Any) -> None:
    columns = {
        "meta_epoch": np.array([UNKNOWN, UNKNOWN, 1, 1, 1]),
        "meta_step": np.array([4, 4, UNKNOWN, UNKNOWN, 1]),
        "complete": np.array([True, True, True, False, True]),
    }
    assert counting(columns, keep).all()


def test_choosing_and_statistics_agree_on_every_log_of_the_corpus() -> None:
    logs = 0
    for path in sorted((ROOT / "fixtures").glob("*/*.txt")):
        try:
            runs = metalog.read(path).by_writer()
        except metalog.MetalogError:
            continue
        for run in runs.values():
            chosen = run.choose("last").meta_steps
            kept = chosen[chosen["complete"]].reset_index(drop=True)
            pd.testing.assert_frame_equal(kept, history(run.meta_steps[run.meta_steps["complete"]]))
            assert summary({"run": run})["meta_steps"].tolist() == [len(kept)]
            logs += 1
    assert logs > 100

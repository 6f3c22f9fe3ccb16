"""Curves and final values against plain loops over the records."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metalog
from metalog.errors import UsageError
from metalog.stats import best, final_values, history, levels, meta_curve, summary
from metalog.stats.curves import axis_places
from tests import loggen
from tests.cli_logs import LEARNING
from tests.stats_runs import make_run, noisy_run


def test_statistics_need_neither_matplotlib_nor_scipy_nor_torch():
    code = "import sys, metalog.stats; print(*{'matplotlib', 'scipy', 'torch'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


def test_the_curve_is_figure_5_and_4():
    validation = np.random.default_rng(0).random((5, 3, 4))
    train = np.random.default_rng(1).random((5, 3, 4, 2))
    run = make_run(validation, train)
    curve = meta_curve(run)
    assert list(curve) == ["segment", "meta_epoch", "meta_step", "global_meta_step", "value", "problems", "complete"]
    assert curve["value"].tolist() == pytest.approx(validation[:, :, -1].mean(axis=1))
    assert meta_curve(run, split="train")["value"].tolist() == pytest.approx(train[:, :, -1, -1].mean(axis=1))
    assert meta_curve(run.meta_steps, metric="accuracy")["value"].tolist() == pytest.approx(1 - curve["value"])


def test_incomplete_meta_steps_are_left_out_unless_asked_for():
    run = noisy_run(5, incomplete=[4])
    assert meta_curve(run)["meta_step"].tolist() == [1, 2, 3, 4]
    assert meta_curve(run, incomplete=True)["complete"].tolist() == [True] * 4 + [False]


def test_a_run_set_keeps_the_name_of_each_run():
    rows = noisy_run(2).meta_steps.assign(run="a")
    assert meta_curve(rows)["run"].tolist() == ["a", "a"]


@pytest.mark.parametrize(("split", "metric"), [("test", "loss"), ("train", "f1")])
def test_an_unknown_split_or_metric_is_refused(split, metric):
    with pytest.raises(UsageError, match=r"must be .* not '(test|f1)'"):
        meta_curve(noisy_run(2), split=split, metric=metric)


@pytest.mark.parametrize(
    ("segments", "numbers", "kept"),
    [
        ([0, 0, 0], [1, 2, 3], [0, 1, 2]),
        ([0, 0, 0, 1, 1], [1, 2, 3, 3, 4], [0, 1, 3, 4]),  # resumed: meta-step 3 repeated
        ([0, 0, 0, 1, 1], [1, 2, 3, 1, 2], [3, 4]),  # restarted: nothing before counts
        ([0, 0, 0, 1, 2, 2], [1, 2, 3, 3, 2, 3], [0, 4, 5]),  # resumed twice, the second time from further back
        ([0, 0, 1, 1], [1, 2, 4, 5], [0, 1, 2, 3]),  # a gap between segments
    ],
)
def test_history_is_what_led_to_the_last_state(segments, numbers, kept):
    run = noisy_run(len(numbers), segment=segments, meta_step=numbers)
    expected = run.meta_steps.iloc[kept]
    actual = history(run.meta_steps)
    assert actual["segment"].tolist() == expected["segment"].tolist()
    assert actual["global_meta_step"].tolist() == expected["global_meta_step"].tolist()
    assert actual["global_meta_step"].is_monotonic_increasing


@given(st.lists(st.integers(1, 12), min_size=1, max_size=15))
def test_history_keeps_what_nothing_later_went_back_behind(numbers):
    kept = history(noisy_run(len(numbers), problems=1, meta_step=numbers).meta_steps)["global_meta_step"].tolist()
    assert kept == [step for place, step in enumerate(numbers) if all(step < later for later in numbers[place + 1 :])]


def test_a_meta_step_that_nobody_can_number_is_no_copy_of_another():
    run = noisy_run(5, segment=[0, 0, 0, 1, 1], meta_step=[1, -1, 3, -1, 3])
    assert history(run.meta_steps)["segment"].tolist() == [0, 0, 1, 1]
    assert levels(run)[["meta_steps", "superseded"]].to_numpy().tolist() == [[4, 1]]


@pytest.mark.parametrize("split", ["train", "validation"])
def test_final_values_average_to_the_curve(split):
    rng = np.random.default_rng(2)
    run = make_run(rng.random((6, 5, 3)), rng.random((6, 5, 3, 2)), incomplete=[5])
    finals = final_values(run, split=split)
    assert len(finals) == 25
    means = finals.groupby("global_meta_step")["value"].mean()
    assert means.tolist() == pytest.approx(meta_curve(run, split=split)["value"].tolist())


def test_final_values_of_a_problem_that_appears_twice_in_a_row_of_segments_are_two():
    run = make_run([[[0.5]], [[0.6]]], segment=[0, 1], meta_step=[1, 1])
    assert final_values(run)["value"].tolist() == [0.5, 0.6]


def test_best_is_the_lowest_loss_and_the_highest_accuracy():
    run = make_run(np.array([0.7, 0.5, np.nan, 0.6, 0.5])[:, None, None])
    assert best(run)["global_meta_step"].tolist() == [2]
    assert best(run, metric="accuracy")["value"].tolist() == [0.5]
    assert best(run, smoothing="mean:2")["value"].tolist() == [0.55]


def test_best_of_nothing_finite_is_no_row():
    assert best(make_run(np.full((3, 2, 1), np.nan))).empty


BEGINS = {
    "no banner": lambda log, steps: log[steps[3] :],
    "no banner, and the header of its first meta-step is lost": lambda log, steps: log[steps[3] + 30 :],
    "no banner, then a second meta-epoch": lambda log, steps: log[steps[5] :],
    "no banner, and twice": lambda log, steps: log[steps[3] : steps[5]] * 2,
    "a learning log, twice": lambda log, steps: LEARNING * 2,
    "whole": lambda log, steps: log,
    "resumed": lambda log, steps: log[: steps[5]] + log[steps[3] :],
    "restarted": lambda log, steps: log[: steps[5]] + log[: steps[3]],
    "restarted and ended in its first meta-step": lambda log, steps: log + log[: steps[1] - 200],
}


@pytest.mark.parametrize("begin", BEGINS)
def test_choosing_statistics_and_history_give_one_answer_to_which_copy_counts(begin):
    log = loggen.text(loggen.Shape(meta_epochs=2, meta_steps=7, problems=2, epochs=2, steps=2))
    steps = [found.start() for found in re.finditer(r"\d+ updates", log)]
    run = metalog.read(io.BytesIO(BEGINS[begin](log, steps).encode()))
    chosen = run.choose("last").meta_steps
    counted = chosen[chosen["complete"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(counted, history(run.meta_steps[run.meta_steps["complete"]]))
    assert summary({"run": run})["meta_steps"].tolist() == [len(counted)]
    assert len(counted) >= 1


def test_a_log_that_begins_in_mid_run_keeps_its_meta_steps_under_the_numbers_it_tells():
    log = loggen.text(loggen.Shape(meta_steps=30, problems=2, epochs=2, steps=2))
    run = metalog.read(io.BytesIO(log[log.index("3 updates") :].encode()))
    assert run.meta_steps["global_meta_step"].isna().all()
    row = summary({"run": run}).iloc[0]
    assert (row["meta_steps"], row["superseded"]) == (27, 0)
    numbered = metalog.read(io.BytesIO(log.encode())).meta_steps.iloc[3:]
    expected = levels(numbered).iloc[0]
    assert (row["best_at"], row["slope_per_100"]) == (expected["best_at"], pytest.approx(expected["slope_per_100"]))


@pytest.mark.parametrize(
    ("numbers", "through", "places", "axis"),
    [
        ([4, 5, 6], [1004, 1005, -1], [1004, 1005, np.nan], ""),
        ([4, 5, 6], [-1, -1, -1], [4, 5, 6], "number within a meta-epoch that the log doesn't name"),
        ([6, 7, 1], [-1, -1, -1], [1, 2, 3], "place in the log, which gives no numbers"),
        ([4, -1, 6], [-1, -1, -1], [1, 2, 3], "place in the log, which gives no numbers"),
        ([], [], [], ""),
    ],
)
def test_where_meta_steps_stand_on_an_axis(numbers, through, places, axis):
    rows = pd.DataFrame(
        {"segment": [0] * len(numbers), "meta_step": numbers, "global_meta_step": through}, dtype="Int64"
    ).replace(-1, pd.NA)
    actual, words = axis_places(rows)
    np.testing.assert_array_equal(actual, places)
    assert words == axis

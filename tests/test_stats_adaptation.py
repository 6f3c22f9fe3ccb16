"""Adaptation against plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from metalog.stats import adaptation, final_values
from tests.stats_runs import make_run


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return rng.random((9, 4, 3)), rng.random((9, 4, 3, 2))


def test_validation_rows_are_the_state_after_each_epoch_and_the_first_steps_before(arrays):
    validation, train = arrays
    table = adaptation(make_run(validation, train)).set_index(["stage", "epoch"])
    for place, stage in enumerate(["early", "middle", "late"]):
        part = slice(3 * place, 3 * place + 3)
        before = train[part, :, 0, 0]
        states = [before, *(validation[part, :, epoch] for epoch in range(3))]
        for epoch, losses in enumerate(states):
            row = table.loc[(stage, epoch)]
            assert row["loss"] == pytest.approx(losses.mean())
            assert row["accuracy"] == pytest.approx(1 - losses.mean())
            assert row["loss_sem"] == pytest.approx(losses.std(ddof=1) / np.sqrt(12))
            assert row["loss_gain"] == pytest.approx(before.mean() - losses.mean())
            assert row["accuracy_gain"] == pytest.approx(before.mean() - losses.mean())
            assert (row["problems"], row["non_finite"]) == (12, 0)
            assert (row["first"], row["last"]) == (3 * place + 1, 3 * place + 3)


def test_train_rows_are_the_first_steps_of_the_next_epoch(arrays):
    table = adaptation(make_run(*arrays), split="train")
    assert table["epoch"].tolist() == [0, 1, 2] * 3
    assert table["loss"].tolist()[:3] == pytest.approx(arrays[1][:3, :, :, 0].mean(axis=(0, 1)))


def test_incomplete_and_superseded_meta_steps_do_not_count(arrays):
    run = make_run(*arrays, segment=[0] * 5 + [1] * 4, meta_step=[1, 2, 3, 4, 5, 4, 5, 6, 7], incomplete=[8])
    table = adaptation(run)
    assert table.groupby("stage", observed=True)["problems"].max().tolist() == [8, 8, 8]
    assert table["loss"].iloc[-1] == pytest.approx(arrays[0][[6, 7], :, -1].mean())


def test_problems_that_are_not_finite_are_left_out_and_counted(arrays):
    validation, train = arrays
    validation[0, 1, 2] = np.nan
    validation[1, 1, 2] = np.inf
    row = adaptation(make_run(validation, train)).set_index(["stage", "epoch"]).loc[("early", 3)]
    assert (row["problems"], row["non_finite"]) == (10, 2)
    assert np.isfinite(row["loss"])


def test_of_one_meta_step_only_the_early_stage_exists(arrays):
    table = adaptation(make_run(arrays[0][:1], arrays[1][:1]))
    assert table["stage"].tolist() == ["early"] * 4


def test_only_nan_gives_rows_that_say_so():
    table = adaptation(make_run(np.full((3, 2, 2), np.nan)))
    assert table["problems"].tolist() == [0] * 9
    assert table["non_finite"].tolist() == [2] * 9
    assert table["loss"].isna().all()


def test_meta_steps_without_numbers_count_once():
    run = make_run(np.full((6, 2, 2), 0.5), meta_step=[1, 2, -1, -1, 5, 6])
    table = adaptation(run)
    assert table.loc[table["epoch"] == 2, "problems"].sum() == 12
    assert len(final_values(run)) == 12

"""Levels, differences and their bootstrap against plain loops and theory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metalog import plots
from metalog.errors import UsageError
from metalog.stats import compare, config_differences, labels, levels
from metalog.stats.bootstrap import resampled_means
from tests.stats_runs import make_run, noisy_run


def test_levels_are_means_over_whole_windows_and_the_best_is_in_the_middle_of_its_window():
    values = np.random.default_rng(0).random(40)
    row = levels(make_run(values[:, None, None]), window=5).iloc[0]
    means = [values[i : i + 5].mean() for i in range(36)]
    assert (row["first"], row["last"], row["best"]) == pytest.approx((means[0], means[-1], min(means)))
    assert row["best_at"] == int(np.argmin(means)) + 3
    assert row["slope_per_100"] == pytest.approx(100 * np.polyfit(np.arange(40), values, 1)[0])


def test_the_best_accuracy_is_the_highest():
    run = noisy_run(40)
    assert levels(run, metric="accuracy")["best"].item() == pytest.approx(1 - levels(run)["best"].item())


@pytest.mark.parametrize(("count", "window"), [(1, 1), (12, 1), (60, 7), (1000, 101)])
def test_the_window_suits_the_run(count, window):
    assert levels(noisy_run(count))["window"].item() == window


def test_without_a_window_the_figures_curve_shows_the_levels():
    run = noisy_run(60)
    row = levels(run).iloc[0].astype(float)
    (ax,) = plots.curve(run).axes
    x, smoothed = next(it.get_data() for it in ax.get_lines() if it.get_label() == f"centred mean of {row['window']:g}")
    whole = dict(zip(x, smoothed, strict=True))
    middle = int(row["window"]) // 2
    assert (whole[1 + middle], whole[60 - middle]) == pytest.approx((row["first"], row["last"]))
    assert whole[row["best_at"]] == pytest.approx(row["best"])


def test_a_run_that_ends_in_nan_says_so():
    values = np.linspace(1, 0.5, 60)
    values[-1] = np.nan
    row = levels(make_run(values[:, None, None])).astype({"best_at": float}).iloc[0]
    assert np.isnan(row["last"])
    assert row["first"] == pytest.approx(values[:7].mean())


def test_a_window_longer_than_the_run_is_the_whole_run():
    run = noisy_run(3)
    row = levels(run, window=50).iloc[0]
    assert row["first"] == row["best"] == row["last"] == pytest.approx(run.meta_steps["validation_loss"].mean())


def test_what_does_not_count_is_counted():
    run = noisy_run(5, segment=[0, 0, 0, 1, 1], meta_step=[1, 2, 3, 3, 4], incomplete=[4])
    row = levels(run).iloc[0]
    assert (row["meta_steps"], row["incomplete"], row["superseded"]) == (3, 1, 1)


def test_a_diverged_end_shows_as_what_it_is():
    row = levels(make_run(np.array([0.7, 0.6, np.nan, np.inf])[:, None, None])).iloc[0]
    assert (row["best"], row["best_at"], row["last"], row["non_finite"]) == (0.6, 2, np.inf, 2)


def test_differences_are_over_shared_meta_steps_only():
    base, other = noisy_run(30, seed=1), noisy_run(50, seed=2)
    table = compare({"base": base, "other": other}).set_index("run")
    expected = (other.meta_steps["validation_loss"][:30] - base.meta_steps["validation_loss"]).mean()
    row = table.loc["other"]
    assert row["shared"] == 30
    assert row["difference"] == pytest.approx(expected)
    assert row["difference_low"] < expected < row["difference_high"]
    assert np.isnan(table.loc["base", "difference"])


def test_incomplete_and_non_finite_meta_steps_are_not_shared():
    values = np.full((10, 4, 1), 0.5)
    values[3, 1] = np.nan
    run = make_run(values, incomplete=[9])
    assert compare({"a": noisy_run(10, problems=4), "b": run})["shared"].tolist()[1] == 8


def test_the_baseline_can_be_named_and_the_sign_follows():
    runs = {"a": noisy_run(30, seed=1), "b": noisy_run(30, seed=2)}
    forth, back = compare(runs), compare(runs, baseline="b")
    assert forth["difference"][1] == pytest.approx(-back["difference"][0])


def test_intervals_cover_a_difference_that_is_none():
    """Both runs have the same mean: over 100 pairs the 95 % intervals miss it in about 1 of 20."""
    hits = []
    for seed in range(100):
        runs = {"a": noisy_run(12, problems=4, seed=2 * seed), "b": noisy_run(12, problems=4, seed=2 * seed + 1)}
        row = compare(runs, replicates=300, seed=seed).iloc[1]
        hits.append(row["difference_low"] < 0 < row["difference_high"])
    assert np.mean(hits) == pytest.approx(0.95, abs=0.05)


def test_pairing_is_sharper_where_the_problems_are_the_same():
    rng = np.random.default_rng(0)
    validation = 0.7 + rng.normal(0, 0.1, (40, 8, 1))
    better = validation - 0.01 + rng.normal(0, 0.01, validation.shape)
    runs = {"a": make_run(validation), "b": make_run(better)}
    paired, unpaired = compare(runs, paired=True).iloc[1], compare(runs).iloc[1]
    assert paired["difference_high"] < 0 < unpaired["difference_high"]
    assert paired["difference"] == pytest.approx(unpaired["difference"])


def test_the_same_seed_gives_the_same_interval():
    runs = {"a": noisy_run(30, seed=1), "b": noisy_run(30, seed=2)}
    assert compare(runs).equals(compare(runs))
    assert not compare(runs).equals(compare(runs, seed=1))


def test_one_problem_a_meta_step_gives_no_interval():
    row = compare({"a": noisy_run(30, problems=1), "b": noisy_run(30, problems=1, seed=1)}).iloc[1]
    assert np.isfinite(row["difference"])
    assert np.isnan(row["difference_low"])


def test_only_nan_and_nothing_complete_still_compare():
    runs = {"nan": make_run(np.full((4, 2, 1), np.nan)), "none": noisy_run(3, incomplete=[0, 1, 2]), "ok": noisy_run(4)}
    table = compare(runs).set_index("run")
    assert table["shared"].tolist()[1:] == [0, 0]
    assert table.loc["nan", "non_finite"] == 4
    assert table.loc["none", "meta_steps"] == 0
    assert np.isfinite(table.loc["ok", "last"])


def test_no_run_and_an_unknown_baseline_are_refused():
    with pytest.raises(UsageError, match="at least one"):
        compare({})
    with pytest.raises(UsageError, match="no run is named 'c'; there are 'a'"):
        compare({"a": noisy_run(2)}, baseline="c")


@given(st.integers(2, 6), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_resampled_means_stay_between_the_extremes_of_each_meta_step(problems, count, seed):
    values = np.random.default_rng(seed).normal(size=(count, problems))
    means = resampled_means(values, 20, np.random.default_rng(seed))
    assert means.shape == (20,)
    slack = 1e-12
    assert (means >= values.min(axis=1).mean() - slack).all()
    assert (means <= values.max(axis=1).mean() + slack).all()


def test_resampled_means_have_the_unbiased_standard_error_also_with_problems_missing():
    values = np.random.default_rng(0).normal(size=(200, 8))
    values[:50, 5:] = np.nan
    counts = np.isfinite(values).sum(axis=1)
    expected = np.sqrt((np.nanvar(values, axis=1, ddof=1) / counts).sum()) / 200
    means = resampled_means(values, 4000, np.random.default_rng(1))
    assert means.std() == pytest.approx(expected, rel=0.04)
    assert means.mean() == pytest.approx(np.nanmean(values, axis=1).mean(), abs=4 * expected / np.sqrt(4000))


CONFIGS = [
    {"meta_lr": 0.001, "meta_optimizer": "sgd", "problems": 8, "versions": {"torch": "2.6"}},
    {"meta_lr": 0.0001, "meta_optimizer": "adam", "problems": 8, "versions": {"torch": "2.6"}},
]


def runs_with(*configs):
    return {f"run{place}": noisy_run(2, config=config) for place, config in enumerate(configs)}


def test_runs_are_named_by_what_differs():
    assert labels(runs_with(*CONFIGS)) == {
        "run0": "meta_lr=0.001 meta_optimizer=sgd",
        "run1": "meta_lr=0.0001 meta_optimizer=adam",
    }
    assert list(config_differences(runs_with(*CONFIGS))) == ["meta_lr", "meta_optimizer"]


def test_nested_entries_are_named_with_dots_and_places_of_files_do_not_count():
    configs = [CONFIGS[0] | {"output": "a.txt"}, CONFIGS[0] | {"output": "b.txt", "versions": {"torch": "2.7"}}]
    assert list(config_differences(runs_with(*configs))) == ["versions.torch"]


def test_equal_configurations_and_logs_without_one_keep_their_names():
    assert labels(runs_with({}, {})) == {"run0": "run0", "run1": "run1"}
    assert labels(runs_with(CONFIGS[0])) == {"run0": "run0"}
    assert labels(runs_with(*CONFIGS, CONFIGS[0], {})) == {
        "run0": "meta_lr=0.001 meta_optimizer=sgd (run0)",
        "run1": "meta_lr=0.0001 meta_optimizer=adam",
        "run2": "meta_lr=0.001 meta_optimizer=sgd (run2)",
        "run3": "run3",
    }

"""Figures 4 and 5, checked through their lines."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from metalog import plots, stats
from metalog.errors import UsageError
from metalog.runs.run_set import RunSet
from tests.plots.runs import INF, NAN, learning_log, legend_labels, line, run_of, steady_run, stretches, words


def meta_values(values, **options):
    """A run whose meta-train curve has these values: one problem, one epoch."""
    return run_of(np.reshape(values, (-1, 1, 1)), **options)


def test_the_meta_train_curve_is_the_mean_of_the_last_validations():
    run = steady_run(60, problems=3, epochs=4)
    expected = run.validations["loss"].to_numpy().reshape(60, 3, 4)[:, :, -1].mean(axis=1)
    figure = plots.curve(run, smooth=["mean:5", "centred:7", "ema:0.9", "gauss:2"])
    (ax,) = figure.axes
    x, raw = line(ax, "raw")
    np.testing.assert_array_equal(x, np.arange(1, 61))
    np.testing.assert_allclose(raw, expected)
    means = [("trailing mean of 5", "mean:5"), ("centred mean of 7", "centred:7")]
    for label, smoothing in [*means, ("exponential", "ema:0.9"), ("Gaussian", "gauss:2")]:
        np.testing.assert_allclose(line(ax, label)[1], stats.smooth(expected, smoothing))
    assert "a run: validation loss at the last epoch" in words(figure)
    assert "mean over 3 problems" in ax.get_ylabel()


def test_the_train_curve_is_the_mean_of_the_last_inner_steps():
    run = steady_run(60, problems=3, epochs=4, steps=2)
    expected = run.steps["accuracy"].to_numpy().reshape(60, 3, 8)[:, :, -1].mean(axis=1)
    (ax,) = plots.train_curve(run, metric="accuracy").axes
    np.testing.assert_allclose(line(ax, "raw")[1], expected)
    np.testing.assert_allclose(line(ax, "centred mean of 7")[1], stats.smooth(expected, "centred:7"))
    assert "accuracy (fraction)" in ax.get_ylabel()


def test_the_usual_smoothing_follows_the_length_of_the_run_and_the_write_ups_can_be_chosen():
    run = steady_run(260, problems=1, epochs=1, steps=1)
    assert legend_labels(plots.curve(run)) == ["raw (260 meta-steps)", "centred mean of 27"]
    trailing = legend_labels(plots.curve(run, smooth=["mean:50", "mean:300"]))
    assert trailing == ["raw (260 meta-steps)", "trailing mean of 50", "trailing mean of 300"]
    short = plots.curve(steady_run(12, problems=1, epochs=1, steps=1))
    assert [it.get_label() for it in short.axes[0].get_lines()] == ["raw (12 meta-steps)"]


def test_runs_of_different_lengths_are_smoothed_over_one_window_that_of_the_table():
    runs = RunSet({"long": steady_run(260), "short": steady_run(60)})
    assert "strong: centred mean of 7" in words(plots.curve(runs))
    assert set(stats.summary(runs)["window"]) == {7}


def test_the_raw_line_is_faint_behind_a_smoothed_one_and_strong_alone():
    run = steady_run(30)
    smoothed = plots.curve(run).axes[0].get_lines()[0]
    alone = plots.curve(run, smooth="none").axes[0].get_lines()[0]
    assert smoothed.get_alpha() < 0.5
    assert alone.get_alpha() is None


def test_incomplete_meta_steps_are_left_out_counted_and_leave_a_gap():
    figure = plots.curve(meta_values([1, 2, 3, 4, 5], incomplete=[2]))
    raw = figure.axes[0].get_lines()[0]
    assert stretches(raw) == [[1, 2], [4, 5]]
    assert "Left out: 1 incomplete meta-step" in words(figure)


def test_values_that_are_not_finite_are_marked_at_the_edge_and_not_bridged():
    figure = plots.curve(meta_values([1, NAN, 3, 4, INF, 6, 7, -INF]), smooth="mean:3")
    (ax,) = figure.axes
    raw, smoothed = ax.get_lines()[0], next(drawn for drawn in ax.get_lines() if "mean" in drawn.get_label())
    assert stretches(raw) == stretches(smoothed) == [[3, 4], [6, 7]]  # meta-step 1 is a dot
    marks = {label: line(ax, label) for label in ("nan (1)", "inf (1)", "-inf (1)")}
    assert [(*x, *y) for x, y in marks.values()] == [(2, 0), (5, 1), (8, 0)]
    assert set(marks) <= set(legend_labels(figure))


def test_a_logarithmic_axis_marks_what_has_no_logarithm():
    (ax,) = plots.curve(meta_values([1, 0, 3, 4]), smooth="none", log_y=True).axes
    assert stretches(ax.get_lines()[0]) == [[3, 4]]
    assert line(ax, "≤ 0 (1)")[0].tolist() == [2]


def test_segments_are_lines_of_their_own_smoothed_apart():
    run = meta_values([5, 4, 3, 9, 8], segment=[0, 0, 0, 1, 1], meta_step=[1, 2, 3, 2, 3])
    (ax,) = plots.curve(run, smooth="mean:2").axes
    for label, x, y in [("segment 0", [1, 2, 3], [5, 4.5, 3.5]), ("segment 1", [2, 3], [9, 8.5])]:
        drawn = line(ax, label)
        assert drawn[0].tolist() == x
        assert drawn[1].tolist() == y
    colours = {drawn.get_color() for drawn in ax.get_lines() if drawn.get_label().startswith("segment")}
    assert len(colours) == 2


def test_each_run_of_a_set_is_a_line_of_its_own_length():
    runs = RunSet({"long": meta_values([3, 2, 1], name="long"), "_short": meta_values([5, 4], name="_short")})
    figure = plots.curve(runs, smooth="mean:2")
    (ax,) = figure.axes
    assert line(ax, "long")[1].tolist() == [3, 2.5, 1.5]
    assert line(ax, " _short")[1].tolist() == [5, 4.5]
    assert legend_labels(figure) == ["long", " _short"]


def test_a_frame_of_several_runs_is_told_apart_by_its_run_column():
    parts = {"a": meta_values([3, 2]).meta_steps, "b": meta_values([5, 4]).meta_steps}
    rows = pd.concat([part.assign(run=name) for name, part in parts.items()], ignore_index=True)
    (ax,) = plots.curve(rows, smooth="none").axes
    assert line(ax, "a")[1].tolist() == [3, 2]
    assert line(ax, "b")[1].tolist() == [5, 4]


def test_meta_epochs_are_named_where_they_begin():
    run = meta_values([4, 3, 2, 1])
    run.meta_steps = run.meta_steps.assign(meta_epoch=run.meta_steps["global_meta_step"].astype("Int32") // 3 + 1)
    (ax,) = plots.curve(run).axes
    assert [(text.get_text(), text.xy[0]) for text in ax.texts] == [("meta-epoch 1", 1), ("meta-epoch 2", 3)]
    assert "counted through" in ax.get_xlabel()


def test_one_meta_step_is_a_visible_dot():
    (ax,) = plots.curve(meta_values([0.5]), smooth="none").axes
    assert [(*drawn.get_xdata(), *drawn.get_ydata()) for drawn in ax.get_lines() if drawn.get_marker() == "o"][-1] == (
        1,
        0.5,
    )


def test_a_run_of_nothing_but_nan_can_be_drawn():
    figure = plots.curve(meta_values([NAN] * 5))
    figure.draw_without_rendering()
    assert "nan (5)" in legend_labels(figure)


def test_thirty_runs_get_thirty_different_looks_and_a_legend_beside_the_axes():
    runs = RunSet({f"run {number}": meta_values([number, 1]) for number in range(30)})
    figure = plots.curve(runs, smooth="none")
    (ax,) = figure.axes
    own = [drawn for drawn in ax.get_lines() if "run" in drawn.get_label()]
    looks = {(drawn.get_color(), drawn.get_linestyle(), drawn.get_marker()) for drawn in own}
    assert len(looks) == 30
    figure.draw_without_rendering()
    assert ax.get_window_extent().x1 <= figure.legends[0].get_window_extent().x0


def test_axes_of_the_user_are_drawn_on_and_keep_their_legend():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plots.curve(steady_run(30), ax=right) is right
    assert right.get_title() == ""
    assert right.get_legend()
    assert [figure.legends, figure.texts, list(left.lines)] == [[], [], []]


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (learning_log(), "plain learning log"),
        (meta_values([1, 2], incomplete=[0, 1]), "no complete meta-step"),
        (steady_run(2).steps, r"run\.meta_steps"),
        (3, "from a Run"),
    ],
)
def test_what_has_no_curve_is_refused_with_a_reason(run, message):
    with pytest.raises(UsageError, match=message):
        plots.curve(run)

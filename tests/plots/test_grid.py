"""Figures 2 and 3, checked through the vertices that are drawn."""

import re

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from metalog import plots, stats
from metalog.errors import UsageError
from metalog.plots.figures.grid import usual_every
from tests.plots.runs import INF, NAN, learning_log, run_of, steady_run, words

MARGIN = 0.06


def collections(figure):
    """The line collections of the figure's only Axes."""
    (ax,) = figure.axes
    return [found for found in ax.collections if isinstance(found, LineCollection)]


def decode(stroke, places, low, high):
    """Read a stroke back: row and column of its cell, the places and the values that it shows."""
    column, row = np.floor(stroke[0]).astype(int)
    across = (stroke[:, 0] - column - MARGIN) / (1 - 2 * MARGIN)
    height = (row + 1 - MARGIN - stroke[:, 1]) / (1 - 2 * MARGIN)
    return row, column, places[0] + across * (places[-1] - places[0]), low + height * (high - low)


def drawn_losses(figure, losses, places, which=0):
    """What a grid shows, as an array of the losses' shape, given that nothing is left out."""
    read = np.full(losses.shape, np.nan)
    for stroke in collections(figure)[which].get_segments():
        row, column, where, values = decode(stroke, places, np.nanmin(losses), np.nanmax(losses))
        read[row, column, np.searchsorted(places, where - 1e-6)] = values
    return read


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_each_cell_holds_the_train_losses_of_its_problem():
    run = steady_run(5, problems=3, epochs=4, steps=2)
    losses = run.steps["loss"].to_numpy().reshape(5, 3, 8)
    figure = plots.grid(run)
    np.testing.assert_allclose(drawn_losses(figure, losses, np.arange(1, 9)), losses)
    assert labels(figure.axes[0].xaxis) == ["1", "2", "3"]
    assert labels(figure.axes[0].yaxis) == ["1", "2", "3", "4", "5"]
    assert "a run" in words(figure)


def test_the_validation_grid_holds_the_validations():
    run = steady_run(4, problems=2, epochs=6)
    for metric in ("loss", "accuracy"):
        values = run.validations[metric].to_numpy().reshape(4, 2, 6)
        figure = plots.grid(run, split="validation", metric=metric)
        np.testing.assert_allclose(drawn_losses(figure, values, np.arange(1, 7)), values)


def test_a_bare_frame_gives_the_same_picture_as_its_run():
    run = steady_run(4)
    ours, theirs = (collections(plots.grid(data))[0].get_segments() for data in (run, run.steps))
    np.testing.assert_array_equal(ours, theirs)


def test_rows_are_chosen_by_distance_or_by_number():
    run = steady_run(30, problems=1, epochs=2, steps=1)
    figure = plots.grid(run, every=10)
    assert labels(figure.axes[0].yaxis) == ["1", "11", "21"]
    assert "Rows: 3 of 30 meta-steps" in words(figure)
    assert labels(plots.grid(run, rows=3).axes[0].yaxis) == ["1", "15", "30"]
    assert labels(plots.grid(steady_run(2), rows=9).axes[0].yaxis) == ["1", "2"]


@pytest.mark.parametrize(
    ("meta_steps", "train", "validation"), [(4, 1, 1), (130, 10, 1), (1300, 100, 10), (9000, 100, 10)]
)
def test_usual_rows_are_every_hundredth_and_every_tenth_and_closer_in_short_runs(meta_steps, train, validation):
    assert (usual_every(meta_steps, "train"), usual_every(meta_steps, "validation")) == (train, validation)


def test_columns_limits_the_problems():
    figure = plots.grid(steady_run(3, problems=5), columns=2)
    assert labels(figure.axes[0].xaxis) == ["1", "2"]
    assert "Columns: 2 of 5 problems" in words(figure)
    assert len(collections(figure)[0].get_segments()) == 6


def test_the_scale_is_shared_and_said_so_unless_not_wanted():
    run = run_of([[[0.2, 0.4]], [[0.5, 0.9]]])
    figure = plots.grid(run, split="validation")
    assert "share one scale, 0.2 to 0.9" in words(figure)
    own = plots.grid(run, split="validation", share_y=False)
    assert "own scale" in words(own)
    for row, stroke in enumerate(collections(own)[0].get_segments()):
        np.testing.assert_allclose(stroke[:, 1], [row + 1 - MARGIN, row + MARGIN])


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [
        (3.21e-07, 1.11, "0 to 1.11"),  # nothing that such a scale shows
        (1234.51, 1234.75, "1234.51 to 1234.75"),
        (-2e-9, 0.5, "0 to 0.5"),
        (1e-9, 3e-9, "1e-09 to 3e-09"),
        (0.5, 4e12, "0.5 to 4e+12"),
    ],
)
def test_the_ends_of_a_scale_are_told_as_finely_as_it_shows_them(low, high, ends):
    assert f"one scale, {ends} a run" in words(plots.grid(run_of([[[low, high]]]), split="validation"))


def test_one_value_at_one_place_is_no_scale():
    told = words(plots.grid(run_of([[[0.7]], [[0.7]]]), split="validation"))
    assert "Each cell: validation loss at epoch 1. All values are 0.7 a run" in told


@pytest.mark.parametrize("problems", [1, 8, 40])
def test_the_ends_of_a_scale_lie_on_the_page(problems):
    losses = np.full((3, problems, 2), 1.11)
    losses[0, 0, 0] = 1.23e-07
    figure = plots.grid(run_of(losses), split="validation", log_y=True)
    figure.canvas.draw()
    written = [text.get_window_extent() for text in figure.axes[0].texts]
    assert written
    assert max(extent.x1 for extent in written) <= figure.bbox.x1


def spiky(cells=30):
    losses = np.random.default_rng(0).uniform(0.4, 0.6, (cells, 2, 5))
    losses[3, 1, 2] = 50.0
    return run_of(losses, losses[..., None])


def test_a_spike_that_flattens_all_cells_is_told():
    assert re.search(r"98 % of the values take 0\.\d+ % of the scale; --robust", words(plots.grid(spiky(), rows=30)))
    assert "Spikes" not in words(plots.grid(steady_run(30), rows=30))
    assert "Spikes" not in words(plots.grid(spiky(), rows=30, share_y=False))


def test_a_robust_scale_leaves_the_spike_out_and_marks_it():
    run = spiky()
    figure = plots.grid(run, rows=30, robust=True)
    (ax,) = figure.axes
    low, high = np.percentile(run.steps["loss"], [1, 99])
    assert f"All cells share one scale, {low:.3g} to {high:.3g}" in words(figure)
    outside = run.steps["loss"].gt(high) | run.steps["loss"].lt(low)
    assert f"beyond it, cut off ({outside.sum()})" in words(figure)
    (marks,) = (it for it in ax.get_lines() if it.get_label() == "beyond the scale")
    assert len(marks.get_xdata()) == outside.sum()
    spike = np.argmin(np.abs(marks.get_xdata() - 1.5) + np.abs(marks.get_ydata() - 3.06))
    assert marks.get_xydata()[spike] == pytest.approx([1.5, 3 + 0.06])  # at the upper edge of its cell
    lines = np.concatenate([line for collection in collections(figure) for line in collection.get_segments()])
    assert (lines[:, 1] % 1 >= 0.06 - 1e-9).all()  # no line leaves its cell
    assert (lines[:, 1] % 1 <= 0.94 + 1e-9).all()


@pytest.mark.parametrize("problems", [1, 4, 8, 16])
def test_labels_of_the_scale_can_be_read_when_the_figure_is_as_wide_as_a_pages_text(problems):
    figure = plots.grid(steady_run(13, problems))
    (ax,) = figure.axes
    smaller = min(1.0, 6.3 / figure.get_size_inches()[0])
    assert [text.get_text() for text in ax.texts]
    assert all(text.get_fontsize() * smaller >= 6 - 1e-9 for text in ax.texts)
    assert all(text.get_fontsize() * smaller >= 6 - 1e-9 for text in [*ax.get_xticklabels(), *ax.get_yticklabels()])
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[place + 1 :])
    assert all(box.x1 <= figure.bbox.x1 for box in boxes)


def test_a_logarithmic_scale_is_even_in_powers():
    stroke = collections(plots.grid(run_of([[[0.01, 0.1, 1.0]]]), split="validation", log_y=True))[0].get_segments()[0]
    np.testing.assert_allclose(np.diff(stroke[:, 1], 2), 0, atol=1e-12)


def test_smoothing_is_drawn_over_the_faint_raw_line():
    run = steady_run(3, problems=2, epochs=7)
    losses = run.validations["loss"].to_numpy().reshape(3, 2, 7)
    figure = plots.grid(run, split="validation", smooth="mean:5")
    raw, smoothed = collections(figure)
    assert raw.get_alpha() < smoothed.get_alpha()
    np.testing.assert_allclose(drawn_losses(figure, losses, np.arange(1, 8), 0), losses)
    read = np.stack([decode(stroke, [1, 7], losses.min(), losses.max())[3] for stroke in smoothed.get_segments()])
    np.testing.assert_allclose(read.reshape(losses.shape), stats.smooth(losses, "mean:5"))


def test_what_is_not_finite_breaks_the_line_and_is_marked_in_its_cell():
    figure = plots.grid(run_of([[[0.9, 0.8, NAN, 0.6, 0.5], [0.9, 0.8, 0.7, 0.6, INF]]]), split="validation")
    (ax,) = figure.axes
    assert [len(stroke) for stroke in collections(figure)[0].get_segments()] == [2, 2, 4]
    marks = {drawn.get_marker(): drawn.get_xydata()[0] for drawn in ax.get_lines()}
    assert marks["x"][0] == pytest.approx(0.5)
    assert 1.9 < marks["^"][0] < 2
    assert all(0 < mark[1] < 1 for mark in marks.values())
    assert "× nan (1)" in words(figure)
    assert "▲ inf (1)" in words(figure)


def test_a_lost_step_is_a_gap():
    run = steady_run(1, problems=1, epochs=1, steps=6)
    run.steps = run.steps[run.steps["step"] != 3]
    assert [len(stroke) for stroke in collections(plots.grid(run))[0].get_segments()] == [2, 3]


def test_lost_counters_and_repeated_records_are_counted_not_drawn():
    run = steady_run(1, problems=1, epochs=1, steps=6)
    run.steps.loc[5, "step"] = None
    run.steps.loc[4, "step"] = 4
    figure = plots.grid(run)
    assert [len(stroke) for stroke in collections(figure)[0].get_segments()] == [4]
    assert "Not drawn: 1 row with a counter missing or out of range" in words(figure)
    assert "Not drawn: 1 row with the same counters" in words(figure)


def test_a_log_that_lost_all_counters_is_no_learning_log():
    run = steady_run(2)
    run.steps["meta_step"] = None
    with pytest.raises(UsageError, match="no complete meta-step whose number is known"):
        plots.grid(run)


def test_incomplete_meta_steps_segments_and_meta_epochs_are_told_apart():
    run = steady_run(3, segment=[0, 0, 1], meta_step=[1, 2, 2], incomplete=[2])
    figure = plots.grid(run)
    assert labels(figure.axes[0].yaxis) == ["0 · 1", "0 · 2", "1 · 2 †"]
    assert figure.axes[0].get_ylabel() == "segment · meta-step"
    assert "† incomplete meta-step" in words(figure)
    for name in ("steps", "validations", "meta_steps"):
        frame = getattr(run, name)
        setattr(run, name, frame.assign(segment=frame["segment"] * 0, meta_epoch=frame["segment"].astype("Int32") + 1))
    assert labels(plots.grid(run).axes[0].yaxis)[0] == "1 · 1"


def test_one_value_a_cell_is_a_dot():
    figure = plots.grid(steady_run(2, problems=2, epochs=1), split="validation")
    (dots,) = figure.axes[0].get_lines()
    np.testing.assert_allclose(np.sort(dots.get_xdata()), [0.5, 0.5, 1.5, 1.5])


def test_a_run_of_nothing_but_nan_can_be_drawn():
    figure = plots.grid(run_of(np.full((2, 2, 3), NAN)), split="validation")
    assert collections(figure)[0].get_segments() == []
    assert "nan (12)" in words(figure)
    assert "No cell has a value" in words(figure)
    figure.draw_without_rendering()


def test_ten_thousand_cells_are_one_axes():
    figure = plots.grid(steady_run(1300, problems=8, epochs=2, steps=1), every=1)
    assert len(figure.axes) == 1
    assert len(collections(figure)[0].get_segments()) == 10_400


def test_axes_of_the_user_are_drawn_on_and_nothing_else_is_touched():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plots.grid(steady_run(2), ax=left) is left
    assert left.get_title() == ""
    assert not figure.texts
    assert not right.collections


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": 2, "rows": 2}, "not by both"),
        ({"every": 100, "data": steady_run(2, meta_step=[5, 6])}, "has meta-steps 5 to 6"),
        ({"every": 0}, "every must be 1 or more"),
        ({"columns": -1}, "columns must be 1 or more"),
        ({"smooth": "median:3"}, "no smoothing"),
        ({"split": "test"}, "split must be train or validation"),
        ({"metric": "f1"}, "metric must be loss or accuracy"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(options, message):
    with pytest.raises(UsageError, match=message):
        plots.grid(**{"data": steady_run(2)} | options)


def test_a_plain_learning_log_has_no_grid():
    with pytest.raises(UsageError, match="plain learning log"):
        plots.grid(learning_log())
    with pytest.raises(UsageError, match=r"run\.steps"):
        plots.grid(learning_log().meta_steps)

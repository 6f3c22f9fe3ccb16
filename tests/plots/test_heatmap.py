"""Figure 8, checked through its images."""

import numpy as np
import pytest

from metalog import plots
from metalog.errors import UsageError
from metalog.plots import ticks
from tests.plots.runs import INF, NAN, learning_log, run_of, steady_run, words


def images(figure):
    return [ax.get_images()[0] for ax in figure.axes if ax.get_images()]


def test_no_meta_step_is_skipped_by_problem_and_by_epoch():
    run = steady_run(7, problems=3, epochs=4)
    losses = run.validations["loss"].to_numpy().reshape(7, 3, 4)
    by_problem, by_epoch = images(plots.heatmap(run))
    np.testing.assert_allclose(by_problem.get_array(), losses[:, :, -1].T)
    np.testing.assert_allclose(by_epoch.get_array(), losses.mean(axis=1).T)


def test_of_the_train_split_every_inner_step_is_a_row():
    run = steady_run(3, problems=2, epochs=2, steps=3)
    values = run.steps["accuracy"].to_numpy().reshape(3, 2, 6)
    (image,) = images(plots.heatmap(run, split="train", metric="accuracy", by="epoch"))
    np.testing.assert_allclose(image.get_array(), values.mean(axis=1).T)


def test_lost_meta_steps_and_new_segments_are_blank_columns():
    run = steady_run(4, problems=2, segment=[0, 0, 0, 1], meta_step=[1, 2, 5, 3])
    (image,) = images(plots.heatmap(run, by="problem"))
    assert np.ma.getmaskarray(image.get_array())[0].tolist() == [False, False, True, False, True, False]


def test_what_was_not_logged_is_blank_and_only_complete_meta_steps_have_a_mean():
    run = steady_run(3, problems=2, epochs=2, incomplete=[2])
    last = run.validations["meta_step"] == 3
    run.validations = run.validations[~(last & (run.validations["problem"] == 2))]
    figure = plots.heatmap(run)
    by_problem, by_epoch = images(figure)
    assert np.ma.getmaskarray(by_problem.get_array())[:, 2].tolist() == [False, True]
    assert np.ma.getmaskarray(by_epoch.get_array()).tolist() == [[False, False, True]] * 2
    assert "Hatched without a mark: not logged" in words(figure)


def test_what_is_not_finite_is_marked_in_its_cell():
    figure = plots.heatmap(run_of([[[0.5], [NAN]], [[INF], [0.4]]]), by="problem")
    marks = {drawn.get_label(): drawn.get_xydata().tolist() for drawn in figure.axes[0].get_lines()}
    assert marks == {"nan (1)": [[0, 1]], "inf (1)": [[1, 0]]}


def test_a_spike_does_not_take_all_colours_and_it_is_said():
    losses = np.linspace(0.4, 0.6, 300)
    losses[17] = 1e6
    figure = plots.heatmap(run_of(losses.reshape(-1, 1, 1)), by="problem")
    assert images(figure)[0].norm.vmax < 1
    assert "most extreme percent" in words(figure)


def test_columns_are_called_by_their_meta_step():
    (image,) = images(plots.heatmap(steady_run(4, segment=[0, 0, 1, 1], meta_step=[1, 2, 2, 3]), by="problem"))
    name = image.axes.xaxis.get_major_formatter()
    assert [name(x) for x in range(5)] == ["1", "2", "", "2", "3"]
    assert image.axes.get_xlabel() == "meta-step"


def test_ticks_stand_at_round_numbers():
    figure = plots.heatmap(steady_run(260, problems=16, epochs=15, steps=1))
    by_problem, by_epoch = (image.axes for image in images(figure))
    named = [[text.get_text() for text in axis.get_ticklabels()] for axis in (by_problem.xaxis, by_problem.yaxis)]
    assert named[0] == ["50", "100", "150", "200", "250"]
    assert named[1] == ["2", "4", "6", "8", "10", "12", "14", "16"]
    assert by_problem.get_xticks().tolist() == [49, 99, 149, 199, 249]
    assert [text.get_text() for text in by_epoch.get_yticklabels()] == ["2", "4", "6", "8", "10", "12", "14"]


def test_ticks_follow_what_is_zoomed_into_and_the_gaps_between_meta_steps():
    run = steady_run(80, segment=[0] * 40 + [1] * 40, meta_step=[*range(1, 41), *range(21, 61)])
    ax = images(plots.heatmap(run, by="problem"))[0].axes
    assert [text.get_text() for text in ax.get_xticklabels()] == ["10", "20", "30", "40", "30", "40", "50", "60"]
    ax.set_xlim(41.5, 46.5)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["22", "23", "24", "25", "26"]


def test_numbers_of_which_none_is_round_still_have_a_tick():
    locator = ticks.RoundNumbers(np.array([-1, 7, 7, 7, 7, 7, 7, 7, 7, 7]))
    assert locator.tick_values(-0.5, 9.5).tolist() == [1]


def test_one_meta_step_and_nothing_but_nan_can_be_drawn():
    for run in (steady_run(1), run_of(np.full((2, 1, 1), NAN))):
        plots.heatmap(run).draw_without_rendering()
        plots.heatmap(run, log=True).draw_without_rendering()


def test_a_plain_learning_log_has_no_heat_map():
    with pytest.raises(UsageError, match="plain learning log"):
        plots.heatmap(learning_log())

"""Figure 1, checked through its lines."""

import numpy as np
import pytest

from metalog import plots, stats
from metalog.errors import UsageError
from tests.plots.runs import NAN, learning_log, line, steady_run, stretches, words


def test_train_losses_of_every_inner_step_and_validations_at_the_ends_of_epochs():
    run = steady_run(4, problems=3, epochs=4, steps=2)
    figure = plots.learning_curve(run, 3, 2)
    (ax,) = figure.axes
    x, y = line(ax, "train")
    assert x.tolist() == list(range(1, 9))
    np.testing.assert_array_equal(y, run.steps["loss"].to_numpy().reshape(4, 3, 8)[2, 1])
    x, y = line(ax, "validation")
    assert x.tolist() == [2, 4, 6, 8]
    np.testing.assert_array_equal(y, run.validations["loss"].to_numpy().reshape(4, 3, 4)[2, 1])
    assert "a run: learning curve of problem 2 in meta-step 3" in words(figure)
    assert "2 steps an epoch" in ax.get_xlabel()


def test_a_plain_learning_log_needs_no_choice():
    run = learning_log()
    (ax,) = plots.learning_curve(run, metric="accuracy").axes
    np.testing.assert_array_equal(line(ax, "train")[1], run.steps["accuracy"])
    assert line(ax, "validation")[0].tolist() == [2, 4, 6]


def test_lost_steps_and_nan_are_gaps():
    run = learning_log()
    run.steps = run.steps[run.steps.index != 2]
    run.steps.loc[4, "loss"] = NAN
    (ax,) = plots.learning_curve(run).axes
    drawn = next(found for found in ax.get_lines() if found.get_label().startswith("train"))
    assert stretches(drawn) == [[1, 2]]  # 4 and 6 are dots
    assert line(ax, "nan (1)")[0].tolist() == [5]


def test_a_smoothed_train_line_lies_over_the_faint_raw_one():
    run = learning_log()
    (ax,) = plots.learning_curve(run, smooth="mean:3").axes
    losses = run.steps["loss"].to_numpy()
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata()[1:-1], losses)
    np.testing.assert_allclose(
        line(ax, "train, every inner step (trailing mean of 3)")[1], stats.smooth(losses, "mean:3")
    )


def test_of_a_repeated_meta_step_the_last_copy_is_drawn_and_said_so():
    run = steady_run(3, problems=1, segment=[0, 0, 1], meta_step=[1, 2, 2])
    figure = plots.learning_curve(run, 2, 1)
    last = run.steps.loc[run.steps["segment"] == 1, "loss"]
    np.testing.assert_array_equal(line(figure.axes[0], "train")[1], last)
    assert "segments 0 and 1; drawn is that of segment 1" in words(figure)


def test_a_copy_that_was_cut_gives_way_to_a_complete_one():
    run = steady_run(4, problems=1, segment=[0, 0, 0, 1], meta_step=[1, 2, 3, 3], incomplete=[3])
    figure = plots.learning_curve(run, 3, 1)
    complete = run.steps[(run.steps["segment"] == 0) & (run.steps["meta_step"] == 3)]
    np.testing.assert_array_equal(line(figure.axes[0], "train")[1], complete["loss"])
    assert "drawn is that of segment 0" in words(figure)


@pytest.mark.parametrize(
    ("run", "which", "message"),
    [
        (steady_run(4), (), "meta-steps 1 to 4 of problems 1 to 3: say whose"),
        (steady_run(4), (9, 1), "no problem 1 in meta-step 9"),
        (steady_run(4), (1, 9), "no problem 9 in meta-step 1, only meta-steps 1 to 4 of problems 1 to 3"),
        (learning_log(), (1, 1), "plain learning log"),
    ],
)
def test_a_problem_that_is_not_there_is_refused_with_what_there_is(run, which, message):
    with pytest.raises(UsageError, match=message):
        plots.learning_curve(run, *which)

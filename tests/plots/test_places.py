"""Places on an axis: what one damaged row says moves no other."""

import numpy as np
import pandas as pd
import pytest

from metalog import plots
from metalog.plots.places import Epochs, inner_places
from metalog.stats import levels
from tests.plots.runs import learning_log, line, steady_run, words


def steps_of(lasts, problems=1, start=1):
    """Steps of one meta-step whose epochs end in these steps."""
    rows = [
        (problem, epoch, step)
        for problem in range(1, problems + 1)
        for epoch, last in enumerate(lasts, start=start)
        for step in range(1, last + 1)
    ]
    frame = pd.DataFrame(rows, columns=["problem", "epoch", "step"], dtype="Int32")
    return frame.assign(segment=0, meta_epoch=1, meta_step=1)


def places(steps):
    return inner_places(steps, ("epoch", "step")).tolist()


def test_steps_are_counted_through_epochs_of_one_length():
    assert places(steps_of([3, 3], problems=2)) == [1, 2, 3, 4, 5, 6] * 2


def test_epochs_may_differ_in_length():
    assert places(steps_of([3, 1, 2], problems=4)) == [1, 2, 3, 4, 5, 6] * 4
    assert places(steps_of([5, 7])) == list(range(1, 13))  # of two epochs nobody can tell the usual one
    assert Epochs.of(steps_of([5, 5, 5, 3])).lengths.tolist() == [5, 5, 5, 5]  # the last one was cut


@pytest.mark.parametrize("problems", [1, 3, 8])
def test_one_damaged_step_moves_no_other_and_has_no_place(problems):
    steps = steps_of([2] * 5, problems)
    whole = places(steps)
    steps.loc[5, "step"] = 22
    assert places(steps) == [*whole[:5], 0, *whole[6:]]


def test_a_lost_counter_has_no_place_and_a_lost_epoch_is_as_long_as_most():
    steps = steps_of([2] * 6)
    steps.loc[1, "step"] = None
    assert places(steps)[:3] == [1, 0, 3]
    whole = places(steps_of([2] * 6))
    assert places(steps_of([2] * 6)[lambda rows: rows["epoch"] != 3]) == whole[:4] + whole[6:]


def test_a_huge_epoch_is_only_far_away():
    steps = steps_of([2] * 4)
    steps.loc[7, ["epoch", "step"]] = [2**31 - 1, 2]
    assert places(steps)[:7] == list(range(1, 8))
    assert places(steps)[7] == 2 * (2**31 - 1)


def test_without_steps_an_epoch_is_one_long():
    assert Epochs.of(steps_of([])).end(np.array([1, 2])).tolist() == [1, 2]


def test_in_a_learning_curve_validations_stand_at_the_end_of_their_epochs():
    run = learning_log()
    (ax,) = plots.learning_curve(run).axes
    assert line(ax, "validation")[0].tolist() == [2, 4, 6]


def test_a_damaged_step_in_a_grid_is_counted_and_lines_join_the_epochs():
    run = steady_run(3, problems=2, epochs=3, steps=2)
    run.steps.loc[3, "step"] = 22
    figure = plots.grid(run)
    assert "Not drawn: 1 row with a counter missing or out of range" in words(figure)
    strokes = [len(stroke) for stroke in figure.axes[0].collections[1].get_segments()]
    assert sorted(strokes) == [2, 3, 6, 6, 6, 6, 6]


def test_a_damaged_epoch_in_a_grid_takes_one_place():
    run = steady_run(3, problems=1, epochs=4)
    run.validations.loc[3, "epoch"] = 77
    figure = plots.grid(run, split="validation")
    x = np.unique(np.concatenate([stroke[:, 0] for stroke in figure.axes[0].collections[1].get_segments()]))
    assert np.diff(x) == pytest.approx(np.diff(x)[0])


def test_a_damaged_epoch_does_not_stretch_an_adaptation():
    run = steady_run(9, problems=2, epochs=3)
    run.validations.loc[5, "epoch"] = 77
    figure = plots.adaptation(run)
    assert figure.axes[0].get_xlim()[1] < 4
    assert "Not drawn: 1 epoch that hardly any problem has" in words(figure)
    assert "Not drawn" not in words(plots.adaptation(steady_run(3, problems=1)))


@pytest.mark.parametrize("at", [4, 9])
def test_a_damaged_number_of_a_meta_step_does_not_stretch_a_curve_nor_tilt_its_slope(at):
    run = steady_run(10)
    run.meta_steps.loc[at, ["meta_step", "global_meta_step"]] = 100_000
    figure = plots.curve(run)
    assert figure.axes[0].get_xlim()[1] < 12
    assert "Not drawn: 1 meta-step whose number is lost or damaged" in words(figure)
    assert plots.curve(steady_run(10, meta_step=[*range(1, 10), 90])).axes[0].get_xlim()[1] > 90
    if at == 9:
        rest = levels(run.meta_steps.iloc[:9])["slope_per_100"].item()
        assert levels(run)["slope_per_100"].item() == pytest.approx(rest)

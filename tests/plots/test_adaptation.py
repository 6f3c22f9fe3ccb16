"""Figure 9, checked against the numbers of metalog.stats."""

import numpy as np
import pytest

from metalog import plots, stats
from metalog.errors import UsageError
from tests.plots.runs import NAN, learning_log, legend_labels, line, run_of, steady_run, words


@pytest.mark.parametrize("split", ["train", "validation"])
def test_a_line_for_each_stage_from_before_adaptation_to_the_last_epoch(split):
    run = steady_run(9, problems=4, epochs=5)
    expected = stats.adaptation(run, split=split)
    figure = plots.adaptation(run, split=split)
    for ax, metric in zip(figure.axes, ("loss", "accuracy"), strict=True):
        for stage in ("early", "middle", "late"):
            rows = expected[expected["stage"] == stage]
            x, y = line(ax, stage)
            from_0 = split == "train"
            np.testing.assert_array_equal(x, rows["epoch"] if from_0 else rows["epoch"].iloc[1:])
            np.testing.assert_array_equal(y, rows[metric] if from_0 else rows[metric].iloc[1:])
    assert legend_labels(figure)[:2] == ["early (meta-steps 1 to 3)", "middle (meta-steps 4 to 6)"]
    assert "12 problems" in words(figure)


def test_the_point_before_adaptation_is_the_train_value_that_its_caption_says():
    run = steady_run(9, problems=4, epochs=5)
    early = run.steps[(run.steps["meta_step"] <= 3) & (run.steps["epoch"] == 1) & (run.steps["step"] == 1)]
    figure = plots.adaptation(run)
    ax = figure.axes[0]
    hollow = [it for it in ax.get_lines() if it.get_markerfacecolor() != it.get_color() and len(it.get_xdata()) == 1]
    assert len(hollow) == 3
    assert hollow[0].get_xydata().tolist() == [[0, pytest.approx(early["loss"].mean())]]
    links = [it for it in ax.get_lines() if it.get_linestyle() == ":"]
    assert [it.get_xdata().tolist() for it in links] == [[0, 1]] * 3
    assert "Hollow, at 0: train values of the first inner step, measured before its update" in words(figure)
    assert "Hollow" not in words(plots.adaptation(run, split="train"))


def test_bands_are_the_standard_error():
    run = steady_run(3, problems=4)
    expected = stats.adaptation(run)
    first = expected[expected["stage"] == "early"].iloc[0]
    (ax,) = plots.adaptation(run, metric="loss").axes
    vertices = ax.collections[0].get_paths()[0].vertices
    edges = vertices[vertices[:, 0] == 0, 1]
    np.testing.assert_allclose([edges.min(), edges.max()], [first.loss - first.loss_sem, first.loss + first.loss_sem])


def test_problems_with_nan_are_left_out_and_counted():
    losses = np.random.default_rng(0).uniform(0.4, 0.6, (3, 4, 2))
    losses[1, 2, 1] = NAN
    assert "Left out: 1 problem with nan" in words(plots.adaptation(run_of(losses)))


def test_one_meta_step_has_one_stage():
    drawn = [it.get_label() for it in plots.adaptation(steady_run(1), metric="loss").axes[0].get_lines()]
    assert [label for label in drawn if not label.startswith("_")] == ["early (meta-step 1)"]


def test_a_plain_learning_log_has_no_adaptation():
    with pytest.raises(UsageError, match="plain learning log"):
        plots.adaptation(learning_log())

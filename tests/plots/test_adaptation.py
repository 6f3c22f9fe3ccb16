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
            np.testing.assert_array_equal(x, rows["epoch"])
            np.testing.assert_array_equal(y, rows[metric])
    assert legend_labels(figure)[:2] == ["early (meta-steps 1 to 3)", "middle (meta-steps 4 to 6)"]
    assert "12 problems" in words(figure)


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
    assert [drawn.get_label() for drawn in plots.adaptation(steady_run(1), metric="loss").axes[0].get_lines()] == [
        "early (meta-step 1)"
    ]


def test_a_plain_learning_log_has_no_adaptation():
    with pytest.raises(UsageError, match="plain learning log"):
        plots.adaptation(learning_log())

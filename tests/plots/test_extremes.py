"""Finite losses that no axis can hold are marked as infinite ones are, in every figure and on every scale."""

import io

import numpy as np
import pytest

from metalog import plots
from metalog.runs.run_set import RunSet
from tests.plots.runs import legend_labels, run_of, words

LOSSES = {
    "huge and tiny among usual ones": [0.5, 1e300, 5e-324, 0.25],
    "huge of both signs": [-1e308, 1.7e308, -1e308, 1e308],
    "the widest that has a place": [1e-100, 1e100],
}


def run(losses):
    values = np.repeat(np.array(losses)[:, None, None], 2, axis=1)
    return run_of(values, np.repeat(values[..., None], 2, axis=-1), meta_validation={1: [losses]})


FIGURES = {
    "adaptation": lambda data, log: plots.adaptation(data, log_y=log),
    "compare": lambda data, log: plots.compare(RunSet({"a": data, "b": data}), log_y=log),
    "curve": lambda data, log: plots.curve(data, log_y=log),
    "train_curve": lambda data, log: plots.train_curve(data, log_y=log),
    "grid": lambda data, log: plots.grid(data, log_y=log, smooth="mean:2"),
    "grid of validations, each with its scale": lambda data, log: plots.grid(
        data, split="validation", log_y=log, share_y=False
    ),
    "heatmap": lambda data, log: plots.heatmap(data, log=log),
    "learning_curve": lambda data, log: plots.learning_curve(data, 1, 1, log_y=log),
    "meta_validation": lambda data, log: plots.meta_validation(data),
}


@pytest.mark.parametrize("log", [False, True], ids=["linear", "logarithmic"])
@pytest.mark.parametrize("losses", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_of_extreme_losses_is_drawn(figure, losses, log):
    stream = io.BytesIO()
    plots.save(FIGURES[figure](run(losses), log), stream, dpi=30)
    assert stream.getvalue().startswith(b"\x89PNG")


def test_what_has_no_place_is_marked_and_counted():
    among = run(LOSSES["huge and tiny among usual ones"])
    assert "> 1e100 (1)" in legend_labels(plots.curve(among))
    assert "< 1e-100 (1)" in legend_labels(plots.curve(among, log_y=True))
    assert "< -1e100 (2)" in legend_labels(plots.curve(run(LOSSES["huge of both signs"])))
    assert "◆ > 1e100 (4)" in words(plots.grid(among))
    (image, *_) = plots.heatmap(among, by="problem").axes
    assert [drawn.get_label() for drawn in image.get_lines()] == ["> 1e100 (2)"]


@pytest.mark.parametrize(
    "losses", [[1.7e308] * 3, [5e-324] * 3, [1e-50] * 3, [float("nan"), float("inf"), -float("inf")], [0.0, 0.0]]
)
def test_a_curve_and_a_heat_map_of_a_single_value_or_of_none_that_has_a_place_are_drawn(losses):
    for name in ("curve", "heatmap"):
        plots.save(FIGURES[name](run(losses), log=True), io.BytesIO(), dpi=30)


def test_the_mean_of_a_heat_map_by_epoch_does_not_overflow():
    figure = plots.heatmap(run([9e99] * 2), by="epoch")
    np.testing.assert_allclose(figure.axes[0].get_images()[0].get_array(), 9e99)
    figure = plots.heatmap(run([1.7e308] * 2), by="epoch")
    assert [drawn.get_label() for drawn in figure.axes[0].get_lines()] == ["> 1e100 (2)"]

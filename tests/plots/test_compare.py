"""Figure 7, checked through its lines and its table."""

import numpy as np
import pytest
from matplotlib.table import Table

from metalog import plots, stats
from metalog.errors import UsageError
from metalog.runs.run_set import RunSet
from tests.plots.runs import legend_labels, line, steady_run

RUNS = RunSet(
    {
        "one": steady_run(8, seed=1, name="one", config={"meta_lr": 0.1}, meta_validation={4: [[0.5, 0.6]]}),
        "two": steady_run(5, seed=2, name="two", config={"meta_lr": 0.2}, meta_validation={4: [[0.3, 0.4]]}),
    }
)


def test_each_panel_has_a_line_a_run_called_by_what_differs_and_as_long_as_the_run():
    figure = plots.compare(RUNS, smooth="mean:3")
    train, validation, loss, accuracy = figure.axes[:4]
    for ax, split in ((train, "train"), (validation, "validation")):
        for label, run in (("meta_lr=0.1", RUNS["one"]), ("meta_lr=0.2", RUNS["two"])):
            expected = stats.smooth(run.meta_steps[f"{split}_loss"].to_numpy(), "mean:3")
            np.testing.assert_allclose(line(ax, label)[1], expected)
    assert line(loss, "meta_lr=0.1")[1].tolist() == [0.55]
    assert line(accuracy, "meta_lr=0.2")[1].tolist() == [pytest.approx(0.65)]
    assert legend_labels(figure) == ["meta_lr=0.1", "meta_lr=0.2"]


def test_a_run_has_the_same_colour_in_every_panel_and_in_the_table():
    figure = plots.compare(RUNS)
    table = next(artist for artist in figure.axes[-1].get_children() if isinstance(artist, Table))
    for row, label in enumerate(["meta_lr=0.1", "meta_lr=0.2"], start=1):
        drawn = [next(it for it in ax.get_lines() if it.get_label() == label) for ax in figure.axes[:4]]
        assert {it.get_color() for it in drawn} == {table[row, 0].get_text().get_color()}


def test_the_table_is_that_of_the_command():
    figure = plots.compare(RUNS)
    table = next(artist for artist in figure.axes[-1].get_children() if isinstance(artist, Table))
    texts = [[table[row, column].get_text().get_text() for column in range(1, 5)] for row in range(3)]
    assert texts[0][:3] == ["run", "meta_lr", "meta-steps"]
    assert [row[:3] for row in texts[1:]] == [["one", "0.1", "8"], ["two", "0.2", "5"]]


def test_without_meta_validation_its_panels_are_not_there():
    runs = RunSet({name: steady_run(4, seed=seed, name=name) for seed, name in enumerate("abc")})
    assert len(plots.compare(runs).axes) == 3


def test_fewer_than_two_runs_are_refused():
    with pytest.raises(UsageError, match="two runs or more"):
        plots.compare(RUNS["one"])


@pytest.mark.parametrize("draw", [plots.compare, plots.adaptation, plots.learning_curve])
def test_a_frame_is_not_enough_where_several_are_needed(draw):
    with pytest.raises(UsageError, match="several frames of a Run"):
        draw(RUNS["one"].steps)

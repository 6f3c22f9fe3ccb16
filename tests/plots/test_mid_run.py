"""A log that begins in mid-run: nobody knows its meta-steps' numbers, and all of them are drawn."""

import io

import numpy as np
import pytest

import metalog
from metalog import plots
from tests import loggen
from tests.plots.runs import line, words

LOG = loggen.text(loggen.Shape(meta_steps=7, problems=2, epochs=2, steps=2, meta_validate_every=2, meta_batches=10))


def read(log):
    return metalog.read(io.BytesIO(log.encode()), name="mid")


MID = read(LOG[LOG.index("3 updates") :])
WHOLE = read(LOG)


def test_all_meta_steps_are_drawn_under_the_numbers_that_the_log_tells_and_it_is_said():
    figure = plots.curve(MID, smooth="none")
    x, y = line(figure.axes[0], "raw")
    assert x.tolist() == [4, 5, 6, 7]
    assert y.tolist() == WHOLE.meta_steps["validation_loss"].tolist()[3:]
    assert "counted by their number within a meta-epoch that the log doesn't name" in words(figure)
    assert "counted by" not in words(plots.curve(WHOLE))


def test_where_the_numbers_fall_the_axis_is_the_place_in_the_log():
    second = loggen.text(loggen.Shape(meta_epochs=2, meta_steps=4, problems=2, epochs=2, steps=2))
    run = read(second[second.index("2 updates") :])
    assert run.meta_steps["global_meta_step"].isna().all()
    figure = plots.curve(run, smooth="none")
    assert line(figure.axes[0], "raw")[0].tolist() == [1, 2, 3, 4, 5, 6]
    assert figure.axes[0].get_xlabel() == "place in the log"
    assert plots.grid(run).axes[0].get_ylabel().startswith("place in the log")


def test_grid_heat_map_and_meta_validation_have_all_of_them_too():
    assert [text.get_text() for text in plots.grid(MID).axes[0].get_yticklabels()] == ["4", "5", "6", "7"]
    array = plots.heatmap(MID, by="problem").axes[0].get_images()[0].get_array()
    whole = plots.heatmap(WHOLE, by="problem").axes[0].get_images()[0].get_array()
    np.testing.assert_array_equal(array, whole[:, 3:])
    assert not np.ma.getmaskarray(array).any()
    assert line(plots.meta_validation(MID).axes[0], "median")[0].tolist() == [4, 6]


def test_a_problem_is_asked_for_by_the_number_that_the_figures_show():
    drawn, whole = (line(plots.learning_curve(run, 5, 2).axes[0], "train") for run in (MID, WHOLE))
    np.testing.assert_array_equal(drawn, whole)
    with pytest.raises(metalog.UsageError, match="meta-steps 4 to 7 of problems 1 to 2"):
        plots.learning_curve(MID, 1, 1)


def test_adaptation_rests_on_all_of_them():
    assert "early (meta-steps" not in words(plots.adaptation(MID))
    assert "mean over 4 problems" in words(plots.adaptation(MID)) or "2 to 4 problems" in words(plots.adaptation(MID))


def test_a_meta_step_whose_number_is_lost_among_others_is_counted():
    run = read(LOG)
    run.meta_steps.loc[2, ["meta_step", "global_meta_step"]] = None
    assert "Not drawn: 1 meta-step whose number is lost or damaged" in words(plots.curve(run))

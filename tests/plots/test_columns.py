"""The curve of a log of any format, checked through its lines."""

from __future__ import annotations

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest

import metalog
from metalog import plots
from metalog.errors import UsageError
from metalog.plots.thinning import thinned
from metalog.runs.run_set import RunSet
from tests.cli_logs import meta_log
from tests.declared import EPOCHS, FLAT, epochs_text, flat_text, phased, read
from tests.plots.runs import legend_labels, words

#: The first colours of the theme.
TRAIN, VALIDATION = "#0173b2", "#de8f05"
OTHERS = ("adaptation", "compare", "grid", "heatmap", "learning_curve", "meta_validation", "train_curve")


def lines(ax):
    """Return the points of each named line of a panel, those of its breaks left out."""
    drawn = {}
    for line in ax.get_lines():
        if not line.get_label().startswith("_"):
            points = np.column_stack(line.get_data())
            drawn[line.get_label()] = points[~np.isnan(points).any(axis=1)].T.tolist()
    return drawn


def test_losses_accuracies_and_what_is_larger_have_panels_of_their_own():
    run = read(epochs_text(2, 2), EPOCHS)
    figure = plots.curve(run)
    assert [ax.get_ylabel() for ax in figure.axes] == ["loss, val_loss", "ppl", "acc, val_acc"]
    assert figure.axes[-1].get_xlabel() == "epoch"
    assert lines(figure.axes[0]) == {
        "loss": [[0.5, 1, 1.5, 2], run["batches"]["loss"].tolist()],
        "val_loss": [[1, 2], run["epochs"]["val_loss"].tolist()],
    }
    assert legend_labels(figure) == ["loss", "val_loss", "acc", "val_acc"]  # ppl is alone in its panel


def test_training_and_validation_have_their_colours():
    ax = plots.curve(phased()).axes[0]
    colours = {line.get_label(): line.get_color() for line in ax.get_lines()}
    assert colours == {"train loss": TRAIN, "val loss": VALIDATION}
    ax = plots.curve(read(epochs_text(), EPOCHS)).axes[0]
    colours = {line.get_label(): line.get_color() for line in ax.get_lines()}
    assert colours == {"loss": TRAIN, "val_loss": VALIDATION}


def test_columns_are_named_and_metalogs_own_logs_have_them_too():
    run = metalog.read(io.BytesIO(meta_log().encode()))
    (ax,) = plots.curve(run, frame="validations", x="epoch", y="accuracy").axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "accuracy")
    assert set(lines(ax)) == {"accuracy"}
    assert lines(ax)["accuracy"][0] == run.validations["epoch"].tolist()
    (loss, rate) = plots.curve(read(flat_text(), FLAT), frame="steps", y=["loss", "lr"]).axes
    assert (loss.get_ylabel(), rate.get_ylabel()) == ("loss", "lr")


def test_where_the_log_starts_over_a_line_begins_anew():
    run = read(flat_text(6, 9) + flat_text(4, 9), FLAT)
    figure = plots.curve(run, y="loss")
    drawn = [line.get_xdata()[1:-1].tolist() for line in figure.axes[0].get_lines()]
    assert drawn == [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3]]
    assert "Lines begin anew where the log starts over" in words(figure)


def test_missing_rows_leave_a_gap():
    text = "".join(line for line in flat_text(30, 99).splitlines(keepends=True) if "iter 1" not in line)
    (ax,) = plots.curve(read(text, FLAT), y="loss").axes
    x = ax.get_lines()[0].get_xdata()
    assert np.flatnonzero(np.isnan(x)).tolist() == [0, 10, 21]  # 10 to 19 are missing; 1 alone is less than a gap


def test_a_value_that_has_no_place_is_marked():
    run = read(flat_text().replace("2.500000", "nan"), FLAT)
    (ax,) = plots.curve(run, y="loss").axes
    assert "nan (1)" in lines(ax)
    assert lines(ax)["nan (1)"][0] == [10]


def test_long_lines_are_smoothed_and_short_ones_beside_them_are_not():
    figure = plots.curve(read(flat_text(400, 50), FLAT))
    assert "Raw lines are faint; strong: centred mean of 41" in words(figure)
    shown = lines(figure.axes[0])
    assert len(shown["loss"][0]) == 400
    assert shown["val_loss"][0] == [49, 99, 149, 199, 249, 299, 349, 399]
    assert "Raw" not in words(plots.curve(read(flat_text(400, 50), FLAT), smooth="none"))


def test_an_axis_that_goes_back_and_forth_gets_points():
    run = phased(6, [("train", 8)])
    run.records["batches"]["acc"][:] = np.resize([0.3, 0.1, 0.2], 48)
    (ax,) = plots.curve(run, x="acc", y="loss").axes
    (dots,) = ax.get_lines()
    assert dots.get_linestyle() == "None"
    assert len(dots.get_xdata()) == 48


def test_several_runs_have_a_colour_each():
    runs = RunSet({"a": read(epochs_text(), EPOCHS), "b": read(epochs_text(2), EPOCHS)})
    figure = plots.curve(runs, frame="epochs", y="val_loss")
    assert legend_labels(figure) == ["a", "b"]
    both = plots.curve(runs, frame="epochs", metric="loss")
    assert legend_labels(both) == ["a: val_loss", "b: val_loss", "a: ppl", "b: ppl"]
    mixed = plots.curve(RunSet({"a": runs["a"], "f": read(flat_text(), FLAT)}), y="val_loss")
    assert mixed.axes[0].get_xlabel() == "epoch / eval_iter"
    assert "The runs count differently" in words(mixed)


def test_axes_of_the_user_hold_one_panel():
    _, ax = plt.subplots()
    plots.curve(read(epochs_text(), EPOCHS), y=["loss"], ax=ax)
    assert set(lines(ax)) == {"loss"}
    with pytest.raises(UsageError, match=r"these columns need 3 panels \(loss, val_loss; ppl; acc, val_acc\), and ax"):
        plots.curve(read(epochs_text(), EPOCHS), ax=ax)
    plt.close("all")


@pytest.mark.parametrize("figure", OTHERS)
def test_figures_of_nested_problems_say_that_there_are_none(figure):
    told = r"other\.log has no nested problems to draw in this figure: its format, flat, has the frames steps, eval"
    with pytest.raises(UsageError, match=told):
        getattr(plots, figure)(read(flat_text(), FLAT))


def test_what_means_nothing_is_refused():
    run = read(flat_text(), FLAT)
    with pytest.raises(UsageError, match="a split means something for meta-steps alone"):
        plots.curve(run, split="train")
    with pytest.raises(UsageError, match=r"other\.log logged no accuracy, as far as names of columns tell"):
        plots.curve(run, metric="accuracy")


def test_a_very_long_line_keeps_its_extremes_its_breaks_and_its_gaps():
    size = 100_000
    y = np.sin(np.arange(size) / 50.0)
    y[50_003], y[50_007], y[70_000] = 9, -9, np.nan
    follows = np.ones(size, bool)
    follows[[0, 30_000]] = False
    x, shown, joined = thinned(np.arange(float(size)), y, follows)
    assert len(x) < size / 4
    assert (np.nanmax(shown), np.nanmin(shown)) == (9, -9)
    assert np.isnan(shown[x == 70_000]).all()
    assert x[~joined].tolist() == [0, 30_000]
    assert {29_999, 69_999, 70_001} <= set(x)
    short = np.arange(10.0)
    assert thinned(short, short, short > 0)[0] is short

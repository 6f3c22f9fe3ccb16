"""Figure 7, checked through its lines and its table."""

import numpy as np
import pytest
from matplotlib.table import Table
from matplotlib.text import Text

from metalog import plots, stats
from metalog.errors import UsageError
from metalog.runs.run_set import RunSet
from tests.plots.runs import legend_labels, line, steady_run, words

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
    assert legend_labels(figure) == []
    assert [[text.get_text() for text in ax.texts] for ax in figure.axes[:4]] == [["meta_lr=0.1", "meta_lr=0.2"]] * 4


def table_of(figure):
    (table,) = (artist for artist in figure.axes[-1].get_children() if isinstance(artist, Table))
    return table


def many(number, **config):
    """Runs that differ in a setting, and in others of `config`: their values."""
    settings = [
        {"meta_lr": 10.0**-place, **{key: value(place) for key, value in config.items()}} for place in range(number)
    ]
    runs = (steady_run(30, seed=place, config=settings[place]) for place in range(number))
    return RunSet({f"experiments/2026-11-26/learning-rates/run-{place:02}.txt": run for place, run in enumerate(runs)})


CROWDS = {
    "two": lambda: RUNS,
    "six": lambda: many(6),
    "six of many settings": lambda: many(
        6,
        **{f"some_long_setting_{key}": "{}-which-is-long-too".format for key in range(5)},
        meta_optimizer="sgd{}".format,
    ),
    "thirty": lambda: many(30),
}


def look(line):
    return line.get_color(), line.get_linestyle(), line.get_marker()


def test_a_run_has_the_same_look_in_every_panel_and_in_the_table():
    figure = plots.compare(RUNS)
    samples = [look(sample) for sample in figure.axes[-1].get_lines()]
    assert len(set(samples)) == 2
    for number, label in enumerate(["meta_lr=0.1", "meta_lr=0.2"]):
        train, validation, loss, _ = (
            next(it for it in ax.get_lines() if it.get_label() == label) for ax in figure.axes[:4]
        )
        assert look(train) == look(validation) == samples[number]
        assert look(loss)[:2] == samples[number][:2]


@pytest.mark.parametrize("crowd", CROWDS)
def test_no_cell_of_the_table_is_wider_than_its_column(crowd):
    figure = plots.compare(CROWDS[crowd]())
    figure.draw_without_rendering()
    for cell in table_of(figure).get_celld().values():
        if cell.get_text().get_text():
            text, column = cell.get_text().get_window_extent(), cell.get_window_extent()
            assert column.x0 <= text.x0
            assert text.x1 <= column.x1
            assert text.height < column.height
    page = figure.bbox
    box = figure.axes[-1].get_window_extent()
    assert page.x0 <= box.x0 <= box.x1 <= page.x1


@pytest.mark.parametrize("crowd", ["two", "six", "six of many settings"])
def test_names_at_the_lines_ends_do_not_overlap_and_stay_beside_their_panel(crowd):
    figure = plots.compare(CROWDS[crowd]())
    figure.draw_without_rendering()
    panels = [ax for ax in figure.axes if ax.axison]
    for ax in panels:
        own = [Text.get_window_extent(text) for text in ax.texts]  # without its leader
        assert len({text.get_text() for text in ax.texts}) == len(own) == len(CROWDS[crowd]())
        for number, box in enumerate(own):
            assert ax.bbox.x1 < box.x0
            assert box.x1 <= figure.bbox.x1
            assert not any(box.overlaps(other) for other in own[number + 1 :])
            assert not any(box.overlaps(other.bbox) for other in panels)


def test_names_lie_as_near_to_their_lines_as_they_can():
    figure = plots.compare(many(6), smooth="centred:15")
    figure.draw_without_rendering()
    ax = figure.axes[1]
    ends = [ax.transData.transform(text.xy)[1] for text in ax.texts]
    places = [Text.get_window_extent(text).y0 for text in ax.texts]
    assert np.argsort(ends).tolist() == np.argsort(places).tolist()


def test_six_lines_differ_without_colours():
    figure = plots.compare(many(6))
    for ax in figure.axes[:2]:
        looks = {look(line)[1:] for line in ax.get_lines() if line.get_label().strip().startswith("meta_lr")}
        assert len(looks) == 6


def test_of_thirty_runs_the_table_has_the_baseline_and_the_best_and_the_rest_is_counted():
    runs = many(30)
    figure = plots.compare(runs)
    table, best = table_of(figure), stats.compare(runs)["best"].to_numpy()
    shown = [table[row, 1].get_text().get_text() for row in range(1, 13)]
    expected = sorted([0, *(run for run in np.argsort(best).tolist() if run)][:12])
    assert [int(name.removesuffix(".txt")[-2:]) for name in shown] == expected
    assert (13, 1) not in table.get_celld()
    assert "the baseline and the best 11 of 30 runs" in words(figure)
    assert len(legend_labels(figure)) == 30


def test_every_line_of_thirty_has_a_look_of_its_own_and_the_legend_shows_it():
    figure = plots.compare(many(30))
    (legend,) = figure.legends
    assert len({look(handle) for handle in legend.get_lines()}) == 30


def test_settings_that_there_is_no_room_for_are_counted_and_numbers_are_never_cut():
    figure = plots.compare(CROWDS["six of many settings"]())
    assert "settings that there is no room for" in words(figure)
    texts = [cell.get_text().get_text() for cell in table_of(figure).get_celld().values()]
    assert not any("[" in text and "…" in text for text in texts)


def test_long_labels_are_called_by_their_values_or_by_the_runs_names():
    runs = RunSet(
        {
            name: steady_run(4, seed=seed, config={"meta_learning_rate": rate, "meta_optimizer": "adam"[seed:]})
            for seed, (name, rate) in enumerate({"one": 0.1, "two": 0.2}.items())
        }
    )
    assert [text.get_text() for text in plots.compare(runs).axes[0].texts] == ["0.1 adam", "0.2 dam"]


def test_the_table_is_that_of_the_command():
    figure = plots.compare(RUNS)
    texts = [[table_of(figure)[row, column].get_text().get_text() for column in range(1, 5)] for row in range(3)]
    assert texts[0][:3] == ["run", "meta_lr", "meta-steps"]
    assert [row[:3] for row in texts[1:]] == [["one", "0.1", "8"], ["two", "0.2", "5"]]


def test_curves_of_several_runs_are_called_as_in_the_comparison():
    assert (
        legend_labels(plots.curve(RUNS)) == legend_labels(plots.meta_validation(RUNS)) == ["meta_lr=0.1", "meta_lr=0.2"]
    )


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

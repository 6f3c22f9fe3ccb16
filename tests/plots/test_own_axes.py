"""On Axes of the user: nothing but what was asked for, no legend over the data, and the Axes come back."""

from __future__ import annotations

import inspect
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from metalog import plots
from metalog.errors import UsageError
from metalog.runs.run_set import RunSet
from tests.plots.runs import learning_log, steady_run
from tests.plots.settings_runs import setting_runs

RUN = steady_run(24, meta_validation={2: [[0.4, 0.5]], 4: [[0.3, 0.45]]})
RUNS = RunSet({name: steady_run(6, seed=seed, name=name) for seed, name in enumerate(["first", "second"])})
SETTINGS = setting_runs(seeds=range(3)).groups()
DRAWN: dict[str, tuple[Any, Any]] = {
    "adaptation": (plots.adaptation, RUN),
    "curve": (plots.curve, RUN),
    "curve of runs": (plots.curve, RUNS),
    "curve of settings": (plots.curve, SETTINGS),
    "differences": (plots.differences, SETTINGS),
    "forest": (plots.forest, SETTINGS),
    "grid": (plots.grid, RUN),
    "heatmap": (plots.heatmap, RUN),
    "improvement": (plots.improvement, SETTINGS),
    "learning_curve": (plots.learning_curve, learning_log()),
    "meta_validation": (plots.meta_validation, RUN),
    "meta_validation of settings": (plots.meta_validation, SETTINGS),
    "profile": (plots.profile, SETTINGS),
    "train_curve": (plots.train_curve, RUNS),
}
NO_LEGEND = ("differences", "forest", "grid", "heatmap", "improvement")
WITH_LEGEND = [name for name in DRAWN if name not in NO_LEGEND]


def own_axes() -> tuple[Figure, Any, Any]:
    figure = Figure(layout="constrained", figsize=(9, 4))
    left, right = figure.subplots(1, 2)
    return figure, left, right


def test_these_are_all_functions_that_take_axes() -> None:
    takes = {name for name in plots.__all__ if "ax" in inspect.signature(getattr(plots, name)).parameters}
    assert takes == {name.split()[0] for name in DRAWN}


@pytest.mark.parametrize("name", DRAWN)
def test_the_axes_come_back_without_title_and_small_print(name: str) -> None:
    draw, data = DRAWN[name]
    figure, left, right = own_axes()
    own_children = left.get_children()
    assert draw(data, ax=right) is right
    assert right.get_title() == ""
    assert figure.texts == []
    assert figure.legends == []
    assert left.get_children() == own_children
    assert (right.get_legend() is not None) == (name in WITH_LEGEND)


@pytest.mark.parametrize("name", WITH_LEGEND)
@pytest.mark.parametrize("title", [None, "my title"])
def test_the_legend_lies_above_the_data_and_the_title_above_that(name: str, title: str | None) -> None:
    draw, data = DRAWN[name]
    figure, _, ax = own_axes()
    draw(data, ax=ax, title=title)
    figure.draw_without_rendering()
    legend = ax.get_legend().get_window_extent()
    assert legend.y0 >= ax.bbox.y1
    if title:
        assert ax.get_title() == title
        assert ax.title.get_window_extent().y0 >= legend.y1
    top = (ax.title if title else ax.get_legend()).get_window_extent().y1
    assert top <= figure.bbox.y1  # the page makes room for both


@pytest.mark.parametrize("name", DRAWN)
def test_without_a_legend_there_is_none_and_the_lines_keep_their_labels(name: str) -> None:
    draw, data = DRAWN[name]
    _, _, ax = own_axes()
    draw(data, ax=ax, legend=False)
    assert ax.get_legend() is None
    assert ax.get_legend_handles_labels()[1] or name in NO_LEGEND


@pytest.mark.parametrize("name", DRAWN)
def test_a_page_of_its_own_takes_title_and_legend_too(name: str) -> None:
    draw, data = DRAWN[name]
    usual, chosen, bare = draw(data), draw(data, title="my title"), draw(data, title="", legend=False)
    assert "my title" in [text.get_text() for text in chosen.texts]
    assert len(bare.texts) == len(usual.texts) - 1
    assert bare.legends == []


def test_heatmaps_marks_are_named_above_the_axes() -> None:
    run = steady_run(6)
    run.validations.loc[3, "loss"] = np.nan
    figure, _, ax = own_axes()
    plots.heatmap(run, ax=ax)
    figure.draw_without_rendering()
    assert ax.get_legend().get_window_extent().y0 >= ax.bbox.y1
    assert plots.heatmap(run, ax=own_axes()[1], legend=False).get_legend() is None


def test_what_is_no_axes_is_refused_with_a_reason() -> None:
    wrong: Any = plots.curve
    for ax in ("no", Figure(), [plt]):
        with pytest.raises(UsageError, match=f"ax must be an Axes of matplotlib, not {type(ax).__name__}"):
            wrong(RUN, ax=ax)


@pytest.mark.parametrize("draw", [plots.curve, plots.train_curve, plots.grid, plots.learning_curve])
def test_a_number_says_no_smoothing_and_the_error_what_would(draw: Any) -> None:
    run = learning_log() if draw is plots.learning_curve else RUN
    with pytest.raises(UsageError, match="smooth=10 doesn't say how; write 'mean:10'"):
        draw(run, smooth=10)


def test_a_path_is_no_run() -> None:
    wrong: Any = plots.curve
    with pytest.raises(UsageError, match=r"run.txt is a path; figures are drawn from what metalog.read"):
        wrong("run.txt")


def test_help_shows_title_and_legend() -> None:
    assert list(inspect.signature(plots.curve).parameters)[-2:] == ["title", "legend"]

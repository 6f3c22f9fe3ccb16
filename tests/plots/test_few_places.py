"""Settings whose runs were measured at few places, or at none in common."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.collections import LineCollection

import metalog
from metalog import plots
from metalog.runs.run_set import RunSet
from tests.plots.runs import legend_labels, words
from tests.plots.settings_runs import setting_log, setting_runs


def validated_at_the_end(ends, lr):
    """A setting of seeds that ended after so many meta-steps, each with its meta-validation at its end."""
    names = {seed: f"lr{lr}-s{seed}" for seed in range(len(ends))}
    logs = {seed: setting_log(0.1 * lr, seed, config={"lr": lr}, meta_steps=end) for seed, end in enumerate(ends)}
    return {names[seed]: metalog.read(io.BytesIO(log.encode()), name=names[seed]) for seed, log in logs.items()}


APART = RunSet({**validated_at_the_end((3, 4, 5, 6), 1), **validated_at_the_end((3, 3, 3), 2)}).groups()
AT_ONE_PLACE = RunSet({name: run for lr in range(1, 7) for name, run in validated_at_the_end((3, 3, 3), lr).items()})


def validation_panels(figure):
    return [ax for ax in figure.axes if ax.get_ylabel().startswith("meta-validation")]


def named_lines(ax):
    return [drawn for drawn in ax.get_lines() if "n = " in str(drawn.get_label())]


@pytest.mark.parametrize("draw", [plots.meta_validation, plots.compare])
def test_seeds_without_a_common_place_are_drawn_without_a_mean_and_the_figure_stands(draw):
    figure = draw(APART)
    for ax in validation_panels(figure):
        blue = named_lines(ax)[0].get_color()
        own = [drawn for drawn in ax.get_lines() if drawn.get_color() == blue]
        x = np.concatenate([drawn.get_xdata() for drawn in own])
        assert sorted(x[np.isfinite(x)]) == [3, 4, 5, 6]
        bars = [one for one in ax.collections if isinstance(one, LineCollection)]
        assert len(bars) == 1  # the other setting's interval
    assert "No mean, but the runs, where seeds have hardly a place in common: lr=1" in words(figure)
    assert legend_labels(figure) == ["lr=1, n = 4", "lr=2, n = 3"]


def test_where_no_setting_has_a_common_place_no_mean_is_told():
    groups = RunSet({**validated_at_the_end((3, 4, 5), 1), **validated_at_the_end((4, 5, 6), 2)}).groups()
    told = words(plots.meta_validation(groups))
    assert "in common: lr=1, lr=2" in told
    assert "band" not in told


@pytest.mark.parametrize(
    ("draw", "look"), [(plots.meta_validation, "screen"), (plots.compare, "screen"), (plots.compare, "paper")]
)
def test_settings_at_one_place_stand_beside_each_other_with_markers_of_their_own(draw, look):
    with plots.styled(look):
        figure = draw(AT_ONE_PLACE.groups())
    figure.draw_without_rendering()
    for ax in validation_panels(figure):
        bars = [one for one in ax.collections if isinstance(one, LineCollection)]
        assert len(bars) == 6
        places = [float(bar.get_transform().transform(bar.get_segments()[0])[0, 0]) for bar in bars]
        assert (np.diff(places) > 4 * figure.dpi / 72).all()
        assert {float(bar.get_segments()[0][0, 0]) for bar in bars} == {3}  # the data are as they were
        low, high = ax.get_ylim()
        assert low < min(bar.get_segments()[0][:, 1].min() for bar in bars)
        assert high > max(bar.get_segments()[0][:, 1].max() for bar in bars)
        assert min(places) > ax.bbox.x0
        assert max(places) + 2 * figure.dpi / 72 < ax.bbox.x1  # the whole of the bar
        assert len({drawn.get_marker() for drawn in named_lines(ax)}) == 6


def test_the_curves_of_a_comparison_keep_their_ticks_where_meta_validations_are_few():
    figure = plots.compare(AT_ONE_PLACE.groups())
    assert len([tick for tick in figure.axes[0].get_xticks() if 1 <= tick <= 3]) > 1


@pytest.mark.parametrize("meta_steps", [3, 50])
def test_the_table_of_a_comparison_shows_the_lines_as_they_are_drawn(meta_steps):
    figure = plots.compare(setting_runs((0.1, 0.2, 0.3), range(3), meta_steps=meta_steps).groups())

    def looks(lines):
        return [(one.get_color(), one.get_linestyle(), one.get_marker() or "None") for one in lines]

    below = next(ax for ax in figure.axes if ax.tables)
    drawn, samples = looks(named_lines(figure.axes[1])), looks(below.get_lines())
    assert drawn == samples
    assert len(set(drawn)) == 3
    (legend,) = figure.legends
    assert [handle.get_color() for handle in legend.legend_handles] == [colour for colour, *_ in samples]

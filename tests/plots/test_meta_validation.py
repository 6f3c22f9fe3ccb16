"""Figure 6, checked through its lines, bands and points."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection, PolyCollection

from metalog import plots
from metalog.errors import UsageError
from metalog.runs.run_set import RunSet
from tests.plots.runs import INF, NAN, legend_labels, line, run_of, steady_run, stretches, words

EARLY, LATE = [[0.1, 0.2, 0.3, 0.9], [0.4, 0.5, 0.6, 0.7]], [[0.2, 0.2, 0.4, 0.4]]


def validated(results, meta_steps=6, **options):
    return run_of(np.full((meta_steps, 1, 1), 0.5), meta_validation=results, **options)


def found(ax, kind):
    return [artist for artist in ax.collections if type(artist) is kind]


def test_median_quartiles_and_every_problem_at_the_meta_steps_where_they_ran():
    figure = plots.meta_validation(validated({2: EARLY, 6: LATE}))
    loss, accuracy = figure.axes
    for ax, transform in [(loss, lambda value: value), (accuracy, lambda value: 1 - value)]:
        parts = [np.sort(transform(np.ravel(part))) for part in (EARLY, LATE)]
        x, median = line(ax, "median")
        assert x.tolist() == [2, 6]
        np.testing.assert_allclose(median, [np.median(part) for part in parts])
        (points,) = found(ax, PathCollection)
        np.testing.assert_allclose(np.sort(points.get_offsets()[:, 1]), np.sort(np.concatenate(parts)))
        assert (np.abs(points.get_offsets()[:, 0] - np.repeat([2, 6], [8, 4])) <= 0.4).all()
        band = np.vstack(
            [
                path.vertices
                for artist in ax.collections
                for path in artist.get_paths()
                if artist.get_label().startswith("middle")
            ]
        )
        for place, part in zip((2, 6), parts, strict=True):
            edges = band[band[:, 0] == place, 1]
            np.testing.assert_allclose([edges.min(), edges.max()], np.quantile(part, [0.25, 0.75]))
    assert "4 to 8 problems at each" in words(figure)


def test_a_single_meta_validation_has_a_bar_for_a_band():
    (ax,) = plots.meta_validation(validated({4: EARLY}), metric="loss").axes
    (bar,) = [artist for artist in ax.collections if artist.get_label().startswith("middle")]
    np.testing.assert_allclose(bar.get_segments()[0][:, 1], np.quantile(EARLY, [0.25, 0.75]))


def test_what_is_not_finite_is_marked_and_left_out_of_the_median():
    figure = plots.meta_validation(validated({2: [[0.1, NAN, 0.3, INF]], 4: [[NAN, NAN, NAN, NAN]]}), metric="loss")
    (ax,) = figure.axes
    assert line(ax, "median")[1].tolist() == [0.2]
    assert line(ax, "nan (5)")[0].tolist() == [2, 4, 4, 4, 4]
    assert line(ax, "inf (1)")[0].tolist() == [2]


def test_runs_are_compared_by_median_and_band_without_points():
    runs = RunSet({"a": validated({2: EARLY, 4: LATE}), "b": validated({2: LATE, 4: EARLY}), "c": validated({})})
    figure = plots.meta_validation(runs)
    ax = figure.axes[0]
    assert not found(ax, PathCollection)
    assert legend_labels(figure) == ["a", "b"]
    np.testing.assert_allclose(line(ax, "b")[1], [np.median(LATE), np.median(EARLY)])
    assert "1 run without" in words(figure)


def test_of_many_runs_only_the_medians_are_drawn():
    figure = plots.meta_validation(RunSet({name: validated({2: EARLY, 4: LATE}) for name in "abcde"}))
    assert not any(isinstance(artist, PolyCollection) for artist in figure.axes[0].collections)
    assert "Medians alone" in words(figure)


def test_results_whose_meta_step_was_lost_are_counted_not_drawn():
    run = validated({2: EARLY, 4: LATE})
    run.meta_validation.loc[run.meta_validation["meta_step"] == 4, "meta_step"] = None
    figure = plots.meta_validation(run, metric="loss")
    assert line(figure.axes[0], "median")[0].tolist() == [2]
    assert "Not drawn: 4 results without a known meta-step" in words(figure)


def test_segments_are_lines_of_their_own():
    run = validated({1: EARLY, 2: LATE, 3: LATE}, segment=[0, 0, 1], meta_steps=3)
    run.meta_validation.loc[run.meta_validation["meta_step"] == 3, "segment"] = 1
    (ax,) = plots.meta_validation(run, metric="loss").axes
    assert [stretches(drawn) for drawn in ax.get_lines()] == [[[1, 2]], [[3]]]


def test_a_log_without_meta_validation_is_refused_with_its_name():
    with pytest.raises(UsageError, match="a run logged no meta-validation"):
        plots.meta_validation(steady_run(3))

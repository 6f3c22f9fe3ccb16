"""Forest plots, differences, P(A > B) and profiles, checked through what is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from metalog import plots
from metalog.errors import UsageError
from metalog.runs.run_set import RunSet
from metalog.stats.seeds import Difference, Profile, SeedInterval
from tests.declared import EPOCHS, epochs_text, read
from tests.plots.runs import legend_labels, line, words
from tests.plots.settings_runs import setting_runs

RUNS = setting_runs()
#: What the seeds of a setting of that level reached.
REACHED = {level: level + 0.25 + np.arange(5) / 50 for level in (0.1, 0.3)}
NAMES = r"(?P<setting>.*)-s(?P<seed>\d+)"


def rows(ax):
    """Names of the rows from top to bottom, the centres, the ends of the intervals, the seeds, the words."""
    names = [label.get_text() for label in ax.get_yticklabels()]
    diamonds = [drawn for drawn in ax.get_lines() if drawn.get_marker() == "D"]
    dots = [drawn.get_xdata().tolist() for drawn in ax.get_lines() if drawn.get_marker() == "o"]
    ends = [one.get_segments()[0][:, 0].tolist() for one in ax.collections if isinstance(one, LineCollection)]
    hollow = [drawn.get_markerfacecolor() != drawn.get_markeredgecolor() for drawn in diamonds]
    texts = [text.get_text() for text in ax.texts]
    return names, [drawn.get_xdata()[0] for drawn in diamonds], ends, dots, hollow, texts


def test_a_forest_plot_has_a_row_a_setting_with_interval_and_seeds():
    figure = plots.forest(RUNS)
    (ax,) = figure.axes
    names, centres, ends, dots, _, texts = rows(ax)
    intervals = [SeedInterval()(REACHED[level]) for level in (0.1, 0.3)]
    assert names == ["lr=0", "lr=1"]
    assert centres == pytest.approx([one.value for one in intervals])
    assert np.ravel(ends) == pytest.approx(np.ravel([[one.low, one.high] for one in intervals]))
    assert dots[0] == pytest.approx(REACHED[0.1].tolist())
    assert texts == ["0.390 ± 0.039", "0.590 ± 0.039"]
    assert ax.get_xlabel() == "meta-validation loss"
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first is on top
    assert "5 seeds each" in words(figure)
    assert plots.forest(RUNS, metric="accuracy").axes[0].get_xlabel() == "meta-validation accuracy (fraction)"


def test_differences_are_those_of_the_same_seed():
    figure = plots.differences(RUNS.groups(), baseline="lr1-s0")
    (ax,) = figure.axes
    names, centres, ends, dots, hollow, texts = rows(ax)
    assert names == ["lr=0"]
    assert centres == pytest.approx([-0.2])
    assert dots == [pytest.approx([-0.2] * 5)]
    assert ends[0] == pytest.approx([-0.2, -0.2])
    assert hollow == [False]
    assert texts[0].startswith("\N{MINUS SIGN}0.2")
    assert " ".join(ax.get_xlabel().split()) == "meta-validation loss minus that of lr=1 (below 0: better)"
    accuracies = plots.differences(RUNS, metric="accuracy").axes[0].get_xlabel()
    assert "(above 0: better)" in " ".join(accuracies.split())


def test_other_seeds_are_not_paired_and_an_interval_that_holds_0_is_hollow():
    others = setting_runs((0.5, 0.07), range(2, 7)).where("lr == 1")
    figure = plots.differences(RunSet({**setting_runs((0.1,)).runs, **others.runs}))
    _, centres, ends, dots, hollow, _ = rows(figure.axes[0])
    a, b = REACHED[0.1], 0.07 + 0.25 + np.arange(2, 7) / 50
    expected = Difference()(b, a)
    assert (centres[0], *ends[0]) == pytest.approx((expected.value, expected.low, expected.high))
    assert dots == [[]]
    assert hollow == [True]
    assert "Not the same seeds, so unpaired: lr=1" in words(figure)


def test_p_of_being_better_is_of_lower_losses_and_of_higher_accuracies():
    for metric in ("loss", "accuracy"):
        figure = plots.improvement(RUNS, baseline="lr=1", metric=metric)
        names, centres, ends, _, hollow, texts = rows(figure.axes[0])
        assert (names, centres, texts, hollow) == (["lr=0"], [1.0], ["1.00"], [False])
        assert ends[0][1] == 1
        assert 0.5 < ends[0][0] < 0.9
    assert plots.improvement(RUNS).axes[0].get_xlabel() == "P(better meta-validation loss than lr=0)"


def test_a_profile_is_the_share_of_problems_above_each_accuracy():
    figure = plots.profile(RUNS)
    (ax,) = figure.axes
    assert legend_labels(figure) == ["lr=0, n = 5", "lr=1, n = 5"]
    x, share = line(ax, "lr=0")
    scores = np.array([[0.9 - problem / 10 - seed / 50 for problem in (1, 2, 3, 4)] for seed in range(5)])
    assert share.tolist() == pytest.approx([(scores > at).mean() for at in x])
    expected = Profile().of_seeds(list(scores), x)
    assert ax.collections[0].get_paths()[0].vertices[:, 1].max() == pytest.approx(expected["high"].max())
    assert (share[0], share[-1]) == (1, 0)
    assert ax.get_ylabel() == "share of problems above"
    assert "4 problems each" in words(figure)


def test_a_profile_of_losses_counts_what_is_below():
    (ax,) = plots.profile(RUNS, metric="loss").axes
    x, share = line(ax, "lr=1")
    losses = np.array([[0.3 + problem / 10 + seed / 50 for problem in (1, 2, 3, 4)] for seed in range(5)])
    assert share.tolist() == pytest.approx([(losses < at - 1e-12).mean() for at in x], abs=0.051)
    assert ax.get_ylabel() == "share of problems below"
    better, worse = (np.interp(0.5, *sorted_line(ax, name)) for name in ("lr=0", "lr=1"))
    assert better > worse


def sorted_line(ax, name):
    x, y = line(ax, name)
    order = np.argsort(x)
    return x[order], y[order]


def test_logs_of_another_format_have_them_too():
    runs = {
        f"{name}-s{seed}": read(epochs_text(3, 4, rate=rate + seed / 9), EPOCHS)
        for name, rate in (("a", 1), ("b", 2))
        for seed in range(3)
    }
    groups = RunSet(runs).groups(name=NAMES)
    figure = plots.forest(groups)
    names, centres, *_ = rows(figure.axes[0])
    assert names == ["setting=a", "setting=b"]
    last = [float(runs[f"a-s{seed}"]["epochs"]["val_loss"].iloc[-1]) for seed in range(3)]
    assert centres[0] == pytest.approx(np.mean(last))
    assert figure.axes[0].get_xlabel() == "last val_loss"
    assert "Dots: the differences of the same seed" in words(plots.differences(groups, y="val_acc"))
    with pytest.raises(UsageError, match="--frame and --y say which"):
        plots.profile(groups)
    shown = plots.profile(groups, frame="batches", y="acc")
    assert shown.axes[0].get_ylabel() == "share of rows above"


@pytest.mark.parametrize("name", ["differences", "improvement"])
def test_one_setting_has_no_difference(name):
    with pytest.raises(UsageError, match="two settings or more"):
        getattr(plots, name)(setting_runs((0.1,)))
    with pytest.raises(UsageError, match="no setting is called"):
        getattr(plots, name)(RUNS, baseline="nothing")


@pytest.mark.parametrize("draw", [plots.forest, plots.differences, plots.improvement])
def test_too_few_seeds_have_a_cross_and_no_interval(draw):
    figure = draw(setting_runs(seeds=range(2)))
    (ax,) = figure.axes
    _, diamonds, ends, dots, *_ = rows(ax)
    crosses = [drawn for drawn in ax.get_lines() if drawn.get_marker() == "x"]
    assert (diamonds, ends) == ([], [])  # a hollow diamond is an interval that holds the reference
    assert len(crosses) == len(dots) > 0
    assert "×: too few seeds for an interval" in words(figure)


@pytest.mark.parametrize("draw", [plots.forest, plots.differences])
def test_an_interval_that_is_wide_by_nature_has_a_star(draw):
    for seeds, star in ((range(3), True), (range(5), False)):
        figure = draw(setting_runs(seeds=seeds))
        assert all(text.endswith(" *") == star for text in rows(figure.axes[0])[-1])
        assert ("* Fewer than 5 seeds: the interval is wide by nature" in words(figure)) == star


def test_what_is_no_setting_is_refused():
    with pytest.raises(UsageError, match=r"takes runs\.groups"):
        plots.forest(next(iter(RUNS.runs.values())))
    with pytest.raises(UsageError, match="logged no meta-validation"):
        plots.profile(setting_runs(validated=False))


def test_without_meta_validation_the_last_level_of_the_curve_counts():
    figure = plots.forest(setting_runs(validated=False), split="train")
    assert figure.axes[0].get_xlabel() == "last train loss"


def test_the_comparison_shows_settings_with_their_table():
    figure = plots.compare(RUNS.groups(), smooth="none")
    assert "Comparison of 2 settings" in words(figure)
    table = next(one for ax in figure.axes for one in ax.tables)
    cells = [table[row, column].get_text().get_text() for row in (0, 1) for column in (1, 2)]
    assert cells == ["lr", "seeds", "0", "5"]
    assert legend_labels(figure) == ["lr=0, n = 5", "lr=1, n = 5"]
    with pytest.raises(UsageError, match="two settings or more"):
        plots.compare(setting_runs((0.1,)).groups())

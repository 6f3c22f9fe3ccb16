"""Settings as lines: the mean over seeds, its band, n, and the runs behind it."""

from __future__ import annotations

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection

import metalog
from metalog import plots
from metalog.errors import UsageError
from metalog.plots.group_lines import groups_of
from metalog.runs.run_set import RunSet
from metalog.stats.seeds import SeedInterval
from tests.declared import EPOCHS, FLAT, epochs_text, flat_text, read
from tests.plots.runs import learning_log, legend_labels, line, run_of, steady_run, words

NAMES = r"(?P<setting>.*)-s(?P<seed>\d+)"


def settings(sizes=((6, 6, 6), (6, 6, 4)), **options):
    """Two settings of some seeds, of so many meta-steps each."""
    runs = {
        f"r{lr}{seed}": steady_run(size, seed=10 * lr + seed, config={"lr": lr, "seed": seed}, **options)
        for lr, own in enumerate(sizes)
        for seed, size in enumerate(own)
    }
    return RunSet(runs).groups()


def means(group):
    return np.stack([run.meta_steps["validation_loss"].to_numpy() for run in group.values()])


def bands(ax):
    """The places at which there is a band, for each."""
    drawn = [one for one in ax.collections if isinstance(one, PolyCollection)]
    return [np.unique(one.get_paths()[0].vertices[:, 0]).tolist() for one in drawn]


def notes_in(ax):
    return [text.get_text() for text in ax.texts]


def test_a_line_is_the_mean_over_seeds_and_its_band_the_interval():
    groups = settings(((6, 6, 6),) * 2)
    figure = plots.curve(groups, smooth="none")
    (ax,) = figure.axes
    assert legend_labels(figure) == ["lr=0, n = 3", "lr=1, n = 3"]
    values = means(groups["lr=1"])
    x, y = line(ax, "lr=1")
    assert x.tolist() == [1, 2, 3, 4, 5, 6]
    assert y.tolist() == pytest.approx(values.mean(axis=0).tolist())
    edges = ax.collections[1].get_paths()[0].vertices
    one = SeedInterval()(values[:, 2])
    assert sorted(set(edges[edges[:, 0] == 3, 1])) == pytest.approx([one.low, one.high])
    assert "Mean over 3 seeds, band: 95 % interval" in words(figure)
    assert "Fewer than 5 seeds: the interval is wide by nature" in words(figure)


def test_every_run_stands_faintly_behind():
    (ax,) = plots.curve(settings(), smooth="none").axes
    faint = [drawn for drawn in ax.get_lines() if drawn.get_alpha() == pytest.approx(0.3)]
    assert len(faint) == 6
    assert [len(drawn.get_xdata()) - 2 for drawn in faint] == [6, 6, 6, 6, 6, 4]


def test_runs_are_smoothed_before_they_are_averaged():
    groups = settings(((6, 6, 6),) * 2)
    (ax,) = plots.curve(groups, smooth="mean:3").axes
    _, y = line(ax, "lr=0")
    assert y[2] == pytest.approx(means(groups["lr=0"])[:, :3].mean())
    with pytest.raises(UsageError, match="one smoothing"):
        plots.curve(groups, smooth=["mean:2", "mean:3"])


def test_where_a_seed_ended_n_is_told_to_drop_and_two_seeds_have_no_band():
    figure = plots.curve(settings(), smooth="none")
    (ax,) = figure.axes
    assert notes_in(ax) == ["n = 2"]
    assert ax.texts[0].xy[0] == 5
    assert bands(ax) == [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4]]
    assert "n falls where runs end before the others of their setting" in words(figure)
    few = plots.curve(settings(((5, 5), (5, 5, 5))))
    assert len(bands(few.axes[0])) == 1
    assert "Without a band: 1 line of fewer than 3 seeds" in words(few)


def test_a_seed_that_is_not_finite_breaks_the_line_and_is_marked():
    groups = settings(((6, 6, 6),) * 2)
    run = next(iter(groups["lr=0"].values()))
    run.meta_steps.loc[2, "validation_loss"] = np.nan
    (ax,) = plots.curve(groups, smooth="none").axes
    x, _ = line(ax, "lr=0")
    assert x.tolist() == [1, 2, 4, 5, 6]
    assert line(ax, "nan (1)")[0].tolist() == [3]


def test_of_a_run_that_was_resumed_what_led_to_its_last_state_counts():
    values = np.arange(5.0)[:, None, None] + 1
    resumed = run_of(values, segment=[0, 0, 0, 1, 1], meta_step=[1, 2, 3, 2, 3], config={"seed": 0})
    plain = [run_of(values[:3], config={"seed": seed}) for seed in (1, 2)]
    groups = RunSet(dict(zip("abc", [resumed, *plain], strict=True))).groups()
    (ax,) = plots.curve(groups, smooth="none").axes
    x, y = line(ax, "all runs, n = 3")
    assert (x.tolist(), y.tolist()) == ([1, 2, 3], pytest.approx([1, (4 + 2 + 2) / 3, (5 + 3 + 3) / 3]))


def test_meta_validations_are_means_over_problems_then_over_seeds():
    results = {2: [[0.2, 0.4]], 4: [[0.1, 0.3]]}
    runs = {
        f"r{seed}": steady_run(4, seed=seed, meta_validation=results, config={"seed": seed, "lr": 1}) for seed in (1, 2)
    }
    alone = {"other": steady_run(4, meta_validation={2: [[0.5, 0.6]]}, config={"seed": 1, "lr": 2})}
    figure = plots.meta_validation(RunSet(runs | alone).groups())
    x, y = line(figure.axes[0], "lr=1, n = 2")
    assert (x.tolist(), y.tolist()) == ([2, 4], pytest.approx([0.3, 0.2]))
    with pytest.raises(UsageError, match="logged no meta-validation"):
        plots.meta_validation(settings())


def test_a_band_of_accuracies_ends_where_accuracies_do():
    losses = (0.0, 0.05, 0.4)
    runs = {f"r{seed}": run_of(np.full((3, 2, 1), loss), config={"seed": seed}) for seed, loss in enumerate(losses)}
    (ax,) = plots.curve(RunSet(runs).groups(), metric="accuracy", smooth="none").axes
    assert ax.collections[0].get_paths()[0].vertices[:, 1].max() == 1


def test_a_place_of_its_own_has_a_bar():
    runs = {
        f"r{n}": steady_run(4, seed=n, meta_validation={2: [[0.1 * n, 0.4]]}, config={"seed": n}) for n in (1, 2, 3)
    }
    ax = plots.meta_validation(RunSet(runs).groups(), metric="loss", ax=plt.subplots()[1])
    assert any(isinstance(one, LineCollection) for one in ax.collections)
    plt.close("all")


def test_logs_of_another_format_are_grouped_by_their_names():
    runs = {f"{name}-s{seed}": read(epochs_text(3, 4, rate=1 + seed / 9), EPOCHS) for name in "ab" for seed in range(3)}
    groups = RunSet(runs).groups(name=NAMES)
    figure = plots.curve(groups, frame="epochs", y="val_loss")
    (ax,) = figure.axes
    assert legend_labels(figure) == ["setting=a, n = 3", "setting=b, n = 3"]
    x, y = line(ax, "setting=a")
    assert x.tolist() == [1, 2, 3]
    assert y.tolist() == pytest.approx(np.mean([runs[f"a-s{seed}"]["epochs"]["val_loss"] for seed in range(3)], axis=0))
    assert ax.get_xlabel() == "epoch"
    both = plots.curve(groups)
    assert [panel.get_ylabel() for panel in both.axes] == ["loss, val_loss", "ppl", "acc, val_acc"]
    assert legend_labels(both) == ["setting=a, n = 3", "setting=b, n = 3", "loss, acc", "val_loss, val_acc"]
    assert line(both.axes[0], "setting=b: val_loss, n = 3")[0].tolist() == [1, 2, 3]


def test_an_axis_that_goes_back_has_no_mean_along_it():
    runs = {f"a-s{seed}": read(flat_text(20, 5), FLAT) for seed in range(3)}
    with pytest.raises(UsageError, match="goes back and forth on loss"):
        plots.curve(RunSet(runs).groups(name=NAMES), frame="steps", x="loss", y="loss")


def test_plain_learning_logs_have_a_band_a_split():
    runs = {f"a-s{seed}": real_learning_log(seed) for seed in range(3)}
    figure = plots.learning_curve(RunSet(runs).groups(name=NAMES))
    assert legend_labels(figure) == ["validation", "train"]
    x, y = line(figure.axes[0], "all runs: validation, n = 3")
    assert (x.tolist(), y.tolist()) == ([1, 2, 3], pytest.approx([0.3, 0.15, 0.1]))
    assert "Mean over 3 seeds" in words(figure)
    with pytest.raises(UsageError, match="has meta-steps"):
        plots.learning_curve(settings())


def real_learning_log(seed):
    lines = [
        f"Epoch {epoch}\nEpoch {epoch}, step     1], Loss: {(seed + 1) / 10 / epoch}, Accuracy: 0.5\n"
        f"Epoch {epoch}, VALIDATION], Loss: {(seed + 2) / 10 / epoch}, Accuracy: 0.5\n"
        for epoch in (1, 2, 3)
    ]
    return metalog.read(io.BytesIO("".join(lines).encode()), name=f"a-s{seed}")


def test_groups_may_be_a_plain_dict_and_a_run_is_none():
    groups = settings()
    again = groups_of({label: dict(own) for label, own in groups.items()})
    assert [(group.label, list(group.runs), group.seeds) for group in again] == [
        (group.label, list(group.runs), group.seeds) for group in groups.told
    ]
    assert groups_of(learning_log()) is None
    assert groups_of(RunSet({"a": steady_run(2)})) is None
    groups.pop("lr=0")
    assert [group.label for group in groups_of(groups)] == ["lr=1"]


def test_train_curves_of_settings_are_those_of_the_last_inner_step():
    groups = settings(((6, 6, 6),) * 2)
    (ax,) = plots.train_curve(groups, smooth="none", center="median").axes
    _, y = line(ax, "lr=0")
    values = np.stack([run.meta_steps["train_loss"].to_numpy() for run in groups["lr=0"].values()])
    assert y.tolist() == pytest.approx(np.median(values, axis=0).tolist())

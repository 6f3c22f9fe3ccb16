"""What type checkers must see of the figures; tests/test_typing.py runs mypy over this file, nothing else does."""

from typing import assert_type

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import metalog
from metalog import plots


def right(run: metalog.Run, runs: metalog.RunSet, frame: pd.DataFrame, ax: Axes) -> None:
    assert_type(plots.curve(run), Figure)
    assert_type(plots.curve(run, ax=ax), Axes)
    assert_type(plots.curve(runs, smooth=["mean:50", "none"], title="", legend=False), Figure)
    assert_type(plots.train_curve(frame, ax=ax), Axes)
    assert_type(plots.grid(run, rows=5), Figure)
    assert_type(plots.heatmap(run, by="epoch", ax=ax), Axes)
    assert_type(plots.adaptation(run, ax=None), Figure)
    assert_type(plots.meta_validation(runs, metric="loss"), Figure)
    assert_type(plots.learning_curve(run, 1, 2, ax=ax), Axes)
    assert_type(plots.compare(runs), Figure)
    assert_type(plots.curve(runs.groups(), center="iqm"), Figure)
    assert_type(plots.forest(runs), Figure)
    assert_type(plots.differences(runs.groups(), ax=ax), Axes)
    assert_type(plots.improvement({"a": runs}), Figure)
    assert_type(plots.profile(runs.groups(), ax=ax, title=""), Axes)


def wrong(run: metalog.Run, runs: metalog.RunSet, ax: Axes) -> None:
    plots.curve(42)  # type: ignore[call-overload]
    plots.curve(run, ax="no")  # type: ignore[call-overload]
    plots.curve("run.txt")  # type: ignore[arg-type]
    plots.curve(run, smooth=10)  # type: ignore[call-overload]
    plots.train_curve(run, metric="los")  # type: ignore[call-overload]
    plots.grid(run, evry=5)  # type: ignore[call-overload]
    plots.grid(run, ax=plots)  # type: ignore[call-overload]
    plots.heatmap(run, by="steps")  # type: ignore[call-overload]
    plots.adaptation(None)  # type: ignore[call-overload]
    plots.meta_validation(run, legend="no")  # type: ignore[call-overload]
    plots.learning_curve(run, "one")  # type: ignore[call-overload]
    plots.forest(run)  # type: ignore[call-overload]
    plots.profile(runs, ax=42)  # type: ignore[call-overload]
    plots.compare(run)  # type: ignore[arg-type]
    metalog.stats.adaptation(42)  # type: ignore[arg-type]
    metalog.stats.summary(run)  # type: ignore[arg-type]
    metalog.stats.meta_curve("run.txt")  # type: ignore[arg-type]

"""Runs to draw, and what can be read off a drawn figure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metalog.runs import frames
from tests.stats_runs import make_run

NAN, INF = float("nan"), float("inf")


def run_of(validation, train=None, *, name="a run", meta_validation=None, **options):
    """A run like `tests.stats_runs.make_run`'s, with a name and, if wanted, meta-validations.

    `meta_validation` maps a meta-step to its results: an array of losses, shape (batches, problems).
    """
    run = make_run(validation, train, **options)
    run.name = name
    if meta_validation:
        run.meta_validation = pd.concat([_results(step, losses) for step, losses in meta_validation.items()])
    return run


def steady_run(meta_steps, problems=3, epochs=4, steps=2, *, seed=0, **options):
    """A run of plausible random losses."""
    rng = np.random.default_rng(seed)
    train = rng.uniform(0.2, 0.9, (meta_steps, problems, epochs, steps))
    validation = rng.uniform(0.2, 0.9, (meta_steps, problems, epochs))
    return run_of(validation, train, **options)


def learning_log(steps=None, name="plain"):
    """A plain learning log of 3 epochs of 2 steps: no meta level."""
    run = steady_run(1, 1, 3, 2, name=name)
    for frame in ("steps", "validations"):
        missing = pd.array([pd.NA] * len(getattr(run, frame)), dtype="Int32")
        setattr(run, frame, getattr(run, frame).assign(meta_epoch=missing, meta_step=missing, problem=missing))
    missing = pd.array([pd.NA], dtype="Int32")
    run.meta_steps = run.meta_steps.assign(
        meta_epoch=missing, meta_step=missing, global_meta_step=missing.astype("Int64")
    )
    return run


def _results(meta_step, losses):
    losses = np.atleast_2d(np.asarray(losses, dtype=float))
    batch, problem = (index.ravel() for index in np.indices(losses.shape))
    ones = np.ones(losses.size, int)
    columns = {
        "segment": 0 * ones,
        "meta_epoch": ones,
        "meta_step": meta_step * ones,
        "batch": 10 * (batch + 1),
        "problem": problem + 1,
        "loss": losses.ravel(),
        "accuracy": 1 - losses.ravel(),
        "line": np.arange(losses.size) + 1,
    }
    return frames.frame("meta_validation", columns)


def words(figure):
    """All that is written on a figure outside its axes and in titles, as one text without line breaks."""
    texts = [text.get_text() for text in figure.texts]
    texts += [ax.get_title() for ax in figure.axes]
    return " ".join(" ".join(texts).split())


def line(ax, label):
    """The line with this label, as (x, y) with the breaks left out."""
    found = [drawn for drawn in ax.get_lines() if str(drawn.get_label()).startswith(label)]
    assert len(found) == 1, [str(drawn.get_label()) for drawn in ax.get_lines()]
    x, y = (np.asarray(values, dtype=float) for values in found[0].get_data())
    return x[~np.isnan(y)], y[~np.isnan(y)]


def stretches(drawn):
    """The unbroken stretches of a line, each as a list of its x."""
    x, y = (np.asarray(values, dtype=float) for values in drawn.get_data())
    parts = np.split(np.arange(len(x)), np.flatnonzero(np.isnan(y)))
    return [[place for place in x[part] if not np.isnan(place)] for part in parts if (~np.isnan(y[part])).any()]


def legend_labels(figure):
    """The labels of all legends of a figure."""
    legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
    return [text.get_text() for legend in legends for text in legend.get_texts()]

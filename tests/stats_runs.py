"""Runs built from arrays of losses, for the tests of what is computed from runs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from metalog.curves.means import mean_over
from metalog.runs import frames


def make_run(validation, train=None, *, segment=None, meta_step=None, incomplete=(), config=None):
    """Build what `metalog.read` returns, as far as statistics need it.

    `validation` is (meta-steps, problems, epochs), `train` (meta-steps, problems, epochs, steps); accuracies are
    1 - loss. `incomplete` lists positions of meta-steps to be called so.
    """
    validation = np.asarray(validation, dtype=float)
    if train is None:
        train = np.repeat(validation[..., None], 2, axis=-1) + 0.1
    train = np.asarray(train, dtype=float)
    count = len(validation)
    segments = np.zeros(count, int) if segment is None else np.asarray(segment)
    numbers = np.arange(1, count + 1) if meta_step is None else np.asarray(meta_step)
    complete = ~np.isin(np.arange(count), incomplete)
    meta_steps = {
        **_keys(segments, numbers),
        "global_meta_step": numbers,
        "problems": np.full(count, validation.shape[1]),
        "complete": complete,
        "train_loss": mean_over(train[:, :, -1, -1].T),
        "train_accuracy": 1 - mean_over(train[:, :, -1, -1].T),
        "validation_loss": mean_over(validation[:, :, -1].T),
        "validation_accuracy": 1 - mean_over(validation[:, :, -1].T),
    }
    return SimpleNamespace(
        beside={},
        steps=_records("steps", train, segments, numbers, "problem", "epoch", "step"),
        validations=_records("validations", validation, segments, numbers, "problem", "epoch"),
        meta_validation=frames.empty("meta_validation"),
        meta_steps=frames.frame("meta_steps", meta_steps),
        diagnostics=frames.empty("diagnostics"),
        diagnostic_counts={},
        config=config or {},
        meta_test=[],
    )


def noisy_run(count, problems=8, *, level=0.7, drift=0.0, spread=0.05, seed=0, **options):
    """A run of two epochs whose validation loss drifts by `drift` in all, problems scattering by `spread`."""
    rng = np.random.default_rng(seed)
    validation = level + drift * np.linspace(0, 1, count)[:, None, None] + rng.normal(0, spread, (count, problems, 2))
    return make_run(validation, **options)


def _keys(segments, numbers):
    return {"segment": segments, "meta_epoch": np.ones(len(numbers), int), "meta_step": numbers}


def _records(name, losses, segments, numbers, *counters):
    places = [place.ravel() for place in np.indices(losses.shape)]
    columns = _keys(segments[places[0]], numbers[places[0]])
    columns |= {counter: place + 1 for counter, place in zip(counters, places[1:], strict=True)}
    values = {"loss": losses.ravel(), "accuracy": 1 - losses.ravel(), "line": np.arange(losses.size) + 1}
    return frames.frame(name, columns | values)

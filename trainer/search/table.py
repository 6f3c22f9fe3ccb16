"""What a search found: the number that it claims for each of its best settings beside that of fresh seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import optuna
import pandas as pd

from metalog.runs.grouping import plain
from metalog.runs.words import rounded
from metalog.stats.readable import NONE, Column, Report, Row
from metalog.stats.seeds import FEW, FEWEST, SeedInterval
from trainer.search.reruns import fresh_seeds, log_of
from trainer.search.study import Search
from trainer.search.trials import reached


def report(search: Search, trials: Sequence[optuna.trial.FrozenTrial], seeds: int) -> Report:
    """Return the table of the settings that were run again, the best of the search first.

    Its frame has a row a setting: ``trial``, the settings, ``loss`` (of the search), ``fresh`` (mean of the fresh
    seeds' losses) with ``fresh_low`` and ``fresh_high`` (95 % interval over seeds), ``accuracy`` and its interval
    (meta-test; else, if there is none, meta-validation), ``seeds``, and ``differs``: fresh minus loss.
    """
    rows = [_row(search, trial, fresh_seeds(search, seeds)) for trial in trials]
    names = list(trials[0].params) if trials else []
    columns = [
        Column("trial", lambda row: str(row["trial"])),
        *(Column(name, partial(_setting, name), is_text=True) for name in names),
        Column("loss in the search", lambda row: rounded(row["loss"])),
        Column("on fresh seeds", partial(_interval, "fresh")),
        Column("accuracy there", partial(_interval, "accuracy")),
    ]
    return Report(pd.DataFrame(rows), tuple(columns), tuple(_notes(search, trials, seeds)))


def _row(search: Search, trial: optuna.trial.FrozenTrial, seeds: Sequence[int]) -> dict[str, Any]:
    found = [_reached(search, trial, seed) for seed in seeds]
    row: dict[str, Any] = {"trial": trial.number, **trial.params, "loss": trial.value, "seeds": len(found)}
    for name, key in (("fresh", "loss"), ("accuracy", "accuracy")):
        values = np.array([one[key] for one in found], np.float64)
        one = SeedInterval()(values)
        row |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
    return row | {"differs": row["fresh"] - row["loss"]}


def _reached(search: Search, trial: optuna.trial.FrozenTrial, seed: int) -> dict[str, float]:
    """Return the meta-validation loss of a rerun, and the accuracy of its meta-test, if it had one."""
    import metalog

    log = log_of(search.folder, trial.number, seed)
    found = reached(log, search.settings(trial.params, seed))
    tests = metalog.read(log).meta_test
    return found | ({"accuracy": tests[0]["accuracy_after"]} if tests else {})


def _setting(name: str, row: Row) -> str:
    return plain(row[name])


def _interval(name: str, row: Row) -> str:
    value, half = row[name], (row[f"{name}_high"] - row[f"{name}_low"]) / 2
    if not math.isfinite(value):
        return NONE
    if not math.isfinite(half):
        return f"{rounded(value)} (too few seeds)"
    return f"{value:.4f} ± {half:.4f}{' *' if row['seeds'] < FEW else ''}"


def _notes(search: Search, trials: Sequence[optuna.trial.FrozenTrial], seeds: int) -> list[str]:
    if not trials:
        return ["No trial came to its end with a finite loss."]
    judged = "meta-test" if search.config.meta_test else "meta-validation"
    notes = [
        "Loss of meta-validation, lower is better. The search's is the least of many, so it flatters; claim what the "
        f"{seeds} fresh seeds say (mean ± half of the 95 % interval, Student's t). Accuracy: {judged}.",
    ]
    if seeds < FEWEST:
        notes.append(f"Too few seeds: no interval below {FEWEST}.")
    elif seeds < FEW:
        notes.append(f"* Fewer than {FEW} seeds: the interval is wide by nature.")
    return notes

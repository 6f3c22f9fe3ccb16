"""Meta-test: what the learnt initial weights are worth on alphabets never seen, beside a random initialisation.

Intervals are 95 % confidence intervals of a mean over problems by the normal approximation, mean ± 1.96 standard
errors, also those of the differences, which are taken problem by problem (paired).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from math import nan, sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from torch import Tensor

from metalog.errors import MetalogError
from trainer.checkpoint import load
from trainer.config import ALL, Config, resolve
from trainer.engines.interface import Engine, Outcome
from trainer.engines.ranks import joined
from trainer.progress import Bars, Tick
from trainer.tasks.overlap import overlap
from trainer.tasks.prepare import Task, batches, chosen, engine_for, evaluated, initial_weights, prepare
from trainer.tasks.splits import Problem

#: Standard errors on either side of a mean in which 95 % of a normal distribution lie.
_Z: Final = 1.959963984540054
#: The columns of what is measured for each problem.
MEASURES: Final = ("loss_before", "accuracy_before", "loss_after", "accuracy_after")


def evaluate(
    path: Path,
    changes: Mapping[str, Any] | None = None,
    *,
    progress: bool = True,
    tell: Callable[[str], object] = print,
) -> list[dict[str, Any]]:
    """Meta-test a checkpoint.

    Parameters
    ----------
    path
        The checkpoint.
    changes
        Settings that differ from the run's, such as `data`, of which its own meta-test split is taken, or `meta_test`.
    progress
        Show progress bars on stderr, on a terminal.
    tell
        Is given the results as a table. That the checkpoint was trained on what it is tested with is told on stderr.

    Returns
    -------
    list of dict
        As :func:`meta_test` does.

    Raises
    ------
    MetalogError
        If the checkpoint or the data can't be read or don't fit each other.
    """
    found = load(path)
    config = resolve(found.config, changes or {}, {"validate_every": 0})
    count = config.meta_test or ALL
    with joined(config.device) as ranks:
        task = ranks.from_first(lambda: prepare(config, progress=progress))
        if ranks.first and (told := overlap(task, _trained_on(found.config, config, task, progress=progress))):
            print(told, file=sys.stderr)
        bars = Bars(lambda: None, shown=progress and ranks.first)
        with engine_for(config, task, ranks) as engine, bars.counting("meta-test", size_of(task, count)) as tick:
            results = meta_test(engine, found.theta, config, task, count, tick)
        if ranks.first:
            tell(table(results, task))
    return results


def _trained_on(trained: Mapping[str, Any], config: Config, task: Task, *, progress: bool) -> Task | MetalogError:
    """Return the data that a run of the configuration `trained` learnt from, or why it can't be had any more."""
    settings = resolve(trained, {"root": config.root, "validate_every": 0})
    if settings.data == config.data:
        return task
    try:
        return prepare(settings, progress=progress)
    except MetalogError as error:
        return error


def meta_test(
    engine: Engine, theta: Tensor, config: Config, task: Task, count: int | str, tick: Tick
) -> list[dict[str, Any]]:
    """Adapt to problems of meta-test, from `theta` and from the random weights that the run started from.

    Losses and accuracies are measured on each problem's test drawings.

    Parameters
    ----------
    engine, theta, config, task
        Of the run.
    count
        Number of problems; all where there are fewer.
    tick
        Is told of progress.

    Returns
    -------
    list of dict
        One for each initialisation and one for their paired difference: its name, the number of problems, and for each
        measure its mean and, ending in ``_ci95``, the half width of its interval.
    """
    problems = evaluated(task.splits["meta-test"], count)
    learnt = _measure(engine, theta, problems, config.meta_batch_size, tick)
    random = _measure(engine, initial_weights(config), problems, config.meta_batch_size, tick)
    told = {"meta-learned": learnt, "random": random, "difference": learnt - random}
    return [{"initialisation": name, "problems": len(problems), **_summary(values)} for name, values in told.items()]


def size_of(task: Task, count: int | str) -> int:
    """Return how many problems a meta-test adapts to, both initialisations together."""
    return 2 * len(chosen(task.splits["meta-test"], count))


def interval(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean of `values` (n,) and the half width of its 95 % confidence interval; nan for a single value."""
    half = _Z * values.std(ddof=1) / sqrt(len(values)) if len(values) > 1 else nan
    return float(values.mean()), float(half)


def table(results: Sequence[dict[str, Any]], task: Task) -> str:
    """Set the results of a meta-test out for reading."""
    alphabets = task.alphabets_of("meta-test")
    total = len(task.splits["meta-test"])
    lines = [
        f"meta-test: {results[0]['problems']:,} of the {total:,} problems of {len(alphabets)} held-out alphabet"
        f"{'s' * (len(alphabets) != 1)} ({', '.join(alphabets)}),",
        "judged on each problem's test drawings; mean ± 95 % confidence interval (normal",
        "approximation over problems; difference: paired)",
        "",
        f"{'weights':<12}" + "".join(f"{name.replace('_', ' '):>17}" for name in MEASURES),
    ]
    for result in results:
        cells = (f"{result[name]:+.4f}" if _signed(result) else f"{result[name]:.4f}" for name in MEASURES)
        halves = (f"{result[f'{name}_ci95']:.4f}" for name in MEASURES)
        lines.append(
            f"{result['initialisation']:<12}"
            + "".join(f"{f'{cell} ± {half}':>17}" for cell, half in zip(cells, halves, strict=True))
        )
    return "\n".join(lines)


def _signed(result: dict[str, Any]) -> bool:
    return bool(result["initialisation"] == "difference")


def _summary(values: npt.NDArray[np.float64]) -> dict[str, float]:
    summary = {}
    for name, column in zip(MEASURES, values.T, strict=True):
        summary[name], summary[f"{name}_ci95"] = interval(column)
    return summary


def _measure(engine: Engine, theta: Tensor, problems: list[Problem], size: int, tick: Tick) -> npt.NDArray[np.float64]:
    """Return float64, (problems, measures)."""
    rows = []
    for batch in batches(problems, size):
        rows += [_row(outcome) for outcome in engine.run(theta, batch, gradient=False, judged="test")]
        tick(len(batch))
    return np.array(rows)


def _row(outcome: Outcome) -> tuple[float, float, float, float]:
    return *outcome.before, *outcome.validations[-1]

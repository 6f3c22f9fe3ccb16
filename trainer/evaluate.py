"""Meta-test: what the learnt initial weights are worth on alphabets never seen, beside what they have to beat.

All are tried on the same tasks: the learnt weights, the random ones that the run started from, features learnt by
supervised training with a new output layer adapted, and the nearest class mean in these features.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from torch import Tensor

from metalog.errors import MetalogError
from trainer.baselines import nearest_means, supervised_weights
from trainer.checkpoint import Checkpoint, load_last
from trainer.checkpoint_checks import require_numbers
from trainer.config import ALL, Config
from trainer.engines.choose import engine_for
from trainer.engines.interface import Engine
from trainer.engines.ranks import Ranks, joined
from trainer.intervals import over_characters
from trainer.maml import InnerLoopConfig, MetaLearner
from trainer.model import initial_weights
from trainer.progress import ProgressBars, Tick
from trainer.settings import resolve
from trainer.tasks.overlap import overlap
from trainer.tasks.prepare import MetaDataset, batches, chosen, evaluation_tasks, prepare
from trainer.tasks.task import Task

#: The columns of what the log records of each weights' meta-test.
MEASURES: Final = ("loss_before", "accuracy_before", "loss_after", "accuracy_after")
#: What the features' new output layer may be adapted with; the rate that does best on meta-validation is taken.
_HEAD_RATES: Final = (0.1, 0.3, 1.0, 3.0, 10.0)
#: Tasks of meta-validation by which it is chosen.
_RATE_TASKS: Final = 48


def evaluate(
    path: Path,
    changes: Mapping[str, Any] | None = None,
    *,
    last: bool = False,
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
    last
        Test the last weights, not those that meta-validation chose.
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
    found = load_last(path)
    config = resolve(found.config, changes or {}, {"validate_every": 0})
    config = replace(config, meta_test=config.meta_test or ALL)
    theta = chosen_weights(found, config, last=last)
    require_numbers(theta, path)
    with joined(config.device) as ranks:
        data = ranks.broadcast_from_rank0(lambda: prepare(config, progress=progress))
        if ranks.first and (told := overlap(data, _trained_on(found.config, config, data, progress=progress))):
            print(told, file=sys.stderr)
        bars = ProgressBars(lambda: None, shown=progress and ranks.first)
        with (
            engine_for(config, data.images, ranks) as engine,
            bars.counting("meta-test", work_of(config, data)) as tick,
        ):
            results = meta_test(engine, theta, config, data, ranks, tick)
        results = [{"meta_steps": found.step} | result for result in results]
        if ranks.first:
            tell(table(results, config, data))
    return results


def chosen_weights(found: Checkpoint, config: Config, *, last: bool = False) -> Tensor:
    """Return the weights that are tested: those of the lowest meta-validation loss if there was one."""
    if last or config.select == "last" or found.best_loss != found.best_loss:
        return found.theta
    return found.best


def _trained_on(
    trained: Mapping[str, Any], config: Config, data: MetaDataset, *, progress: bool
) -> MetaDataset | MetalogError:
    """Return the data that a run of the configuration `trained` learnt from, or why it can't be had any more."""
    settings = resolve(trained, {"root": config.root, "validate_every": 0})
    if settings.data == config.data:
        return data
    try:
        return prepare(settings, progress=progress)
    except MetalogError as error:
        return error


@dataclass(frozen=True, slots=True)
class Measured:
    """What some weights gave: losses and accuracies, float64, (tasks, epochs + 1), before adaptation and after each."""

    name: str
    losses: npt.NDArray[np.float64]
    accuracies: npt.NDArray[np.float64]

    def minus(self, other: Measured) -> Measured:
        """Return the differences, task by task; of what was measured after adaptation alone, only there."""
        width = min(self.losses.shape[1], other.losses.shape[1])
        return Measured(
            f"{self.name} minus {other.name}",
            self.losses[:, -width:] - other.losses[:, -width:],
            self.accuracies[:, -width:] - other.accuracies[:, -width:],
        )


def meta_test(
    engine: Engine, theta: Tensor, config: Config, data: MetaDataset, ranks: Ranks, tick: Tick
) -> list[dict[str, Any]]:
    """Adapt to tasks of meta-test from `theta` and from what it has to beat.

    Parameters
    ----------
    engine, config, data, ranks
        Of the run; `meta_test` and `supervised_steps` of `config` say how much is done.
    theta
        float32, (parameters,): the weights to test.
    tick
        Is told of progress.

    Returns
    -------
    list of dict
        One for each of the weights, then one for the paired difference of the learnt to each of the others, with the
        keys of :func:`_summary`.
    """
    tasks = evaluation_tasks(data.splits["meta-test"], config.meta_test)
    size = config.meta_batch_size
    learnt = _measure(engine, "meta-learned", theta, tasks, size, tick)
    others = [_measure(engine, "random", initial_weights(config), tasks, size, tick)]
    if config.supervised_steps:
        trained = supervised_weights(config, data, tick)  # by every rank, since each tick is a meeting of all
        supervised = ranks.broadcast_from_rank0(lambda: trained)
        inner = _head_only(engine, supervised, config, data)
        others.append(_measure(engine, "supervised features", supervised, tasks, size, tick, inner))
        shares = nearest_means(MetaLearner.of(config), supervised, tasks, data)
        others.append(Measured("nearest mean", np.full((len(tasks), 1), nan), shares[:, None]))
    measured = [learnt, *others, *(learnt.minus(other) for other in others)]
    characters = np.array([task.characters for task in tasks])
    return [_summary(each, characters) for each in measured]


def work_of(config: Config, data: MetaDataset) -> int:
    """Return how much a meta-test tells its `tick`: tasks, and steps of supervised training."""
    tasks = len(chosen(data.splits["meta-test"], config.meta_test))
    return tasks * (3 if config.supervised_steps else 2) + config.supervised_steps


def _head_only(engine: Engine, theta: Tensor, config: Config, data: MetaDataset) -> InnerLoopConfig:
    """Return the inner loop of the output layer alone, at the rate that does best on meta-validation."""
    tasks = evaluation_tasks(data.splits["meta-validation"], _RATE_TASKS)
    loops = [InnerLoopConfig("anil", "first", rate, zero_head=True) for rate in _HEAD_RATES]
    measured = [_measure(engine, "", theta, tasks, config.meta_batch_size, lambda _: None, loop) for loop in loops]
    return loops[int(np.argmax([each.accuracies[:, -1].mean() for each in measured]))]


def _measure(
    engine: Engine,
    name: str,
    theta: Tensor,
    tasks: list[Task],
    size: int,
    tick: Tick,
    inner: InnerLoopConfig | None = None,
) -> Measured:
    queries = []
    for batch in batches(tasks, size):
        queries += [each.queries for each in engine.run(theta, batch, gradient=False, judged="test", inner=inner)]
        tick(len(batch))
    values = np.array(queries)  # (tasks, epochs + 1, 2)
    return Measured(name, values[..., 0], values[..., 1])


def _summary(measured: Measured, characters: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return name, number of problems, and means with 95 % intervals.

    ``losses`` and ``accuracies`` hold [mean, low, high] before adaptation and after each epoch; the first and the last
    stand beside it as ``…_before`` and ``…_after``, and ending in ``_ci95`` half the width of their interval.
    """
    summary: dict[str, Any] = {"initialisation": measured.name, "problems": len(characters)}
    for name, plural, values in (
        ("loss", "losses", measured.losses),
        ("accuracy", "accuracies", measured.accuracies),
    ):
        if np.isnan(values).all():
            continue
        rows = np.stack(over_characters(values, characters), axis=1).tolist()
        for when, (mean, low, high) in zip(("before", "after"), (rows[0], rows[-1]), strict=True):
            if when == "after" or len(rows) > 1:
                summary |= {f"{name}_{when}": mean, f"{name}_{when}_ci95": (high - low) / 2}
        summary[plural] = rows
    return summary


def table(results: Sequence[Mapping[str, Any]], config: Config, data: MetaDataset) -> str:
    """Set the results of a meta-test out for reading."""
    alphabets = data.alphabets_of("meta-test")
    learnt, *rest = results
    epochs = len(learnt["accuracies"]) - 1
    shown = sorted({0, 1, *range(2, min(epochs, 4)), epochs})
    label = 2 + max(len(result["initialisation"]) for result in results)
    what = "inner step" if config.shots != ALL else "epoch"
    given = f"{config.shots} drawings" if config.shots != ALL else "three quarters of the drawings"
    lines = [
        f"meta-test: {learnt['problems']:,} of the {len(data.splits['meta-test']):,} problems of {len(alphabets)} "
        f"held-out alphabet{'s' * (len(alphabets) != 1)} ({', '.join(alphabets)});",
        f"{config.ways} letters never seen are told apart after learning from {given} of each. Accuracy after",
        f"0, 1, … {what}s, with 95 % intervals over characters:",
        "",
        " " * label + "".join(f"{number:>17}" for number in shown),
    ]
    for result in results:
        values = dict(zip(range(epochs, -1, -1), reversed(result["accuracies"]), strict=False))
        signed = "+" if "minus" in result["initialisation"] else ""
        cells = [_cell(values.get(number), signed) for number in shown]
        lines.append(f"{result['initialisation']:<{label}}" + "".join(f"{cell:>17}" for cell in cells))
    return "\n".join([*lines, "", _told(learnt, rest)])


def _cell(value: Sequence[float] | None, signed: str) -> str:
    if value is None:
        return ""
    mean, low, high = value
    return f"{mean:{signed}.3f} ± {(high - low) / 2:.3f}"


def _told(learnt: Mapping[str, Any], rest: Sequence[Mapping[str, Any]]) -> str:
    """Say in a sentence whether meta-learning helped."""
    gain = next(each for each in rest if each["initialisation"] == "meta-learned minus random")
    _, low, high = gain["accuracies"][-1]
    verdict = "helped" if low > 0 else "did harm" if high < 0 else "made no difference that these problems show"
    return (
        f"Meta-learning {verdict}: {learnt['accuracy_after']:.3f}, {gain['accuracy_after']:+.3f} over random weights."
    )

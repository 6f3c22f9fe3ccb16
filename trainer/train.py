"""The outer loop: from a configuration to a log and the weights that were learnt."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from metalog import __version__
from metalog.cli.recent import remember
from metalog.formats.writer import LogWriter
from trainer import checkpoint as checkpoints
from trainer.checkpoint import Checkpoint
from trainer.config import KNOWN, Config
from trainer.engines.by_hand.memory import traces_bytes
from trainer.engines.interface import Engine, Outcome
from trainer.engines.ranks import Ranks, joined
from trainer.evaluate import meta_test, size_of, table
from trainer.interruption import InterruptedRunError, listening
from trainer.progress import Bars
from trainer.run_log import Journal, writing
from trainer.tasks.prepare import Task, batches, engine_for, evaluated, initial_weights, prepare
from trainer.tasks.splits import Problem, ProblemSet
from trainer.writeup import Network


def train(
    config: Config,
    output: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: bool = True,
    tell: Callable[[str], object] = print,
) -> bool:
    """Meta-learn initial weights and log it; on several ranks if ``torchrun`` started them.

    Parameters
    ----------
    config
        Of the run.
    output
        The log; the checkpoint lies beside it.
    resume
        Go on where an earlier call was stopped, at whatever moment; start where there was none.
    overwrite
        Write over a log that exists.
    progress
        Show progress bars on stderr, on a terminal.
    tell
        Is given the table of the meta-test.

    Returns
    -------
    bool
        Whether the run is complete; False if SIGTERM or Ctrl-C stopped it.

    Raises
    ------
    MetalogError
        If the run can't be carried out as asked, or a file can't be written; what was logged stays.
    """
    with joined(config.device) as ranks, listening() as interruption:
        found = ranks.from_first(lambda: checkpoints.find(output, config, resume=resume, overwrite=overwrite))
        task = ranks.from_first(lambda: prepare(config, progress=progress))
        state = found or Checkpoint(config.as_dict(), 0, initial_weights(config), {}, 0, tested=False)
        problems = task.splits["meta-train"]
        meta_steps_per_epoch = len(problems) // config.meta_batch_size  # a rest smaller than a meta-batch is left out

        def check() -> None:
            if ranks.any(interruption.asked):
                raise InterruptedRunError

        with engine_for(config, task, ranks) as engine, Journal(output) as journal:
            ranks.from_first(lambda: journal.open(state, new=found is None and not overwrite))
            log, bars = journal.log, Bars(check, shown=progress and ranks.first)
            if ranks.first:
                remember(output)
            if state.offset == 0:
                log.header(header(config, engine))
            elif state.config["meta_steps"] != config.meta_steps:
                log.record("config", header(config, engine))
            if progress and ranks.first and (told := memory_needed(config, problems)):
                print(told, file=sys.stderr)
            theta = state.theta.clone()
            optimizer = meta_optimizer(config, theta, state.optimizer)
            try:
                with bars.counting("meta-training", config.meta_steps, done=state.step) as tick:
                    for step in range(state.step, config.meta_steps):
                        meta_epoch, updates = divmod(step, meta_steps_per_epoch)
                        if updates == 0:
                            log.meta_epoch(meta_epoch + 1)
                        started = time.perf_counter()
                        batch = meta_batch(problems, config.meta_batch_size, meta_epoch, updates)
                        outcomes = engine.run(theta, batch, gradient=True)
                        theta.grad = mean_gradient(outcomes)
                        optimizer.step()
                        log_meta_step(log, updates, outcomes)
                        log.record("meta-step", {
                            "meta_loss": sum(outcome.meta_loss for outcome in outcomes) / len(outcomes),
                            "grad_norm": theta.grad.double().norm().item(),
                            "seconds": round(time.perf_counter() - started, 3),
                        })  # fmt: skip
                        if config.validate_every and (step + 1) % config.validate_every == 0:
                            meta_validate(engine, theta, config, task, log, bars)
                        state = snapshot(config, step + 1, theta, optimizer, journal.offset)
                        if (step + 1) % config.checkpoint_every == 0 or step + 1 == config.meta_steps:
                            journal.save(state)
                        tick(1)
                if config.meta_test and not state.tested:
                    with bars.counting("meta-test", size_of(task, config.meta_test)) as tick:
                        results = meta_test(engine, theta, config, task, config.meta_test, tick)
                    for result in results:
                        log.record("meta-test", result)
                    journal.save(replace(state, offset=journal.offset, tested=True))
                    if ranks.first:
                        tell(table(results, task))
            except InterruptedRunError:
                journal.save(state)
                return False
    return True


def learn(config: Config, output: Path, *, overwrite: bool = False) -> None:
    """Learn the first problem of meta-train alone, from random weights, and write a plain learning log.

    Raises
    ------
    MetalogError
        As :func:`train` does.
    """
    checkpoints.find(output, config, resume=False, overwrite=overwrite)
    task = prepare(config, progress=True)
    problem = meta_batch(task.splits["meta-train"], 1, 0, 0)
    with engine_for(replace(config, processes=1), task, Ranks()) as engine, writing(output, new=not overwrite) as log:
        remember(output)
        log.header(header(config, engine))
        (outcome,) = engine.run(initial_weights(config), problem, gradient=False)
        log_epochs(log, outcome)
        log.finished()


def header(config: Config, engine: Engine) -> dict[str, Any]:
    """Return what the log's first lines record: all that decides results, so not how the work is shared out."""
    settings = {key: value for key, value in config.as_dict().items() if not KNOWN[key].metadata["execution"]}
    versions = {
        "metalog": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
    return settings | {"engine": engine.name, "versions": versions}


def memory_needed(config: Config, problems: ProblemSet) -> str:
    """Say what the second order will need; empty for the first, which needs little."""
    if config.order == "first" or config.algorithm == "reptile":
        return ""
    epochs, steps, _ = problems.problem(0, occasion=0).batches.shape
    network = Network(config.side, config.channels, config.hidden)
    megabytes = traces_bytes(network, config.batch_size, epochs * steps) / 1e6
    return f"second order: each process keeps the {epochs * steps} inner steps of a problem, up to {megabytes:,.0f} MB"


def meta_optimizer(config: Config, theta: Tensor, state: dict[str, Any]) -> torch.optim.Optimizer:
    """Make the meta-optimizer of `theta`, in `state` if that isn't empty."""
    optimizer: torch.optim.Optimizer
    if config.meta_optimizer == "sgd":
        optimizer = torch.optim.SGD([theta], lr=config.meta_lr, momentum=0.9)
    else:
        optimizer = torch.optim.Adam([theta], lr=config.meta_lr)
    if state:
        optimizer.load_state_dict(deepcopy(state))
    return optimizer


def snapshot(config: Config, step: int, theta: Tensor, optimizer: torch.optim.Optimizer, offset: int) -> Checkpoint:
    """Take what the run needs to go on after meta-step `step`."""
    return Checkpoint(config.as_dict(), step, theta.clone(), deepcopy(optimizer.state_dict()), offset, tested=False)


def meta_batch(problems: ProblemSet, size: int, meta_epoch: int, updates: int) -> list[Problem]:
    """Make the problems of a meta-step, drawn without replacement within the meta-epoch; both counted from 0."""
    numbers = problems.order(meta_epoch)[updates * size : (updates + 1) * size]
    return [problems.problem(number, occasion=meta_epoch) for number in numbers.tolist()]


def mean_gradient(outcomes: Sequence[Outcome]) -> Tensor:
    """Return the meta-batch's gradient (parameters,), added up in the order of the problems."""
    gradients = [outcome.gradient for outcome in outcomes if outcome.gradient is not None]
    return torch.stack(gradients).cumsum(0)[-1] / len(gradients)


def log_meta_step(log: LogWriter, updates: int, outcomes: Sequence[Outcome]) -> None:
    """Write a meta-step's problems."""
    log.meta_step(updates)
    for problem, outcome in enumerate(outcomes, start=1):
        log.problem(problem)
        log_epochs(log, outcome)


def log_epochs(log: LogWriter, outcome: Outcome) -> None:
    """Write the inner training on one problem."""
    for epoch, (steps, validation) in enumerate(zip(outcome.steps, outcome.validations, strict=True), start=1):
        log.epoch(epoch)
        for step, (loss, accuracy) in enumerate(steps, start=1):
            log.step(epoch, step, loss, accuracy)
        log.validation(epoch, *validation)


def meta_validate(engine: Engine, theta: Tensor, config: Config, task: Task, log: LogWriter, bars: Bars) -> None:
    """Adapt to the problems of meta-validation; log some of its meta-batches, and in a comment the means over all."""
    problems = evaluated(task.splits["meta-validation"], config.meta_validation)
    if config.unadapted_meta_validation:
        problems = [replace(problem, batches=problem.batches[:0]) for problem in problems]
    log.meta_validation_begin()
    results = []
    with bars.counting("meta-validation", len(problems)) as tick:
        for number, batch in enumerate(batches(problems, config.meta_batch_size), start=1):
            outcomes = engine.run(theta, batch, gradient=False)
            results += [(outcome.validations or [outcome.before])[-1] for outcome in outcomes]
            is_full = len(batch) == config.meta_batch_size  # the format has no way to tell that a rest is one
            if is_full and number % config.log_every_batch == 0:
                log.meta_validation_batch(number)
                for result in results[-len(batch) :]:
                    log.meta_validation_result(*result)
            tick(len(batch))
    log.meta_validation_end()
    loss, accuracy = np.mean(results, axis=0).tolist()
    log.record("meta-step", {"meta_validation_loss": loss, "meta_validation_accuracy": accuracy})

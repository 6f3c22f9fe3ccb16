"""The outer loop: from a configuration to a log and the weights that were learnt."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite, isnan
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from metalog.cli.recent import remember
from trainer.checkpoint import Checkpoint
from trainer.config import Config
from trainer.engines.choose import engine_for
from trainer.engines.interface import Engine, Outcome
from trainer.engines.ranks import Ranks, joined
from trainer.evaluate import meta_test, table, work_of
from trainer.interruption import InterruptedRunError, listening
from trainer.model import initial_weights, model_of
from trainer.optimizer import meta_optimizer, state_of
from trainer.progress import ProgressBars
from trainer.provenance import header, memory_needed
from trainer.resuming import find
from trainer.run_log import RunLog, write_epochs, writing
from trainer.tasks.prepare import MetaDataset, batches, evaluation_tasks, prepare
from trainer.watch import advice, turned_up

#: Is given the number of meta-steps done, and the loss and accuracy of each problem of the meta-validation behind them.
Validated = Callable[[int, Sequence[tuple[float, float]]], object]


def train(
    config: Config,
    output: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: bool = True,
    tell: Callable[[str], object] = print,
    validated: Validated | None = None,
    purpose: str = "",
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
    validated
        Is told of each meta-validation; what it raises ends the run there, its log readable as far as it goes.
    purpose
        What the run is for, written into its log; runs of different purposes are no repetitions of one setting.

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
        found = ranks.broadcast_from_rank0(lambda: find(output, config, resume=resume, overwrite=overwrite))
        model_of(config)  # refuses what can't be before any drawing is read
        data = ranks.broadcast_from_rank0(lambda: prepare(config, progress=progress))
        state = found or Checkpoint.first(config, initial_weights(config))

        def check() -> None:
            if ranks.any_rank(interruption.asked):
                raise InterruptedRunError

        with engine_for(config, data.images, ranks) as engine, RunLog(output) as log:
            ranks.broadcast_from_rank0(lambda: log.open(state, new=found is None and not overwrite))
            if ranks.first:
                remember(output)
                _say(memory_needed(config, data) if progress else "")
            bars = ProgressBars(check, shown=progress and ranks.first)
            run = TrainingRun(config, data, engine, log, bars, ranks, state, validated, purpose)
            try:
                run.begin()
                run.meta_train()
                run.meta_test(tell)
            except InterruptedRunError:
                log.save(run.state)
                return False
    return True


class TrainingRun:
    """A run between its first meta-step and its meta-test, one step at a time.

    Attributes
    ----------
    state
        Where the run goes on if it stops now: after the last meta-step that is wholly done.
    """

    def __init__(
        self,
        config: Config,
        data: MetaDataset,
        engine: Engine,
        log: RunLog,
        bars: ProgressBars,
        ranks: Ranks,
        state: Checkpoint,
        validated: Validated | None = None,
        purpose: str = "",
    ) -> None:
        self.state = state
        self._purpose = purpose
        self._validated = validated
        self._config, self._data, self._engine = config, data, engine
        self._log, self._bars, self._ranks = log, bars, ranks
        self._tasks = data.splits["meta-train"]
        self._steps_per_epoch = len(self._tasks) // config.meta_batch_size  # a rest smaller than a batch is left out
        self._theta = state.theta.clone()
        self._optimizer = meta_optimizer(config, self._theta, state.optimizer)
        self._best, self._best_loss = state.best, state.best_loss
        self._losses = list(state.losses)
        self._rises_from = self._watched(state.step)

    def begin(self) -> None:
        """Write what the run is; again if it goes on with another configuration than it began with."""
        if self.state.offset == 0:
            self._log.header(header(self._config, self._engine.name, self._purpose))
        elif self.state.config["meta_steps"] != self._config.meta_steps:
            self._log.header(header(self._config, self._engine.name, self._purpose), again=True)
            self.state = replace(self.state, config=self._config.as_dict(), **self._log.mark())

    def meta_train(self) -> None:
        """Take the meta-steps that are left, with what belongs behind each."""
        config = self._config
        with self._bars.counting("meta-training", config.meta_steps, done=self.state.step) as tick:
            for step in range(self.state.step, config.meta_steps):
                if self._rises_from and config.stop_when_rising:
                    break
                self._meta_step(step)
                if config.validate_every and (step + 1) % config.validate_every == 0:
                    self._meta_validate(step)
                self._watch(step + 1)
                self._keep(step + 1)
                tick(1)

    def meta_test(self, tell: Callable[[str], object]) -> None:
        """Test the weights that were chosen, unless that was done, and tell the table."""
        config = self._config
        if not config.meta_test or self.state.tested:
            return
        theta = self._best if config.select == "best" and not isnan(self._best_loss) else self._theta
        with self._bars.counting("meta-test", work_of(config, self._data)) as tick:
            results = meta_test(self._engine, theta.detach(), config, self._data, self._ranks, tick)
        for result in results:
            self._log.lines.record("meta-test", {"meta_steps": self.state.step} | result)
        self.state = replace(self.state, tested=True, **self._log.mark())
        self._log.save(self.state)
        if self._ranks.first:
            tell(table(results, config, self._data))

    def _meta_step(self, step: int) -> None:
        """Adapt to a meta-batch, move the initial weights, and log both."""
        meta_epoch, updates = divmod(step, self._steps_per_epoch)
        if updates == 0:
            self._log.lines.meta_epoch(meta_epoch + 1)
        started = time.perf_counter()
        batch = self._tasks.meta_batch(self._config.meta_batch_size, meta_epoch, updates)
        outcomes = self._engine.run(self._theta, batch, gradient=True)
        self._theta.grad = mean_gradient(outcomes)
        norm = self._theta.grad.double().norm().item()
        if self._config.clip and norm > self._config.clip:
            self._theta.grad *= self._config.clip / norm
        self._optimizer.step()
        self._losses.append(float(np.mean([outcome.queries[-1][0] for outcome in outcomes])))
        self._log.meta_step(updates, outcomes)
        self._log.lines.record("meta-step", {
            "meta_loss": sum(outcome.meta_loss for outcome in outcomes) / len(outcomes),
            "grad_norm": norm,
            "seconds": round(time.perf_counter() - started, 3),
        })  # fmt: skip

    def _meta_validate(self, step: int) -> None:
        """Adapt to the tasks of meta-validation; log some of its meta-batches, and in a comment the means over all."""
        config, lines = self._config, self._log.lines
        tasks = evaluation_tasks(self._data.splits["meta-validation"], config.meta_validation)
        if config.unadapted_meta_validation:
            tasks = [replace(task, batches=task.batches[:0]) for task in tasks]
        lines.meta_validation_begin()
        results: list[tuple[float, float]] = []
        with self._bars.counting("meta-validation", len(tasks)) as tick:
            for number, batch in enumerate(batches(tasks, config.meta_batch_size), start=1):
                outcomes = self._engine.run(self._theta, batch, gradient=False)
                results += [outcome.queries[-1] for outcome in outcomes]
                is_full = len(batch) == config.meta_batch_size  # the format has no way to tell that a rest is one
                if is_full and number % config.log_every_batch == 0:
                    lines.meta_validation_batch(number)
                    for result in results[-len(batch) :]:
                        lines.meta_validation_result(*result)
                tick(len(batch))
        lines.meta_validation_end()
        loss, accuracy = np.mean(results, axis=0).tolist()
        lines.record("meta-step", {"meta_validation_loss": loss, "meta_validation_accuracy": accuracy})
        self._bars.say(f"accuracy on held-out alphabets {accuracy:.3f} at meta-step {step + 1}")
        if isfinite(loss) and not loss >= self._best_loss:  # the first one too: no loss is at least nan
            self._best, self._best_loss = self._theta.detach().clone(), loss
        if self._validated:
            self._validated(step + 1, results)

    def _watch(self, step: int) -> None:
        """See whether the loss turns up for good; say so once."""
        if not self._rises_from and (rises_from := self._watched(step)):
            self._rises_from = rises_from
            if self._ranks.first:
                _say(advice(rises_from, self._config))

    def _watched(self, step: int) -> int | None:
        return turned_up(self._losses[:step], self._config.validate_every)

    def _keep(self, step: int) -> None:
        """Take down what the run needs to go on behind meta-step `step`; from time to time in the checkpoint."""
        self.state = Checkpoint(
            self._config.as_dict(),
            step,
            self._theta.detach().clone(),
            state_of(self._optimizer),
            **self._log.mark(),
            tested=False,
            best=self._best,
            best_loss=self._best_loss,
            losses=list(self._losses),
        )
        if step % self._config.checkpoint_every == 0 or step == self._config.meta_steps:
            self._log.save(self.state)


def learn(config: Config, output: Path, *, overwrite: bool = False) -> None:
    """Learn the first problem of meta-train alone, from random weights, and write a plain learning log.

    Raises
    ------
    MetalogError
        As :func:`train` does.
    """
    find(output, config, resume=False, overwrite=overwrite)
    model_of(config)
    data = prepare(config, progress=True)
    tasks = data.splits["meta-train"].meta_batch(1, 0, 0)
    alone = replace(config, processes=1)
    with engine_for(alone, data.images, Ranks()) as engine, writing(output, new=not overwrite) as lines:
        remember(output)
        lines.header(header(config, engine.name))
        (outcome,) = engine.run(initial_weights(config), tasks, gradient=False)
        write_epochs(lines, outcome)
        lines.finished()


def mean_gradient(outcomes: Sequence[Outcome]) -> Tensor:
    """Return the meta-batch's gradient (parameters,), added up in the order of the tasks."""
    gradients = [outcome.gradient for outcome in outcomes if outcome.gradient is not None]
    return torch.stack(gradients).cumsum(0)[-1] / len(gradients)


def _say(text: str) -> None:
    if text:
        print(text, file=sys.stderr)

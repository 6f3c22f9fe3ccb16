"""Doing the trials of a search: claimed one by one, taken up again where a process was killed, pruned if hopeless."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from optuna.trial import Trial, TrialState

from metalog.errors import MetalogError, UsageError
from trainer.config import Config
from trainer.search.locks import held, hold
from trainer.search.study import Search, log_of
from trainer.train import train

#: What a trial's log says of it, so that nobody averages it with its reruns: its number is the best of many.
_PURPOSE: Final = "trial of a search"
#: Seconds between two looks at whether others have ended.
_PATIENCE: Final = 0.5


class StoppedSearchError(MetalogError):
    """Ctrl-C or SIGTERM stopped the search; calling it again goes on with it."""


class _HopelessError(Exception):
    """A trial is given up."""


def run_trials(search: Search, number: int, tell: Callable[[str], object]) -> None:
    """Do trials until there are `number` of them and all have ended, those of other processes too.

    Raises
    ------
    StoppedSearchError
        If it was stopped.
    MetalogError
        If trials can't be carried out.
    """
    while True:
        claimed = _claim(search, number)
        if claimed:
            trial, lock = claimed
            with closing(lock):
                _run(search, trial, tell)
        elif search.study().get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            time.sleep(_PATIENCE)
        else:
            return


def _claim(search: Search, number: int) -> tuple[Trial, IO[bytes]] | None:
    """Return a trial to do, with its lock: one that a killed process left, else a new one while there may be more."""
    with held(search.lock("claims")):
        study = search.study()
        space = search.distributions()
        for left in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if lock := hold(search.lock(str(left.number))):
                if left.params.keys() == space.keys():
                    return Trial(study, left._trial_id), lock
                lock.close()
                study.tell(left.number, state=TrialState.FAIL)  # killed before it had all its settings
        if sum(one.state != TrialState.FAIL for one in study.get_trials(deepcopy=False)) >= number:
            return None
        trial = study.ask(space)
        lock = hold(search.lock(str(trial.number)), wait=True)
        assert lock is not None  # it was waited for
        return trial, lock


def _run(search: Search, trial: Trial, tell: Callable[[str], object]) -> None:
    log = log_of(search.folder, trial.number)
    value, came = math.nan, "given up"
    try:
        value = _loss(search, trial, log)
    except _HopelessError:
        pass
    except UsageError as error:
        if log.exists():
            raise
        came = f"impossible: {error}"  # before the first line: these settings don't go together, others may
    if math.isfinite(value):
        came = f"loss {value:.4f}"
        trial.study.tell(trial.number, value)
    else:
        trial.study.tell(trial.number, state=TrialState.PRUNED)
    tell(f"trial {trial.number}: {_settings(trial)}: {came}")


def _loss(search: Search, trial: Trial, log: Path) -> float:
    """Carry a trial out, or on, and return the loss that it is judged by; nan if it diverged."""
    config = search.settings(trial.params)
    judge = partial(_judge, trial, config)
    quiet: dict[str, Any] = {"progress": False, "tell": lambda _: None}
    if not train(config, log, resume=True, validated=judge, purpose=_PURPOSE, **quiet):
        raise StoppedSearchError(f"stopped; go on with: metalog search -o {search.folder}")
    return reached(log, config)["loss"]


def _settings(trial: Trial) -> str:
    return ", ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in trial.params.items()
    )


def _judge(trial: Trial, config: Config, step: int, results: Sequence[tuple[float, float]]) -> None:
    """Tell Optuna of a meta-validation, and give the trial up if it is hopeless.

    Each meta-validation tells of its own share of the problems, so that no problem is told of twice: the test that the
    pruner makes takes what it is told of as independent pairs.
    """
    turns = config.meta_steps // config.validate_every
    turn = step // config.validate_every - 1
    known = trial.study.get_trials(deepcopy=False)[trial.number].intermediate_values
    for problem in range(turn, len(results), turns):
        if problem not in known:  # a trial that goes on may come by here again
            trial.report(results[problem][0], problem)
    if trial.should_prune():
        raise _HopelessError


def reached(log: Path, config: Config) -> dict[str, float]:
    """Return the meta-validation loss and accuracy of the weights that a run chose; nan if it came to none."""
    import metalog

    table = metalog.read(log, on_restart="last").meta_steps
    nothing = {"loss": math.nan, "accuracy": math.nan}
    if "meta_validation_loss" not in table:
        return nothing
    table = table[table["meta_validation_loss"].notna()]
    if table.empty:
        return nothing
    row = (
        table.iloc[int(table["meta_validation_loss"].to_numpy().argmin())]
        if config.select == "best"
        else table.iloc[-1]
    )
    return {name: float(row[f"meta_validation_{name}"]) for name in nothing}

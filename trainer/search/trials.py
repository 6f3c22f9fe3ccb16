"""Doing the trials of a search: claimed one by one, taken up again where a process was killed, pruned if hopeless."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import IO, Final

from optuna.trial import Trial, TrialState

from metalog.errors import MetalogError
from trainer.config import Config
from trainer.search.locks import held, hold
from trainer.search.study import Search, log_of
from trainer.train import train

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
    config = search.settings(trial.params)
    log = log_of(search.folder, trial.number)
    judge = partial(_judge, trial, config)
    try:
        if not train(config, log, resume=True, progress=False, tell=lambda _: None, validated=judge):
            raise StoppedSearchError(f"stopped; go on with: metalog search -o {search.folder}")
    except _HopelessError:
        state, value = TrialState.PRUNED, math.nan
    else:
        value = reached(log, config)["loss"]
        state = TrialState.COMPLETE if math.isfinite(value) else TrialState.PRUNED  # it diverged
    trial.study.tell(trial.number, value if state == TrialState.COMPLETE else None, state=state)
    tell(f"trial {trial.number}: {_told(trial, state, value)}")


def _told(trial: Trial, state: TrialState, value: float) -> str:
    settings = ", ".join(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
                         for name, value in trial.params.items())  # fmt: skip
    return f"{settings}: " + (f"loss {value:.4f}" if state == TrialState.COMPLETE else "given up")


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

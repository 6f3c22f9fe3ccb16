"""The best settings of a search run again on seeds that it never saw, before anything is claimed of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import optuna

from metalog.output.atomic import write_text
from trainer.search.locks import hold
from trainer.search.study import Search, best_trials
from trainer.search.trials import StoppedSearchError
from trainer.train import train

_PATIENCE: Final = 0.5


def fresh_seeds(search: Search, many: int) -> list[int]:
    """Return seeds that no trial had."""
    return list(range(search.config.seed + 1, search.config.seed + 1 + many))


def log_of(folder: Path, trial: int, seed: int) -> Path:
    """Return the log of a rerun."""
    return folder / f"again-{trial:04d}-seed-{seed}.txt"


def run_again(
    search: Search, settings: int, seeds: int, tell: Callable[[str], object]
) -> list[optuna.trial.FrozenTrial]:
    """Run the best settings on fresh seeds, together with other processes that do the same; return their trials.

    Raises
    ------
    StoppedSearchError
        If it was stopped.
    MetalogError
        If a run can't be carried out.
    """
    trials = best_trials(search.study(), settings)
    fresh = fresh_seeds(search, seeds)
    while left := list(_left(search, trials, fresh)):
        for trial, seed in left:
            name = f"again-{trial.number}-{seed}"
            if (lock := hold(search.lock(name))) is None:
                continue  # another process does it
            with closing(lock):
                if not _mark(search, trial.number, seed).exists():
                    _run(search, trial, seed)
                    tell(f"trial {trial.number} again, seed {seed}: done")
        if any(_left(search, trials, fresh)):
            time.sleep(_PATIENCE)
    return trials


def _run(search: Search, trial: optuna.trial.FrozenTrial, seed: int) -> None:
    config = search.settings(trial.params, seed)
    log = log_of(search.folder, trial.number, seed)
    if not train(config, log, resume=True, progress=False, tell=lambda _: None):
        raise StoppedSearchError(f"stopped; go on with: metalog search -o {search.folder}")
    write_text(_mark(search, trial.number, seed), "")


def _left(search: Search, trials: Sequence[Any], seeds: Sequence[int]) -> Iterator[tuple[Any, int]]:
    return ((trial, seed) for trial in trials for seed in seeds if not _mark(search, trial.number, seed).exists())


def _mark(search: Search, trial: int, seed: int) -> Path:
    """Return the file that says that a rerun is done."""
    return search.lock(f"again-{trial}-{seed}.done")

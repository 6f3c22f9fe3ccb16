"""A search in its folder: Optuna's journal, and a log for each trial."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.pruners import WilcoxonPruner
from optuna.samplers import TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from metalog.errors import SourceError, UsageError
from trainer.config import KNOWN, Config
from trainer.search.locks import held
from trainer.search.space import space_of
from trainer.search.work import Work
from trainer.settings import resolve
from trainer.tasks.prepare import prepare

#: The journal's file. It must not be called as logs are.
JOURNAL: Final = "study.journal"
_NAME: Final = "metalog"
#: A trial is given up where its problems' losses are worse than the best trial's with this probability of error.
_PRUNED_BELOW: Final = 0.05
#: Under this name the study keeps how much is done. Searches from before it was kept have none.
_WORK: Final = "work"
#: What a call says of :class:`Work`, by the names of its fields; None or nothing where it doesn't.
_Asked = Mapping[str, int | None]
_NOTHING: Final[_Asked] = {}


@dataclass(frozen=True)
class Search:
    """What is searched, and where.

    Attributes
    ----------
    folder
        Where journal and logs lie.
    space
        What is searched, as the command line says it.
    config
        All other settings; its seed is that of all trials.
    """

    folder: Path
    space: tuple[str, ...]
    config: Config

    def distributions(self) -> dict[str, BaseDistribution]:
        """Return the distribution of each setting that is searched."""
        return space_of(self.space)

    def study(self) -> optuna.Study:
        """Return Optuna's study, whose storage several processes and machines may share.

        The sampler's seed comes from that of the trials and the number of the next trial, so that a search that was
        killed and goes on suggests what it would have suggested.
        """
        study = _open(self.folder)
        seed = np.random.SeedSequence([self.config.seed, len(study.trials)]).generate_state(1)[0]
        with _experimental():
            study.sampler = TPESampler(seed=int(seed), constant_liar=True)
            study.pruner = WilcoxonPruner(p_threshold=_PRUNED_BELOW)
        return study

    def settings(self, params: Mapping[str, Any], seed: int | None = None) -> Config:
        """Return the configuration of a trial; of a rerun, with its own seed and the meta-test that trials go without.

        Raises
        ------
        UsageError
            If these settings can't go together.
        """
        own = {"meta_test": 0} if seed is None else {"seed": seed}
        return replace(self.config, **{**params, **own})

    def work(self) -> Work:
        """Return how much is done: what the calls so far have asked for, else the usual."""
        return Work(**self.study().user_attrs.get(_WORK, {}))

    def lock(self, name: str) -> Path:
        """Return the file whose lock is held by who works on a log, or claims one."""
        return self.folder / ".work" / name


def open_search(
    folder: Path, space: Sequence[str], layers: Sequence[Mapping[str, Any]], work: _Asked = _NOTHING
) -> Search:
    """Begin a search, or go on with the one that lies in `folder`.

    Parameters
    ----------
    folder
        Made if it isn't there.
    space
        What is searched; where a search goes on, it need not be said again.
    layers
        Settings, each over those before it, as for :func:`trainer.settings.resolve`; where a search goes on, only those
        that don't decide results, such as the device, may differ.
    work
        The fields of :class:`trainer.search.work.Work` that a call asks for; the study remembers them from then on.

    Raises
    ------
    UsageError
        If there is nothing to search, or the folder's search is another one.
    """
    nothing = UsageError(f"there is no search in {folder} to go on with: say what is searched with --space")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: -o names the folder that a search is kept in")
    begun = (folder / JOURNAL).exists()
    if not space and not begun:
        raise nothing
    space_of(space)
    first = None if begun else _beginning(layers)  # what can't be is refused before a folder is made
    with held(folder / ".work" / "claims"):
        study = _open(folder)
        if "space" in study.user_attrs:
            search = _gone_on_with(folder, study.user_attrs, space, layers)
            _remember(study, work)
            return search
        if not space:  # only a beginning that was refused
            raise nothing
        config = first or _beginning(layers)
        _remember(study, work)
        study.set_user_attr("settings", json.loads(json.dumps(config.as_dict())))
        study.set_user_attr("space", sorted(space))  # last: a study that has it has all
        return Search(folder, tuple(sorted(space)), config)


def _gone_on_with(
    folder: Path, told: Mapping[str, Any], space: Sequence[str], layers: Sequence[Mapping[str, Any]]
) -> Search:
    """Return the search that a study tells of; one that a call says otherwise is refused."""
    if space and sorted(space) != told["space"]:
        raise UsageError(f"the search in {folder} is over {', '.join(told['space'])}: name another folder with -o")
    config = resolve(told["settings"], *layers)
    for key, entry in KNOWN.items():
        before = resolve(told["settings"]).as_dict()[key]
        if not entry.metadata["execution"] and config.as_dict()[key] != before:
            raise UsageError(
                f"the search in {folder} has {key} = {before!r}: leave --{key} out, or name another folder"
            )
    return Search(folder, tuple(told["space"]), config)


def _remember(study: optuna.Study, work: _Asked) -> None:
    before = study.user_attrs.get(_WORK, {})
    after = before | {name: number for name, number in work.items() if number is not None}
    if after != before:
        study.set_user_attr(_WORK, after)


def _beginning(layers: Sequence[Mapping[str, Any]]) -> Config:
    """Return the settings that trials will share; those that can't be used are refused, and data that can't be read."""
    config = resolve(*layers)
    if not 0 < config.validate_every <= config.meta_steps:
        raise UsageError(
            f"trials are judged by meta-validation: --validate-every must be 1 to {config.meta_steps} (--meta-steps), "
            f"not {config.validate_every}"
        )
    prepare(config, progress=False)
    return config


def _open(folder: Path) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with _experimental():
            storage = JournalStorage(JournalFileBackend(str(folder / JOURNAL)))
            return optuna.create_study(storage=storage, study_name=_NAME, direction="minimize", load_if_exists=True)
    except (OSError, ValueError, KeyError) as error:
        raise SourceError(f"the search in {folder} can't be read: {error}") from error


@contextmanager
def _experimental() -> Iterator[None]:
    """Silence that Optuna may still change what is used here: the lower bound of its version says what was tried."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield


def log_of(folder: Path, number: int) -> Path:
    """Return the log of a trial."""
    return folder / f"trial-{number:04d}.txt"


def best_trials(study: optuna.Study, many: int) -> list[optuna.trial.FrozenTrial]:
    """Return the trials with the least losses, the best first, no setting twice."""
    done = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    found: dict[str, optuna.trial.FrozenTrial] = {}
    for trial in sorted(done, key=lambda one: (one.value, one.number)):
        found.setdefault(repr(sorted(trial.params.items())), trial)
    return list(found.values())[:many]

"""A study from its file: which runs it has, and their execution, resumable and shared out over the cores."""

from __future__ import annotations

import json
import multiprocessing
import os
import tomllib
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from metalog.errors import MetalogError, SourceError, UsageError
from trainer.ablation.design import MOST_FACTORS, arms
from trainer.engines.helper import end_with_caller
from trainer.settings import resolve


@dataclass(frozen=True, slots=True)
class Study:
    """What is compared.

    Attributes
    ----------
    base
        Settings that all runs share.
    factors
        Name -> the settings that it changes.
    seeds
        One run of each arm with each.
    judge
        Data that no run is trained on. All runs are judged by the same of its problems.
    problems
        How many.
    """

    base: dict[str, Any]
    factors: dict[str, dict[str, Any]]
    seeds: list[int]
    judge: list[str]
    problems: int

    def settings(self, arm: int, seed: int) -> dict[str, Any]:
        """Return the settings of one run."""
        levels = arms(len(self.factors))[arm]
        changes = [change for change, level in zip(self.factors.values(), levels, strict=True) if level]
        settings = self.base | {"seed": seed, "meta_test": 0}
        for change in changes:
            settings |= change
        return settings

    def runs(self) -> list[tuple[int, int]]:
        """Return arm and seed of each run, seed by seed, so that what is done first is whole seeds."""
        return [(arm, seed) for seed in self.seeds for arm in range(len(arms(len(self.factors))))]


def read_study(path: Path, data: tuple[str, ...] = (), judge: tuple[str, ...] = ()) -> Study:
    """Read a study from a TOML file; `data` and `judge` stand in for what it names.

    Raises
    ------
    SourceError
        If it can't be read.
    UsageError
        If it is no study, or one of its runs can't be.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        study = Study(
            content["base"] | ({"data": list(data)} if data else {}),
            content["factors"],
            content["seeds"],
            list(judge) or content["judge"],
            content["problems"],
        )
    except OSError as error:
        raise SourceError(f"the study {path} can't be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no study ({error}): it needs base, factors, seeds, judge and problems") from None
    if not 1 <= len(study.factors) <= MOST_FACTORS:
        raise UsageError(f"{path} has {len(study.factors)} factors, but a study can have 1 to {MOST_FACTORS}")
    for arm, seed in study.runs():
        resolve(study.settings(arm, seed))
    return study


def run_study(study: Study, folder: Path, jobs: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """Run what isn't done yet and return the summary of all.

    Parameters
    ----------
    study
        What to run.
    folder
        Where logs, checkpoints and results go; what lies there from an earlier call is not done again.
    jobs
        Runs at a time; 0: as many as there are cores.
    tell
        Is told of each run that is done.

    Raises
    ------
    MetalogError
        If a run fails; those that are done stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    left = [run for run in study.runs() if not _result_of(folder, *run).exists()]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs or os.cpu_count() or 1, mp_context=context, initializer=end_with_caller) as pool:
        started = {pool.submit(run_one, study, folder, arm, seed): (arm, seed) for arm, seed in left}
        for number, done in enumerate(as_completed(started), start=1):
            arm, seed = started[done]
            try:
                accuracy = done.result()["accuracy"]
            except MetalogError:
                pool.shutdown(cancel_futures=True)
                raise
            tell(f"{number} of {len(left)}: arm {arm + 1}, seed {seed}: accuracy {accuracy:.3f}")
    return summarise(study, folder)


def run_one(study: Study, folder: Path, arm: int, seed: int) -> dict[str, Any]:
    """Train one run, or go on with it, and judge it."""
    import torch

    from trainer.ablation.judge import judge
    from trainer.train import train

    torch.set_num_threads(1)
    log = folder / f"arm-{arm + 1:02d}-seed-{seed}.txt"
    config = resolve(study.settings(arm, seed), {"processes": 1, "device": "cpu"})
    if not train(config, log, resume=True, progress=False, tell=lambda _: None):
        raise MetalogError("the study was stopped: call the command again to go on")
    result = judge(config, log, study.judge, study.problems)
    written = _result_of(folder, arm, seed)
    partial = written.with_suffix(".partial")
    partial.write_text(json.dumps(result), encoding="utf-8")
    partial.replace(written)
    return result


def summarise(study: Study, folder: Path) -> dict[str, Any]:
    """Return the results, each as lists (seeds, arms), of the seeds of which all arms are done, and the study's words.

    Raises
    ------
    UsageError
        If no seed is done.
    """
    count = len(arms(len(study.factors)))
    whole = [seed for seed in study.seeds if all(_result_of(folder, arm, seed).exists() for arm in range(count))]
    if not whole:
        raise UsageError(f"no seed of the study in {folder} is done yet")
    results = [
        [json.loads(_result_of(folder, arm, seed).read_text(encoding="utf-8")) for arm in range(count)]
        for seed in whole
    ]
    measures = {name: [[each[name] for each in row] for row in results] for name in results[0][0]}
    return {
        "base": study.base,
        "factors": study.factors,
        "problems": study.problems,
        "seeds": whole,
        "measures": measures,
    }


def table_of(summary: Mapping[str, Any], measure: str) -> npt.NDArray[np.float64]:
    """Return one measure of a summary, (seeds, arms)."""
    return np.array(summary["measures"][measure], dtype=np.float64)


def _result_of(folder: Path, arm: int, seed: int) -> Path:
    return folder / f"arm-{arm + 1:02d}-seed-{seed}.json"

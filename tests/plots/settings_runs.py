"""Logs of settings with several seeds, read as a user's are."""

from __future__ import annotations

import io

import numpy as np

import metalog
from metalog.formats.writer import LogWriter
from metalog.runs.run_set import RunSet


def setting_log(level, seed, *, config, meta_steps=6, problems=4, validated=True):
    """A log of losses from `level` on; at the meta-validation problem p has the loss level + p / 10 + seed / 50."""
    stream = io.StringIO()
    log = LogWriter(stream)
    log.header(config | {"seed": seed})
    log.meta_epoch(1)
    generator = np.random.default_rng(seed)
    for updates in range(meta_steps):
        log.meta_step(updates)
        for problem in range(1, problems + 1):
            log.problem(problem)
            log.epoch(1)
            log.step(1, 1, level + generator.uniform(0, 0.1), 0.5)
            log.validation(1, level + generator.uniform(0, 0.1), 0.5)
    if validated:
        log.meta_validation_begin()
        log.meta_validation_batch(10)
        for problem in range(1, problems + 1):
            log.meta_validation_result(level + problem / 10 + seed / 50, 1 - level - problem / 10 - seed / 50)
        log.meta_validation_end()
    return stream.getvalue()


def setting_runs(levels=(0.1, 0.3), seeds=range(5), **options):
    """A RunSet of settings ``lr=<number>``, of these seeds each."""
    return RunSet(
        {
            f"lr{lr}-s{seed}": metalog.read(
                io.BytesIO(setting_log(level, seed, config={"lr": lr}, **options).encode()), name=f"lr{lr}-s{seed}"
            )
            for lr, level in enumerate(levels)
            for seed in seeds
        }
    )

"""The one sound meta-test that all runs of a study go through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from trainer.checkpoint import load, path_of
from trainer.config import SWITCHES, Config
from trainer.engines.choose import engine_for
from trainer.engines.ranks import Ranks
from trainer.evaluate import chosen_weights
from trainer.model import initial_weights
from trainer.tasks.data import Drawings
from trainer.tasks.data import load as load_drawings
from trainer.tasks.prepare import batches, options_of
from trainer.tasks.splits import make_splits
from trainer.tasks.task import Task

#: Of the judge's problems: the same whatever the run's seed.
_SEED = 0


def judge(config: Config, log: Path, data: Sequence[str], problems: int) -> dict[str, Any]:
    """Adapt the run's weights, as the run does, to problems of alphabets that it never saw, and so its random weights.

    The problems are sound whatever the run's were: each pair once, of one alphabet, drawings balanced. Runs that learn
    from as many drawings get the same drawings, too. Alphabets that the run may have seen, by name, are left out.

    Returns
    -------
    dict
        ``accuracy`` and ``loss`` after adaptation, ``random`` the accuracy of the random weights, ``gain`` the
        difference of the two, ``loss_before`` adaptation, ``turned_up`` 1 if the last tenth of the meta-train losses is
        worse than the first.
    """
    found = load(path_of(log))
    sound = dict.fromkeys(set(SWITCHES) - {"double_sigmoid"}, False)
    fair = replace(config, **sound)  # type: ignore[arg-type]
    seen = load_drawings(config.data, root=config.root or None, side=config.side).alphabets
    drawings = _without(load_drawings(data, root=config.root or None, side=config.side), seen)
    tasks = _tasks(drawings, fair, problems)
    values = []
    with engine_for(fair, drawings.images.reshape(-1, config.side, config.side), Ranks()) as engine:
        for theta in (chosen_weights(found, config), initial_weights(config)):
            queries = [
                outcome.queries
                for batch in batches(tasks, 8)
                for outcome in engine.run(theta, batch, gradient=False, judged="test")
            ]
            values.append(np.array(queries).mean(axis=0))  # (epochs + 1, 2)
    learnt, random = values
    tenth = max(len(found.losses) // 10, 1)
    return {
        "accuracy": float(learnt[-1, 1]),
        "loss": float(learnt[-1, 0]),
        "random": float(random[-1, 1]),
        "gain": float(learnt[-1, 1] - random[-1, 1]),
        "loss_before": float(learnt[0, 0]),
        "turned_up": float(np.mean(found.losses[-tenth:]) > np.mean(found.losses[:tenth])),
    }


def _without(drawings: Drawings, alphabets: Sequence[str]) -> Drawings:
    """Leave out alphabets, by name."""
    kept = [number for number, name in enumerate(drawings.alphabets) if name not in alphabets]
    chosen = np.isin(drawings.alphabet, kept)
    return Drawings(
        drawings.images[chosen],
        tuple(drawings.alphabets[number] for number in kept),
        np.searchsorted(kept, drawings.alphabet[chosen]).astype(np.int32),
        tuple(np.array(drawings.characters)[chosen].tolist()),
        drawings.source,
    )


def _tasks(drawings: Drawings, config: Config, problems: int) -> list[Task]:
    """Make tasks of all alphabets, always the same pairs of characters."""
    splits = make_splits(drawings, options_of(config), _SEED).values()
    total, tasks = sum(map(len, splits)), []
    for split in splits:
        share = -(-problems * len(split) // total)
        tasks += [split.task(number, occasion=0) for number in split.order(0)[:share].tolist()]
    return tasks

"""Random numbers keyed by counters, so that any part of a run can be recomputed alone, in any process, in any order."""

from __future__ import annotations

import numpy as np


def generator(seed: int, *key: int) -> np.random.Generator:
    """Return the generator that belongs to `seed` and to this place in the run.

    Parameters
    ----------
    seed
        The run's seed, not negative.
    *key
        Counters that name the place, not negative: what the numbers are for, split, meta-step, problem, …

    Notes
    -----
    Philox (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), keyed through numpy's
    ``SeedSequence``, whose hash makes the streams of neighbouring keys independent.
    """
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=key)))

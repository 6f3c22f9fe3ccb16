"""Random numbers keyed by counters, so that any part of a run can be recomputed alone, in any process, in any order."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What random numbers are for: the first part of their key, so that no two uses share a stream."""

    ALPHABETS = 0
    ORDER = 1
    PROBLEM = 2
    HANDS = 3
    WEIGHTS = 4
    SUPERVISED = 5


def generator(seed: int, purpose: Purpose, *counters: int) -> np.random.Generator:
    """Return the generator that belongs to `seed` and to this place in the run.

    Parameters
    ----------
    seed
        The run's seed, not negative.
    purpose
        What the numbers are for.
    *counters
        The place, in numbers that are not negative: split, meta-step, problem, …

    Notes
    -----
    Philox (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), keyed through numpy's
    ``SeedSequence``, whose hash makes the streams of neighbouring keys independent.
    """
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(purpose, *counters))))

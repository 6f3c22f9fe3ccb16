"""Fractional factorial designs of two levels in 16 arms, and the effects that they can see."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

import numpy as np
import numpy.typing as npt

from trainer.intervals import student

#: Factors of one design at most: the arms are those of four factors, and four more are products of three of these.
MOST_FACTORS: Final = 8
#: Which of the first four factors are multiplied for the fifth, sixth, seventh and eighth.
_GENERATORS: Final = ((1, 2, 3), (0, 2, 3), (0, 1, 2), (0, 1, 3))


def arms(factors: int) -> npt.NDArray[np.int64]:
    """Return the levels, 0 or 1, of each factor in each arm: int64, (arms, factors).

    Up to four factors give all combinations. More give the 2^(k-4) fraction of resolution IV (Box, Hunter and Hunter,
    "Statistics for Experimenters", table 12.15): no main effect is mixed with another, nor with a two-way effect, but
    two-way effects are mixed with each other. The first arm has every factor at 0, the last every factor at 1.

    Raises
    ------
    ValueError
        If there are no factors, or more than eight.
    """
    if not 1 <= factors <= MOST_FACTORS:
        raise ValueError(f"a study can have 1 to {MOST_FACTORS} factors, not {factors}")
    signs = np.array(list(product((-1, 1), repeat=min(factors, 4))))
    for generator in _GENERATORS[: max(factors - 4, 0)]:
        signs = np.column_stack([signs, signs[:, list(generator)].prod(axis=1)])
    return (signs + 1) // 2


@dataclass(frozen=True, slots=True)
class Effect:
    """How much better the response is with a factor at 1 than at 0, on average over the other factors.

    Attributes
    ----------
    names
        One factor; or, for two-way effects, the pairs that the design can't tell apart, joined by ``x``.
    mean, low, high
        Over the seeds, with its 95 % interval.
    """

    names: tuple[str, ...]
    mean: float
    low: float
    high: float


def effects(factors: Sequence[str], responses: npt.NDArray[np.float64]) -> tuple[list[Effect], list[Effect]]:
    """Return the main effects, and the two-way effects that the design can see.

    Parameters
    ----------
    factors
        Their names, in the order of the design.
    responses
        (seeds, arms).

    Notes
    -----
    Each seed has all arms, so it gives each effect once: the mean of the arms at 1 less the mean of those at 0; of a
    two-way effect, half the difference of the one factor's effect at either level of the other. The interval is that of
    a mean of so many seeds by Student's t.
    """
    signs = 2 * arms(len(factors)) - 1
    main = [_effect((name,), signs[:, column], responses) for column, name in enumerate(factors)]
    mixed: dict[bytes, list[tuple[int, int]]] = {}
    for pair in combinations(range(len(factors)), 2):
        mixed.setdefault(signs[:, pair].prod(axis=1).tobytes(), []).append(pair)
    two_way = []
    for pairs in mixed.values():
        names = tuple(f"{factors[one]} x {factors[other]}" for one, other in pairs)
        two_way.append(_effect(names, signs[:, pairs[0]].prod(axis=1), responses))
    return main, two_way


def _effect(names: tuple[str, ...], sign: npt.NDArray[np.int64], responses: npt.NDArray[np.float64]) -> Effect:
    by_seed = responses[:, sign > 0].mean(axis=1) - responses[:, sign < 0].mean(axis=1)
    mean, half = by_seed.mean(), half_width(by_seed)
    return Effect(names, float(mean), float(mean - half), float(mean + half))


def half_width(values: npt.NDArray[np.float64]) -> float:
    """Return half the width of the 95 % interval of a mean, by Student's t; nan for fewer than three values."""
    if len(values) < 3:
        return float("nan")
    return student(len(values) - 1) * float(values.std(ddof=1)) / math.sqrt(len(values))

"""A frame of inner steps or validations as one dense array: meta-step by problem by place in the inner training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from metalog.curves.counted import PLACE_IN_LOG
from metalog.errors import UsageError
from metalog.plots.inputs import KEYS, meta_level, one_run, positions_in, rows_of
from metalog.plots.places import inner_places
from metalog.plots.strokes import Floats, Mask
from metalog.runs.words import counted
from metalog.stats.curves import check

#: Frame and counters that hold a split.
FRAMES = {"train": ("steps", ("epoch", "step")), "validation": ("validations", ("epoch",))}


@dataclass(frozen=True)
class Cells:
    """What was logged of `metric`, in cells of one problem of one meta-step each.

    Attributes
    ----------
    name
        The run's name, empty for a bare frame.
    meta_steps
        One row a meta-step: ``segment, meta_epoch, meta_step, global_meta_step, complete, place``; M rows.
    problems
        The problems' numbers, shape (P,).
    places
        The n places in the inner training: inner steps counted through the epochs, or epochs; shape (n,).
    scores
        Losses or accuracies, shape (M, P, n), ``nan`` also where nothing was logged.
    logged
        Shape (M, P, n): whether there is a row.
    found
        How many meta-steps there are in all, chosen or not.
    axis
        What the meta-steps' places are (:func:`metalog.stats.curves.axis_places`).
    notes
        What could not be given a place, in words.
    """

    name: str
    meta_steps: pd.DataFrame
    problems: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    scores: Floats
    logged: Mask
    found: int
    axis: str
    notes: tuple[str, ...]

    @property
    def follows(self) -> Mask:
        """Whether each place directly follows the one before it; shape (n,)."""
        follows: Mask = np.diff(self.places, prepend=self.places[:1] - 2) == 1
        return follows


def cells(data: Any, split: str, metric: str, choose: Any = None) -> Cells:
    """Sort a run's rows into cells.

    Parameters
    ----------
    data
        A Run, a RunSet of one, or a frame like ``run.steps`` (train) or ``run.validations`` (validation).
    split, metric
        What to take.
    choose
        Function that takes the frame of meta-steps and returns the positions of those to keep; all if not given.

    Raises
    ------
    UsageError
        If there is nothing to take, or no such split or metric.
    """
    check(split, metric)
    frame, counters = FRAMES[split]
    name, run = one_run(data)
    rows = rows_of(run, frame, *counters, "problem", metric)
    table, axis = meta_level(run, rows, name)
    at = positions_in(table, rows)
    kept = np.arange(len(table)) if choose is None else np.asarray(choose(table))
    row_of = np.full(len(table) + 1, -1)  # the last entry is for the -1 of rows without a known meta-step
    row_of[kept] = np.arange(len(kept))
    unknown = at < 0
    selected = (row_of[at] >= 0) | unknown
    rows, at, unknown = rows[selected], row_of[at[selected]], unknown[selected]

    problem = rows["problem"].to_numpy(dtype=np.int64, na_value=0)
    place = inner_places(rows, counters)
    known = ~unknown & (place > 0) & (problem > 0)
    if not known.any():
        raise UsageError(f"{name or 'the frame'} has no row whose counters give it a place in this figure")
    problems, column = np.unique(problem[known], return_inverse=True)
    places, depth = np.unique(place[known], return_inverse=True)
    shape = (len(kept), len(problems), len(places))
    scores, logged, repeated = _fill(shape, (at[known], column, depth), rows[metric].to_numpy(dtype=np.float64)[known])
    notes = _notes(int((~known).sum()), repeated)
    meta_steps = table.iloc[kept].reset_index(drop=True)
    return Cells(name, meta_steps, problems, places, scores, logged, len(table), axis, notes)


def meta_step_names(content: Cells) -> tuple[list[str], str]:
    """Name each meta-step as shortly as its run allows; return the names and what they are made of."""
    rows = content.meta_steps
    if content.axis == PLACE_IN_LOG:
        numbers, what = [f"{place:.0f}" for place in rows["place"]], content.axis
    else:
        levels = [name for name in KEYS if name == "meta_step" or len(rows[name].unique()) > 1]
        columns = [[("?" if pd.isna(number) else str(number)) for number in rows[name]] for name in levels]
        numbers, what = list(map(" · ".join, zip(*columns, strict=True))), " · ".join(levels).replace("_", "-")
    return [name if whole else f"{name} †" for name, whole in zip(numbers, rows["complete"], strict=True)], what


def _fill(shape: tuple[int, int, int], index: tuple[Any, ...], values: Floats) -> tuple[Floats, Mask, int]:
    """Put each value into its place, the first one if several have the same; return also how many didn't get in."""
    filled = np.full(shape, np.nan)
    logged = np.zeros(shape, dtype=np.bool_)
    flat, first = np.unique(np.ravel_multi_index(index, shape), return_index=True)
    filled.flat[flat] = values[first]
    logged.flat[flat] = True
    return filled, logged, len(values) - len(first)


def _notes(unknown: int, repeated: int) -> tuple[str, ...]:
    reasons = {
        f"{counted(unknown, 'row')} with a counter missing or out of range": unknown,
        f"{counted(repeated, 'row')} with the same counters as another": repeated,
    }
    return tuple(f"Not drawn: {what}" for what, number in reasons.items() if number)

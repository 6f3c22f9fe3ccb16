"""Which copy of a turn counts, of a meta-step say, where a resumed or restarted run has repeated some."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal, Protocol

import numpy as np

from metalog.columns import Array, Columns, select_rows
from metalog.errors import UsageError
from metalog.formats.model import COMPLETE, LINE, SEGMENT, Format
from metalog.formats.template import MISSING
from metalog.runs.frames import level_columns

Keep = Literal["first", "last"]

#: Stands for a number that a log does not give.
UNKNOWN: Final = MISSING
#: The levels that number the turns which the statistics of metalog's own format are about.
_META_STEP: Final = ("meta_epoch", "meta_step")
#: More than any turn's number.
_BEYOND: Final = np.iinfo(np.int64).max


class SegmentOfWriter(Protocol):
    """What is asked of a run's segments: their number, and who wrote them."""

    @property
    def number(self) -> int: ...  # noqa: D102 - as in Segment
    @property
    def writer(self) -> str: ...  # noqa: D102 - as in Segment


class Repeated(Protocol):
    """What is asked of a run."""

    name: str
    format: Format
    records: dict[str, Columns]
    summaries: dict[str, Columns]

    @property
    def segments(self) -> Iterable[SegmentOfWriter]: ...  # noqa: D102 - as in Run


def counting(
    turns: Columns, keep: Keep = "last", writers: Array | None = None, levels: tuple[str, ...] = _META_STEP
) -> Array:
    """Say which turns count: the one answer for :meth:`metalog.Run.choose`, statistics and figures.

    Parameters
    ----------
    turns
        The columns `levels` (integers, ``UNKNOWN`` where unknown) and ``complete`` (bool), each of shape (M,), in the
        log's order.
    keep
        ``"last"``: what led to the run's last state. A complete turn counts if all complete ones behind it have
        higher numbers, so whatever the run went back behind is left out. An incomplete one counts where no complete one
        stands for its number. ``"first"``: the first copy of each number, a complete one if there is any.
    writers
        Who wrote each, shape (M,); copies are looked for among the turns of one writer. One writer if not given.
    levels
        What numbers them, outermost first; meta-steps by default.

    Returns
    -------
    numpy.ndarray
        bool, shape (M,). A turn that has a number missing is no copy of any other: it counts.
    """
    numbers = np.stack([turns[name].astype(np.int64) for name in levels], axis=1)
    known = (numbers != UNKNOWN).all(axis=1)
    if known.all() and _rises(numbers):  # as usual: nothing comes twice
        return np.ones(len(numbers), np.bool_)
    _, number = np.unique(numbers, axis=0, return_inverse=True)
    number = number.reshape(-1)
    complete = turns[COMPLETE]
    counts: Array = ~known
    choose = _last_copies if keep == "last" else _first_copies
    for writer in (None,) if writers is None else sorted(set(writers.tolist())):
        own = np.flatnonzero(known if writer is None else known & (writers == writer))
        counts[own] = choose(number[own], complete[own])
    return counts


def _rises(numbers: Array) -> bool:
    """Tell whether each turn's numbers, outermost first, are greater than those of the one before."""
    steps = np.diff(numbers, axis=0)
    rising = np.zeros(len(steps), np.bool_)
    for level in reversed(range(steps.shape[1])):
        rising = (steps[:, level] > 0) | ((steps[:, level] == 0) & rising)
    return bool(rising.all())


def kept_rows(run: Repeated, *, keep: Keep) -> Callable[[str, Columns], Array]:
    """Return a function that says which rows of a frame, given its name and columns, belong to a copy that counts.

    `keep` is as for :func:`counting`. Rows of a frame that shows no number of a turn are all kept.

    Raises
    ------
    UsageError
        If the log starts over, and no frame shows such a number.
    """
    frames = {**run.records, **{name: columns for name, columns in run.summaries.items() if columns}}
    levels = {name: _turn_levels(run.format, name) for name in frames}
    if not any(levels.values()) and len({*(segment.writer for segment in run.segments)}) < len([*run.segments]):
        raise UsageError(f"{run.name} starts over, and no number in its lines tells which copy of a row is which")
    writer_of = {segment.number: segment.writer for segment in run.segments}
    dropped = {}
    for own in {*levels.values()} - {()}:
        turns = _turns(run.format, {name: columns for name, columns in frames.items() if levels[name] == own}, own)
        writers = np.array([writer_of.get(number, "") for number in turns[SEGMENT].tolist()], object)
        counts = counting(turns, keep, writers, own)
        keys = list(zip(*(turns[name].tolist() for name in (SEGMENT, *own)), strict=True))
        dropped[own] = set(keys) - {key for key, counted in zip(keys, counts.tolist(), strict=True) if counted}

    def is_kept(name: str, columns: Columns) -> Array:
        own = levels.get(name, ())
        if not own or not dropped[own]:
            return np.ones(len(columns[LINE]), bool)
        starts = _starts(columns, own)
        stretches = zip(*(columns[level][starts].tolist() for level in (SEGMENT, *own)), strict=True)
        answers = np.fromiter((key not in dropped[own] for key in stretches), bool, len(starts))
        return np.repeat(answers, np.diff(starts, append=len(columns[SEGMENT])))

    return is_kept


def _turn_levels(form: Format, name: str) -> tuple[str, ...]:
    """Return the levels of a frame whose turns are repeated: down to the one that resumes, else the outermost."""
    levels = level_columns(form, name)
    resuming = [level.name for level in form.levels if level.resumes]
    last = next((place for place, level in enumerate(levels) if level in resuming), 0)
    return levels[: last + 1]


def _turns(form: Format, frames: Mapping[str, Columns], levels: tuple[str, ...]) -> Columns:
    """Return the turns of levels in the log's order: those of a summary that has a row for each, else from the rows."""
    for name, columns in frames.items():
        if COMPLETE in columns and level_columns(form, name) == levels:
            return columns
    names = (SEGMENT, *levels, LINE)
    rows = {name: np.concatenate([columns[name] for columns in frames.values()]) for name in names}
    rows = select_rows(rows, np.argsort(rows[LINE], kind="stable"))
    turns = select_rows(rows, _starts(rows, levels))
    return {**turns, COMPLETE: np.ones(len(turns[LINE]), bool)}


def _last_copies(number: Array, complete: Array) -> Array:
    """Say which numbers led to the last state; both of shape (M,)."""
    whole, part = np.flatnonzero(complete), np.flatnonzero(~complete)
    counts = np.zeros(len(number), bool)
    counts[whole] = _below_all_behind(number[whole])
    lowest_whole = np.minimum.accumulate(np.where(complete, number, _BEYOND)[::-1])[::-1]
    part = part[(number[part] < lowest_whole[part]) & ~np.isin(number[part], number[counts])]
    counts[part] = _below_all_behind(number[part])
    return counts


def _below_all_behind(number: Array) -> Array:
    """Say where all later numbers are higher."""
    lowest_from_here = np.minimum.accumulate(np.append(number, _BEYOND)[::-1])[::-1]
    below: Array = number < lowest_from_here[1:]
    return below


def _first_copies(number: Array, complete: Array) -> Array:
    """Say which is the first of each number, a complete one if there is any."""
    order = np.lexsort((~complete, number))  # stable: the log's order among equals
    first = np.ones(len(number), bool)
    first[1:] = number[order][1:] != number[order][:-1]
    counts = np.zeros(len(number), bool)
    counts[order[first]] = True
    return counts


def _starts(columns: Columns, levels: tuple[str, ...]) -> Array:
    """Return where a stretch of rows of the same turn begins."""
    keys = np.column_stack([columns[name] for name in (SEGMENT, *levels)])
    return np.flatnonzero(np.concatenate([np.ones(min(len(keys), 1), bool), (keys[1:] != keys[:-1]).any(axis=1)]))

"""From what a user passes (a Run, a RunSet or a frame) to one frame a run, and a number for each meta-step."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from metalog.errors import UsageError
from metalog.runs.frames import is_nested
from metalog.runs.grouping import Group, Groups
from metalog.runs.run import Run
from metalog.runs.run_set import RunSet
from metalog.stats.curves import axis_places
from metalog.stats.naming import labels

#: What figures of settings are drawn from, and figures that show runs too.
Settings: TypeAlias = RunSet | Groups | Sequence[Group[Run]] | Mapping[str, RunSet]
Drawable: TypeAlias = Run | pd.DataFrame | Settings
#: What tells meta-steps apart.
KEYS: Final = ["segment", "meta_epoch", "meta_step"]


def each_run(data: Any) -> list[tuple[str, Any]]:
    """Return the runs in `data` by name: Runs if it is a Run or RunSet, else frames; a bare frame has no name."""
    if isinstance(data, pd.DataFrame):
        if "run" in data:
            return [(str(run), rows) for run, rows in data.groupby("run", sort=False, observed=True)]
        return [("", data)]
    if hasattr(data, "runs"):
        return list(data.runs.items())
    if isinstance(data, str | os.PathLike):
        raise UsageError(f"{data} is a path; figures are drawn from what metalog.read or read_many returns")
    return [(getattr(data, "name", ""), data)]


def called(runs: Mapping[str, Any]) -> dict[str, str]:
    """Return what a legend calls each run: what differs in their configurations, of bare frames the name."""
    if len(runs) > 1 and all(hasattr(run, "config") for run in runs.values()):
        return labels(runs)
    return {name: name for name in runs}


def listed(names: Sequence[str] | str) -> list[str]:
    """Return the names of columns, of which a user may give one alone."""
    return [names] if isinstance(names, str) else list(names)


def one_run(data: Any) -> tuple[str, Any]:
    """Return name and contents of the only run.

    Raises
    ------
    UsageError
        If there are several runs, or none.
    """
    runs = each_run(data)
    if len(runs) != 1:
        raise UsageError(
            f"this figure shows one run, not {len(runs)}; pick one, or compare them (metalog.plots.compare)"
        )
    return runs[0]


def whole(run: Any) -> Any:
    """Return `run` if it is a Run, with all its frames.

    Raises
    ------
    UsageError
        If it is a frame or something else.
    """
    if is_of_another_format(run):
        raise without_problems(run)
    if not all(hasattr(run, frame) for frame in ("steps", "validations", "meta_steps")):
        raise UsageError(f"this figure is drawn from several frames of a Run; got a {type(run).__name__}")
    return run


def is_of_another_format(run: Any) -> bool:
    """Tell whether `run` is a Run whose format has no nested problems."""
    return hasattr(run, "format") and not is_nested(run.format)


def without_problems(run: Any) -> UsageError:
    """Return the error for a figure of nested problems that the log of another program can't give."""
    frames = ", ".join(name for name in run.format.frames if name != "diagnostics")
    return UsageError(
        f"{run.name} has no nested problems to draw in this figure: its format, {run.format.name}, has the frames "
        f"{frames}; metalog plot --curve draws these (metalog.plots.curve)"
    )


def rows_of(run: Any, frame: str, *columns: str) -> pd.DataFrame:
    """Return the frame `frame` of a Run; a frame is taken as that frame if it has these columns.

    Raises
    ------
    UsageError
        If `run` is neither.
    """
    if is_of_another_format(run):
        raise without_problems(run)
    rows = run if isinstance(run, pd.DataFrame) else getattr(run, frame, None)
    if rows is None or any(column not in rows for column in columns):
        raise UsageError(f"this figure is drawn from a Run, or from a frame like run.{frame}")
    return rows


def meta_level(run: Any, rows: pd.DataFrame, name: str) -> tuple[pd.DataFrame, str]:
    """Return the meta-steps of `rows`, one a row, in the log's order, and what their places are.

    Returns
    -------
    table
        ``segment, meta_epoch, meta_step, global_meta_step, complete, place`` (where it stands on an axis, float64). A
        bare frame doesn't say which meta-steps are complete (then all are taken to be) and how they are counted through
        (then each meta-epoch follows the longest that there is of the one before). Meta-steps without a place are left
        out.
    axis
        As for :func:`metalog.stats.curves.axis_places`.

    Raises
    ------
    UsageError
        If there is no meta-step: nothing at all, or a plain learning log.
    """
    if not len(rows):
        raise UsageError(f"{name or 'the frame'} has nothing to draw in this figure")
    if isinstance(run, pd.DataFrame):
        found = rows[KEYS].drop_duplicates().reset_index(drop=True)
        table = found.assign(global_meta_step=_counted_through(found), complete=True)
    else:
        table = run.meta_steps[[*KEYS, "global_meta_step", "complete"]]
    places, axis = axis_places(table)
    table = table.assign(place=places)[~np.isnan(places)].drop_duplicates(KEYS).reset_index(drop=True)
    there = np.unique(positions_in(table, rows))
    table = table.iloc[there[there >= 0]].reset_index(drop=True)
    if not len(table) or is_plain(rows):
        raise without_meta_steps(name, rows)
    return table, axis


def last_complete(run: Any) -> int | None:
    """Return the place of the last complete meta-step of a Run, as a learning curve is asked for by it."""
    places = axis_places(run.meta_steps)[0][run.meta_steps["complete"].to_numpy(dtype=np.bool_)]
    known = places[~np.isnan(places)]
    return int(known[-1]) if known.size else None


def is_plain(rows: pd.DataFrame) -> bool:
    """Tell whether the rows of a frame come from a plain learning log, without meta level."""
    return bool(len(rows)) and bool(rows[["meta_epoch", "meta_step"]].isna().to_numpy().all())


def without_meta_steps(name: str, rows: pd.DataFrame) -> UsageError:
    """Return the error for a figure over meta-steps that `rows`, a frame with meta columns, can't give."""
    if is_plain(rows):
        return UsageError(
            f"{name or 'the frame'} has no meta-steps: a plain learning log has one figure, its learning curve "
            "(metalog.plots.learning_curve, or metalog plot without naming a figure)"
        )
    return UsageError(f"{name or 'the frame'} has no complete meta-step whose number is known")


def _counted_through(found: pd.DataFrame) -> pd.Series[Any]:
    longest = found.groupby("meta_epoch")["meta_step"].max()
    return (found["meta_step"] + found["meta_epoch"].map(longest.cumsum() - longest)).astype("Int64")


def positions_in(table: pd.DataFrame, rows: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Return for each of `rows` the position of its meta-step in `table`, -1 where it isn't there."""
    if not len(rows):
        return np.empty(0, dtype=np.intp)
    keys = _codes(rows)
    starts = np.concatenate([[0], np.flatnonzero((keys[:, 1:] != keys[:, :-1]).any(axis=0)) + 1])
    wanted = pd.MultiIndex.from_arrays(list(keys[:, starts]))
    places = pd.MultiIndex.from_arrays(list(_codes(table))).get_indexer(wanted)
    return np.repeat(places, np.diff(np.append(starts, keys.shape[1])))


def _codes(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return what tells meta-steps apart, shape (3, rows), -1 where it is missing."""
    return np.stack([rows[key].to_numpy(dtype=np.int64, na_value=-1) for key in KEYS])

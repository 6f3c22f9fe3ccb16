"""Settings drawn: their lines with bands, their runs behind; beside each other where there is one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.text import Annotation
from matplotlib.transforms import ScaledTranslation

from metalog.plots.fitting import MAY_GO
from metalog.plots.group_lines import GroupLine
from metalog.plots.strokes import MOST, Floats, Mask, mark, placeable, plot
from metalog.plots.thinning import thinned
from metalog.stats.bands import Line

_BAND_ALPHA: Final = 0.2
_RUN: Final[dict[str, Any]] = {"linewidth": 0.5, "zorder": 1.5}
#: How visible a run is, the less the more there are.
_RUN_ALPHA, _ALPHA_OF_ALL = 0.3, 4.0
_FEW_POINTS: Final = 40
#: Points between settings that stand beside each other, and that all of them may take.
_APART, _APART_IN_ALL = 5.0, 30.0


def draw(ax: Any, lines: Sequence[GroupLine], bounds: tuple[float, float] = (-np.inf, np.inf)) -> None:
    """Draw settings on `ax`, whose scale is set; no legend. Bands end at the `bounds` of what the values can be."""
    for line, points in zip(lines, _asides(lines), strict=True):
        before = set(ax.get_children())
        if line.is_apart:
            _draw_runs(ax, line)
        else:
            _draw_line(ax, line, bounds)
        if points:
            _move(ax, [one for one in ax.get_children() if one not in before], points)
    drawn = [run for line in lines for run in (line.runs if line.is_apart else [_centre_of(line)])]
    mark(ax, *(np.concatenate(values) for values in zip(*drawn, strict=True)))


def _centre_of(line: GroupLine) -> Line:
    return line.band["x"].to_numpy(np.float64), line.band["value"].to_numpy(np.float64)


def _asides(lines: Sequence[GroupLine]) -> list[float]:
    """Return by how many points each line stands aside: not 0 for those that would hide each other at one place."""
    alone = [line for line in lines if line.is_at_one_place]
    apart = min(_APART, _APART_IN_ALL / max(len(alone), 1))
    moves = {id(line): apart * (number - (len(alone) - 1) / 2) for number, line in enumerate(alone)}
    return [moves.get(id(line), 0.0) for line in lines]


def _move(ax: Any, artists: Sequence[Any], points: float) -> None:
    """Move what is drawn aside, after the Axes know how far its true places reach."""
    moved = ScaledTranslation(points / 72, 0, ax.get_figure(root=True).dpi_scale_trans)
    for one in artists:
        if isinstance(one, Annotation):
            one.set_position((one.xyann[0] + points, one.xyann[1]))
        else:
            one.set_transform(one.get_transform() + moved)


def _draw_runs(ax: Any, line: GroupLine) -> None:
    """Draw the runs of a setting alone, the first with its name."""
    label, marker = line.label, {"marker": line.style.get("marker") or "o", "markersize": 3, "markevery": 1}
    for x, y in line.runs:
        few: dict[str, Any] = marker if x.size <= _FEW_POINTS else {"marker": ""}
        style: dict[str, Any] = {**line.style, **few, "linewidth": 0.8, "alpha": 0.7, "zorder": 3, "label": label}
        plot(ax, *thinned(x, y, _follows(x, whole=line.whole)), **style)
        label = ""


def _draw_line(ax: Any, line: GroupLine, bounds: tuple[float, float]) -> None:
    if len(line.runs) > 1:
        faint: dict[str, Any] = {**line.style, **_RUN, "linestyle": "-", "marker": ""}
        faint["alpha"] = min(_RUN_ALPHA, _ALPHA_OF_ALL / len(line.runs))
        for x, y in line.runs:
            plot(ax, *thinned(x, y, _follows(x, whole=line.whole)), **faint)
    x, value, low, high = (line.band[name].to_numpy(np.float64) for name in ("x", "value", "low", "high"))
    follows = _follows(x, whole=line.whole)
    _draw_band(ax, x, np.clip(low, *bounds), np.clip(high, *bounds), follows, line.style["color"])
    few = {"marker": line.style.get("marker") or "o", "markersize": 3.5, "markevery": 1}
    points: dict[str, Any] = few if x.size <= _FEW_POINTS else {"marker": ""}
    own = {**line.style, **points, "linewidth": 1.8, "label": line.label, "zorder": 3}
    plot(ax, *thinned(x, value, follows), **own)
    _tell_drops(ax, line)


def _tell_drops(ax: Any, line: GroupLine) -> None:
    """Write how many seeds are left where one ended."""
    for at, height, seeds in line.drops[["x", "value", "seeds"]].to_numpy(np.float64):
        if abs(height) <= MOST:
            words = {"fontsize": 7, "color": line.style["color"], "zorder": 4, "gid": MAY_GO, "annotation_clip": True}
            ax.annotate(f"n = {seeds:.0f}", (at, height), (2, 5), textcoords="offset points", **words)


def _draw_band(ax: Any, x: Floats, low: Floats, high: Floats, follows: Mask, colour: str) -> None:
    """Draw a band where it has edges; at a place without neighbours a bar."""
    if ax.get_yscale() == "log":  # what reaches below 0 goes to the lower edge of the figure
        low = np.where(low <= 0, 1 / MOST, low)
    low, high = placeable(low), placeable(high)
    known = ~np.isnan(low) & ~np.isnan(high)
    starts = np.flatnonzero(~(follows & np.append(False, known[:-1])) | ~known)
    for rows in np.split(np.arange(x.size), starts[starts > 0]):
        if rows.size == 1 and known[rows[0]]:
            bar = {"color": colour, "alpha": 2 * _BAND_ALPHA, "linewidth": 3, "zorder": 2}
            ax.vlines(x[rows], low[rows], high[rows], **bar)
        elif known[rows].any():
            area = {"color": colour, "alpha": _BAND_ALPHA, "linewidth": 0, "zorder": 2}
            ax.fill_between(x[rows], low[rows], high[rows], **area)


def _follows(x: Floats, *, whole: bool) -> Mask:
    """Return whether each point is joined with the one before."""
    if whole:
        return np.asarray(np.diff(x, prepend=-np.inf) == 1)
    moves = np.diff(x)
    usual = float(np.median(moves[moves > 0])) if (moves > 0).any() else 0.0
    return np.append(False, (moves >= 0) & (moves <= 5 * usual)) if x.size else np.zeros(0, np.bool_)

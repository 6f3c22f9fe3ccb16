"""Figures 2 and 3: a run as small multiples, a row for each chosen meta-step and a column for each problem.

All cells are drawn on one Axes, as a few collections whose vertices were placed by arithmetic: an Axes for each cell
would take minutes where this takes a second.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from metalog import stats
from metalog.errors import UsageError
from metalog.plots import looks, page
from metalog.plots.cells import Cells, cells, meta_step_names
from metalog.plots.notebook_figure import NotebookFigure
from metalog.plots.scale import Scale
from metalog.plots.strokes import MARKERS, SIGNS, Floats, mark_at, strokes, unplaceable
from metalog.plots.style import RAW_ALPHA, split_colour, themed

#: A usual run's figures have a row for every so many meta-steps, a short run's for fewer, so that rows aren't lacking.
USUAL_EVERY: Final = {"train": 100, "validation": 10}
_FEWEST_ROWS: Final = {"train": 13, "validation": 130}
#: Part of a cell's width and height that is left free at each side.
_MARGIN: Final = 0.06
#: Cells lower than this many inches have no room for the scale beside the last one.
_LEAST_FOR_SCALE: Final = 0.24
_MOST_ROW_LABELS: Final = 150


@themed
def grid(
    data: Any,
    *,
    split: stats.Split = "train",
    metric: stats.Metric = "loss",
    every: int | None = None,
    rows: int | None = None,
    columns: int | None = None,
    smooth: stats.Smoothing | str = "none",
    share_y: bool = True,
    log_y: bool = False,
    ax: Any = None,
) -> Figure:
    """Draw the problem-by-meta-step grid: figure 2 (``split="train"``) and figure 3 (``split="validation"``).

    Parameters
    ----------
    data
        A Run, a RunSet of one, or a frame like ``run.steps`` or ``run.validations``.
    split
        ``"train"``: each cell is the inner steps of one problem; ``"validation"``: its validations, one an epoch.
    metric
        ``"loss"`` or ``"accuracy"`` (a fraction).
    every
        A row for every so many meta-steps: 1, 1 + every, …. If not given, 100 for train and 10 for validation, and
        less for runs that are too short for 13 or 130 such rows.
    rows
        Instead of `every`: so many rows, spread evenly from the first meta-step to the last.
    columns
        Draw the first so many problems; all if not given.
    smooth
        A smoothing such as ``"mean:5"``; the raw line then stays faintly visible behind it.
    share_y
        One scale for all cells, so that they can be compared; otherwise each cell fills its own range.
    log_y
        Logarithmic scale.
    ax
        Axes to draw on; a new figure sized by its content if not given.

    Returns
    -------
    matplotlib.figure.Figure
        Incomplete meta-steps are drawn, and marked; values that have no place on the scale are marked where they are.

    Raises
    ------
    UsageError
        If there is nothing to draw, or both `every` and `rows` are given.
    """
    if every is not None and rows is not None:
        raise UsageError("choose the rows either by every or by their number (rows), not by both")
    for name, number in (("every", every), ("rows", rows), ("columns", columns)):
        if number is not None and number < 1:
            raise UsageError(f"{name} must be 1 or more, not {number}")
    content = cells(data, split, metric, lambda table: _chosen(table, every, rows, split))
    if columns is not None:
        content = _first_problems(content, columns)
    own = ax is None
    if own:
        ax = _page(*content.scores.shape[:2])
    scale = Scale.of(content.scores, log=log_y, shared=share_y)
    _draw_cells(ax, content, scale, stats.smooth(content.scores, smooth), split_colour(split))
    _label_edges(ax, content, scale)
    _describe(ax, content, scale, split, metric, smooth, own=own)
    return page.figure_of(ax)


def _chosen(table: pd.DataFrame, every: int | None, rows: int | None, split: str) -> npt.NDArray[np.int64]:
    number = table["place"].to_numpy(dtype=np.int64)
    if rows is not None:
        return np.unique(np.linspace(0, len(number) - 1, min(rows, len(number))).round().astype(np.int64))
    every = every or usual_every(len(number), split)
    chosen = np.flatnonzero((number - 1) % min(every, max(number.max(), 1)) == 0)
    if not len(chosen):
        raise UsageError(f"with every={every} there is no row: the run has meta-steps {number.min()} to {number.max()}")
    return chosen


def usual_every(meta_steps: int, split: str) -> int:
    """Return which meta-steps get a row where the user doesn't say: 1, 2 or 5 times a power of ten."""
    steps = [size * 10**power for power in range(2) for size in (1, 2, 5)] + [100]
    fitting = [step for step in steps if meta_steps / step >= _FEWEST_ROWS[split] * 0.7]
    return min(USUAL_EVERY[split], max(fitting, default=1))


def _first_problems(content: Cells, number: int) -> Cells:
    there = len(content.problems)
    return replace(
        content,
        problems=content.problems[:number],
        scores=content.scores[:, :number],
        logged=content.logged[:, :number],
        notes=(*content.notes, *([f"Columns: {number:,} of {there:,} problems"] if number < there else [])),
    )


#: Inches around the cells: left, right, top, bottom.
_SMALL: Final = 8.0
_MARGINS: Final = (0.8, 0.6, 0.85, 0.8)
_MARGINS_WITHOUT_WORDS: Final = (0.65, 0.5, 0.4, 0.25)


def _page(rows: int, columns: int) -> Any:
    """Return Axes on a new page: cells as large as a page allows, smaller the more there are."""
    width = min(max(9 / columns, 0.6), 2.6)
    least = 0.2 if rows <= 130 else max(0.1, 26 / rows)
    height = min(max(8 / rows, least), 1.3)
    look = looks.current()
    points = (look.points or _SMALL) / _SMALL
    left, right, top, bottom = _MARGINS if look.in_words else (points * margin for margin in _MARGINS_WITHOUT_WORDS)
    inner_width = max(width * columns, 4.2)
    if (given := look.wide) is not None:
        height *= (given - left - right) / inner_width
        inner_width = given - left - right
    whole_width, whole_height = inner_width + left + right, height * rows + top + bottom
    figure = NotebookFigure(figsize=(whole_width, whole_height))
    return figure.add_axes(
        (left / whole_width, bottom / whole_height, inner_width / whole_width, height * rows / whole_height)
    )


def _draw_cells(ax: Any, content: Cells, scale: Scale, smoothed: Floats, colour: str) -> None:
    rows, columns, places = content.scores.shape
    row, column = np.arange(rows)[:, None, None], np.arange(columns)[None, :, None]
    across = np.linspace(0, 1, places) if places > 1 else np.full(1, 0.5)  # one far place can't press the others
    x = np.broadcast_to(column + _MARGIN + (1 - 2 * _MARGIN) * across, content.scores.shape)

    def downwards(height: Floats) -> Floats:
        return row + 1 - _MARGIN - (1 - 2 * _MARGIN) * height

    _draw_backgrounds(ax, content)
    is_smoothed = not np.array_equal(smoothed, content.scores, equal_nan=True)
    _draw_lines(ax, x, downwards(scale.heights(content.scores)), content, colour, RAW_ALPHA if is_smoothed else 1)
    if is_smoothed:
        _draw_lines(ax, x, downwards(scale.heights(smoothed)), content, colour, 1)
    for kind, mask in unplaceable(content.scores, log=scale.log).items():
        here = mask & content.logged
        if here.any():
            marker, edge = MARKERS[kind]
            inside = 0.1 + 0.8 * edge
            y = np.broadcast_to(downwards(np.full(1, inside)), here.shape)
            mark_at(ax, x[here], y[here], marker, kind)
    ax.set(xlim=(0, columns), ylim=(rows, 0))


def _draw_backgrounds(ax: Any, content: Cells) -> None:
    """Lay a tinted field behind every cell that has values, so that one without stays visibly empty."""
    row, column = np.nonzero(content.logged.any(axis=-1))
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * (1 - _MARGIN) + _MARGIN / 2
    fields = np.stack([column, row], axis=-1)[:, None, :] + corners
    tint = ax.xaxis.label.get_color()
    ax.add_collection(PolyCollection(list(fields), facecolors=tint, alpha=0.05, linewidths=0, zorder=1), autolim=False)


def _draw_lines(ax: Any, x: Floats, y: Floats, content: Cells, colour: str, alpha: float) -> None:
    lines, dots = strokes(x, y, content.follows)
    ax.add_collection(LineCollection(lines, colors=colour, alpha=alpha, linewidths=0.9, zorder=2), autolim=False)
    if len(dots):
        ax.plot(*dots.T, linestyle="none", marker="o", markersize=2, color=colour, alpha=alpha, zorder=2)


def _label_edges(ax: Any, content: Cells, scale: Scale) -> None:
    rows, columns = content.scores.shape[:2]
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.xaxis.set_label_position("top")
    ax.set_xticks(np.arange(columns) + 0.5, [f"{problem}" for problem in content.problems])
    labels, what = meta_step_names(content)
    labelled = np.arange(0, rows, -(-rows // _MOST_ROW_LABELS))
    ax.set_yticks(labelled + 0.5, [labels[row] for row in labelled])
    ax.tick_params(length=0, labelsize=8, labeltop=True, labelbottom=rows > 20)
    ax.set(xlabel="problem", ylabel=what)
    height = ax.get_window_extent().height / rows / page.figure_of(ax).dpi
    if height >= _LEAST_FOR_SCALE and scale.shared and not scale.empty:
        _label_scale(ax, rows, columns, content, scale)


def _label_scale(ax: Any, rows: int, columns: int, content: Cells, scale: Scale) -> None:
    """Write the ends of both scales beside and below the last cell: one cell stands for all."""
    low, high = scale.ends()
    small = {"fontsize": 6.5, "annotation_clip": False, "textcoords": "offset points"}
    if low != high:
        ax.annotate(high, (columns, rows - 1), (3, 0), va="top", **small)
    ax.annotate(low, (columns, rows), (3, 0), va="bottom", **small)
    below = -4 if rows <= 20 else -16
    first, last = content.places[0], content.places[-1]
    ax.annotate(f"{first}", (columns - 1 + _MARGIN, rows), (0, below), va="top", ha="left", **small)
    if first != last:
        ax.annotate(f"{last}", (columns - _MARGIN, rows), (0, below), va="top", ha="right", **small)


def _describe(ax: Any, content: Cells, scale: Scale, split: str, metric: str, smooth: Any, *, own: bool) -> None:
    unit = "inner steps" if split == "train" else "epochs"
    quantity = f"{split} {metric}"
    low, high = scale.ends()
    kind = ", logarithmic" if scale.log else ""
    rows = len(content.meta_steps)
    notes = [f"Rows: {rows:,} of {content.found:,} meta-steps"] if rows < content.found else []
    notes += [f"Each cell: {quantity} over {unit} {content.places[0]} to {content.places[-1]}"]
    if scale.empty:
        notes.append("No cell has a value that can be drawn")
    elif scale.shared:
        notes.append(f"All cells share one scale, {low} to {high}{kind}")
    else:
        notes.append(f"Each cell has its own scale{kind}: heights can't be compared between cells")
    marked = {
        kind: int((mask & content.logged).sum()) for kind, mask in unplaceable(content.scores, log=scale.log).items()
    }
    notes += [f"{SIGNS[kind]} {kind} ({number:,})" for kind, number in marked.items() if number]
    if str(smooth) != "none":
        notes.append(f"Smoothed by {smooth}, the raw line faint behind it")
    if not content.meta_steps["complete"].all():
        notes.append("† incomplete meta-step")
    title = page.headline(content.name, f"{quantity} of each problem, by meta-step")
    page.finish([ax], title, [*notes, *content.notes], own=own)

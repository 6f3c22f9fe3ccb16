"""Figures 2 and 3: a run as small multiples, a row for each chosen meta-step and a column for each problem.

All cells are drawn on one Axes, as a few collections whose vertices were placed by arithmetic: an Axes for each cell
would take minutes where this takes a second.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from metalog import stats
from metalog.errors import UsageError
from metalog.plots import grid_edges, looks, page
from metalog.plots.cells import Cells, cells
from metalog.plots.drawing import drawn
from metalog.plots.inputs import Drawable
from metalog.plots.notebook_figure import NotebookFigure
from metalog.plots.scale import MARGIN, Scale
from metalog.plots.strokes import MARKERS, Floats, mark_at, strokes, unplaceable
from metalog.plots.style import RAW_ALPHA, split_colour

#: A usual run's figures have a row for every so many meta-steps, a short run's for fewer, so that rows aren't lacking.
USUAL_EVERY: Final = {"train": 100, "validation": 10}
_FEWEST_ROWS: Final = {"train": 13, "validation": 130}
#: The marker of a value beyond a robust scale.
_BEYOND: Final = "*"


@overload
def grid(
    data: Drawable,
    *,
    split: stats.Split = "train",
    metric: stats.Metric = "loss",
    every: int | None = None,
    rows: int | None = None,
    columns: int | None = None,
    smooth: stats.Smoothing | str = "none",
    share_y: bool = True,
    robust: bool = False,
    log_y: bool = False,
    ax: None = None,
    title: str | None = None,
    legend: bool = True,
) -> Figure: ...
@overload
def grid(
    data: Drawable,
    *,
    split: stats.Split = "train",
    metric: stats.Metric = "loss",
    every: int | None = None,
    rows: int | None = None,
    columns: int | None = None,
    smooth: stats.Smoothing | str = "none",
    share_y: bool = True,
    robust: bool = False,
    log_y: bool = False,
    ax: Axes,
    title: str | None = None,
    legend: bool = True,
) -> Axes: ...
@drawn
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
    robust: bool = False,
    log_y: bool = False,
    ax: Any = None,
    title: str | None = None,
    legend: bool = True,  # noqa: ARG001 - and this
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
    robust
        Leave the most extreme percent at each end of the values out of the scale, so that one spike doesn't flatten all
        cells; lines are cut off there, and marked.
    log_y
        Logarithmic scale.
    ax
        Axes to draw on; a new figure sized by its content if not given.
    title
        A title instead of the usual one, ``""`` for none; on Axes of the user there is none by default.
    legend
        Whether a legend is drawn: beside or above the Axes, never over the data. Without it the lines keep their
        labels, for the user's own ``ax.legend()``.

    Returns
    -------
    matplotlib.figure.Figure or matplotlib.axes.Axes
        `ax` if that is given, on which no small print is written.
        Incomplete meta-steps are drawn, and marked; values that have no place on the scale are marked where they are.

    Raises
    ------
    UsageError
        If there is nothing to draw, or both `every` and `rows` are given.

    Examples
    --------
    >>> figure = metalog.plots.grid(run, rows=5, columns=4)
    """
    if every is not None and rows is not None:
        raise UsageError("choose the rows either by every or by their number (rows), not by both")
    for name, number in (("every", every), ("rows", rows), ("columns", columns)):
        if number is not None and number < 1:
            raise UsageError(f"{name} must be 1 or more, not {number}")
    content = cells(data, split, metric, lambda table: _chosen(table, every, rows, split))
    if columns is not None:
        content = _first_problems(content, columns)
    scale = Scale.of(content.scores, log=log_y, shared=share_y, robust=robust)
    own = ax is None
    if own:
        ax = _page(content, max(map(len, scale.ends())))
    _draw_cells(ax, content, scale, stats.smooth(content.scores, smooth), split_colour(split))
    grid_edges.label(ax, content, scale, own=own)
    notes = grid_edges.notes(content, scale, split, metric, smooth)
    title = page.headline(content.name, f"{split} {metric} of each problem, by meta-step")
    page.finish([ax], title, notes, own=own)
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


def _page(content: Cells, characters: int) -> Any:
    """Return Axes on a new page: cells as large as a page allows, smaller the more there are.

    The ends of the scale, of so many characters, have room beside them.
    """
    rows, columns = content.scores.shape[:2]
    width = min(max(9 / columns, 0.6), 2.6)
    least = 0.2 if rows <= 130 else max(0.1, 26 / rows)
    height = min(max(8 / rows, least), 1.3)
    look = looks.current()
    points = (look.points or _SMALL) / _SMALL
    left, right, top, bottom = _MARGINS if look.in_words else (points * margin for margin in _MARGINS_WITHOUT_WORDS)
    inner_width = max(width * columns, 4.2)
    right = max(right, grid_edges.beside(characters, look.wide or left + inner_width + right))
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
    x = np.broadcast_to(column + MARGIN + (1 - 2 * MARGIN) * across, content.scores.shape)

    def downwards(height: Floats) -> Floats:
        return row + 1 - MARGIN - (1 - 2 * MARGIN) * height

    _draw_backgrounds(ax, content)
    is_smoothed = not np.array_equal(smoothed, content.scores, equal_nan=True)
    _draw_lines(ax, x, downwards(scale.heights(content.scores)), content, colour, RAW_ALPHA if is_smoothed else 1)
    if is_smoothed:
        _draw_lines(ax, x, downwards(scale.heights(smoothed)), content, colour, 1)
    beyond = scale.beyond(content.scores) & content.logged
    if beyond.any():
        mark_at(ax, x[beyond], downwards(scale.heights(content.scores))[beyond], _BEYOND, "beyond the scale")
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
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * (1 - MARGIN) + MARGIN / 2
    fields = np.stack([column, row], axis=-1)[:, None, :] + corners
    tint = ax.xaxis.label.get_color()
    ax.add_collection(PolyCollection(list(fields), facecolors=tint, alpha=0.05, linewidths=0, zorder=1), autolim=False)


def _draw_lines(ax: Any, x: Floats, y: Floats, content: Cells, colour: str, alpha: float) -> None:
    lines, dots = strokes(x, y, content.follows)
    ax.add_collection(LineCollection(lines, colors=colour, alpha=alpha, linewidths=0.9, zorder=2), autolim=False)
    if len(dots):
        ax.plot(*dots.T, linestyle="none", marker="o", markersize=2, color=colour, alpha=alpha, zorder=2)

"""Figure 8: the whole run at a glance, every value a coloured cell."""

from __future__ import annotations

from typing import Any, Final, Literal, overload

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from metalog import stats
from metalog.curves.counted import PLACE_IN_LOG
from metalog.curves.means import mean_over
from metalog.plots import page, ticks
from metalog.plots.cells import Cells, cells
from metalog.plots.colours import CELL, background, is_bright, standing_out_map
from metalog.plots.drawing import asked, drawn
from metalog.plots.inputs import Drawable
from metalog.plots.strokes import MARKERS, Floats, Mask, mark_at, placeable, unplaceable

By = Literal["problem", "epoch"]

#: Of so many values or more the colours leave out the most extreme percent at each end: else one spike takes them all.
_ENOUGH_TO_TRIM: Final = 200
_TRIMMED: Final = (1, 99)
_COLUMNS_AN_INCH: Final = 130
#: Stands out from every colour of the map.
_SIGNAL: Final = "#ff4f00"


@overload
def heatmap(
    data: Drawable,
    *,
    split: stats.Split = "validation",
    metric: stats.Metric = "loss",
    by: By | None = None,
    log: bool = False,
    ax: None = None,
    title: str | None = None,
    legend: bool = True,
) -> Figure: ...
@overload
def heatmap(
    data: Drawable,
    *,
    split: stats.Split = "validation",
    metric: stats.Metric = "loss",
    by: By | None = None,
    log: bool = False,
    ax: Axes,
    title: str | None = None,
    legend: bool = True,
) -> Axes: ...
@drawn
def heatmap(
    data: Any,
    *,
    split: stats.Split = "validation",
    metric: stats.Metric = "loss",
    by: By | None = None,
    log: bool = False,
    ax: Any = None,
    title: str | None = None,
    legend: bool = True,  # noqa: ARG001 - and this
) -> Figure:
    """Draw a run as a heat map: a column for every meta-step, none skipped.

    Parameters
    ----------
    data
        A Run, a RunSet of one, or a frame like ``run.validations`` or ``run.steps``.
    split
        ``"validation"`` or ``"train"``.
    metric
        ``"loss"`` or ``"accuracy"`` (a fraction).
    by
        ``"problem"``: a row for each problem, its last value. ``"epoch"``: a row for each epoch (train: inner step),
        the mean over the problems of a complete meta-step. If not given, both, one above the other.
    log
        Logarithmic colours.
    ax
        Axes to draw on, for one `by` (problem if not given); a new figure if not given.
    title
        A title instead of the usual one, ``""`` for none; on Axes of the user there is none by default.
    legend
        Whether a legend is drawn: beside or above the Axes, never over the data. Without it the lines keep their
        labels, for the user's own ``ax.legend()``.

    Returns
    -------
    matplotlib.figure.Figure or matplotlib.axes.Axes
        `ax` if that is given, on which no small print is written.
        What was not logged is hatched, and so is a column wherever meta-steps are missing or a segment begins;
        values that have no colour are marked.

    Raises
    ------
    UsageError
        If there is nothing to draw.

    Examples
    --------
    >>> figure = metalog.plots.heatmap(run, by="problem", log=True)
    """
    content = cells(data, split, metric)
    own = ax is None
    kinds: list[By] = ["problem", "epoch"] if own and by is None else [by or "problem"]
    panels = _panels(content, kinds) if own else [ax]
    columns = _columns(content)
    trimmed = False
    for panel, kind in zip(panels, kinds, strict=True):
        values, logged = _at_the_end(content) if kind == "problem" else _over_problems(content)
        there = (logged[columns] & (columns >= 0)[:, None]).T
        trimmed |= _draw(panel, values[columns].T, there, f"{split} {metric}", log=log)
        _label(panel, content, columns, kind, split)
    notes = ["By problem: its last value"] if "problem" in kinds else []
    notes += ["By epoch: the mean over the problems of a complete meta-step"] if "epoch" in kinds else []
    notes += ["Hatched without a mark: not logged"]
    notes += ["Colours leave out the most extreme percent at each end (the bar's arrows)"] if trimmed else []
    title = page.headline(content.name, f"{split} {metric} of every meta-step")
    page.finish(panels, title, [*notes, *content.notes], own=own)
    return page.figure_of(panels[0])


def _panels(content: Cells, kinds: list[By]) -> list[Any]:
    rows = {"problem": len(content.problems), "epoch": len(content.places)}
    heights = [min(max(0.2 * rows[kind], 1.4), 5.0) for kind in kinds]
    width = min(max(9.0, 2 + len(content.meta_steps) / _COLUMNS_AN_INCH), 14.0)
    figure = page.blank(width, sum(heights) + 0.7 * len(kinds) + 0.7)
    return list(figure.subplots(len(kinds), 1, squeeze=False, height_ratios=heights)[:, 0])


def _columns(content: Cells) -> npt.NDArray[np.int64]:
    """Return the position of each column's meta-step, and -1 for a blank column wherever one doesn't follow another."""
    numbers = content.meta_steps["place"].to_numpy(dtype=np.int64)
    segments = content.meta_steps["segment"].to_numpy(dtype=np.int64)
    breaks = 1 + np.flatnonzero((np.diff(numbers) != 1) | (np.diff(segments) != 0))
    return np.insert(np.arange(len(numbers)), breaks, -1)


def _at_the_end(content: Cells) -> tuple[Floats, Mask]:
    """Return each problem's own last value and whether it has one; shape (M, P)."""
    last = content.logged.shape[-1] - 1 - np.argmax(content.logged[..., ::-1], axis=-1)
    at_the_end = last[..., None]
    values = np.take_along_axis(content.scores, at_the_end, axis=-1)[..., 0]
    return values, np.take_along_axis(content.logged, at_the_end, axis=-1)[..., 0]


def _over_problems(content: Cells) -> tuple[Floats, Mask]:
    """Return the mean over the problems and whether all are there; shape (M, n)."""
    here = content.logged.sum(axis=1)
    whole = (here == content.logged.any(axis=2).sum(axis=1)[:, None]) & (here > 0)
    whole &= content.meta_steps["complete"].to_numpy(dtype=np.bool_)[:, None]
    return mean_over(np.moveaxis(content.scores, 1, 0), np.moveaxis(content.logged, 1, 0)), whole


def _draw(ax: Any, values: Floats, logged: Mask, quantity: str, *, log: bool) -> bool:
    """Draw the image, shape (rows, columns), its colour bar and its marks; return whether the colours were trimmed."""
    drawn = placeable(np.where(logged, values, np.nan), log=log)
    finite = drawn[~np.isnan(drawn)]
    ends = np.percentile(finite, _TRIMMED if finite.size >= _ENOUGH_TO_TRIM else (0, 100)) if finite.size else (1, 2)
    beyond = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    extend = beyond[bool((finite < ends[0]).any()), bool((finite > ends[1]).any())]
    norm = (LogNorm if log else Normalize)(*ends)
    # Where there are more columns than pixels they are blended: none is skipped, as "nearest" would do.
    pixels = ax.get_window_extent().width
    blending = "nearest" if values.shape[1] <= pixels else "antialiased"
    behind = background(ax)
    colours = standing_out_map(mpl.colormaps[mpl.rcParams["image.cmap"]], behind, CELL)
    image = ax.imshow(np.ma.masked_invalid(drawn), colours, norm, aspect="auto", interpolation=blending)
    # What was not logged shows the hatched background, which no colour of the map can be taken for.
    ax.patch.set(hatch="////", edgecolor="0.75" if is_bright(behind) else "0.4")
    ax.patch.set_linewidth(0)
    for kind, mask in unplaceable(values, log=log).items():
        row, column = np.nonzero(mask & logged)
        if len(row):
            x, y = column.astype(np.float64), row.astype(np.float64)
            mark_at(ax, x, y, MARKERS[kind][0], f"{kind} ({len(row):,})", colour=_SIGNAL)
    ax.grid(visible=False)
    if finite.size:
        page.figure_of(ax).colorbar(image, ax=ax, extend=extend, label=quantity, pad=0.01)
    if ax.get_legend_handles_labels()[0] and asked().legend:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(MARKERS), borderaxespad=0.2)
    return extend != "neither"


def _label(ax: Any, content: Cells, columns: npt.NDArray[np.int64], kind: By, split: str) -> None:
    rows = content.problems if kind == "problem" else content.places
    places = content.meta_steps["place"].to_numpy(dtype=np.int64)
    ticks.label(ax.xaxis, np.where(columns >= 0, places[columns], -1))
    ticks.label(ax.yaxis, rows)
    through = ", counted through the meta-epochs" if len(content.meta_steps["meta_epoch"].unique()) > 1 else ""
    inner = "inner step" if split == "train" else "epoch"
    ax.set(xlabel=content.axis if content.axis == PLACE_IN_LOG else f"meta-step{through}")
    ax.set(ylabel="problem" if kind == "problem" else f"{inner},\nmean over problems")

"""What stands around the cells of a grid: names of rows and columns, the ends of the scale, the small print."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from metalog.plots import page
from metalog.plots.cells import Cells, meta_step_names
from metalog.plots.scale import MARGIN, Scale
from metalog.plots.strokes import SIGNS, unplaceable

#: A cell has room for the ends of its scale beside it if it is as high as so many lines of them.
_LINES_OF_SCALE: Final = 2.3
_MOST_ROW_LABELS: Final = 150
#: Points of the labels; on a page that the figure is made smaller for they must have so many still.
_LABELS: Final = 8.0
_SCALE_LABELS: Final = 6.5
_ON_A_PAGE: Final = 6.0
#: Inches that a page's text is wide.
_PAGE_WIDTH: Final = 6.3
#: The scale is flattened if 98 % of the values, of so many or more, take less than this part of it.
_FLATTENED: Final = 0.25
_ENOUGH: Final = 200


def beside(characters: int, width: float) -> float:
    """Return how many inches a scale's end of so many characters takes beside the cells of a page so wide."""
    return page.width_of(characters, _size_of_scale(width)) + 0.15


def _size_of_scale(width: float) -> float:
    return max(_SCALE_LABELS, _ON_A_PAGE * width / _PAGE_WIDTH)


def label(ax: Any, content: Cells, scale: Scale, *, own: bool) -> None:
    """Name rows and columns, and the scale beside the last cell; `own`: on a page of ours, where large labels fit."""
    width = float(page.figure_of(ax).get_size_inches()[0]) if own else 0.0
    rows, columns = content.scores.shape[:2]
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.xaxis.set_label_position("top")
    ax.set_xticks(np.arange(columns) + 0.5, [f"{problem}" for problem in content.problems])
    labels, what = meta_step_names(content)
    labelled = np.arange(0, rows, -(-rows // _MOST_ROW_LABELS))
    ax.set_yticks(labelled + 0.5, [labels[row] for row in labelled])
    names = max(_LABELS, _ON_A_PAGE * width / _PAGE_WIDTH)
    ax.tick_params(length=0, labelsize=names, labeltop=True, labelbottom=rows > 20)
    ax.set(xlabel="problem", ylabel=what)
    height = ax.get_window_extent().height / rows / page.figure_of(ax).dpi
    size = _size_of_scale(width)
    if height * 72 >= _LINES_OF_SCALE * size and scale.shared and not scale.empty:
        _label_scale(ax, content, scale, size)


def _label_scale(ax: Any, content: Cells, scale: Scale, size: float) -> None:
    """Write the ends of both scales beside and below the last cell: one cell stands for all."""
    rows, columns = content.scores.shape[:2]
    low, high = scale.ends()
    small = {"fontsize": size, "annotation_clip": False, "textcoords": "offset points"}
    if low != high:
        ax.annotate(high, (columns, rows - 1), (3, 0), va="top", **small)
    ax.annotate(low, (columns, rows), (3, 0), va="bottom", **small)
    below = -4 if rows <= 20 else -8 - size
    first, last = content.places[0], content.places[-1]
    ax.annotate(f"{first}", (columns - 1 + MARGIN, rows), (0, below), va="top", ha="left", **small)
    if first != last:
        ax.annotate(f"{last}", (columns - MARGIN, rows), (0, below), va="top", ha="right", **small)


def notes(content: Cells, scale: Scale, split: str, metric: str, smooth: Any) -> list[str]:
    """Say what a reader must know of the cells."""
    unit = "inner step" if split == "train" else "epoch"
    first, last = content.places[0], content.places[-1]
    where = f"over {unit}s {first} to {last}" if first != last else f"at {unit} {first}"
    quantity = f"{split} {metric}"
    low, high = scale.ends()
    kind = ", logarithmic" if scale.log else ""
    rows = len(content.meta_steps)
    told = [f"Rows: {rows:,} of {content.found:,} meta-steps"] if rows < content.found else []
    told += [f"Each cell: {quantity} {where}"]
    if scale.empty:
        told.append("No cell has a value that can be drawn")
    elif scale.shared and low == high:
        told.append(f"All values are {low}")
    elif scale.shared:
        told.append(f"All cells share one scale, {low} to {high}{kind}")
        if scale.filled < _FLATTENED and content.logged.sum() >= _ENOUGH:
            told.append(
                f"Spikes flatten the cells: 98 % of the values take {100 * scale.filled:.2g} % of the scale; --robust "
                "(robust=True) leaves the most extreme percent at each end out of it"
            )
    else:
        told.append(f"Each cell has its own scale{kind}: heights can't be compared between cells")
    if scale.robust:
        beyond = int((scale.beyond(content.scores) & content.logged).sum())
        told.append(f"Robust scale, from the 1st to the 99th percentile: ★ beyond it, cut off ({beyond:,})")
    marked = {
        kind: int((mask & content.logged).sum()) for kind, mask in unplaceable(content.scores, log=scale.log).items()
    }
    told += [f"{SIGNS[kind]} {kind} ({number:,})" for kind, number in marked.items() if number]
    if str(smooth) != "none":
        told.append(f"Smoothed by {smooth}, the raw line faint behind it")
    if not content.meta_steps["complete"].all():
        told.append("† incomplete meta-step")
    return [*told, *content.notes]

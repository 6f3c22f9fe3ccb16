"""A row a setting: an estimate with its interval, the seeds behind it, and the number in words."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from metalog.plots import looks, names, page
from metalog.plots.strokes import MOST, Floats
from metalog.runs.words import rounded
from metalog.stats.seeds import FEW, FEWEST, Estimate

#: Inches of a row, and of what is around the rows.
_ROW: Final = 0.36
_AROUND: Final = 1.0
_WORDS: Final = 0.7
#: Characters of a line of a row's name, on a page and in a column of a paper.
_NAME, _SHORT_NAME = 40, 22
#: Characters of a line below the axis.
_LABEL: Final = 52
_MOST_TICKS: Final = 5
#: As the numbers of the axes have it.
_MINUS: Final = "\u2212"


@dataclass(frozen=True)
class Row:
    """A row: its name, what is estimated, the values of its seeds, its colour, the number in words."""

    name: str
    estimate: Estimate
    seeds: Floats
    colour: str
    text: str
    is_clear: bool = True


def axes_for(ax: Any, number: int) -> Any:
    """Return `ax`, or Axes of a new page with room for so many rows."""
    height = _AROUND + _WORDS * looks.current().in_words + _ROW * number
    return page.blank(6.4, height, keep_height=True).subplots() if ax is None else ax


def figure(
    ax: Any,
    rows: Sequence[Row],
    what: str,
    title: str,
    remarks: Sequence[str],
    *,
    reference: float | None = None,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Draw rows on `ax`, or on a new figure, with what belongs around them."""
    own, ax = ax is None, axes_for(ax, len(rows))
    draw(ax, rows, what, reference=reference)
    if limits:
        ax.set(xlim=limits)
    page.finish([ax], title, [*remarks, *notes([row.estimate for row in rows])], own=own)
    return page.figure_of(ax)


def draw(ax: Any, rows: Sequence[Row], what: str, *, reference: float | None = None) -> None:
    """Draw rows from top to bottom over `what`; hollow: the interval holds `reference`, at which a line stands."""
    ax.xaxis.set_major_locator(MaxNLocator(_MOST_TICKS))
    folded = textwrap.fill(what, _LABEL) if looks.current().points is None else what
    ax.set(xlabel=names.literal(folded))
    if reference is not None:
        ax.axvline(reference, color="0.45", linewidth=0.8, zorder=1)
    for place, row in enumerate(rows):
        seeds = row.seeds[np.abs(row.seeds) <= MOST]
        ax.plot(
            seeds,
            np.full(seeds.size, place + 0.22),
            linestyle="none",
            marker="o",
            markersize=3,
            alpha=0.5,
            color=row.colour,
            markeredgewidth=0,
        )
        one = row.estimate
        if math.isfinite(one.low):
            ax.hlines(place, one.low, one.high, color=row.colour, linewidth=1.6, zorder=2)
        if abs(one.value) <= MOST:
            face = row.colour if row.is_clear else ax.get_facecolor()
            style = {"markerfacecolor": face, "markeredgecolor": row.colour, "markeredgewidth": 1.2}
            ax.plot([one.value], [place], linestyle="none", marker="D", markersize=5, zorder=3, **style)
        where = ("axes fraction", "data")
        ax.annotate(row.text, (1, place), (6, 0), where, "offset points", va="center", fontsize=8)
    longest = _NAME if looks.current().width is None else _SHORT_NAME
    labels = [textwrap.fill(names.literal(row.name), longest, break_long_words=False) for row in rows]
    ax.set_yticks(np.arange(len(rows)), labels)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.spines["left"].set_visible(False)


def plus_minus(one: Estimate, *, signed: bool = False) -> str:
    """Write an estimate as ``0.53 ± 0.14``, as precisely as two digits of the interval's half-width."""
    if not math.isfinite(one.half):
        return (f"{one.value:+.3g}" if signed else rounded(one.value)).replace("-", _MINUS)
    decimals = min(max(1 - math.floor(math.log10(one.half)), 0), 8) if one.half > 0 else 4
    value = f"{one.value:{'+' if signed else ''}.{decimals}f}".replace("-", _MINUS)
    return f"{value} ± {one.half:.{decimals}f}"


def notes(estimates: Sequence[Estimate]) -> list[str]:
    """Say on how many seeds the rows rest, and where there are too few."""
    least, most = min(one.seeds for one in estimates), max(one.seeds for one in estimates)
    remarks = [f"{most} seeds each" if least == most else f"{least} to {most} seeds"]
    if least < FEWEST:
        remarks.append(f"No interval below {FEWEST} seeds")
    if any(FEWEST <= one.seeds < FEW for one in estimates):
        remarks.append(f"Fewer than {FEW} seeds: the interval is wide by nature")
    return remarks

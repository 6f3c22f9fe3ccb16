"""A row a setting: an estimate with its interval, the seeds behind it, and the number in words."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import MaxNLocator

from metalog.plots import fonts, looks, measuring, names, page
from metalog.plots.strokes import MOST, Floats
from metalog.runs.words import decimals_of, rounded
from metalog.stats.seeds import FEW, FEWEST, Estimate

#: Inches of a row, and of what is around the rows.
_ROW: Final = 0.36
_AROUND: Final = 1.0
_WORDS: Final = 0.7
_LINE: Final = 0.16
#: Inches of a page, and the part of it that the names of rows may take.
_PAGE, _NAMES = 6.4, 0.4
#: The part of it that names and numbers may take together.
_NOT_AXIS: Final = 0.7
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


def _page_for(labels: Sequence[str], what: str) -> Any:
    """Return Axes of a new page with room for rows of these names, and what stands below."""
    lines = max(name.count("\n") + 1 for name in labels)
    below = len(what) // _LABEL * _LINE
    height = _AROUND + below + _WORDS * looks.current().in_words + max(_ROW, _LINE * (lines + 1)) * len(labels)
    return page.blank(_PAGE, height, keep_height=True).subplots()


def _folded(rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    """Return the rows' names in lines that leave the axis its room, and the font families that they need."""
    look, (families, _) = looks.current(), fonts.families(row.name for row in rows)
    size = float(look.points or FontProperties(size=mpl.rcParams["ytick.labelsize"]).get_size_in_points())
    page_width = look.width or _PAGE
    numbers = max(measuring.width(row.text, size) for row in rows) / page_width
    inches = page_width * max(_NAMES / 2, min(_NAMES, _NOT_AXIS - numbers))
    return [measuring.fold(names.literal(row.name), inches, size, families) for row in rows], families


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
    labels, families = _folded(rows)
    own = ax is None
    if own:
        ax = _page_for(labels, what)
    _draw(ax, rows, what, reference=reference)
    ax.set_yticks(np.arange(len(rows)), labels, fontfamily=families)
    if limits:
        ax.set(xlim=limits)
    page.finish([ax], title, [*remarks, *notes([row.estimate for row in rows])], own=own, fit=True)
    return page.figure_of(ax)


def _draw(ax: Any, rows: Sequence[Row], what: str, *, reference: float | None = None) -> None:
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
            known = math.isfinite(one.low)
            face = row.colour if row.is_clear else ax.get_facecolor()
            style = {"markerfacecolor": face, "markeredgecolor": row.colour, "markeredgewidth": 1.2}
            marker = "D" if known else "x"  # a hollow one would say that the interval holds the reference
            ax.plot([one.value], [place], linestyle="none", marker=marker, markersize=5, zorder=3, **style)
        where, text = ("axes fraction", "data"), row.text + " *" * _is_wide(one)
        ax.annotate(text, (1, place), (6, 0), where, "offset points", va="center", fontsize=8)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.spines["left"].set_visible(False)


def _is_wide(one: Estimate) -> bool:
    return FEWEST <= one.seeds < FEW and math.isfinite(one.low)


def plus_minus(one: Estimate, *, signed: bool = False) -> str:
    """Write an estimate as ``0.53 ± 0.14``, as precisely as two digits of the interval's half-width."""
    if not math.isfinite(one.half):
        return (f"{one.value:+.3g}" if signed else rounded(one.value)).replace("-", _MINUS)
    decimals = decimals_of(one.value, one.half)
    value = f"{one.value:{'+' if signed else ''}.{decimals}f}".replace("-", _MINUS)
    return f"{value} ± {one.half:.{decimals}f}"


def notes(estimates: Sequence[Estimate]) -> list[str]:
    """Say on how many seeds the rows rest, and where there are too few."""
    least, most = min(one.seeds for one in estimates), max(one.seeds for one in estimates)
    remarks = [f"{most} seeds each" if least == most else f"{least} to {most} seeds"]
    if least < FEWEST:
        remarks.append(f"×: too few seeds for an interval (fewer than {FEWEST})")
    if any(map(_is_wide, estimates)):
        remarks.append(f"* Fewer than {FEW} seeds: the interval is wide by nature")
    return remarks

"""The table below a comparison: columns as wide as what they hold, and a sample of each run's line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from metalog.plots import fonts, measuring, names
from metalog.runs.setting_columns import PREFIX
from metalog.runs.words import counted
from metalog.stats.readable import Column, Report

#: Inches.
ROW: Final = 0.2
_PAD: Final = 0.07
_SAMPLE: Final = 0.36
_WIDEST: Final = 10.5
_FONT: Final = 7.5
#: Rows of a picture; the command lists all runs.
MOST_ROWS: Final = 12
#: Characters of a cell, as many as the page has room for.
_LONGEST: Final = (names.LONGEST, 36, 24, 16)


@dataclass(frozen=True)
class RunTable:
    """What is written: `cells`, the headings first; which run each row is; inches of each column; what must be said."""

    cells: list[list[str]]
    runs: tuple[int, ...]
    widths: list[float]
    notes: tuple[str, ...]

    @property
    def all_there(self) -> bool:
        """Whether the fonts here have all characters."""
        return fonts.families(text for row in self.cells for text in row)[1]

    @property
    def width(self) -> float:
        """Inches that it needs, with the samples of lines."""
        return _SAMPLE + sum(self.widths)

    @property
    def height(self) -> float:
        """Inches that it needs."""
        return ROW * len(self.cells)


def of_runs(report: Report, metric: str) -> RunTable:
    """Return the table of runs: the best of them, and as many settings as a page has room for, the others counted."""
    shown = _best(report, metric)
    told = f"the baseline and the best {len(shown) - 1} of {len(report.frame):,} runs"
    return _table(report, shown, told, distinct=True)


def of_settings(report: Report) -> RunTable:
    """Return the table of settings: as many as a page has room for, the others counted."""
    shown = list(range(min(len(report.frame), MOST_ROWS)))
    return _table(report, shown, f"the first {len(shown)} of {len(report.frame):,} settings", distinct=False)


def _table(report: Report, shown: Sequence[int], told: str, *, distinct: bool) -> RunTable:
    rows = report.frame.to_dict("records")
    columns = list(report.columns)
    for longest in _LONGEST:
        cells = _cells([rows[place] for place in shown], columns, longest, distinct=distinct)
        widths = _widths(cells)
        if sum(widths) <= _WIDEST:
            break
    settings = [column for column in columns if PREFIX + column.heading in report.frame]
    left_out = 0
    while sum(widths) > _WIDEST and left_out < len(settings):
        place = columns.index(settings[len(settings) - 1 - left_out])
        del columns[place], widths[place]
        cells = [row[:place] + row[place + 1 :] for row in cells]
        left_out += 1
    notes = [f"Table without {counted(left_out, 'setting')} that there is no room for"] if left_out else []
    if len(shown) < len(rows):
        notes.append(f"Table: {told}; metalog compare has all")
    return RunTable(cells, tuple(shown), widths, tuple(notes))


def _best(report: Report, metric: str) -> list[int]:
    """Return which rows are shown: the first, which is the baseline, and the best, in the order of the report."""
    values = report.frame["best"].to_numpy(np.float64)
    order = np.argsort(np.where(np.isnan(values), np.inf, -values if metric == "accuracy" else values), kind="stable")
    ranked = [0, *(place for place in order.tolist() if place)]
    return sorted(ranked[:MOST_ROWS])


def _cells(
    rows: Sequence[Mapping[Any, Any]], columns: Sequence[Column], longest: int, *, distinct: bool
) -> list[list[str]]:
    """Return the headings and the rows. Numbers are never cut; `distinct`: the first column has names, never equal."""
    texts = []
    for place, column in enumerate(columns):
        written = [column.cell(row) for row in rows]
        if distinct and place == 0:
            texts.append(names.distinct(written, longest))
        else:
            most = longest if column.is_text else names.LONGEST
            texts.append([names.shortened(text, most) for text in written])
    headings = [names.shortened(column.heading, longest) for column in columns]
    return [headings, *(list(row) for row in zip(*texts, strict=True))]


def _widths(cells: Sequence[Sequence[str]]) -> list[float]:
    """Measure how wide each column must be, in inches."""
    families, _ = fonts.families(text for row in cells for text in row)

    def width(text: str, weight: str) -> float:
        return measuring.width(names.literal(text), _FONT, families, weight)

    known = {text: width(text, "normal") for row in cells[1:] for text in row}
    heads = [width(text, "bold") for text in cells[0]]
    return [2 * _PAD + max([head, *(known[row[place]] for row in cells[1:])]) for place, head in enumerate(heads)]


def draw(ax: Any, table: RunTable, styles: Sequence[Mapping[str, Any]]) -> None:
    """Draw the table, a sample of its line (`styles`) before each row.

    Called when the page is laid out. Where the Axes have more room than is needed, the columns share it.
    """
    ax.set_axis_off()
    inches = ax.get_window_extent().width / ax.get_figure(root=True).dpi
    spare = inches - table.width
    size = _FONT * min(1.0, inches / table.width)
    families, _ = fonts.families(text for row in table.cells for text in row)
    widths = [_SAMPLE, *(width + max(spare, 0.0) / len(table.widths) for width in table.widths)]
    literal = [["", *map(names.literal, row)] for row in table.cells]
    drawn = ax.table(literal, colWidths=widths, cellLoc="right", edges="horizontal", bbox=(0, 0, 1, 1))
    drawn.auto_set_font_size(False)
    drawn.set_fontsize(size)
    for (row, column), cell in drawn.get_celld().items():
        cell.PAD = _PAD / widths[column]
        cell.set_edgecolor("0.8")
        cell.set_text_props(
            family=families, weight="bold" if row == 0 else "normal", ha="left" if column == 1 else "right"
        )
    _draw_samples(ax, table, styles, _SAMPLE / sum(widths))


def _draw_samples(ax: Any, table: RunTable, styles: Sequence[Mapping[str, Any]], width: float) -> None:
    for row, run in enumerate(table.runs, start=1):
        x, y = np.array([0.08, 0.5, 0.92]) * width, np.full(3, 1 - (row + 0.5) / len(table.cells))
        own = {**styles[run], "markevery": [1], "markersize": 3.5}
        ax.plot(x, y, transform=ax.transAxes, linewidth=1.6, clip_on=False, **own)

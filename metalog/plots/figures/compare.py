"""Figure 7: runs side by side, a line for each in every panel, and the numbers in a table below."""

from __future__ import annotations

from typing import Any, Final

from matplotlib.figure import Figure

from metalog import stats
from metalog.plots import curve_lines, distributions, fonts, names, page
from metalog.plots.inputs import each_run, whole
from metalog.plots.style import line_style, themed
from metalog.runs.words import counted
from metalog.stats import readable

#: Inches.
_ROW: Final = 0.2
_PANEL: Final = (5.0, 2.9)
_CELL_FONT: Final = 7.5
#: Shows a run's colour in the table.
_SWATCH: Final = "▬"


@themed
def compare(
    data: Any, *, metric: stats.Metric = "loss", smooth: stats.Smoothing | str | None = None, log_y: bool = False
) -> Figure:
    """Draw figures 4, 5 and 6 with a line for each run, on shared meta-steps, and a table of their numbers.

    Parameters
    ----------
    data
        A RunSet. The legend calls runs by what differs in their configurations (:func:`metalog.stats.labels`).
    metric
        ``"loss"`` or ``"accuracy"`` (a fraction) for the curves and the table; the meta-validation shows both.
    smooth
        The smoothing of all curves; by default a centred mean, over the window of the table.
    log_y
        Logarithmic axes for the curves.

    Returns
    -------
    matplotlib.figure.Figure
        Nothing is averaged over runs. The table is that of ``metalog compare``.

    Raises
    ------
    UsageError
        If there are fewer than two runs, or one of them has no complete meta-step.
    """
    runs = {name: whole(run) for name, run in each_run(data)}
    report = readable.comparison(runs, metric=metric)
    labels = stats.labels(runs)
    results = distributions.numbered_results(runs)
    validated = any(map(len, map(distributions.placed, results.values())))
    table = _cells(report)
    figure, panels, below = _page(table, 2 if validated else 1)
    notes = _draw_curves(panels[0], runs, labels, metric, smooth, log_y=log_y)
    if validated:
        for panel, what in zip(panels[1], distributions.METRICS, strict=True):
            distributions.draw(panel, results, what, labels)
            panel.set(xlabel="meta-step after which it ran")
        notes += distributions.notes(results)
    if not _draw_table(below, table):
        notes.append(fonts.BOXES)
    notes += [note.rstrip(".") for note in report.notes]
    page.finish([panels[0][0]], f"Comparison of {counted(len(runs), 'run')}", notes, own=True, legend=panels[0][1])
    return figure


def _draw_curves(
    panels: Any, runs: dict[str, Any], labels: dict[str, str], metric: stats.Metric, smooth: Any, *, log_y: bool
) -> list[str]:
    """Draw the train curves and the meta-train curves; return their notes, each once."""
    notes: dict[str, None] = {}
    splits: tuple[stats.Split, ...] = ("train", "validation")
    for panel, split in zip(panels, splits, strict=True):
        curves = curve_lines.meta_curves(runs, split, metric, labels)
        smoothings = curve_lines.chosen_smoothings(smooth, curves.window)
        curve_lines.draw(panel, curves, smoothings, split, metric, log_y=log_y)
        notes |= dict.fromkeys(curve_lines.notes(curves, smoothings))
    return list(notes)


def _cells(report: readable.Report) -> list[list[str]]:
    """Return the rows of the table, the headings first."""
    rows = report.frame.to_dict("records")
    columns = [names.distinct([column.cell(row) for row in rows]) for column in report.columns[:1]]
    columns += [[names.shortened(column.cell(row)) for row in rows] for column in report.columns[1:]]
    headings = ["", *(names.shortened(column.heading) for column in report.columns)]
    return [headings, *([_SWATCH, *row] for row in zip(*columns, strict=True))]


def _widths(table: list[list[str]]) -> list[int]:
    return [max(map(len, column)) + 3 for column in zip(*table, strict=True)]


def _page(table: list[list[str]], rows: int) -> tuple[Figure, Any, Any]:
    width = max(2 * _PANEL[0], page.width_of(sum(_widths(table)), _CELL_FONT))
    height = _ROW * len(table)
    figure = page.blank(width, rows * _PANEL[1] + height + 1.2)
    grid = figure.add_gridspec(rows + 1, 2, height_ratios=[_PANEL[1]] * rows + [height])
    first = figure.add_subplot(grid[0, 0])
    panels = [
        [first if row == column == 0 else figure.add_subplot(grid[row, column], sharex=first) for column in range(2)]
        for row in range(rows)
    ]
    panels[0][1].sharey(first)
    return figure, panels, figure.add_subplot(grid[rows, :])


def _draw_table(ax: Any, table: list[list[str]]) -> bool:
    """Draw the table; return whether the fonts here have all of its characters."""
    ax.set_axis_off()
    families, all_there = fonts.families(text for row in table for text in row)
    literal = [[names.literal(text) for text in row] for row in table]
    drawn = ax.table(literal, colWidths=_widths(table), cellLoc="right", edges="horizontal", bbox=(0, 0, 1, 1))
    drawn.auto_set_font_size(False)
    drawn.set_fontsize(_CELL_FONT)
    for (row, column), cell in drawn.get_celld().items():
        cell.set_edgecolor("0.8")
        cell.set_text_props(family=families)
        if row == 0:
            cell.set_text_props(weight="bold")
        elif column == 0:
            cell.set_text_props(color=line_style(row - 1)["color"])
        if column == 1:
            cell.set_text_props(ha="left")
    return all_there

"""Figure 7: runs side by side, a line for each in every panel, and the numbers in a table below."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from matplotlib.figure import Figure

from metalog import stats
from metalog.plots import curve_lines, distributions, end_labels, fonts, names, page, run_table
from metalog.plots.inputs import each_run, whole
from metalog.plots.style import line_style, themed
from metalog.runs.words import counted
from metalog.stats import readable

#: Inches.
_PANEL: Final = (5.0, 2.9)
#: What stands beside the panels of a page as wide as its table.
_BESIDE: Final = 1.3


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
    table = run_table.of_report(report, metric)
    at_ends = _names(runs, labels)
    figure, panels, below = _page(table, 2 if validated else 1, list(at_ends.values()))
    notes = _draw_curves(panels[0], runs, labels, metric, smooth, log_y=log_y)
    if validated:
        for panel, what in zip(panels[1], distributions.METRICS, strict=True):
            distributions.draw(panel, results, what, labels)
            panel.set(xlabel="meta-step after which it ran")
        notes += distributions.notes(results)
    notes += [*table.notes, *(note.rstrip(".") for note in report.notes)]
    page_title = f"Comparison of {counted(len(runs), 'run')}"
    _finish(panels, below, table, at_ends, [line_style(number) for number in range(len(runs))], page_title, notes)
    return figure


def _names(runs: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, str]:
    """Return what is written at the end of the line with each label, if the lines aren't too many.

    What differs, else the values of that alone, else the runs' names.
    """
    if len(runs) > end_labels.MOST:
        return {}
    values = [" ".join(part.partition("=")[2] or part for part in label.split()) for label in labels.values()]
    texts = end_labels.chosen(list(labels.values()), values, list(runs))
    return dict(zip(map(names.label, names.distinct(list(labels.values()))), texts, strict=True))


def _finish(
    panels: Any,
    below: Any,
    table: run_table.RunTable,
    at_ends: Mapping[str, str],
    styles: Sequence[Mapping[str, Any]],
    title: str,
    notes: list[str],
) -> None:
    """Name the lines at their ends, or if they are too many in a legend, and fill in the table."""
    figure, every = page.figure_of(below), [panel for row in panels for panel in row]
    written = [end_labels.add(panel, at_ends) for panel in every]
    if not fonts.families(text for row in table.cells for text in row)[1]:
        notes.append(fonts.BOXES)
    legend = _Without(panels[0][1], at_ends)
    page.finish([panels[0][0]], title, notes, own=True, legend=legend)
    figure.draw_without_rendering()  # lays the page out
    for panel, own in zip(every, written, strict=True):
        end_labels.spread(panel, own)
    run_table.draw(below, table, styles)


class _Without:
    """The legend's entries of Axes without some of them."""

    def __init__(self, ax: Any, labels: Collection[str]) -> None:
        self._ax, self._labels = ax, labels

    def get_legend_handles_labels(self) -> tuple[list[Any], list[str]]:
        """Return handles and labels, as Axes do."""
        entries = zip(*self._ax.get_legend_handles_labels(), strict=True)
        kept = [(handle, label) for handle, label in entries if label not in self._labels]
        return [handle for handle, _ in kept], [label for _, label in kept]


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


def _page(table: run_table.RunTable, rows: int, at_ends: list[str]) -> tuple[Figure, Any, Any]:
    aside = end_labels.inches(at_ends) if at_ends else 0.0
    width = max(2 * (_PANEL[0] + aside), table.width + _BESIDE + aside)
    figure = page.blank(width, rows * _PANEL[1] + table.height + 1.2)
    grid = figure.add_gridspec(rows + 1, 2, height_ratios=[_PANEL[1]] * rows + [table.height])
    first = figure.add_subplot(grid[0, 0])
    panels = [
        [first if row == column == 0 else figure.add_subplot(grid[row, column], sharex=first) for column in range(2)]
        for row in range(rows)
    ]
    panels[0][1].sharey(first)
    below = figure.add_subplot(grid[rows, :])
    below.set_axis_off()
    return figure, panels, below

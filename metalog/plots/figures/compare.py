"""Figure 7: runs side by side, a line for each in every panel, and the numbers in a table below."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from metalog import stats
from metalog.plots import (
    curve_lines,
    distributions,
    end_labels,
    fonts,
    group_comparison,
    group_validation,
    looks,
    names,
    page,
    run_table,
)
from metalog.plots.group_lines import groups_of
from metalog.plots.inputs import Settings, each_run, whole
from metalog.plots.style import line_style, themed
from metalog.runs.grouping import Group
from metalog.runs.words import counted
from metalog.stats import readable

#: Inches.
_PANEL: Final = (5.0, 2.9)
#: Between ticks, as matplotlib's own choice has it.
_STEPS: Final = (1, 2, 2.5, 5, 10)
#: Left and right of the curves of settings, whose last meta-validations stand beside each other.
_MARGIN: Final = 0.1
#: What stands beside the panels of a page as wide as its table.
_BESIDE: Final = 1.3


@themed
def compare(
    data: Settings, *, metric: stats.Metric = "loss", smooth: stats.Smoothing | str | None = None, log_y: bool = False
) -> Figure:
    """Draw figures 4, 5 and 6 with a line for each run, on shared meta-steps, and a table of their numbers.

    Parameters
    ----------
    data
        A RunSet. The legend calls runs by what differs in their configurations (:func:`metalog.stats.labels`). Or
        ``runs.groups()``: settings instead of runs, with a band over the seeds each.
    metric
        ``"loss"`` or ``"accuracy"`` (a fraction) for the curves and the table; the meta-validation shows both.
    smooth
        The smoothing of all curves; by default a centred mean, over the window of the table.
    log_y
        Logarithmic axes for the curves.

    Returns
    -------
    matplotlib.figure.Figure
        Nothing is averaged over runs, unless settings are asked for. The table is that of ``metalog compare``.

    Raises
    ------
    UsageError
        If there are fewer than two runs (or settings), or a run has no complete meta-step.

    Examples
    --------
    >>> figure = metalog.plots.compare(runs)
    """
    if (groups := groups_of(data)) is not None:
        return _of_settings(groups, metric, smooth, log_y=log_y)
    runs = {name: whole(run) for name, run in each_run(data)}
    report = readable.comparison(runs, metric=metric)
    labels = stats.labels(runs)
    results = distributions.numbered_results(runs)
    validated = any(map(len, map(distributions.placed, results.values())))
    table = run_table.of_runs(report, metric) if looks.current().in_words else None
    at_ends = _names(runs, labels) if table else {}
    _, panels, below = _page(table, 2 if validated else 1, list(at_ends.values()))
    notes = _draw_curves(panels[0], runs, labels, metric, smooth, log_y=log_y)
    if validated:
        for panel, what in zip(panels[1], distributions.METRICS, strict=True):
            distributions.draw(panel, results, what, labels)
            panel.set(xlabel="meta-step after which it ran")
        notes += distributions.notes(results)
    notes += [*(table.notes if table else ()), *(note.rstrip(".") for note in report.notes)]
    return _finish(panels, below, table, at_ends, _styles(runs), f"Comparison of {counted(len(runs), 'run')}", notes)


def _styles(each: Collection[Any]) -> list[dict[str, Any]]:
    return [line_style(number, 1) for number in range(len(each))]


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
    table: run_table.RunTable | None,
    at_ends: Mapping[str, str],
    styles: Sequence[Mapping[str, Any]],
    title: str,
    notes: list[str],
) -> Figure:
    """Name the lines at their ends, or if they are too many in a legend, and fill in the table."""
    figure, every = page.figure_of(panels[0][0]), [panel for row in panels for panel in row]
    # All panels share their ticks, and a few meta-validations are not where those of the curves belong.
    panels[0][0].xaxis.set(
        major_locator=MaxNLocator("auto", steps=_STEPS, integer=True), major_formatter=ScalarFormatter()
    )
    written = [end_labels.add(panel, at_ends) for panel in every]
    if table and not table.all_there:
        notes.append(fonts.BOXES)
    page.finish([panels[0][0]], title, notes, own=True, legend=_Without(panels[0][1], at_ends))
    if table:
        figure.draw_without_rendering()  # lays the page out
        for panel, own in zip(every, written, strict=True):
            end_labels.spread(panel, own)
        run_table.draw(below, table, styles)
    return figure


class _Without:
    """The legend's entries of Axes without some of them."""

    def __init__(self, ax: Any, labels: Collection[str]) -> None:
        self._ax, self._labels = ax, labels

    def get_legend_handles_labels(self) -> tuple[list[Any], list[str]]:
        """Return handles and labels, as Axes do."""
        entries = zip(*self._ax.get_legend_handles_labels(), strict=True)
        kept = [(handle, label) for handle, label in entries if label not in self._labels]
        return [handle for handle, _ in kept], [label for _, label in kept]


def _of_settings(groups: Sequence[Group[Any]], metric: stats.Metric, smooth: Any, *, log_y: bool) -> Figure:
    for run in (run for group in groups for run in group.runs.values()):
        whole(run)
    report = group_comparison.table_of(groups, metric)
    validated = group_validation.are_there(groups)
    table = run_table.of_settings(report) if looks.current().in_words else None
    _, panels, below = _page(table, 2 if validated else 1, [])
    notes = group_comparison.draw_curves(panels[0], groups, metric, smooth, log_y=log_y)
    notes += group_comparison.draw_validations(panels[1], groups) if validated else []
    for panel in (panel for row in panels for panel in row):
        panel.margins(x=_MARGIN)
    notes = list(dict.fromkeys([*notes, *(table.notes if table else ()), *(note.rstrip(".") for note in report.notes)]))
    title, styles = f"Comparison of {counted(len(groups), 'setting')}", _styles_in(panels[0][1])
    return _finish(panels, below, table, {}, styles, title, notes)


def _styles_in(panel: Any) -> list[dict[str, Any]]:
    """Return the looks of the settings' lines as they are drawn, so that the table's samples are no others."""
    lines, _ = panel.get_legend_handles_labels()
    return [
        {"color": line.get_color(), "linestyle": line.get_linestyle(), "marker": line.get_marker()}
        for line in lines
        if line.get_linestyle() != "None"  # marks of what has no place
    ]


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


def _page(table: run_table.RunTable | None, rows: int, at_ends: list[str]) -> tuple[Figure, Any, Any]:
    aside = end_labels.inches(at_ends) if at_ends else 0.0
    width, height = (table.width + _BESIDE + aside, table.height) if table else (0.0, 0.0)
    figure = page.blank(max(2 * (_PANEL[0] + aside), width), rows * _PANEL[1] + height + 1.2)
    grid = figure.add_gridspec(rows + bool(table), 2, height_ratios=[_PANEL[1]] * rows + [height] * bool(table))
    first = figure.add_subplot(grid[0, 0])
    panels = [
        [first if row == column == 0 else figure.add_subplot(grid[row, column], sharex=first) for column in range(2)]
        for row in range(rows)
    ]
    panels[0][1].sharey(first)
    if table is None:
        return figure, panels, None
    below = figure.add_subplot(grid[rows, :])
    below.set_axis_off()
    return figure, panels, below

"""Figure 6: at each meta-validation the distribution over its problems, over the meta-steps at which it ran."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from metalog import stats
from metalog.errors import UsageError
from metalog.plots import distributions, page
from metalog.plots.inputs import called, each_run
from metalog.plots.style import themed


@themed
def meta_validation(data: Any, *, metric: stats.Metric | None = None, ax: Any = None) -> Figure:
    """Draw the meta-validation summary: a point for each problem, their median, and the band of the middle half.

    Parameters
    ----------
    data
        A Run, a RunSet (median and band for each run, medians alone for more than four) or a frame like
        ``run.meta_validation``.
    metric
        ``"loss"`` or ``"accuracy"`` (a fraction); if not given, both, one above the other.
    ax
        Axes to draw on, for one metric (loss if not given); a new figure if not given.

    Returns
    -------
    matplotlib.figure.Figure
        Non-finite values are left out of median and band, and marked at the edge.

    Raises
    ------
    UsageError
        If no run has a meta-validation.
    """
    runs = dict(each_run(data))
    tables = distributions.numbered_results(runs)
    if not any(map(len, map(distributions.placed, tables.values()))):
        raise UsageError(f"{' and '.join(filter(None, runs)) or 'the frame'} logged no meta-validation")
    own = ax is None
    metrics = list(distributions.METRICS) if own and metric is None else [metric or "loss"]
    panels = _panels(len(metrics)) if own else [ax]
    for panel, what in zip(panels, metrics, strict=True):
        distributions.draw(panel, tables, what, called(runs))
    panels[-1].set(xlabel="meta-step after which it ran")
    title = page.headline(next(iter(runs)) if len(runs) == 1 else "", "meta-validation")
    page.finish(panels, title, distributions.notes(tables), own=own, legend=panels[0])
    return page.figure_of(panels[0])


def _panels(number: int) -> list[Any]:
    figure = page.blank(7.2, 1.6 + 2.4 * number)
    return list(figure.subplots(number, 1, sharex=True, squeeze=False)[:, 0])

"""Settings in a report: for each a line, the mean over its seeds, and the 95 % interval of it as a band."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from metalog.errors import UsageError
from metalog.formats.model import COMPLETE, LINE
from metalog.printable import printable
from metalog.report.blobs import Blobs
from metalog.report.curves import Floats, curves_of
from metalog.runs.grouping import Group, groups
from metalog.runs.run import Run
from metalog.runs.series import Series, with_labels

if TYPE_CHECKING:
    from metalog.stats.bands import Line


def settings(runs: Mapping[str, Run], blobs: Blobs) -> list[dict[str, Any]]:
    """Return the panels of settings, one for each column: nothing where no setting has several seeds.

    Of a meta-step that was repeated the last copy counts, and of meta-steps those that are complete.
    """
    found = list(groups(runs))
    if all(len(group.runs) == 1 for group in found):
        return []
    last = {name: run.last_state() for name, run in runs.items()}
    named = dict(zip(runs, with_labels([curves_of(run) for run in last.values()]), strict=True))
    lines = {name: {one.label: (one, _counting(last[name], one)) for one in own} for name, own in named.items()}
    labels = dict.fromkeys(label for own in lines.values() for label in own)
    panels = (_panel(label, found, lines, blobs) for label in labels)
    return [panel for panel in panels if panel is not None]


def _counting(run: Run, series: Series) -> Line:
    columns = run.summaries.get(series.frame)
    keep = ~np.isnan(series.x)
    if columns and len(columns[LINE]) == len(series.x):
        keep &= columns[COMPLETE]
    return series.x[keep], series.y[keep]


def _panel(
    label: str,
    found: list[Group[Run]],
    lines: Mapping[str, Mapping[str, tuple[Series, Line]]],
    blobs: Blobs,
) -> dict[str, Any] | None:
    """Return what one column came to in each setting; None where its runs have no axis in common."""
    from metalog.stats.bands import Band  # with pandas, which a report without settings does without

    shown, axis = [], ""
    for group in found:
        own = [lines[name][label] for name in group.runs if label in lines[name]]
        if not own:
            continue
        axis = own[0][0].axis
        try:
            band = Band()([line for _, line in own])
        except UsageError:
            return None
        shown.append({"label": printable(group.label), "runs": len(own), **_columns(band, blobs)})
    return {"title": printable(label), "axis": printable(axis), "settings": shown} if shown else None


def _columns(band: Any, blobs: Blobs) -> dict[str, Any]:
    def values(name: str) -> Floats:
        return np.asarray(band[name].to_numpy(np.float64))

    return {
        "x": blobs.exact(values("x")),
        **{name: blobs.values(values(name)) for name in ("value", "low", "high")},
        "seeds": blobs.counters(band["seeds"].to_numpy(np.int64)),
    }

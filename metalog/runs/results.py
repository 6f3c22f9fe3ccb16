"""What a set of runs came to, a row each: last and best of the curve that tells how a run does, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from metalog.curves.counted import common_window
from metalog.curves.levels import levels
from metalog.printable import printable
from metalog.runs.joined import as_texts, formats_of
from metalog.runs.main_curve import MainCurve, main_curve
from metalog.runs.verdict import verdict
from metalog.runs.words import counted, rounded

if TYPE_CHECKING:
    import pandas as pd

    from metalog.runs.run import Run

#: What one value of a curve stands for where means of several are shown, as in ``metalog summary``.
_AVERAGED: Final = "meta-step"


def results(runs: Mapping[str, Run]) -> tuple[str, pd.DataFrame]:
    """Sum runs up for a reader.

    Returns
    -------
    what
        What ``last`` and ``best`` are values of, ``""`` where nothing is measured, or not the same in all runs.
    table
        A row a run: its ``format`` (if they differ), ``measure`` (likewise), how many ``values`` (or ``meta-steps``),
        ``last``, ``best``, ``at`` (where the best is), ``verdict``. Texts as a reader wants them.
    """
    import pandas as pd

    curves = [main_curve(run) for run in runs.values()]
    known = [main for main in curves if main is not None]
    window = common_window(len(main.curve) for main in known if main.noun == _AVERAGED)
    table = pd.DataFrame([_row(main, window) for main in curves], index=as_texts(runs), columns=list(_row(None, 1)))
    if len(nouns := {main.noun for main in known}) == 1:
        table = table.rename(columns={"values": f"{nouns.pop()}s"})
    table["verdict"] = [printable(verdict(run).text) for run in runs.values()]
    labels = {main.label for main in known}
    if len(labels) > 1:
        table.insert(0, "measure", [main.label if main else "" for main in curves])
    if len(formats_of(runs)) > 1:
        table.insert(0, "format", [run.format.name for run in runs.values()])
    means = f", means over {counted(window, _AVERAGED)}" if window > 1 else ""
    return (printable(labels.pop()) + means if len(labels) == 1 else ""), table


def _row(main: MainCurve | None, window: int) -> dict[str, str]:
    if main is None:
        return dict.fromkeys(("values", "last", "best", "at"), "")
    found = levels(main.curve, high=main.high, window=window if main.noun == _AVERAGED else 1)
    at = f"{main.level} {found.best_at:g}" if math.isfinite(found.best_at) else ""
    best = rounded(found.best) if math.isfinite(found.best) else ""
    return {"values": f"{len(main.curve):,}", "last": rounded(found.last), "best": best, "at": at}

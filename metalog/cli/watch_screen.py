"""The screen of ``metalog watch``: a table that is drawn anew, by rich."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from metalog.printable import printable
from metalog.runs.verdict import Verdict, duration
from metalog.runs.words import rounded

if TYPE_CHECKING:
    from metalog.watching.live import Live
    from metalog.watching.watched import Watched

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
#: Width of the curve, and from which width of the terminal on it has a column of its own.
_CURVE, _WIDE = 24, 120
_STYLES: Final = {"improving": "green", "flat": "yellow", "diverged": "bold red", "nan": "bold red"}
_LIFE_STYLES: Final = {"stalled": "bold red", "killed": "bold red", "failed": "bold red", "ended": "blue"}


@contextmanager
def screen(*, off: bool = False) -> Iterator[Callable[[Sequence[Watched]], None] | None]:
    """Give what draws logs on the terminal; None where standard output is none, or if it is `off`."""
    if off or not sys.stdout.isatty():
        yield None
        return
    from rich.console import Console
    from rich.live import Live as Screen

    console = Console()
    if console.is_dumb_terminal:
        yield None
        return
    with Screen(console=console, screen=True, auto_refresh=False) as shown:
        yield lambda logs: shown.update(table(logs, console.width), refresh=True)


def table(logs: Sequence[Watched], width: int) -> Any:
    """Return the table of all logs for a terminal so many columns wide."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    wide = width >= _WIDE
    found = Table(expand=True, box=SIMPLE_HEAD, caption="Ctrl-C ends", caption_justify="left")
    found.add_column("run", ratio=1, overflow="fold")
    found.add_column("verdict", ratio=2, min_width=_CURVE)
    if wide:
        found.add_column("curve", no_wrap=True, width=_CURVE)
    found.add_column("last line", justify="right")
    found.add_column("pace, left" if wide else "a minute", justify="right")
    if wide:
        found.add_column("last, best", justify="right")
    found.add_column("meta-validation" if wide else "meta-val.", justify="right")
    for log in logs:
        found.add_row(*_row(log, wide=wide), end_section=not wide)
    return found


def _row(log: Watched, *, wide: bool) -> list[Any]:
    from rich.text import Text

    live, judged = log.live, log.judge()
    style = _LIFE_STYLES.get(judged.life) or _STYLES.get(judged.course, "")
    told = Text(printable(judged.text), style=style)
    told.append(f"\n{printable(live.place)}", style="not bold default")
    curve = sparkline(live, _CURVE)
    if not wide and curve:
        told.append(f"\n{curve}", style="not bold default")
    idle = "–" if log.idle is None else f"{_brief(log.idle, wide=wide)} ago"
    meta_validation = rounded(live.meta_validation) if math.isfinite(live.meta_validation) else "–"
    beside = [curve] if wide else []
    level = [_level(live)] if wide else []
    return [printable(live.name), told, *beside, idle, _pace(live, judged, wide=wide), *level, meta_validation]


def _brief(seconds: float, *, wide: bool) -> str:
    """Return a length of time; where there is little room with the unit's first letters alone."""
    number, unit = duration(seconds).split()
    return f"{number} {unit}" if wide else f"{number} {'min' if unit.startswith('min') else unit[0]}"


def _pace(live: Live, judged: Verdict, *, wide: bool) -> str:
    if not math.isfinite(live.pace):
        return "–"
    noun = f" {live.main.noun if live.main else 'value'}s/min" if wide else ""
    goes_on = math.isfinite(live.seconds_left) and judged.goes_on
    return f"{live.pace:.3g}{noun}" + (f"\n{_brief(live.seconds_left, wide=wide)} left" if goes_on else "")


def _level(live: Live) -> str:
    if live.main is None or not live.turns:
        return "–"
    value = live.main.curve.value
    finite = value[np.isfinite(value)]
    best = rounded(finite.max() if live.main.high else finite.min()) if finite.size else "–"
    return f"{rounded(value[-1])}\n{best}"


def sparkline(live: Live, width: int) -> str:
    """Return the run's curve in blocks: means over as many values each; ``!`` where all of them are not finite."""
    values = live.main.curve.value if live.main else np.empty(0)
    pieces = [piece for piece in np.array_split(values, min(width, values.size) or 1) if piece.size]
    means = np.array([piece[np.isfinite(piece)].mean() if np.isfinite(piece).any() else np.nan for piece in pieces])
    known = means[~np.isnan(means)]
    if not known.size:
        return "!" * len(means)
    span = float(known.max() - known.min()) or 1.0
    places = np.nan_to_num((means - known.min()) / span * (len(_BLOCKS) - 1)).round().astype(int)
    return "".join("!" if np.isnan(one) else _BLOCKS[place] for one, place in zip(means, places, strict=True))

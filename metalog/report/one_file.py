"""A report: the page of one run or of several."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from metalog.errors import UsageError
from metalog.output.atomic import write_bytes
from metalog.printable import name_as_text, printable
from metalog.report.blobs import Blobs
from metalog.report.contents import contents
from metalog.report.page import assemble
from metalog.runs.words import counted

if TYPE_CHECKING:
    from metalog.runs.run import Run
    from metalog.runs.run_set import RunSet

#: Height of the frame in a notebook, in pixels.
_HEIGHT: Final = 720
_THREADS: Final = 4


@dataclass(frozen=True)
class Report:
    """One HTML file that shows runs; a notebook shows it in a frame.

    Attributes
    ----------
    page
        The file's content.
    """

    page: bytes

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file, whole or not at all.

        Raises
        ------
        UsageError
            If it can't be written there.
        """
        write_bytes(path, self.page)

    def _repr_html_(self) -> str:
        """Return the page in a frame that may run its script and nothing else."""
        inside = html.escape(self.page.decode(), quote=True)
        return (
            f'<iframe sandbox="allow-scripts" title="metalog report" style="width: 100%; height: {_HEIGHT}px; '
            f'border: 1px solid #8888; color-scheme: light dark" srcdoc="{inside}"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<Report of {len(self.page) / 1e6:.2f} MB; .save(path) writes it>"


def report(runs: Run | RunSet | Mapping[str, Run], *, reload: float | None = None) -> Report:
    """Make the report of a run, or of several.

    Parameters
    ----------
    runs
        A Run of any format, a RunSet, or runs by name.
    reload
        The page loads itself anew after so many seconds; never if not given.

    Raises
    ------
    UsageError
        If there is no run.
    """
    named: dict[str, Any] = dict(runs) if isinstance(runs, Mapping) else {runs.name: runs}
    if not named:
        raise UsageError("there is no run to report; give at least one")
    title = printable(name_as_text(next(iter(named)))) if len(named) == 1 else counted(len(named), "run")
    with ThreadPoolExecutor(_THREADS) as pool:
        blobs = Blobs(pool)
        shown = {"title": title, **contents(named, blobs)}
        place = blobs.text(json.dumps(shown, ensure_ascii=False, allow_nan=False))["blob"]
        return Report(assemble(f"{title} · metalog", blobs.finish(), place, reload=reload))

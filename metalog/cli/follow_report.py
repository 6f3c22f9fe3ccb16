"""``metalog report --follow``: the file is written anew while the log grows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from metalog.cli.console import say, show

if TYPE_CHECKING:
    from metalog.reading.follow import Update
    from metalog.runs.run import Run


class LiveReport:
    """A report of a log that grows: takes updates, and writes the file when it is due."""

    def __init__(self, path: Path, every: float) -> None:
        self._path, self._every = path, every
        self._parts: list[Run] = []
        self._generation = 0
        self._due = 0.0
        self._fresh = False

    def add(self, update: Update) -> None:
        """Take what the log has gained; a log that begins anew is shown anew."""
        if update.generation != self._generation:
            self._parts, self._generation = [], update.generation
        self._parts.append(update.rows)
        self._fresh = True
        self.write_if_due()

    def write_if_due(self) -> None:
        """Write the file if there is something new, and the last time is long enough ago."""
        if self._fresh and time.monotonic() >= self._due:
            self.write(reload=self._every)

    def write(self, *, reload: float | None) -> None:
        """Write the file as of now; the page loads itself anew after `reload` seconds."""
        from metalog.reading.collected import concat_runs
        from metalog.report import report

        if not self._parts:
            return
        began = time.monotonic()
        self._parts = [concat_runs(self._parts)]
        self._fresh = False
        report(_by_writer(self._parts[0]), reload=reload).save(self._path)
        taken = time.monotonic() - began
        self._due = time.monotonic() + max(self._every, taken)  # a large log must not keep the machine busy


def _by_writer(run: Run) -> Mapping[str, Run]:
    if len(run.writers) < 2:
        return {run.name: run}
    return {f"{run.name}[{writer}]": part for writer, part in run.by_writer().items()}


def follow_report(name: str, path: Path, *, every: float, log_format: str | None) -> None:
    """Keep the report of a log up to date until Ctrl-C; then the page stops loading itself."""
    from metalog.reading.follow import follow, until_interrupted

    live = LiveReport(path, every)
    with until_interrupted() as interrupted:

        def is_over() -> bool:
            live.write_if_due()  # this is asked often: what came just after the last writing doesn't wait for more
            return interrupted()

        updates = follow(name, poll=0.5, stop=is_over, format=log_format)
        if not Path(name).exists():
            say(f"{name} is not there yet; waiting for it (Ctrl-C ends)")
        say(f"following {name}: open {path} (Ctrl-C ends)")
        for update in updates:
            live.add(update)
    live.write(reload=None)
    show(str(path))

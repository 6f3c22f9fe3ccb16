"""``metalog watch``: is it all right? Runs while they go on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from metalog.cli.console import complain, say, show
from metalog.cli.format_option import format_option
from metalog.cli.inputs import FileName, names_or_recent

if TYPE_CHECKING:
    from metalog.watching.watched import Watched

#: Of these a run's end is one.
_OVER: Final = ("ended", "failed", "killed")
#: Seconds after which folders are searched for new logs, and a line is written of a run that goes on.
_SEARCH, _QUIET = 5.0, 60.0


def _words(ctx: click.Context, param: click.Parameter, value: str) -> frozenset[str]:
    """Read words behind commas."""
    from metalog.runs.verdict import BAD

    words = frozenset(filter(None, value.split(",")))
    if unknown := words - set(BAD):
        raise click.BadParameter(f"{', '.join(sorted(unknown))} is none of {', '.join(BAD)}", ctx, param)
    return words


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...", type=FileName())
@click.option(
    "--fail-on",
    callback=_words,
    default="",
    metavar="WORDS",
    help="End with exit code 1 as soon as a run is one of these: diverged,nan,stalled,killed,failed.",
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0, min_open=True),
    default=180.0,
    show_default=True,
    metavar="SECONDS",
    help="Without a line for so long a run is stalled; three times the longest pause seen, if that is more.",
)
@click.option(
    "--interval",
    type=click.FloatRange(min=0.05),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Time between two looks.",
)
@click.option("--once", is_flag=True, help="Look once and end.")
@format_option
def watch(
    runs: tuple[str, ...],
    fail_on: frozenset[str],
    patience: float,
    interval: float,
    once: bool,
    log_format: str | None,
) -> None:
    """Show whether runs are all right: falling, flat, diverging, nan, stalled, ended, killed.

    RUN is a plain log, a folder or a glob; by default the run last worked on in this directory. A screen on a terminal,
    else a line whenever a verdict changes. It ends with Ctrl-C, or when all runs have ended.
    """
    from metalog.cli.watch_screen import screen
    from metalog.reading.follow import until_interrupted

    watching = _Watching(names_or_recent(runs), patience, log_format)
    told = _Lines()
    with watching, until_interrupted() as interrupted, screen(off=once) as draw:
        while True:
            watching.look(once=once)
            found = watching.bad(fail_on)
            over = once or found or watching.is_over or interrupted()
            if draw:
                draw(watching.logs)
            elif not over:
                told.tell(watching.logs)
            if over:
                break
            _sleep(interval, interrupted)
    show("\n".join(one.live.status(one.judge()) for one in watching.logs) or "no log yet")
    for name, words in found.items():
        complain(f"{name} is {' and '.join(words)} (--fail-on)")
    sys.exit(1 if found else 0)


def _sleep(seconds: float, interrupted: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not interrupted():
        time.sleep(min(left, 0.1))


class _Watching:
    """The logs that were named; folders and globs are searched again and again."""

    def __init__(self, names: Sequence[str], patience: float, log_format: str | None) -> None:
        self._names, self._patience, self._format = names, patience, log_format
        self._known: dict[Path, Watched] = {}
        self._searched = -_SEARCH

    def __enter__(self) -> _Watching:
        return self

    def __exit__(self, *_: object) -> None:
        for log in self.logs:
            log.__exit__()

    @property
    def logs(self) -> list[Watched]:
        """All logs, in the order in which they were named or found."""
        return list(self._known.values())

    def look(self, *, once: bool) -> None:
        """Read what is new; after the only look the log is taken as it is."""
        if time.monotonic() - self._searched >= _SEARCH:
            self._search()
        for log in self.logs:
            log.look()
            if once:
                log.close()

    def bad(self, words: frozenset[str]) -> dict[str, list[str]]:
        """Return the runs that are one of the words, and which."""
        judged = {log.live.name: log.bad(log.judge()) for log in self.logs}
        return {name: own for name, bad in judged.items() if (own := [word for word in bad if word in words])}

    @property
    def is_over(self) -> bool:
        """Whether all runs have come to their end."""
        return bool(self._known) and all(log.judge().life in _OVER for log in self.logs)

    def _search(self) -> None:
        from metalog.errors import SourceError
        from metalog.sources import expand
        from metalog.watching.watched import Watched

        for name in self._names:
            try:
                sources = expand([name])
            except SourceError:  # not there yet
                if self._searched < 0:
                    say(f"{name} is not there yet; waiting for it (Ctrl-C ends)")
                continue
            lone = len(sources) == 1
            for source in sources:
                path = source.path if source.member is None else None
                if path and path not in self._known and (lone or _is_plain(path)):
                    self._known[path] = Watched(path, patience=self._patience, format=self._format)
        self._searched = time.monotonic()


def _is_plain(path: Path) -> bool:
    """Tell whether a log in a folder may still grow: it is not compressed."""
    return path.suffix.lower() not in (".gz", ".bz2", ".xz", ".zst")


class _Lines:
    """Where there is no terminal: a line of a run whose verdict has changed, or that went on for a minute."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[object, float, int]] = {}

    def tell(self, logs: Sequence[Watched]) -> None:
        """Write what is new."""
        for log in logs:
            judged, turns, now = log.judge(), log.live.turns, time.monotonic()
            before, when, done = self._said.get(log.live.name, (None, -_QUIET, 0))
            kind = (judged.course, judged.life)
            if kind != before or (turns > done and now - when >= _QUIET):
                self._said[log.live.name] = kind, now, turns
                show(log.live.status(judged))
                sys.stdout.flush()

"""``metalog parse --follow``: a run while it goes on."""

from __future__ import annotations

import sys
from pathlib import Path

from metalog.cli.console import say, show
from metalog.printable import printable


def follow_log(name: str, *, strict: bool, log_format: str | None = None) -> None:
    """Show how a log grows, until Ctrl-C; in the end its last state goes to standard output."""
    from metalog.cli.recent import remember
    from metalog.cli.status_line import StatusLine
    from metalog.reading.follow import follow, until_interrupted
    from metalog.watching.live import Live

    live = Live(name)
    line = StatusLine() if sys.stderr.isatty() else None
    if Path(name).is_file():
        remember(name)
    with until_interrupted() as interrupted:
        updates = follow(name, poll=0.5, stop=interrupted, strict=strict, format=log_format)
        if not Path(name).exists():
            say(f"{name} is not there yet; waiting for it (Ctrl-C ends)")
        for update in updates:
            completed = live.add(update)
            if line:
                line.show(printable(live.status()))
            elif completed:
                say(live.status())
    if line:
        line.clear()
    show(live.status())

"""A line on the terminal that is written over each time."""

from __future__ import annotations

import os
import sys

import click


class StatusLine:
    """Shows one text after the other on stderr, a terminal, in the same line: what is too long is cut."""

    def show(self, text: str) -> None:
        """Put `text` in the place of what was shown before."""
        columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80  # a terminal may not know, and say 0
        self.clear()
        click.echo(text if len(text) < columns else f"{text[: columns - 2]}…", nl=False, err=True)

    def clear(self) -> None:
        """Take away what was shown; Ctrl-C's own ^C at its end too."""
        click.echo("\r\x1b[J", nl=False, err=True)

"""A line on the terminal that is written over each time."""

from __future__ import annotations

import os
import sys

import click


class StatusLine:
    """Shows one text after the other on stderr, a terminal, in the same place, however many rows it takes up."""

    def __init__(self) -> None:
        self._rows = 1

    def show(self, text: str) -> None:
        """Put `text` in the place of what was shown before."""
        self.clear()
        click.echo(text, nl=False, err=True)
        columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80  # a terminal may not know, and say 0
        self._rows = max(1, -(-len(text) // columns))

    def clear(self) -> None:
        """Take away what was shown; Ctrl-C's own ^C at its end too."""
        up = f"\x1b[{self._rows - 1}A" if self._rows > 1 else ""
        click.echo(f"\r{up}\x1b[J", nl=False, err=True)
        self._rows = 1

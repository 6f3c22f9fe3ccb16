"""Standard output and error: as a command finds them, and what it says there."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from contextlib import suppress
from typing import BinaryIO, Final

import click

from metalog.errors import MetalogError, UsageError
from metalog.printable import printable

#: Signs of our texts, in ASCII: for a terminal or a pipe whose encoding hasn't got them.
_ASCII: Final = {"─": "-", "–": "-", "—": "-", "−": "-", "±": "+-", "…": "...", "·": ".", "×": "x", "█": "#", "▏": "|"}
_CLOSED: Final = "standard output is closed"


def prepare() -> None:
    """Make the standard streams fit to be written to, whatever the caller left of them.

    A sign that the encoding hasn't got is written in ASCII. In place of a closed stream nothing else must be opened:
    what goes there would end up in a log or a table. So a null device is; standard output's can't be written to, so
    that data don't vanish.
    """
    codecs.register_error("metalog.ascii", _in_ascii)
    for number, mode in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest number that is free: this one
    try:
        os.write(2, b"")
    except OSError:  # open for reading only, as a script leaves it whose own standard error is closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            raw = io.FileIO(number, "w", closefd=False)
            setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", write_through=True))
        with suppress(AttributeError):  # a stream that a caller of main() has put there
            getattr(sys, name).reconfigure(errors="metalog.ascii")


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    written = (_ASCII.get(sign) or printable(sign) for sign in error.object[error.start : error.end])
    return "".join(written).encode("ascii", "backslashreplace").decode(), error.end


def say(text: str) -> None:
    """Say something on standard error, on one line; where that fails, nobody can be told so."""
    with suppress(OSError):
        click.echo(printable(text), err=True)


def complain(error: MetalogError | OSError | str) -> None:
    """Say on standard error why something can't be done."""
    say(f"metalog: {error}")


def show(text: str, *, err: bool = False) -> None:
    """Write lines to standard output, or standard error; nothing in them acts on a terminal."""
    click.echo("\n".join(map(printable, text.split("\n"))), err=err)


def emphasised(text: str) -> str:
    """Return a table with bold headings where a terminal shows it; NO_COLOR and a dumb terminal forbid that."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    lines = text.split("\n")
    above = [place for place, line in enumerate(lines[1:]) if line and not line.strip(" ─-")]
    return "\n".join(click.style(line, bold=True) if place in above else line for place, line in enumerate(lines))


def data_stream() -> BinaryIO:
    """Return standard output for data.

    Raises
    ------
    UsageError
        If it is closed.
    """
    try:
        os.write(sys.stdout.fileno(), b"")
    except OSError as error:
        if error.errno == errno.EBADF:  # else a stream in memory, or an error that the data will meet too
            raise UsageError(f"{_CLOSED}; name a file with -o") from error
    return sys.stdout.buffer


def reason(error: OSError) -> str:
    """Say why standard output can't be written to."""
    return _CLOSED if error.errno == errno.EBADF else error.strerror or str(error)


def silence_output() -> None:
    """Send what is left in standard output's buffer nowhere: it would fail at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""``metalog formats``: the formats of logs that are known, what they are like, and whether a declaration holds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from metalog.cli.console import complain, show
from metalog.cli.format_option import FormatName
from metalog.cli.formats_draft import draft_format
from metalog.cli.inputs import FileName
from metalog.errors import MetalogError, UsageError

if TYPE_CHECKING:
    from metalog.formats.model import Format
    from metalog.reading.known import Known


@click.group()
def formats() -> None:
    """List, show, test and draft the formats of logs.

    Known are metalog's own and other bundled ones, those that installed packages bring (entry points of the group
    metalog.formats), a user's (*.toml in the folder formats of metalog's configuration folder), and a project's (*.toml
    in .metalog/formats beside a log, or in a folder above it).
    """


@formats.command("list")
def list_formats() -> None:
    """List the known formats: name, title, where from."""
    from metalog.reading.known import known_formats

    rows = [("name", "title", "from"), *((one.name, one.title or _title(one), one.origin) for one in known_formats())]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    show("\n".join(f"{name:<{widths[0]}}  {title:<{widths[1]}}  {origin}" for name, title, origin in rows))


def _title(known: Known) -> str:
    """Return the title of a format that has none in its text, since a package made it."""
    try:
        return known.format.title
    except MetalogError:
        return ""


@formats.command("show")
@click.argument("name", metavar="NAME|FILE", type=FormatName())
@click.option("--toml", is_flag=True, help="Print the declaration itself.")
def show_format(name: str, toml: bool) -> None:
    """Show what a format is like: its levels, its lines with samples, its frames and their columns."""
    from metalog.reading.known import find_any

    known = find_any(name)
    if not toml:
        show("\n".join(_description(known.format, known.origin)))
    elif known.text is None:
        raise UsageError(f"{known.name} comes from {known.origin} without a declaration, so there is none to print")
    else:
        show(known.text.rstrip("\n"))


def _description(form: Format, origin: str) -> list[str]:
    lines = [f"{form.name}: {form.title} ({origin})" if form.title else f"{form.name} ({origin})"]
    if form.levels:
        inner = {level.parent for level in form.levels}
        ends = [index for index in range(len(form.levels)) if index not in inner]
        chains = (" > ".join(form.levels[level].name for level in form.path(end)) for end in ends)
        lines += ["", "levels", *(f"  {chain}" for chain in chains)]
    width = max(len(line.name) for line in form.lines)
    lines += ["", "lines", *(f"  {line.name:<{width}}  {line.sample}" for line in form.lines)]
    width = max(map(len, form.frames))
    return [*lines, "", "frames", *(f"  {name:<{width}}  {', '.join(own)}" for name, own in form.frames.items())]


@formats.command("test")
@click.argument("name", metavar="NAME|FILE", type=FormatName())
@click.argument("logs", nargs=-1, metavar="[LOG]...", type=FileName())
def test_format(name: str, logs: tuple[str, ...]) -> None:
    """Test whether a declaration holds, and how much of logs it explains; exit with 1 if it doesn't, or gives no row.

    Its samples are read, and must give what they say. Of each LOG is told what share of the lines with numbers was
    understood, how many rows each frame gets, and what the lines look like that were not understood.
    """
    from metalog.cli.explained import explain
    from metalog.reading.known import find_any
    from metalog.runs.words import counted
    from metalog.sources import expand

    known = find_any(name)
    try:
        form = known.format
    except UsageError as error:
        complain(error)
        sys.exit(1)
    kinds, frames = counted(len(form.lines), "line"), counted(len(form.frames), "frame")
    show(f"{form.name}: {kinds}, {frames}; the declaration holds")
    empty = False
    for source in expand(logs):
        with source.open() as stream:
            report = explain(stream, form)
        show("\n".join(report.lines(source.name)))
        empty = empty or not report.rows_in_all
    if empty:
        sys.exit(1)


formats.add_command(draft_format)

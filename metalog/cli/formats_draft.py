"""``metalog formats draft``: from a log in an unknown format to a declaration to start from."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from metalog.cli.console import data_stream, say
from metalog.cli.inputs import FileName
from metalog.cli.outputs import STDOUT, refuse_overwriting
from metalog.errors import UsageError

if TYPE_CHECKING:
    from metalog.drafting import Draft
    from metalog.sources import Source

#: A longer line is taken for several.
_LONGEST_LINE: Final = 1 << 16
#: So many shapes that could not be placed are told, each cut to so many characters.
_MOST_TOLD, _LONGEST_TOLD = 5, 120


@click.command("draft")
@click.argument("log", metavar="LOG", type=FileName())
@click.option(
    "-o",
    "--output",
    type=FileName(),
    default=STDOUT,
    metavar="FILE",
    help="Write the declaration to FILE instead of standard output.",
)
@click.option("--name", metavar="NAME", help="What the format is called (default: as the log's file).")
@click.option("--overwrite", is_flag=True, help="Write over a FILE that exists.")
def draft_format(log: str, output: str, name: str | None, overwrite: bool) -> None:
    """Write a declaration to start from, made from a LOG in an unknown format.

    Lines of one shape become a kind of line, their numbers are named by the words before them, and what counts up
    inside what becomes the levels. The declaration loads as it is; its comments tell what to check. What could not be
    placed stands at its end, and is told on standard error. LOG is a file, compressed or not, a URL, or - for standard
    input.
    """
    from metalog.drafting import draft
    from metalog.output.atomic import write_text
    from metalog.sources import expand

    sources = expand([log])
    if len(sources) > 1:
        raise UsageError(f"{log} is {len(sources)} logs; a draft is made from one")
    refuse_overwriting([output], sources)
    if output != STDOUT and not overwrite and Path(output).is_file():
        raise UsageError(f"{output} exists already: name another file with -o, or --overwrite it")
    drafted = draft(_lines(sources[0]), name or _name_of(sources[0]))
    if output == STDOUT:
        data_stream().write(drafted.text.encode())
    else:
        write_text(output, drafted.text)
    _tell(drafted, output, log)


def _lines(source: Source) -> Iterator[str]:
    with source.open() as raw, io.BufferedReader(raw) as stream:
        while line := stream.readline(_LONGEST_LINE):
            yield line.decode("utf-8", "replace")


def _name_of(source: Source) -> str:
    """Return a name for the format of a log: that of its file, without endings."""
    stem = Path(source.member or source.path or "").name.partition(".")[0]
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "mine"


def _tell(drafted: Draft, output: str, log: str) -> None:
    say(f"{drafted.placed} of {drafted.numbered} lines with numbers are explained")
    for count, first in drafted.unplaced[:_MOST_TOLD]:
        say(f"not placed, {count} x: {first[:_LONGEST_TOLD]}{'…' if len(first) > _LONGEST_TOLD else ''}")
    if len(drafted.unplaced) > _MOST_TOLD:
        say(f"not placed: {len(drafted.unplaced) - _MOST_TOLD} more shapes")
    if output != STDOUT:
        say(f"written: {output}; check it, then: metalog formats test {output} {log}")

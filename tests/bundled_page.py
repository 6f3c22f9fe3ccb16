"""The page of the documentation that shows the bundled formats, made from their declarations."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Iterator

import metalog
from metalog.formats import bundled
from tests.bundled_logs import DECLARATIONS, NAMES, frames


def contents() -> str:
    """Return a table of all formats."""
    rows = (f"| [`{name}`](#{name}) | {bundled(name).title} |" for name in NAMES)
    return "\n".join(("| name | what it reads |", "| --- | --- |", *rows)) + "\n"


def sections() -> str:
    """Return a section a format: a sample, and the frames that it gives."""
    return "\n".join(line for name in NAMES for line in _section(name))


def _section(name: str) -> Iterator[str]:
    chains = tomllib.loads(DECLARATIONS[name].read_text(encoding="utf-8")).get("levels", [])
    levels = f"Levels: {', '.join(f'`{chain}`' for chain in chains)}." if chains else "It has no levels."
    yield from (
        f"## {name}",
        "",
        f"{bundled(name).title}. {levels} The declaration: [{name}.toml](../metalog/formats/{name}.toml).",
        "",
    )
    text = bundled(name).samples[0].text.strip("\n")
    yield from ("```text", *(line.rstrip() for line in text.splitlines()), "```", "")
    yield from ("| frame | rows | columns |", "| --- | --- | --- |")
    run = metalog.read(io.BytesIO(bundled(name).samples[0].text.encode()), format=bundled(name))
    for frame, table in frames(run).items():
        yield f"| `{frame}` | {len(table)} | {', '.join(f'`{column}`' for column in table)} |"
    yield ""

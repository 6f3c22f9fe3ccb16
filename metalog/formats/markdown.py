"""The kinds of line of a format as a table for the documentation."""

from __future__ import annotations

from metalog.formats.model import Format


def markdown_table(form: Format) -> str:
    """Return the table of all kinds of line."""
    rows = (f"| {line.name} | `{line.template}` | `{line.sample}` | {line.meaning} |" for line in form.lines)
    return "\n".join(("| kind | template | sample | meaning |", "| --- | --- | --- | --- |", *rows)) + "\n"

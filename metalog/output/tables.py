"""Frames to tables as text: for a terminal, Markdown, LaTeX, CSV and JSON.

CSV and JSON hold the frame itself, every column in full precision; the others show what a :class:`Column` says, rounded
as a reader wants it. Small enough that no library would make it shorter: pandas' own writers need tabulate and Jinja.
"""

from __future__ import annotations

import csv
import io
import json
import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from metalog.errors import UsageError
from metalog.output.escapes import csv_text, json_text, latex_row, markdown_text
from metalog.printable import printable
from metalog.stats.readable import Column

#: Format -> the file ending that asks for it.
FORMATS: Final = {"table": ".txt", "markdown": ".md", "latex": ".tex", "csv": ".csv", "json": ".json"}
#: Characters that a line of a table may have where there is no terminal to tell.
WIDTH: Final = 160


def format_for(path: str | Path) -> str:
    """Return the format that a file's ending asks for.

    Raises
    ------
    UsageError
        If no format has that ending.
    """
    endings = {ending: name for name, ending in FORMATS.items()}
    ending = Path(path).suffix.lower()
    if ending not in endings:
        raise UsageError(f"{path}: can't tell a table's format from {ending or 'no ending'}; use {', '.join(endings)}")
    return endings[ending]


def render(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    form: str = "table",
    *,
    notes: Sequence[str] = (),
    width: int = WIDTH,
) -> str:
    """Write a frame as a table.

    Parameters
    ----------
    frame, columns
        One row a row of the table, and what readers are shown of it; CSV and JSON hold the frame's own columns.
    form
        A key of :data:`FORMATS`.
    notes
        Sentences for readers: below the table, in LaTeX as comments above it, in CSV and JSON left out.
    width
        Characters that a line may have in format ``"table"``. A wider table is turned, a column a row of the frame;
        if it is still too wide, it is broken into several of some columns each.

    Returns
    -------
    str
        Ends with a newline. In JSON a list of objects, ``null`` where a number is missing or not finite (JSON has no
        other way); in CSV an empty field, ``nan``, ``inf`` or ``-inf``.

    Raises
    ------
    UsageError
        If there is no such format.
    """
    if form not in FORMATS:
        raise UsageError(f"no table format is called {form!r}; there are {', '.join(FORMATS)}")
    if form == "csv":
        return _csv(frame)
    return _json(frame) if form == "json" else _for_readers(frame, columns, form, notes, width)


def _for_readers(frame: pd.DataFrame, columns: Sequence[Column], form: str, notes: Sequence[str], width: int) -> str:
    cells = [[column.heading for column in columns]]
    rows = frame.to_dict("records")
    cells += [[column.cell(row) for column in columns] for row in rows]
    texts = [column.is_text for column in columns]
    bold = [[], *([place for place, one in enumerate(columns) if one.is_strong and one.is_strong(row)] for row in rows)]
    if form == "latex":
        return _latex(cells, texts, notes, bold)
    if form == "markdown":
        return _markdown(cells, texts, notes, bold)
    return _terminal(cells, texts, notes, width)


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): _json_value(value) for key, value in row.items()} for row in frame.to_dict("records")]


def _json_value(value: Any) -> Any:
    if pd.isna(value) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value.item() if hasattr(value, "item") else value


def _json(frame: pd.DataFrame) -> str:
    return json_text(json.dumps(_plain(frame), indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def _csv(frame: pd.DataFrame) -> str:
    """Floats as Python writes them; a ``nan`` is spelt out, only what is ``<NA>`` or ``None`` stays empty."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([csv_text(str(name)) for name in frame.columns])
    writer.writerows(map(_csv_value, row) for row in frame.itertuples(index=False))
    return stream.getvalue()


def _csv_value(value: Any) -> Any:
    if value is None or value is pd.NA or isinstance(value, int | float | np.number):
        return None if value is pd.NA else value
    return csv_text(str(value))


def _terminal(cells: list[list[str]], texts: list[bool], notes: Sequence[str], width: int) -> str:
    cells = [[printable(cell) for cell in row] for row in cells]
    lines = _aligned(cells, texts)
    if len(lines[0]) > width:
        turned = _aligned([list(column) for column in zip(*cells, strict=True)], [True] + [False] * (len(cells) - 1))
        lines = turned if len(turned[0]) <= width else _broken(cells, texts, width)
    below = [textwrap.fill(printable(note), max(width, 40)) for note in notes]
    return "".join(f"{line.rstrip()}\n" for line in [*lines, *([""] if below and lines[-1] else []), *below])


def _aligned(cells: list[list[str]], texts: list[bool]) -> list[str]:
    """Pad the cells of a table, text to the left and numbers to the right, with a rule under the headings."""
    widths = _widths(cells)
    lines = [
        "  ".join(
            cell.ljust(width) if text else cell.rjust(width)
            for cell, width, text in zip(row, widths, texts, strict=True)
        )
        for row in cells
    ]
    return [lines[0], "  ".join("─" * width for width in widths), *lines[1:]]


def _broken(cells: list[list[str]], texts: list[bool], width: int) -> list[str]:
    """Align a table in parts of as many columns as fit, the first column repeated in each."""
    name, *widths = _widths(cells)
    parts: list[list[int]] = []
    used = width
    for column, size in enumerate(widths, start=1):
        if used + size + 2 > width:
            parts.append([0])
            used = name
        parts[-1].append(column)
        used += size + 2
    return [line for part in parts for line in [*_aligned(_pick(cells, part), [texts[k] for k in part]), ""]]


def _pick(cells: list[list[str]], columns: list[int]) -> list[list[str]]:
    return [[row[column] for column in columns] for row in cells]


def _widths(cells: list[list[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*cells, strict=True)]


def _markdown(cells: list[list[str]], texts: list[bool], notes: Sequence[str], bold: Sequence[list[int]]) -> str:
    rows = [[markdown_text(cell) for cell in row] for row in cells]
    for row, places in zip(rows, bold, strict=True):
        for place in places:
            row[place] = f"**{row[place]}**"
    rows.insert(1, ["---" if text else "---:" for text in texts])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*lines, *(line for note in notes for line in ("", markdown_text(note)))]) + "\n"


def _latex(cells: list[list[str]], texts: list[bool], notes: Sequence[str], bold: Sequence[list[int]]) -> str:
    """Write a tabular with booktabs' rules."""
    rows = [latex_row(row, places) for row, places in zip(cells, bold, strict=True)]
    shape = "".join("l" if text else "r" for text in texts)
    head = [
        *(f"% {printable(note)}" for note in notes),
        r"% needs \usepackage{booktabs}",
        rf"\begin{{tabular}}{{{shape}}}",
    ]
    return "\n".join([*head, r"\toprule", rows[0], r"\midrule", *rows[1:], r"\bottomrule", r"\end{tabular}"]) + "\n"

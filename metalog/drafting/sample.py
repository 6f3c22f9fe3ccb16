"""Lines of the log that a declaration proves itself with, and what they give."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from metalog.drafting.plan import Planned
from metalog.drafting.write import bare, quoted

if TYPE_CHECKING:
    import pandas as pd

#: So many values of a frame are asked for, besides its levels.
_MOST_COLUMNS: Final = 6
_OWN: Final = ("segment", "line")


def sample_lines(planned: Sequence[Planned]) -> list[str]:
    """Return the first lines of each kind, in the order of the log."""
    found: dict[int, str] = {}
    for line in planned:
        if line.text:
            found[line.lines[0]] = line.text
        for kind in line.kinds:
            found |= dict(zip(kind.lines, kind.firsts, strict=False))
    return [found[number] for number in sorted(found)]


def with_sample(declaration: str, lines: Sequence[str]) -> str:
    """Return a declaration with a sample: the lines, and what they give when they are read by it.

    Raises
    ------
    UsageError
        If the declaration does not hold.
    """
    from metalog.formats.declare import declare
    from metalog.reading.read import read

    run = read(io.BytesIO("".join(f"{line}\n" for line in lines).encode()), format=declare(declaration, "the draft"))
    frames = {name: frame for name, frame in run.frames.items() if name != "diagnostics" and len(frame)}
    if not frames:
        return declaration
    parts = [
        declaration,
        "# What the declaration makes of some lines of the log: compare it with them. One whose sample gives something",
        "# else is refused, so this shows what a change of a line above does.",
        "[[sample]]",
        f"text = {_text(lines)}",
    ]
    for name, frame in frames.items():
        parts += [f"[sample.gives.{bare(name)}]", *_columns(frame)]
    return "\n".join(parts) + "\n"


def _columns(frame: pd.DataFrame) -> Iterator[str]:
    names = [str(name) for name in frame if name not in _OWN]
    levels = sum(str(frame[name].dtype) == "Int32" for name in names)
    for name in names[: levels + _MOST_COLUMNS]:
        yield f"{bare(name)} = [{', '.join(map(_value, frame[name].tolist()))}]"


def _value(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    number = float(value) if isinstance(value, int | float) else math.nan  # a missing number is pandas' NA
    return "nan" if math.isnan(number) else repr(value) if math.isfinite(number) else "inf" if number > 0 else "-inf"


def _text(lines: Sequence[str]) -> str:
    """Return lines as a TOML text of several lines, with escapes where they are needed."""
    own = ("\t".join(quoted(cell)[1:-1] for cell in line.split("\t")) for line in lines)
    return '"""\n' + "".join(f"{line}\n" for line in own) + '"""'

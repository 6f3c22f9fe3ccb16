"""Whether a declaration proves itself: what it reads in its samples is what they say."""

from __future__ import annotations

import math
from typing import Any

from metalog.columns import Array
from metalog.errors import UsageError
from metalog.formats.declare import declare
from metalog.formats.mistake import Mistake
from metalog.formats.model import Format, Sample
from metalog.formats.template import MISSING
from metalog.reading.parser import Parser


def declare_proven(text: str, source: str) -> Format:
    """Return the format that a declaration describes, its samples checked.

    Raises
    ------
    UsageError
        If it makes no sense, or a sample does not give what it says.
    """
    form = declare(text, source)
    for number, sample in enumerate(form.samples):
        if differs := check_sample(form, sample):
            place = Mistake(differs, "sample", number).find(text)
            raise UsageError(f"{source}{place}: the sample does not give what it says: {differs}")
    return form


def check_sample(form: Format, sample: Sample) -> str:
    """Return what a sample gives otherwise than it says, ``""`` for nothing."""
    parser = Parser("<sample>", format=form)
    parser.feed(sample.text.encode())
    run = parser.close()
    for frame, column, values in sample.gives:
        columns = {**run.columns(frame), **run.extra.get(frame, {})}
        if column not in columns:
            return f"{frame} has no column {column!r}, but {', '.join(columns)}"
        found = _plain(columns[column])
        if not _equal(found, list(values)):
            return f"{column} of {frame} is {found}, not {list(values)}"
    return ""


def _plain(values: Array) -> list[Any]:
    missing = {None: "", MISSING: math.nan} if values.dtype.kind in "iO" else {}
    return [missing.get(value, value) for value in values.tolist()]


def _equal(found: list[Any], told: list[Any]) -> bool:
    return len(found) == len(told) and all(_same(one, other) for one, other in zip(found, told, strict=True))


def _same(one: Any, other: Any) -> bool:
    return one == other or (
        isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    )

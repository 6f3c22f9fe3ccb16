"""Values that are less than the least, or more than the greatest, that a format says they can be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from metalog.diagnostics import CODES
from metalog.errors import Diagnostic
from metalog.formats.model import Format
from metalog.scan.block import ScannedBlock

_CODE = "out-of-range"


def check_ranges(form: Format, scanned: ScannedBlock) -> None:
    """Add a diagnostic for each value of a block that is out of its range; the value itself stays as it is."""
    for name, least, greatest in form.ranges:
        for slot in sorted({line.values.index(name) for line in form.lines if name in line.values}):
            values = scanned.tokens.values[slot]
            if not len(values) or (values.min() >= least and values.max() <= greatest):
                continue  # as a rule; one that is nan makes both comparisons false
            outside = np.flatnonzero((values < least) | (values > greatest)).tolist()
            scanned.diagnostics += _found(form, scanned, outside, (name, slot), f"from {least:g} to {greatest:g}")


def _found(
    form: Format, scanned: ScannedBlock, outside: list[int], value: tuple[str, int], span: str
) -> Iterator[Diagnostic]:
    name, slot = value
    for token in outside:
        line = form.lines[scanned.tokens.kind[token]]
        if line.values[slot : slot + 1] == (name,):
            message = f"{name} {scanned.tokens.values[slot, token]:g} is not {span}"
            number, text = int(scanned.tokens.line[token]), scanned.text(token)
            yield Diagnostic(number, 1, _CODE, CODES[_CODE].severity, message, text)

"""What `LogWriter` writes in any bundled format is read back equal, line by line, with both engines."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metalog.composing.pairs import column_name, to_pairs
from metalog.formats import bundled
from metalog.formats.line import Line
from metalog.formats.model import Format
from metalog.formats.template import Field, fields
from metalog.formats.writer import LogWriter
from metalog.scan.engines import ENGINES
from metalog.scan.numbers import to_list
from metalog.scan.scanner import Scanner
from tests.bundled_logs import NAMES

KINDS = [(name, line.name) for name in NAMES for line in bundled(name).lines if line.frame]
WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
FLOATS = st.floats(width=64)
SMALL = st.floats(0, 1e6, allow_subnormal=False).map(lambda value: round(value, 6))
PAIRS = st.dictionaries(st.from_regex(r"[a-z]{2,9}", fullmatch=True), SMALL, min_size=1, max_size=5)


def value(field: Field) -> st.SearchStrategy[Any]:
    if field.type == "int":
        return st.integers(0, 10**6)
    if field.type == "whole":
        return st.integers(-(10**6), 10**12)
    if field.type in ("percent", "duration"):
        return SMALL
    if field.type == "list":
        return st.lists(FLOATS, min_size=1, max_size=12)
    if field.type == "choice":
        return st.sampled_from(field.words)
    return {"float": FLOATS, "word": WORDS, "pairs": PAIRS}[field.type]


def test_every_bundled_format_has_rows() -> None:
    assert {name for name, _ in KINDS} == set(NAMES)


@pytest.mark.parametrize(("name", "kind"), KINDS, ids=[" ".join(pair) for pair in KINDS])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_line_is_read_back_equal(name: str, kind: str, data: st.DataObject) -> None:
    form = bundled(name)
    line = form.by_name[kind]
    own = [field for field in fields(line.parts) if field.is_kept]
    written = {field.name: data.draw(value(field), field.name) for field in own}
    stream = io.StringIO()
    LogWriter(stream, form).write(kind, **{"pairs" if key == "*" else key: one for key, one in written.items()})
    for engine in ENGINES:
        check(form, line, written, stream.getvalue().encode(), engine)


def check(form: Format, line: Line, written: dict[str, Any], text: bytes, engine: str) -> None:
    scanned = Scanner(form, engine).scan_block(text)
    assert len(scanned.tokens) == 1, text
    assert form.lines[scanned.tokens.kind[0]].name == line.name, text
    texts = [*scanned.texts]
    for name, one in written.items():
        if name in line.counters:
            assert scanned.tokens.counters[line.counters.index(name), 0] == one
        elif name in line.values:
            assert same(scanned.tokens.values[line.values.index(name), 0], one), (name, text)
        else:
            found = texts[scanned.tokens.texts[line.texts.index(name), 0]]
            assert equal(found, one), (found, one, text)


def equal(text: str, written: Any) -> bool:
    if isinstance(written, list):
        return all(map(same, to_list(text.encode()), written)) and len(to_list(text.encode())) == len(written)
    return to_pairs(text) == written if isinstance(written, dict) else text == written


def same(found: float, written: float) -> bool:
    return found == written or (math.isnan(found) and math.isnan(written)) or bool(np.float64(written) == found)


def test_a_key_is_named_by_the_first_pattern_that_fits() -> None:
    names = (("val_*", "validation_*"), ("loss", "train_loss"), ("*", "other_*"))
    keys = ("val_loss", "loss", "lr", "val_")
    assert [column_name(key, names) for key in keys] == ["validation_loss", "train_loss", "other_lr", "validation_"]

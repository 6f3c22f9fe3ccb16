"""Whatever the bytes, lenient reading never raises, and strict reading raises what lenient reading tells first."""

from __future__ import annotations

import pytest
from hypothesis import given

from metalog.diagnostics import CODES
from metalog.errors import FormatError
from metalog.formats import native
from metalog.reading.parser import Parser
from metalog.runs.frames import COLUMNS
from tests.properties import examples
from tests.properties.compare import parse
from tests.properties.logs import LOGS


@examples(150)
@given(LOGS)
def test_lenient_reading_never_raises_and_keeps_the_frames_shape(data: bytes) -> None:
    run = parse(data)
    for name, columns in native().frames.items():
        frame = getattr(run, name)
        assert tuple(frame.columns[: len(columns)]) == columns
        for column in columns:
            may_miss = COLUMNS[column][0]
            assert str(frame[column].dtype) == (may_miss if frame[column].isna().any() else may_miss.lower())
    found = run.diagnostics
    assert set(found["code"]) <= CODES.keys()
    assert (found["line"].between(1, max(run.counts.get("lines", 0), 1)) & (found["column"] >= 1)).all()
    assert isinstance(repr(run), str)
    assert isinstance(run._repr_html_(), str)


@examples(150)
@given(LOGS)
def test_strict_reading_raises_the_first_oddity_of_lenient_reading(data: bytes) -> None:
    parser = Parser("some log", strict=True)
    odd = parse(data).diagnostics.query("severity != 'info'")
    if odd.empty:
        parser.feed(data)
        assert parser.close().diagnostics["severity"].isin(["info"]).all()
        return
    with pytest.raises(FormatError) as caught:
        _read_all(parser, data)
    first = odd.iloc[0]
    error = caught.value
    assert (error.diagnostic.line, error.diagnostic.column) == (first["line"], first["column"])
    assert (error.diagnostic.code, error.diagnostic.severity) == (first["code"], first["severity"])
    assert str(error).startswith(f"some log:{first['line']}:{first['column']}: {first['code']}: ")


def _read_all(parser: Parser, data: bytes) -> None:
    parser.feed(data)
    parser.close()

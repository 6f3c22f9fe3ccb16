"""What the writer writes the parser reads, bit for bit; what can't be read back can't be written."""

from __future__ import annotations

import io
import json
import math
import struct
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metalog.formats import native
from metalog.formats.template import MAX_COUNTER
from metalog.formats.writer import LogWriter, format_line
from metalog.reading.parser import Parser
from metalog.runs.run import Run
from tests.properties import examples

FLOATS = st.one_of(
    st.floats(),
    st.floats(width=32),
    st.binary(min_size=8, max_size=8).map(lambda bits: struct.unpack("d", bits)[0]),
    st.sampled_from([math.nan, math.inf, -math.inf, 1e-05, 0.0, -0.0, 5e-324, 0.1, 1e16, 0.6666666865348816]),
)
RESERVED = native().reserved
#: Anything that JSON can hold, with our words in it now and then.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text() | st.sampled_from([f"x {w} y" for w in RESERVED]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
#: Names of what a comment tells; some are those of columns that are there already.
NAMES = st.text() | st.sampled_from(["meta_loss", "line", "run", "problem", "segment", "complete"])
OBJECTS = st.dictionaries(st.text(), JSON, max_size=4)


@dataclass
class Log:
    """A log being written at random, and what is to be read from it."""

    draw: st.DrawFn
    stream: io.StringIO = field(default_factory=io.StringIO)
    steps: list[tuple[Any, ...]] = field(default_factory=list)
    validations: list[tuple[Any, ...]] = field(default_factory=list)
    meta_validation: list[tuple[Any, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.writer = LogWriter(self.stream)

    def values(self, rows: list[tuple[Any, ...]], *key: int) -> tuple[float, float]:
        loss, accuracy = self.draw(FLOATS), self.draw(FLOATS)
        rows.append((*key, loss, accuracy))
        return loss, accuracy

    def problem(self, epochs: int, steps: int, *where: int) -> None:
        for epoch in range(1, epochs + 1):
            self.writer.epoch(epoch)
            for step in range(1, steps + 1):
                self.writer.step(epoch, step, *self.values(self.steps, *where, epoch, step))
            self.writer.validation(epoch, *self.values(self.validations, *where, epoch))

    def meta_validate(self, problems: int, *where: int) -> None:
        self.writer.meta_validation_begin()
        for batch in range(10, self.draw(st.integers(10, 30)), 10):
            self.writer.meta_validation_batch(batch)
            for problem in range(1, problems + 1):
                values = self.values(self.meta_validation, *where, batch, problem)
                self.writer.meta_validation_result(*values)
        self.writer.meta_validation_end()


@st.composite
def meta_logs(draw: st.DrawFn) -> Log:
    log = Log(draw)
    meta_epochs, meta_steps, problems, epochs = (draw(st.integers(1, 2)) for _ in range(4))
    steps = draw(st.integers(0, 2))
    for meta_epoch in range(1, meta_epochs + 1):
        log.writer.meta_epoch(meta_epoch)
        for updates in range(meta_steps):
            log.writer.meta_step(updates)
            for problem in range(1, problems + 1):
                log.writer.problem(problem)
                log.problem(epochs, steps, meta_epoch, updates + 1, problem)
            if draw(st.booleans()):
                log.meta_validate(problems, meta_epoch, updates + 1)
    return log


@st.composite
def learning_logs(draw: st.DrawFn) -> Log:
    log = Log(draw)
    log.problem(draw(st.integers(1, 4)), draw(st.integers(0, 3)), -1, -1, -1)
    log.writer.finished()
    return log


def read(text: str) -> Run:
    """Read what was written; nothing is wrong with it but that an accuracy may be any number here."""
    parser = Parser()
    parser.feed(text.encode())
    run = parser.close()
    assert {one.code for one, _ in run.diagnostic_records} <= {"out-of-range", "not-finite"}
    return run


def rows(run: Run, frame: str, *names: str) -> list[tuple[Any, ...]]:
    columns = run.columns(frame)
    return bits(zip(*(columns[name].tolist() for name in (*names, "loss", "accuracy")), strict=True))


def bits(rows: Any) -> list[tuple[Any, ...]]:
    """Replace floats by their bits; all nan are written as nan."""
    return [
        (*key, *("nan" if value != value else struct.pack("d", value) for value in row[-2:]))
        for row in rows
        for key in [row[:-2]]
    ]


@examples(100)
@given(st.one_of(meta_logs(), learning_logs()))
def test_records(log: Log) -> None:
    run = read(log.stream.getvalue())
    where = ("meta_epoch", "meta_step", "problem")
    assert rows(run, "steps", *where, "epoch", "step") == bits(log.steps)
    assert rows(run, "validations", *where, "epoch") == bits(log.validations)
    assert rows(run, "meta_validation", *where[:2], "batch", "problem") == bits(log.meta_validation)


@examples(100)
@given(OBJECTS, st.lists(OBJECTS, max_size=3), st.dictionaries(NAMES, FLOATS, max_size=3))
def test_comments(config: dict[str, Any], tests: list[dict[str, Any]], numbers: dict[str, float]) -> None:
    stream = io.StringIO()
    writer = LogWriter(stream)
    writer.header(config)
    writer.meta_epoch(1)
    writer.meta_step(0)
    writer.problem(1)
    writer.epoch(1)
    writer.validation(1, 0.5, 0.5)
    writer.record("meta-step", numbers)
    for result in tests:
        writer.record("meta-test", result)
    assert stream.getvalue().count("\n") == 10 + len(tests)
    run = read(stream.getvalue())
    assert repr(run.config) == repr(json.loads(json.dumps(config)))
    assert repr(run.meta_test) == repr(json.loads(json.dumps(tests)))
    taken = {"line", "run", "problem", *run.meta_steps.columns[:10]}
    told = run.meta_steps.columns[10:].tolist()
    assert told == [name for name in numbers if name not in taken]
    for name in told:
        np.testing.assert_equal(run.meta_steps[name][0], numbers[name])


@examples(50)
@given(st.text(), st.sampled_from(RESERVED), st.text())
def test_a_comment_with_words_of_another_line_is_refused(before: str, word: str, after: str) -> None:
    with pytest.raises(ValueError, match="must not contain"):
        format_line("comment", before + word + after)


@examples(100)
@given(st.text())
def test_a_comment_that_can_be_written_is_read_as_a_comment(text: str) -> None:
    try:
        line = format_line("comment", text)
    except ValueError:
        control = any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text.replace("\t", ""))
        assert control or any(word in text for word in RESERVED)
        return
    run = read(line)
    assert run.counts == {"lines": 1, "comment": 1}


@pytest.mark.parametrize("number", [-1, MAX_COUNTER + 1, 10**30, 1.0, "1", True, None])
@pytest.mark.parametrize("kind", ["meta-epoch", "meta-step", "problem", "epoch", "meta-validation batch"])
def test_a_counter_that_no_frame_holds_is_refused(kind: str, number: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        format_line(kind, number)


def test_an_unknown_tag_is_refused() -> None:
    with pytest.raises(ValueError, match=", ".join(tag.name for tag in native().tags)):
        LogWriter(io.StringIO()).record("meta_step", {})

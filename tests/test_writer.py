"""The writer's lines, to the letter."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

import metalog
from metalog.formats import native
from metalog.formats.writer import LogWriter, format_line, to_json

RULE = "=" * 31


class Unbuffered(io.StringIO):
    """Knows what has been flushed."""

    flushed = ""

    def flush(self) -> None:
        self.flushed = self.getvalue()


def test_a_whole_log() -> None:
    stream = Unbuffered()
    log = LogWriter(stream)
    log.header({"seed": 7})
    log.meta_epoch(1)
    log.meta_step(0)
    log.problem(1)
    log.epoch(1)
    log.step(1, 1, 0.7337116003036499, 0.625)
    log.validation(1, float("nan"), float("-inf"))
    log.meta_validation_begin()
    log.meta_validation_batch(10)
    log.meta_validation_result(1e-05, 1)
    log.meta_validation_end()
    log.record("meta-step", {"seconds": 1.5})
    log.finished()
    assert stream.flushed.splitlines() == [
        "# metalog log format 1",
        '# config {"seed": 7}',
        RULE,
        "//           Meta-Epoch 1       //",
        RULE,
        "0 updates at Meta-Level",
        "- Problem 1 -",
        "Epoch 1",
        "Epoch 1, step     1], Loss: 0.7337116003036499, Accuracy: 0.625",
        "Epoch 1, VALIDATION], Loss: nan, Accuracy: -inf",
        "META-VALIDATION STEP:",
        "Validation step 10",
        "Last epoch, VALIDATION], Loss: 1e-05, Accuracy: 1.0",
        "END OF META-VALIDATION STEP",
        '# meta-step {"seconds": 1.5}',
        "Finished Training",
    ]


def test_each_line_is_handed_on_at_once() -> None:
    stream = Unbuffered()
    LogWriter(stream).epoch(3)
    assert stream.flushed == "Epoch 3\n"


def test_a_wide_step_number_keeps_its_digits() -> None:
    assert format_line("step", 10, 123456, 0.5, 1.0) == "Epoch 10, step 123456], Loss: 0.5, Accuracy: 1.0\n"


@pytest.mark.parametrize(
    "text", ["a\0b", "\x1b[1m", "two\nlines", "line end\n", "\r", "a\x85b", "a\u2028b", "Epoch", "no Loss", RULE]
)
def test_a_comment_that_other_readers_would_misread_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a comment must"):
        format_line("comment", text)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        format_line("meta step", 1)


@pytest.mark.parametrize("word", native().reserved)
@pytest.mark.parametrize("frame", ["{}", "x{}", "\\{}", "é{}\n", "{0} {0}"])
def test_json_hides_reserved_words_and_keeps_what_it_says(word: str, frame: str) -> None:
    value: dict[str, Any] = {frame.format(word): [frame.format(word)]}
    text = to_json(value)
    assert not any(reserved in text for reserved in native().reserved)
    assert json.loads(text) == value


def test_paths_and_other_objects_are_written_as_their_text(tmp_path: Any) -> None:
    assert json.loads(to_json({"data": tmp_path})) == {"data": str(tmp_path)}


def test_the_public_name() -> None:
    assert metalog.LogWriter is LogWriter

"""Diagnostics of a log: stretches are one, and however many there are, memory and lists stay short."""

from __future__ import annotations

import io

import pytest

import metalog
from metalog.diagnostics import MOST_ALIKE, MOST_KEPT
from metalog.errors import Diagnostic
from metalog.reading.diagnostic_log import DiagnosticLog
from metalog.reading.parser import Parser
from metalog.runs.run import Run


def parse(data: bytes, piece: int) -> Run:
    parser = Parser()
    for begin in range(0, len(data), piece):
        parser.feed(data[begin : begin + piece])
    return parser.close()


@pytest.mark.parametrize("piece", [7, 100, 10**6])
def test_a_stretch_of_noise_is_one_diagnostic_however_it_was_cut(piece: int) -> None:
    run = parse(
        b"Epoch 1\n" + b"no line of ours\n" * 20 + b"Epoch 1, VALIDATION], Loss: 1.0, Accuracy: 1.0\nmore\n", piece
    )
    assert run.diagnostics[["line", "message"]].to_numpy().tolist()[:2] == [
        [2, "not a line of the format (lines 2 to 21)"],
        [23, "not a line of the format"],
    ]
    assert run.counts["noise"] == 21


@pytest.mark.parametrize("piece", [1000, 10**6])
def test_of_one_code_the_first_thousand_are_kept_and_all_are_counted(piece: int) -> None:
    run = parse(b"Epoch 1\n" + b"Epoch 1, VALIDATION], Loss: 1.0, Accuracy: 2.0\n" * 3000, piece)
    found = run.diagnostics[run.diagnostics["code"] == "out-of-range"]
    assert len(found) == MOST_KEPT + 1
    assert found["line"].tolist()[-2:] == [1001, 3001]
    assert found["message"].iloc[-1] == "2,000 more of this code up to here; the first 1,000 are listed"
    assert run.diagnostic_counts["out-of-range"] == 3000
    assert "3000 out-of-range" in repr(run)


@pytest.mark.parametrize("piece", [1000, 10**6])
def test_of_damaged_lines_of_one_sort_the_first_ten_are_kept_and_all_are_counted(piece: int) -> None:
    run = parse(b"Epoch 1, step     1, Loss: 0.5, Accuracy: 0.5\nEpoch 1, step     1], Lost: 0.5\n" * 3000, piece)
    found = run.diagnostics[run.diagnostics["code"] == "malformed"]
    assert len(found) == 2 * (MOST_ALIKE + 1)
    assert found[["line", "message"]].to_numpy().tolist()[-2:] == [
        [5999, "2,990 more lines like line 1: no step line: expected `], Loss:`, found `, Loss:`"],
        [6000, "2,990 more lines like line 2: no step line: expected `s:`, found `t:`"],
    ]
    assert run.diagnostic_counts["malformed"] == 6000


def test_of_values_that_are_not_finite_the_first_of_each_column_is_kept() -> None:
    line = "Epoch 1, step {step:5}], Loss: {loss}, Accuracy: {accuracy}\n"
    losses = [("0.5", "0.5"), ("nan", "0.5"), ("inf", "nan"), ("nan", "nan")]
    text = "Epoch 1\n" + "".join(
        line.format(step=step, loss=loss, accuracy=accuracy) for step, (loss, accuracy) in enumerate(losses, 1)
    )
    run = parse(text.encode(), 50)
    found = run.diagnostics[run.diagnostics["code"] == "not-finite"]
    assert found[["line", "message"]].to_numpy().tolist() == [[3, "loss is nan"], [4, "accuracy is nan"]]


def test_what_is_handed_out_on_the_way_is_not_handed_out_again() -> None:
    log = DiagnosticLog()
    for line in range(1, MOST_KEPT + 6):
        log.add(Diagnostic(line, 1, "gap", "error", "a gap"), "")
    assert len(log.take(2000, ended=False)) == MOST_KEPT
    assert [one.line for one, _ in log.take(2000, ended=True)] == [MOST_KEPT + 5]


@pytest.mark.parametrize(
    ("value", "told"), [("75.0", "75"), ("-0.5", "-0.5"), ("1.0000001", "1.0000001"), ("1e400", "inf")]
)
def test_a_value_out_of_range_is_told_so_that_it_is_seen(value: str, told: str) -> None:
    run = metalog.read(io.BytesIO(f"Epoch 1\nEpoch 1, step     1], Loss: 0.5, Accuracy: {value}\n".encode()))
    found = run.diagnostics[run.diagnostics["code"] == "out-of-range"]
    assert found["message"].tolist() == [f"accuracy {told} is not from 0 to 1"]

"""Tracebacks and what schedulers say: one diagnostic each, wherever the log was cut into pieces."""

from __future__ import annotations

import pytest

from metalog.reading.collected import concat_runs
from metalog.reading.parser import Parser
from metalog.scan.failures import says_killed
from tests.conftest import ROOT

CHAINED = (ROOT / "fixtures/broken/traceback.txt").read_bytes()
RANK = (ROOT / "fixtures/broken/traceback-of-a-rank.txt").read_bytes()
RICH = """\
Epoch 1
╭─────── Traceback (most recent call last) ───────╮
│ train.py:3 in <module>                          │
│ ❱ 3 main()                                      │
╰─────────────────────────────────────────────────╯
ZeroDivisionError: division by zero
noise
""".encode()


def parse(data: bytes, size: int, *, take: bool) -> list[tuple[object, ...]]:
    parser, parts = Parser(), []
    for begin in range(0, len(data), size):
        parser.feed(data[begin : begin + size])
        parts += [parser.take()] if take else []
    run = concat_runs([*parts, parser.close()])
    return [*map(tuple, run.diagnostics[["line", "code", "message", "text"]].to_numpy().tolist()), run.counts["noise"]]


@pytest.mark.parametrize("take", [False, True])
@pytest.mark.parametrize("data", [CHAINED, RANK, RICH], ids=["chained", "rank", "rich"])
def test_where_the_log_is_cut_changes_nothing(data: bytes, take: bool) -> None:
    whole = parse(data, len(data), take=False)
    assert [row[1] for row in whole[:-1]].count("traceback") == 1
    for size in range(1, 200, 7):
        assert parse(data, size, take=take) == whole


def test_the_last_line_of_the_last_exception_is_quoted() -> None:
    found = parse(RICH, len(RICH), take=False)
    assert found[0][2] == "the program failed: ZeroDivisionError: division by zero (lines 2 to 6)"
    assert found[1][:2] == (7, "noise")


def test_two_tracebacks_are_two() -> None:
    one = b"Traceback (most recent call last):\n  File 'x', line 1\nKeyError: 1\n"
    data = b"Epoch 1\n" + one + one + b"what\n"
    for size in (10**6, 20):
        codes = [row[:2] for row in parse(data, size, take=False)[:-2]]
        assert codes == [(2, "traceback"), (5, "traceback"), (8, "noise")]


@pytest.mark.parametrize(
    ("line", "killed"),
    [
        ("Killed", True),
        ("Terminated", True),
        ("Segmentation fault (core dumped)", True),
        ("run.sh: line 3: 12345 Killed                  python train.py", True),
        ("slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-02T03:04:05 DUE TO TIME LIMIT ***", True),
        ("srun: error: n1: task 0: Out Of Memory", True),
        ("[12.5] Out of memory: Killed process 4242 (python)", True),
        ("Killed off the weights of layer 3", False),
        ("The run was Killed", False),
        ("KilledWorker", False),
        ("srun: job 7 queued and waiting for resources", False),
    ],
)
def test_what_says_that_the_program_was_ended(line: str, killed: bool) -> None:
    assert says_killed(line.encode()) == killed

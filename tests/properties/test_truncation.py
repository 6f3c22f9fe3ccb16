"""A log that ends anywhere loses nothing that was complete, and nothing is made up from what was not."""

from __future__ import annotations

import pytest

from metalog.grammar import FRAMES
from metalog.run import Run
from tests.loggen import Shape, text
from tests.properties.compare import parse, said

RECORDS = ("steps", "validations", "meta_validation")
SMALL = text(Shape(1, 2, 2, 1, 1, meta_validate_every=2, meta_batches=10)).encode()
COMMENT = b'# meta-step {"meta_loss": 0.25}\n'
COMMENTED = SMALL.replace(b"1 updates", COMMENT + b"1 updates") + COMMENT
LOGS = {
    "plain": text(Shape(1, 2, 2, 2, 2, meta_validate_every=2, meta_batches=10)).encode(),
    "CRLF": SMALL.replace(b"\n", b"\r\n"),
    "comments": COMMENTED,
}
#: After these a log may have ended: how many problems or epochs there should be is not known yet, or the
#: meta-validation is over.
QUIET = (b"Epoch 1, VALIDATION], ", b"Epoch 2, VALIDATION], ", b"END OF META-VALIDATION STEP", b"# meta-step")


@pytest.mark.parametrize("name", LOGS)
def test_cut_at_every_byte(name: str) -> None:
    data = LOGS[name]
    run = parse(data)
    for cut in range(1, len(data)):
        head = data[:cut]
        kept = parse(head)
        has_complete_records_only(kept, run, lines=len(head.splitlines()) - (not head.endswith((b"\n", b"\r"))))
        last_line = head.splitlines()[-1]
        told = bool(len(kept.columns("diagnostics")["line"]))
        assert told or (last_line.startswith(QUIET) and head.endswith((b"\n", b"\r", b"STEP"))), head[-60:]


def has_complete_records_only(kept: Run, run: Run, lines: int) -> None:
    for frame in RECORDS:
        got, columns = kept.columns(frame), run.columns(frame)
        complete = columns["line"] <= lines
        assert all(got[name].tobytes() == columns[name][complete].tobytes() for name in FRAMES[frame]), (lines, frame)


def test_a_complete_meta_step_stays_as_it_is_and_a_cut_one_is_known() -> None:
    rows = said(parse(COMMENTED))["meta_steps"]
    second, over = COMMENTED.index(b"1 updates at Meta-Level"), COMMENTED.index(b"META-VALIDATION")
    for cut in range(second + len("1 updates at Meta-Level"), over):
        kept = said(parse(COMMENTED[:cut]))["meta_steps"]
        assert kept[1] == rows[1]
        complete = kept[2][rows[0].index("complete")]
        assert complete == (COMMENTED[:cut].count(b"VALIDATION], Loss") == 4 and COMMENTED[cut - 1 : cut] == b"\n")


@pytest.mark.parametrize("rest", ["0.", "0", "1e", "1e-", "1e-0", "1", "-", "in", "na", "1.0"])
def test_a_number_without_the_end_of_its_line_is_no_value(rest: str) -> None:
    head = "Epoch 1\nEpoch 1, step     1], Loss: 0.5, Accuracy: 0.5\nEpoch 1, step     2], Loss: 0.25, Accuracy: "
    run = parse((head + rest).encode())
    assert run.steps["accuracy"].tolist() == [0.5]
    assert run.diagnostics["code"].tolist() == ["cut-line", "unfinished"]
    assert run.diagnostics["line"].tolist() == [3, 2]
    assert run.diagnostics["text"][0].endswith(rest)

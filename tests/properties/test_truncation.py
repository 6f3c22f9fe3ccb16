"""A log that ends anywhere loses nothing that was complete, and nothing is made up from what was not."""

from __future__ import annotations

import pytest

from metalog.formats import native
from metalog.runs.run import Run
from tests.conftest import ROOT
from tests.loggen import Shape, text
from tests.properties.compare import parse

RECORDS = ("steps", "validations", "meta_validation")
COMMENT = b'# meta-step {"meta_loss": 0.25}\r\n'
WRITTEN = text(Shape(1, 2, 2, 1, 1, meta_validate_every=2, meta_batches=10)).encode().replace(b"\n", b"\r\n")
LOGS = {
    "real": (ROOT / "fixtures/valid/real-excerpt.txt").read_bytes(),
    "written": WRITTEN.replace(b"1 updates", COMMENT + b"1 updates") + COMMENT,
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
        for name in native().frames[frame]:
            assert got[name].tobytes() == columns[name][complete].tobytes(), (lines, frame)


def test_a_complete_meta_step_stays_as_it_is_and_a_cut_one_is_known() -> None:
    log = LOGS["written"]
    whole = parse(log).columns("meta_steps")
    begin, over = (log.index(mark) for mark in (b"1 updates", b"META-VALIDATION"))
    for cut in range(begin + len("1 updates at Meta-Level"), over):
        kept = parse(log[:cut]).columns("meta_steps")
        assert [kept[name][0] for name in whole] == [whole[name][0] for name in whole]
        all_there = log[:cut].count(b"VALIDATION], Loss") == 4 and log[:cut].endswith((b"\r", b"\n"))
        assert kept["complete"].tolist() == [True, all_there]


@pytest.mark.parametrize("rest", ["0.", "0", "1e", "1e-", "1e-0", "1", "-", "in", "na", "1.0"])
def test_a_number_without_the_end_of_its_line_is_no_value(rest: str) -> None:
    head = "Epoch 1\nEpoch 1, step     1], Loss: 0.5, Accuracy: 0.5\nEpoch 1, step     2], Loss: 0.25, Accuracy: "
    run = parse((head + rest).encode())
    assert run.steps["accuracy"].tolist() == [0.5]
    assert run.diagnostics["code"].tolist() == ["cut-line", "unfinished"]
    assert run.diagnostics["line"].tolist() == [3, 2]
    assert run.diagnostics["text"][0].endswith(rest)

"""What other tools put around a line, and what a line is that has no form of ours."""

from __future__ import annotations

import pytest

from metalog.formats import native
from metalog.scan.prefix_parts import read_prefix
from metalog.scan.prefixes import PrefixStripper
from metalog.scan.scanner import scanner
from tests.prefixes import PREFIXES

strip = PrefixStripper(native()).strip
STEP = b"Epoch 1, step     1], Loss: 0.5, Accuracy: 1.0"


@pytest.mark.parametrize(("prefix", "writer"), PREFIXES.items(), ids=lambda value: repr(value))
@pytest.mark.parametrize("kind", ["rule", "meta-epoch", "meta-step", "problem", "epoch", "step", "finished"])
def test_a_known_prefix_names_the_writer(prefix: bytes, writer: str, kind: str) -> None:
    record = native().by_name[kind].sample.encode()
    stripped = strip(prefix + record)
    assert (stripped.text, stripped.kind, stripped.writer, stripped.before) == (record, "record", writer, b"")


@pytest.mark.parametrize(
    "prefix", [b"hello ", b"step 5 ", b"50%|###  | 5/10", b"a b: ", b"ok - ", b"[" + b"x" * 99 + b"]"]
)
def test_other_text_is_no_prefix(prefix: bytes) -> None:
    assert read_prefix(prefix) is None
    stripped = strip(prefix + STEP)
    assert (stripped.text, stripped.kind, stripped.before) == (STEP, "record", prefix)


@pytest.mark.parametrize(
    "line",
    [
        b"starting Epoch 1",
        b"- Problem 1Epoch 1",
        b"see ===============================",
        b"Epoch 21 updates at Meta-Level",  # 'Epoch 2', torn, and '1 updates …'
        b"Loss: 0.31 updates at Meta-Level",
        b"now Finished Training",
        b"the Validation step 10",
    ],
)
def test_short_lines_behind_text_are_no_records(line: bytes) -> None:
    assert strip(line).kind == "other"


@pytest.mark.parametrize(
    "line", [b"\x1b[1;32m%s\x1b[0m", b"\x1b[2K\x1b[1G%s", b"\x1b]0;title\x07%s", b"\xef\xbb\xbf%s"]
)
def test_colours_and_marks_are_taken_off(line: bytes) -> None:
    assert strip(line % STEP).text == STEP
    assert strip(line % b"# config {}").kind == "comment"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"", "blank"),
        (b" \t", "blank"),
        (b"\0\0", "blank"),
        (b"#", "comment"),
        (b"# x", "comment"),
        (b"[rank0]: # x", "comment"),
        (b"#x", "other"),
        (b"12", "console"),
        (b"...", "console"),
        ("…".encode(), "console"),
        (b"... [1234 lines elided]", "console"),
        (b">>> train()", "console"),
        (b"In [3]: train()", "console"),
        (b"Out[3]: 0.5", "console"),
        (b"$ python train.py", "console"),
        (b"12345678901", "other"),
        (b"1.5", "other"),
    ],
)
def test_what_is_no_record(line: bytes, kind: str) -> None:
    assert strip(line).kind == kind


@pytest.mark.parametrize(
    ("line", "column", "code", "message"),
    [
        (
            "Epoch 1, step     1], Loss: 0.5, Accuracy: 1.",
            45,
            "malformed",
            "no step line: expected the end of the line, found `.`",
        ),
        ("Epoch 1, step     1], Loss: 0.5, Accur", 39, "malformed", "no whole step line: cut, or behind other text"),
        ("  Epoch 1, step     1], Lost: 0.5", 28, "malformed", "no step line: expected `s:`, found `t:`"),
        ("[rank0]: - Problem x -", 20, "malformed", "no problem line: expected a number, found `x -`"),
        ("//           Meta-Epoch 1 //", 27, "malformed", "no meta-epoch line: expected `      //`, found `//`"),
        ("Épo; Validation step x", 22, "malformed", "no meta-validation batch line: expected a number, found `x`"),
        ("pdates at Meta-Level", 1, "noise", "not a line of the format"),
        ("Epoch 1:  50%|##   |", 1, "noise", "not a line of the format"),
        ("BCELoss(), Accuracy", 1, "noise", "not a line of the format"),
        ("é 50%|##   |" + STEP.decode(), 13, "text-before", "a record follows other text on its line"),
    ],
)
def test_where_a_line_leaves_the_form(line: str, column: int, code: str, message: str) -> None:
    (found,) = scanner(native()).scan_block(line.encode() + b"\n").diagnostics
    assert (found.line, found.column, found.code, found.message) == (0, column, code, message)
    assert found.text == line


def test_a_block_of_all_sorts() -> None:
    block = b"\n".join([b"noise", STEP, b"[rank1]: " + STEP, b"", b"# c", b"\0" + STEP, b"Epoch 1, st", b"7", b""])
    scanned = scanner(native()).scan_block(block)
    assert scanned.lines == 8
    assert scanned.tokens.line.tolist() == [1, 2, 5]
    assert scanned.writers == ("", "rank1")
    assert scanned.writer is not None
    assert scanned.writer.tolist() == [0, 1, 0]
    assert scanned.counts == {"noise": 2, "decorated": 2, "blank": 1, "comment": 1, "console": 1}
    assert [(comment.line, comment.text) for comment in scanned.comments] == [(4, "c")]
    assert [(one.line, one.code) for one in scanned.diagnostics] == [(0, "noise"), (5, "nul-bytes"), (6, "malformed")]
    assert [block[start:end] for start, end in scanned.rejected] == [b"noise", b"Epoch 1, st"]
    assert scanned.text(1) == "[rank1]: " + STEP.decode()


@pytest.mark.parametrize("line", ["- Problem 1 -", "0 updates at Meta-Level", "Finished Training", ">>> ", "...", " "])
def test_a_last_line_that_can_t_be_cut_is_read(line: str) -> None:
    assert scanner(native()).scan_last_line(line.encode()).diagnostics == []


@pytest.mark.parametrize("line", [STEP.decode(), "Epoch 1", "Validation step 1", "12", "# config {}", "Epo", "noise"])
def test_a_last_line_that_may_be_cut_is_not_read(line: str) -> None:
    scanned = scanner(native()).scan_last_line(line.encode())
    assert len(scanned.tokens) == 0
    assert [(one.code, one.text) for one in scanned.diagnostics] == [("cut-line", line)]
    assert scanned.rejected == [(0, len(line))]


def test_every_line_may_have_a_tag_of_its_own() -> None:
    number = 1 << 15
    scanned = scanner(native()).scan_block(b"".join(b"w%d: Epoch 1\n" % line for line in range(number)))
    assert scanned.writer is not None
    assert scanned.writer.tolist() == list(range(1, number + 1))


@pytest.mark.parametrize(("prefix", "writer"), PREFIXES.items(), ids=lambda value: repr(value))
def test_a_prefix_that_was_seen_before_reads_as_at_first(prefix: bytes, writer: str) -> None:
    """Its digits may differ: only the first lines of a block are searched for what stands in front of a record."""
    samples = [line.sample.encode() for line in native().lines if not line.comment] * 20
    other = prefix.translate(bytes.maketrans(b"0123456789", b"1234567890"))
    names = {PrefixStripper(native()).strip(each + STEP).writer for each in (prefix, other)}
    block = b"".join((prefix, other)[place % 2] + line + b"\n" for place, line in enumerate(samples))
    scanned = scanner(native()).scan_block(block + b"noise 1\n" + prefix + b"# comment\n")
    plain = scanner(native()).scan_block(b"".join(line + b"\n" for line in samples))
    for name in ("kind", "counters", "values", "line"):
        assert getattr(scanned.tokens, name).tobytes() == getattr(plain.tokens, name).tobytes()
    assert set(scanned.writers) == names | {""}
    assert writer in names
    assert [(one.line, one.code) for one in scanned.diagnostics] == [(len(samples), "noise")]
    assert len(scanned.comments) == 1

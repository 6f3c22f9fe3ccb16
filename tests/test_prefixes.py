"""Whose lines they are: a prefix names a writer only if it is of a kind that tells processes apart."""

from __future__ import annotations

import io
import re
import time

import pytest

import metalog
from metalog.formats import native
from metalog.formats.declare import declare
from metalog.formats.model import Format
from metalog.runs.run import Run
from metalog.scan.prefix_shapes import PrefixShapes
from metalog.scan.prefixes import PrefixStripper
from tests.conftest import ROOT
from tests.loggen import Shape, text
from tests.prefixes import BARS, LABELS, LOGGED, PREFIXES, TIME

LOG = text(Shape(meta_steps=2))
STEP = b"Epoch 1, step     1], Loss: 0.5, Accuracy: 1.0"
_FLAT = """
name = "flat"
title = "One level"
levels = ["epoch"]
exact = true
[[line]]
name = "epoch"
template = "{epoch} of (10): loss <loss>"
row = "epochs"
[[line]]
name = "test"
template = "  test (final) {epoch} loss <loss>"
row = "tests"
"""
#: Templates that begin with a number, and with blanks.
FLAT = declare(_FLAT, "flat.toml")
#: The same that need not be exact, and some that begin with a choice, a word, or anything.
LOOSE = declare(
    _FLAT.replace("exact = true", "")
    + """
[[line]]
name = "phase"
template = "{phase:train|val}: epoch {epoch}, loss <loss>"
row = "phases"
[[line]]
name = "word"
template = "{who:word} won epoch {epoch}"
row = "winners"
[[line]]
name = "pairs"
template = "(?best )epoch={epoch} {*}"
row = "pairs"
""",
    "loose.toml",
)
RECORDS = {
    "epoch": b"5 of (10): loss 1e-05",
    "test": b"test  (final) 7 loss 0.5",
    "phase": b"val: epoch 3, loss tensor(0.5)",
    "word": b"b-1 won epoch 3",
    "pairs": b"best epoch=3 lr: 0.1, loss: 0.5",
    "pairs, not best": b"epoch=3 lr: 0.1, loss: 0.5",
}


def read(*prefixes: str, log: str = LOG) -> Run:
    """Read a log each of whose lines stands once behind each of the prefixes."""
    lines = [prefix + line for line in log.splitlines(keepends=True) for prefix in prefixes]
    return metalog.read(io.BytesIO("".join(lines).encode()))


@pytest.mark.parametrize("prefix", LOGGED)
def test_what_logging_writes_names_nobody(prefix: str) -> None:
    run = read(prefix)
    assert run.writers == ("",)
    assert run.steps.drop(columns="line").equals(read("").steps.drop(columns="line"))
    assert not len(run.diagnostics)


def test_lines_of_many_loggers_are_one_run() -> None:
    lines = LOG.splitlines(keepends=True)
    logged = [LOGGED[place % len(LOGGED)] + line for place, line in enumerate(lines)]
    run = metalog.read(io.BytesIO("".join(logged).encode()))
    assert run.writers == ("",)
    assert run.meta_steps.equals(read("").meta_steps)
    assert not len(run.diagnostics)


@pytest.mark.parametrize("prefix", LABELS)
def test_processes_that_write_in_turns_are_told_apart(prefix: str) -> None:
    run = read(prefix, "[rank77]: ")
    assert run.writers == (LABELS[prefix], "rank77")
    assert not len(run.diagnostics)


@pytest.mark.parametrize("logger", ["", "core.trainer: ", "trainer2: "])
def test_ranks_beside_a_time_are_told_apart(logger: str) -> None:
    run = read(f"{TIME} [INFO] [rank0] {logger}", f"{TIME} [INFO] [rank1] {logger}")
    assert run.writers == ("rank0", "rank1")
    assert not len(run.diagnostics)


@pytest.mark.parametrize("bar", BARS)
@pytest.mark.parametrize(
    ("before", "behind", "writer"),
    [(b"", b"", ""), (b"", b"2021-07-14 13:52:36,901 - mmcls - INFO - ", ""), (b"[rank1]: ", b"[INFO] ", "rank1")],
)
def test_a_bar_in_front_of_a_record_is_told_and_writes_nothing(
    bar: bytes, before: bytes, behind: bytes, writer: str
) -> None:
    prefix = before + bar + behind
    stripped = PrefixStripper(native()).strip(prefix + STEP)
    assert (stripped.text, stripped.kind, stripped.writer, stripped.before) == (STEP, "record", writer, prefix)


def test_behind_a_bar_only_logging_makes_sure_that_a_short_line_is_a_record() -> None:
    strip = PrefixStripper(native()).strip
    bar = BARS[-1]
    assert strip(bar + b"Epoch 1").kind == "other"
    assert strip(bar + b"[INFO] Epoch 1").text == b"Epoch 1"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"[05/06/24 07:08:09] INFO     " + STEP + b"          trainer.py:88", "record"),
        (b"                    INFO     " + STEP + b" core/trainer.py:1234", "record"),
        (STEP + b"          trainer.py:88", "other"),
        (b"[rank0]: " + STEP + b" trainer.py:88", "other"),
    ],
)
def test_a_console_s_place_in_the_code_may_stand_at_the_right(line: bytes, kind: str) -> None:
    stripped = PrefixStripper(native()).strip(line)
    assert stripped.kind == kind
    if kind == "record":
        assert (stripped.text, stripped.writer, stripped.before) == (STEP, "", b"")


@pytest.mark.parametrize("record", [b"5 of (10): loss 1e-05", b"  test (final) 7 loss 0.5"])
@pytest.mark.parametrize("prefix", [b"", b"INFO: ", b"[rank0]:", b"what (ever) 1 of ", b"x" * 9999 + b" "])
def test_exact_records_are_found_behind_any_text(record: bytes, prefix: bytes) -> None:
    stripped = PrefixStripper(FLAT).strip(b"!" + prefix + record)
    assert (stripped.kind, stripped.text) == ("record", record)


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
@pytest.mark.parametrize(("prefix", "writer"), [one for one in PREFIXES.items() if one[1] != "some words"], ids=repr)
def test_loose_records_are_found_behind_prefixes(record: bytes, prefix: bytes, writer: str) -> None:
    stripped = PrefixStripper(LOOSE).strip(prefix + record)
    assert (stripped.kind, stripped.text, stripped.writer, stripped.before) == ("record", record, writer, b"")


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
@pytest.mark.parametrize("before", [*BARS, b"torn 5 of (1021-07-14 13:52:36,901 - a - ", b"(12 INFO "])
def test_loose_records_are_found_behind_bars_and_torn_lines(record: bytes, before: bytes) -> None:
    behind = b"2021-07-14 13:52:36,901 - mmcls - INFO - "
    stripped = PrefixStripper(LOOSE).strip(before + behind + record)
    if record == RECORDS["word"] and before not in BARS:  # a word may be any
        assert stripped.kind == "other"
    else:
        assert (stripped.kind, stripped.text, stripped.writer) == ("record", record, "")
        assert stripped.before == before + behind


@pytest.mark.parametrize("record", [RECORDS["epoch"], RECORDS["test"], RECORDS["phase"]])
@pytest.mark.parametrize("before", [b"average ", b"Test: ", b"[the whole] ", b"the best of all: ", b"Sub", b"x - "])
def test_loose_records_are_not_made_of_sentences(record: bytes, before: bytes) -> None:
    assert PrefixStripper(LOOSE).strip(before + record).kind == "other"


@pytest.mark.parametrize("length", [100, 20_000])
def test_a_record_behind_a_known_prefix_may_have_any_length(length: int) -> None:
    record = b"5 of (10): loss 0." + b"1" * length
    stripped = PrefixStripper(FLAT).strip(f"{TIME} - root - INFO - ".encode() + record)
    assert (stripped.kind, stripped.text) == ("record", record)


@pytest.mark.parametrize("form", [native(), FLAT, LOOSE], ids=lambda form: form.name)
@pytest.mark.parametrize(
    "piece",
    [
        "Epoch 1, step     1], Loss: ",
        "5 of (10): loss ",
        "1-",
        "+1",
        "rank_0-",
        "a-b.",
        "[x] ",
        "(1",
        "INFO ",
        "2024-05-06 07:08:09 ",
        "a/",
        "100%|",
        "x.py:1 ",
        "test (final) ",
        " ",
        "[rank0]: a" + " " * 4000,
        "[1,1",
    ],
)
@pytest.mark.parametrize("length", [1 << 12, 1 << 17])
def test_no_line_takes_long(form: Format, piece: str, length: int) -> None:
    stripper, shapes = PrefixStripper(form), PrefixShapes()
    line = (piece * (length // len(piece))).encode() + b"!"
    start = time.process_time()
    stripper.strip(line)
    shapes.learn(line)
    assert time.process_time() - start < 0.2


ROWS = re.findall(r"^\| `(.+?)` \| (?:`(.+?)`|none) \|", (ROOT / "docs/prefixes.md").read_text(encoding="utf-8"), re.M)


@pytest.mark.parametrize(("prefix", "writer"), ROWS)
def test_the_documentation_s_prefixes_are_read_as_it_says(prefix: str, writer: str) -> None:
    stripped = PrefixStripper(native()).strip(prefix.replace("¦", "|").encode() + STEP)
    assert (stripped.text, stripped.writer, stripped.before) == (STEP, writer, b"")


def test_the_documentation_shows_prefixes_of_both_sorts() -> None:
    assert {bool(writer) for _, writer in ROWS} == {True, False}


@pytest.mark.parametrize("engine", ["native", "portable"])
@pytest.mark.parametrize("prefix", ["", *LOGGED])
def test_words_without_a_pair_are_no_record_whatever_stands_before_them(
    engine: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METALOG_ENGINE", engine)
    texts = ["lr: 0.1", "of many, see https://there.org", "| loss 0.5", "and more", "'loss': 0.5"]
    log = "".join(f"{prefix}epoch={epoch} {text}\n" for epoch, text in enumerate(texts, 1))
    run = metalog.read(io.BytesIO(log.encode()), format=LOOSE)
    assert run["pairs"].epoch.tolist() == [1, 3, 5]

"""The parser as a program uses it: pieces in, rows out, state saved, several writers, rejects, strictness."""

from __future__ import annotations

import gzip
import io
import pickle
import random
import subprocess
import tracemalloc
from pathlib import Path

import pytest

import metalog
from metalog.errors import FormatError
from metalog.odometer.summary import MOST_NAMES
from metalog.reading.parser import MOST_WRITERS, Parser
from metalog.runs.run import Run
from tests.conftest import ROOT
from tests.loggen import Shape, text
from tests.properties.compare import said

LOG = text(Shape(1, 3, 2, 2, 2, meta_validate_every=3, meta_batches=10))
FIXTURES = ROOT / "fixtures"


def parse(data: str | bytes) -> Run:
    parser = Parser("log")
    parser.feed(data.encode() if isinstance(data, str) else data)
    return parser.close()


def prefixed(prefix: str, log: str = LOG) -> str:
    return "".join(prefix + line for line in log.splitlines(keepends=True))


# Rows as they come


def test_take_gives_each_row_once_and_keeps_a_meta_step_until_it_is_over() -> None:
    parser = Parser()
    second = LOG.index("1 updates")
    parser.feed(LOG[:second].encode())
    first = parser.take()
    assert (len(first.steps), len(first.meta_steps)) == (8, 0)
    assert parser.take().empty
    parser.feed(LOG[second : LOG.index("2 updates") + 1].encode())
    assert parser.take().meta_steps["meta_step"].tolist() == [1]
    parser.feed(LOG[LOG.index("2 updates") + 1 :].encode())
    last = parser.close()
    assert last.meta_steps["meta_step"].tolist() == [2, 3]
    assert (len(last.steps), len(last.meta_validation)) == (8, 2)


def test_a_comment_at_the_end_of_a_meta_step_reaches_its_row_across_a_take() -> None:
    parser = Parser()
    head, tail = LOG.split("1 updates")
    parser.feed(head.encode())
    parser.take()
    parser.feed(b'# meta-step {"seconds": 2.5}\n')
    parser.take()
    parser.feed(f"1 updates{tail}".encode())
    taken = parser.take().meta_steps
    assert taken[["meta_step", "seconds"]].to_numpy().tolist() == [
        [1, 2.5],
        [2, pytest.approx(float("nan"), nan_ok=True)],
    ]


@pytest.mark.parametrize("prefix", ["", "[rank0]: "])
def test_so_many_names_of_comments_become_columns_and_no_more(prefix: str) -> None:
    steps = 2 * MOST_NAMES
    log = "".join(
        f'{number} updates at Meta-Level\n# meta-step {{"k{number}": 1, "k0": 2}}\n' for number in range(steps)
    )
    run = parse(LOG[: LOG.index("0 updates")] + "".join(prefix + line + "\n" for line in log.splitlines()))
    rows = run.meta_steps
    assert [name for name in rows if name.startswith("k")] == [f"k{number}" for number in range(MOST_NAMES)]
    assert rows["k0"].tolist() == [2] * steps
    assert run.diagnostics[run.diagnostics["code"] == "bad-comment"]["line"].tolist() == [3 + 2 * MOST_NAMES + 2]


def test_a_stretch_of_noise_is_one_diagnostic_across_pieces() -> None:
    parser = Parser()
    taken = []
    for line in (b"a\n", b"b\n", b"c\n", b"Epoch 1\n"):
        parser.feed(line)
        taken.append(parser.take().diagnostics["message"].tolist())
    assert taken == [[], [], [], ["not a line of the format (lines 1 to 3)"]]


def test_noise_between_the_results_of_a_batch_changes_nothing() -> None:
    result = "Last epoch, VALIDATION], Loss: 0.5, Accuracy: 0.5\n"
    parser = Parser()
    for piece in (
        "META-VALIDATION STEP:\n",
        "Validation step 10\n",
        result,
        "noise\n",
        "[rank1]: # x\n",
        result,
        result,
    ):
        parser.feed(piece.encode())
    assert parser.close().meta_validation["problem"].tolist() == [1, 2, 3]


def test_any_number_of_bytes_can_be_fed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = said(parse(LOG))
    monkeypatch.setattr("metalog.reading.parser.LARGEST_PIECE", 100)
    assert said(parse(LOG)) == whole


# Strictness


def test_strict_reading_names_file_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "run.txt"
    path.write_text(LOG.replace("Loss: ", "Loss=", 1))
    with pytest.raises(FormatError) as caught:
        metalog.read(path, strict=True)
    assert str(caught.value) == f"{path}:7:27: malformed: no step line: expected `:`, found `=`"
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.source, copy.diagnostic) == (str(path), caught.value.diagnostic)


def test_strict_reading_accepts_a_learning_log_that_is_still_going() -> None:
    run = metalog.read(FIXTURES / "valid/learning-log-still-going.txt", strict=True)
    assert run.diagnostics["severity"].tolist() == ["info"]


# Rejects and long lines


def test_rejects_get_the_lines_that_were_not_understood_as_they_are() -> None:
    rejects = io.BytesIO()
    parser = Parser(rejects=rejects)
    parser.feed(b"noise \xff\r\nEpoch 1\r\n\r\n# c\r\n7\r\nEpoch 1, st\r\n\x1b[1mmore\x1b[0m\r\nEpoch 1, VALI")
    parser.close()
    assert rejects.getvalue() == b"noise \xff\nEpoch 1, st\n\x1b[1mmore\x1b[0m\nEpoch 1, VALI\n"


@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_hundred_megabytes_without_a_line_end(end: bytes) -> None:
    parser = Parser()
    parser.feed(b"Epoch 1\n")
    piece = b"\0" * 1_000_000
    tracemalloc.start()
    for _ in range(100):
        parser.feed(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
    parser.feed(b"Epoch 1, step     1], Loss: 0.5, Accuracy: 1.0" + end)
    run = parser.close()
    assert len(run.steps) == bool(end)  # a record behind the hole that a crash has left
    assert ("long-line" if end else "cut-line") in run.diagnostics["code"].tolist()
    assert run.diagnostics["text"].str.len().max() <= 200


def test_a_long_line_of_noise_is_told_once() -> None:
    run = parse(b"x" * 3_000_000 + b"\n" + LOG.encode())
    assert run.diagnostics[["line", "code"]].to_numpy().tolist() == [[1, "noise"], [1, "long-line"]]


def test_a_compressed_log_that_ends_too_early_gives_what_could_be_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "run.txt.gz"
    path.write_bytes(gzip.compress(LOG.encode())[:-300])
    run = metalog.read(path)
    whole = parse(LOG)
    assert 0 < len(run.steps) < len(whole.steps)
    assert run.steps.equals(whole.steps[: len(run.steps)])
    (cut,) = run.diagnostics.query("code == 'truncated-stream'").itertuples()
    assert cut.line == run.counts["lines"] or cut.line == run.counts["lines"] - 1


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_file_that_several_threads_scan_reads_as_it_parses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line_end: str, piped: bool
) -> None:
    monkeypatch.setattr("metalog.reading.read.FIRST_CHUNK", 1 << 12)
    monkeypatch.setattr("metalog.reading.read.CHUNK", 1 << 14)
    lines = text(Shape(2, 6, 8, 15, 3, meta_validate_every=3)).splitlines(keepends=True)
    chosen = random.Random(0)
    for _ in range(60):
        lines.insert(chosen.randrange(len(lines)), "noise\n")
        del lines[chosen.randrange(len(lines))]
    path = tmp_path / "run.txt"
    path.write_text("".join(lines), newline=line_end)
    if piped:
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as process:
            run = metalog.read(process.stdout)
    else:
        run = metalog.read(path)
    assert said(run) == said(parse(path.read_bytes()))


# Several writers


@pytest.mark.parametrize("seed", [1, 3, 4])  # writers come first in three orders
def test_writers_whose_rows_need_room_in_one_block_keep_theirs(seed: int) -> None:
    logs = [prefixed(f"[rank{rank}]: ", text(Shape(1, 3 + 40 * rank, 2, 2, 3), seed=rank)) for rank in range(4)]
    chosen = random.Random(seed)
    lines = [log.splitlines(keepends=True) for log in logs]
    order = [rank for rank, own in enumerate(lines) for _ in own]
    chosen.shuffle(order)
    both = "".join(lines[rank].pop(0) for rank in order)
    pieces = Parser()
    written = both.splitlines(keepends=True)
    for place in range(0, len(written), 5):
        pieces.feed("".join(written[place : place + 5]).encode())
    assert said(parse(both)) == said(pieces.close())


def test_each_prefix_is_a_run_of_its_own() -> None:
    lines = [prefixed(f"[rank{rank}]: ", text(Shape(1, 2, rank, 2, 2), seed=rank)) for rank in (1, 2)]
    one, two = (log.splitlines(keepends=True) for log in lines)
    both = "".join(a + b for a, b in zip(one, two, strict=False)) + "".join(two[len(one) :])
    run = parse(both)
    assert run.writers == ("rank1", "rank2")
    assert run.diagnostics.empty
    parts = run.by_writer()
    for rank, (name, part) in enumerate(parts.items(), 1):
        alone = parse(text(Shape(1, 2, rank, 2, 2), seed=rank))
        assert name == f"rank{rank}"
        assert part.steps.drop(columns="line").equals(alone.steps.drop(columns="line"))
        assert part.meta_steps.equals(alone.meta_steps)
        assert [segment.number for segment in part.segments] == [0]


def test_read_many_names_the_writers(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes((FIXTURES / "valid/two-writers.txt").read_bytes())
    runs = metalog.read_many(tmp_path)
    assert list(runs) == ["a[rank0]", "a[rank1]", "b[rank0]", "b[rank1]"]
    assert runs.steps.groupby("run", observed=True)["segment"].max().tolist() == [0] * 4


def test_what_a_writer_s_comments_tell_is_its_own() -> None:
    told = ['[rank0]: # config {"rank": 0}', '[rank1]: # config {"rank": 1}', '[rank1]: # meta-test {"accuracy": 1}']
    both = "".join(f"[rank{rank}]: Epoch 1\n" for rank in (0, 1)) + "\n".join(told) + "\n"
    parts = parse(both).by_writer()
    assert [part.config for part in parts.values()] == [{"rank": 0}, {"rank": 1}]
    assert [part.meta_test for part in parts.values()] == [[], [{"accuracy": 1}]]


def test_a_configuration_without_a_prefix_is_everybody_s() -> None:
    parts = parse('# config {"seed": 1}\n[rank0]: Epoch 1\n[rank1]: Epoch 1\n').by_writer()
    assert [part.config for part in parts.values()] == [{"seed": 1}, {"seed": 1}]


def test_each_writer_s_end_is_told() -> None:
    run = parse(
        prefixed("[rank0]: ") + prefixed("[rank1]: ", LOG[: LOG.index("1 updates")] + "1 updates at Meta-Level\n")
    )
    told = {name: part.diagnostics["code"].tolist() for name, part in run.by_writer().items()}
    assert told == {"rank0": [], "rank1": ["unfinished"]}


def test_so_many_writers_are_told_apart_and_no_more() -> None:
    run = parse("".join(f"[w{number}]: Epoch 1\n" for number in range(2 * MOST_WRITERS)))
    assert len(run.writers) == MOST_WRITERS
    assert run.counts["epoch"] == 2 * MOST_WRITERS


# What a run tells beside its frames


def test_counts_are_of_every_sort_of_line() -> None:
    run = parse("# c\n\n7\nnoise\n[rank0]: Epoch 1\n" + LOG)
    lines = LOG.count("\n")
    assert run.counts["lines"] == lines + 5
    assert [run.counts[sort] for sort in ("comment", "blank", "console", "noise", "decorated")] == [1] * 5
    assert (run.counts["step"], run.counts["meta-step"], run.counts["epoch"]) == (24, 3, 13)


def test_a_comment_between_two_lines_of_a_record_changes_nothing() -> None:
    lines = LOG.splitlines(keepends=True)
    run = parse("# x\n".join(["", *lines, ""]))
    whole = parse(LOG)
    assert run.diagnostics.empty
    assert run.steps.drop(columns="line").equals(whole.steps.drop(columns="line"))
    assert run.meta_validation.drop(columns="line").equals(whole.meta_validation.drop(columns="line"))


def test_an_empty_log_has_empty_frames() -> None:
    run = parse("")
    assert run.empty
    assert run.counts == {}
    assert all(len(frame) == 0 for frame in (run.steps, run.validations, run.meta_steps, run.diagnostics))

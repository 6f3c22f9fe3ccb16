"""``metalog parse`` as a user types it: the summary, bad input, and which run is meant."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from metalog.cli.recent import recall
from tests.cli_logs import LEARNING, meta_log, odd_log, spellings_log
from tests.golden import check_golden

NOT_A_LOG = b"\x7fELF\x02\x01\x01\0\0\n\xff\xfe\xfd" * 50


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, text):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# The summary


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("meta", meta_log(meta_steps=4, config={"seed": 0})),
        ("learning", LEARNING),
        ("odd", odd_log()),
        ("not-finite", spellings_log()),
        ("tagged", "".join(f"[rank{k}]: {line}\n" for line in meta_log().splitlines() for k in (0, 1))),
    ],
)
def test_the_summary_is_the_golden_one(typed, name, text):
    write("run.txt", text)
    result = typed("parse", "run.txt")
    following = "check" if name == "odd" else "plot --curve"
    assert (result.code, result.stderr) == (0, f"next: metalog {following} run.txt\n")
    check_golden(result.stdout, f"parse-{name}.txt")


def test_several_logs_have_a_summary_each(typed):
    write("runs/a/run.txt", meta_log())
    write("runs/b/run.txt", LEARNING)
    result = typed("parse", "runs")
    assert (result.code, result.stderr) == (0, "next: metalog summary runs\n")
    check_golden(result.stdout, "parse-several.txt")


def test_the_real_log_is_all_there(typed, shared):
    result = typed("parse", shared / "data" / "blog-run.txt")
    assert "1,440 inner steps, 480 validations in 2,479 lines" in result.stdout
    assert "4 (4 complete, 0 not)" in result.stdout
    assert result.stdout.rstrip().endswith("none")


def test_standard_input_and_compressed_logs_are_read(typed):
    plain = write("run.txt", meta_log())
    expected = typed("parse", "run.txt").stdout.splitlines()[1:]
    write("packed.txt.gz", gzip.compress(plain.read_bytes()))
    assert typed("parse", "-", stdin=plain.read_bytes()).stdout.splitlines() == ["Run '<stdin>'", *expected]
    assert typed("parse", "packed.txt.gz").stdout.splitlines() == ["Run 'packed.txt.gz'", *expected]
    assert typed("parse", "*.gz").stdout.splitlines() == ["Run 'packed.txt.gz'", *expected]


# Bad input: one sentence on stderr that names it, nothing on stdout


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"", 1, "run.txt is empty"),
        (b"\n\n", 1, "run.txt has no line of a known format"),
        (b"no such thing\n", 1, "run.txt has no line of a known format"),
        (b"# metalog log format 1\n", 1, "run.txt has no line of a known format"),
        (NOT_A_LOG, 1, "run.txt has no line of a known format"),
        (gzip.compress(b"", mtime=0), 1, "run.txt is empty"),
    ],
)
def test_what_is_no_log_is_said_in_a_sentence(typed, content, code, said):
    write("run.txt", content)
    result = typed("parse", "run.txt")
    assert (result.code, result.data) == (code, b"")
    assert result.stderr.startswith(f"metalog: {said}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rum.txt", "rum.txt: no such file or folder; did you mean run.txt?"),
        ("logs", "logs: no log in this folder"),
        ("*.log", "no log matches *.log"),
        ("nowhere://run.txt", "nowhere://run.txt can't be opened"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(typed, name, said):
    write("run.txt", LEARNING)
    Path("logs").mkdir()
    result = typed("parse", name)
    assert (result.code, result.data) == (2, b"")
    assert result.stderr.startswith(f"metalog: {said}")
    assert result.stderr.count("\n") == 1


def test_one_bad_log_never_stops_the_others(typed):
    write("good.txt", LEARNING)
    write("empty.txt", "")
    result = typed("parse", "good.txt", "missing.txt", "empty.txt")
    assert result.code == 1
    assert result.stdout.startswith("Run 'good'\n")
    assert [line.split(":")[1].split()[0] for line in result.stderr.splitlines()] == ["missing.txt", "empty.txt"]


def test_where_no_log_is_good_all_are_told(typed):
    write("empty.txt", "")
    result = typed("parse", "empty.txt", "missing.txt")
    assert (result.code, result.data) == (1, b"")
    assert result.stderr.splitlines() == [
        "metalog: missing.txt: no such file or folder; check the path",
        "metalog: empty.txt is empty; name the log of a run that has begun",
    ]


def test_a_cut_compressed_log_is_read_as_far_as_it_goes(typed):
    write("run.txt.gz", gzip.compress(meta_log(meta_steps=50).encode())[:-200])
    result = typed("parse", "run.txt.gz")
    assert result.code == 0
    assert "1 truncated-stream" in result.stdout


# Options


def test_strict_stops_at_the_first_diagnostic_and_says_where(typed):
    write("run.txt", odd_log())
    result = typed("parse", "run.txt", "--strict")
    assert (result.code, result.data) == (1, b"")
    assert result.stderr.startswith("metalog: run.txt:9:1: noise: not a line of the format")


def test_strict_is_content_with_a_good_log(typed):
    write("run.txt", meta_log())
    assert typed("parse", "run.txt", "--strict").code == 0


@pytest.mark.parametrize(("choice", "meta_steps"), [("all", 6), ("last", 4), ("first", 4)])
def test_on_restart_chooses_the_copy_that_counts(typed, choice, meta_steps):
    lines = meta_log(meta_steps=4).splitlines(keepends=True)
    again = lines[lines.index("2 updates at Meta-Level\n") :]
    write("run.txt", "".join(lines + again))
    result = typed("parse", "run.txt", "--on-restart", choice)
    assert f"{meta_steps} ({meta_steps} complete, 0 not)" in result.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["run.txt", "--format", "csv"], "say where to with -o"),
        (["run.txt", "--frame", "steps"], "say where to with -o"),
        (["run.txt", "-o", "x.csv", "--format", "parquet"], "x.csv names the form csv, but --as says parquet"),
        (["run.txt", "-o", "folder", "--frame", "steps"], "a folder gets every frame"),
        (["run.txt", "-o", "x.docx"], "can't tell the format from .docx; use .csv, "),
        (["run.txt", "run.txt", "--follow"], "--follow takes one log"),
        (["run.txt", "-o", "x.csv", "--follow"], "--follow takes one log"),
        (["run.txt", "--on-restart", "last", "--follow"], "--follow takes one log"),
        (["-", "--follow"], "- can't be followed"),
        (["run.txt.gz", "--follow"], "run.txt.gz is compressed (gz), so it can't be followed"),
    ],
)
def test_options_that_make_no_sense_together_are_refused(typed, here, options, said):
    write("run.txt", LEARNING)
    write("run.txt.gz", gzip.compress(LEARNING.encode()))
    before = set(here.iterdir())
    result = typed("parse", *options)
    assert (result.code, result.data) == (2, b"")
    assert said in result.stderr
    assert {path for path in here.iterdir() if path.name != ".metalog"} == before


# Which run


def test_the_run_last_parsed_is_the_default(typed):
    write("logs/run.txt", LEARNING)
    first = typed("parse", "logs/run.txt")
    assert recall() == (Path("logs/run.txt"),)
    again = typed("parse")
    assert again.stdout == first.stdout
    assert again.stderr == "run: logs/run.txt, the one last worked on here\nnext: metalog plot --curve logs/run.txt\n"


def test_a_log_in_a_folder_of_its_own_is_remembered_by_its_path(typed):
    write("logs/run.txt", LEARNING)
    typed("parse", "logs")
    assert recall() == (Path("logs/run.txt"),)


def test_without_a_run_and_none_before_it_says_what_to_do(typed):
    result = typed("parse")
    assert (result.code, result.data) == (2, b"")
    assert "no run was parsed or trained in this directory yet" in result.stderr


def test_what_could_not_be_read_is_not_remembered(typed, here):
    write("run.txt", "")
    typed("parse", "run.txt")
    assert not (here / ".metalog").exists()

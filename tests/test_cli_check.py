"""``metalog check`` as a user types it."""

from __future__ import annotations

import re

import pytest

import metalog
from tests.cli_logs import LEARNING, meta_log, odd_log
from tests.golden import check_golden


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.txt").write_text(meta_log())
    (tmp_path / "odd.txt").write_text(odd_log())
    (tmp_path / "empty.txt").touch()
    return tmp_path


def test_a_good_log_gives_nothing_and_no_error(typed):
    result = typed("check", "good.txt")
    assert (result.code, result.data, result.stderr) == (0, b"", "")


def test_the_diagnostics_are_the_golden_ones(typed):
    result = typed("check", "odd.txt")
    assert (result.code, result.stderr) == (1, "")
    check_golden(result.stdout, "check-odd.txt")


def test_each_line_has_path_line_column_code_and_message(typed):
    lines = typed("check", "odd.txt").stdout.splitlines()
    found = [re.fullmatch(r"odd\.txt:(\d+):(\d+): ([a-z-]+) (.+)", line).groups() for line in lines]
    columns = metalog.read("odd.txt").diagnostics[["line", "column", "code", "message"]]
    assert found == [tuple(map(str, row)) for row in columns.itertuples(index=False)]


def test_rejects_get_the_lines_that_were_not_understood(typed, here):
    result = typed("check", "odd.txt", "--rejects", "rejects.txt")
    assert result.code == 1
    lines = (here / "odd.txt").read_text().splitlines()
    noise, torn, cut = lines[8:10], lines[13], lines[-1]
    assert (here / "rejects.txt").read_text().splitlines() == [*noise, torn, cut]


def test_rejects_of_good_logs_are_an_empty_file(typed, here):
    assert typed("check", "good.txt", "--rejects", "rejects.txt").code == 0
    assert (here / "rejects.txt").read_bytes() == b""


def test_rejects_that_cannot_be_written_are_said_in_a_sentence(typed):
    result = typed("check", "good.txt", "--rejects", "absent/rejects.txt")
    assert (result.code, result.data) == (2, b"")
    assert result.stderr == "metalog: absent/rejects.txt can't be written: No such file or directory\n"


def test_several_logs_are_told_apart_by_their_paths(typed, here):
    (here / "later").mkdir()
    (here / "later" / "odd.txt").write_text(odd_log())
    result = typed("check", "good.txt", "odd.txt", "later")
    paths = [line.split(":")[0] for line in result.stdout.splitlines()]
    assert list(dict.fromkeys(paths)) == ["odd.txt", "later/odd.txt"]
    assert paths.count("odd.txt") == paths.count("later/odd.txt")


@pytest.mark.parametrize(
    ("names", "code", "messages"),
    [
        (["missing.txt"], 2, ["missing.txt: no such file"]),
        (["empty.txt"], 1, ["empty.txt is empty"]),
        (["good.txt", "missing.txt"], 1, ["missing.txt: no such file"]),
        (["empty.txt", "good.txt", "missing.txt"], 1, ["missing.txt: no such file", "empty.txt is empty"]),
    ],
)
def test_what_cannot_be_read_is_said_and_the_rest_is_checked(typed, names, code, messages):
    result = typed("check", *names)
    assert (result.code, result.data) == (code, b"")
    assert len(result.stderr.splitlines()) == len(messages)
    for line, said in zip(result.stderr.splitlines(), messages, strict=True):
        assert line.startswith(f"metalog: {said}")


def test_standard_input_is_checked(typed):
    result = typed("check", "-", stdin=LEARNING.encode().replace(b"Finished Training\n", b""))
    assert (result.code, result.stdout) == (
        1,
        "<stdin>:8:1: no-finish the log ends without 'Finished Training'\n",
    )


def test_the_real_logs_have_no_diagnostics_but_what_they_end_without(typed, shared):
    assert typed("check", shared / "data" / "blog-run.txt").code == 0


def test_without_a_run_it_is_the_one_last_worked_on(typed):
    typed("parse", "odd.txt")
    result = typed("check")
    assert (result.code, result.stderr) == (1, "run: odd.txt, the one last worked on here\n")

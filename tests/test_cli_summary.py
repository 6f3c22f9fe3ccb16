"""``metalog summary`` as a user types it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from metalog.cli.recent import remember
from metalog.cli.summary import summary
from metalog.errors import EmptyLogError, UsageError
from metalog.output.tables import FORMATS
from tests.golden import check_golden, nine_digits
from tests.table_logs import write_logs


@pytest.fixture
def logs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return write_logs(tmp_path)


def run(*arguments, code=0):
    result = CliRunner().invoke(summary, arguments, catch_exceptions=False)
    assert result.exit_code == code
    return result


@pytest.mark.parametrize("form", FORMATS)
def test_the_table_is_the_golden_one(logs, form):
    check_golden(nine_digits(run(*logs, "--format", form).stdout), f"summary{FORMATS[form]}")


def test_the_ending_of_the_file_decides(logs, tmp_path):
    result = run(*logs, "-o", "table.md")
    assert result.stdout == ""
    assert result.stderr == "wrote table.md\n"
    check_golden(nine_digits((tmp_path / "table.md").read_text(encoding="utf-8")), "summary.md")


def test_without_a_run_it_is_the_one_last_worked_on(logs):
    remember("rising.txt")
    result = run("--format", "json")
    assert result.stderr == "run: rising.txt, the one last worked on here\n"
    (row,) = json.loads(result.stdout)
    assert (row["run"], row["incomplete"], row["reason"]) == ("rising", 1, "rising")
    assert row["turns_up"] == pytest.approx(40, abs=8)


def test_without_a_run_and_none_before_it_says_what_to_do(logs):
    with pytest.raises(UsageError, match="no run was parsed or trained"):
        run()


def test_metric_split_and_window_reach_the_numbers(logs):
    (row,) = json.loads(
        run(logs[0], "--metric", "accuracy", "--split", "train", "--window", "7", "--format", "json").stdout
    )
    assert (row["first"], row["window"], row["meta_validation"]) == (0.5, 7, 0.5)


def test_one_bad_file_is_told_and_the_rest_is_shown(logs, tmp_path):
    (tmp_path / "empty.txt").touch()
    result = run(logs[0], "empty.txt", "--format", "csv", code=1)
    assert result.stdout.splitlines()[1].startswith("steady,")
    assert "empty.txt" in result.stderr


def test_only_bad_files_are_an_error(logs, tmp_path):
    (tmp_path / "empty.txt").touch()
    with pytest.raises(EmptyLogError, match=r"empty\.txt"):
        run("empty.txt")


def test_an_ending_that_means_no_format_is_refused_before_anything_is_read(logs):
    with pytest.raises(UsageError, match=r"table\.docx: can't tell"):
        run("absent.txt", "-o", "table.docx")


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(logs):
    with pytest.raises(UsageError, match=r"absent.table\.md can't be written: No such file"):
        run(logs[0], "-o", "absent/table.md")


def test_the_real_log(shared, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    (row,) = json.loads(run(str(shared / "data" / "blog-run.txt"), "--format", "json").stdout)
    assert (row["meta_steps"], row["best_at"], row["meta_validations"], row["errors"]) == (4, 3, 2, 0)
    assert row["meta_validation"] == pytest.approx(0.682, abs=0.001)


def test_a_plain_learning_log_counts_as_one_meta_step(shared):
    (row,) = json.loads(run(str(shared / "data" / "learning-run.txt"), "--format", "json").stdout)
    assert (row["meta_steps"], row["best_at"], row["superseded"]) == (1, None, 0)
    assert row["first"] == row["last"] == pytest.approx(0.5916, abs=1e-4)

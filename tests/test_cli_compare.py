"""``metalog compare`` as a user types it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from metalog.cli.compare import compare
from metalog.errors import UsageError
from metalog.output.tables import FORMATS
from tests.golden import check_golden, nine_digits
from tests.table_logs import write_logs


@pytest.fixture
def logs(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    return write_logs(tmp_path)


def run(*arguments, code=0):
    result = CliRunner().invoke(compare, arguments, catch_exceptions=False)
    assert result.exit_code == code
    return result


@pytest.mark.parametrize("form", FORMATS)
def test_the_table_is_the_golden_one(logs, form):
    check_golden(nine_digits(run(*logs, "--format", form).stdout), f"compare{FORMATS[form]}")


def test_runs_are_named_by_what_differs_in_their_configurations(logs):
    rows = json.loads(run(*logs, "--format", "json").stdout)
    assert [row["config.meta_optimizer"] for row in rows] == ["adam", "sgd", None]
    assert "config.seed" not in rows[0]


def test_the_baseline_is_chosen_by_name(logs):
    forth = json.loads(run(*logs[:2], "--format", "json").stdout)
    back = json.loads(run(*logs[:2], "--format", "json", "--baseline", "rising").stdout)
    assert forth[1]["difference"] == pytest.approx(-back[0]["difference"])
    assert "Difference from rising" in run(*logs[:2], "--baseline", "rising").stdout
    with pytest.raises(UsageError, match="no run is named 'else'; there are 'steady', 'rising'"):
        run(*logs[:2], "--baseline", "else")


def test_pairing_is_said(logs):
    assert "bootstrap interval over paired problems" in run(*logs[:2], "--paired").stdout


def test_one_run_is_no_comparison(logs):
    with pytest.raises(UsageError, match="needs two runs or more; there is steady"):
        run(logs[0])


def test_no_run_is_a_usage_error():
    assert "Missing argument" in run(code=2).stderr


def test_a_log_and_its_console_copy_do_not_differ(shared):
    paths = [str(shared / "data" / name) for name in ("blog-run.txt", "blog-run-console.txt")]
    row = json.loads(run(*paths, "--format", "json").stdout)[1]
    assert (row["shared"], row["difference"]) == (4, 0)
    assert row["difference_low"] < 0 < row["difference_high"]

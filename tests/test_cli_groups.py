"""``metalog summary`` and ``metalog compare`` of settings with several seeds."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from metalog.cli.compare import compare
from metalog.cli.summary import summary
from metalog.errors import UsageError
from metalog.formats.writer import format_line
from tests.cli_logs import meta_log


@pytest.fixture
def folder(tmp_path):
    """Two settings of three seeds; runs of setting 0.1 are longer by three meta-steps or four, so they end lower."""
    for lr, steps in ((0.1, 6), (0.01, 3)):
        for seed in range(3):
            extra = (seed == 2) * (2 if lr == 0.1 else 1)
            text = meta_log(steps + extra, config={"lr": lr, "seed": seed})
            text = text.split(format_line("meta-validation begin"))[0]
            (tmp_path / f"lr{lr}-s{seed}.txt").write_text(text)
    return tmp_path


def run(command, *arguments):
    return CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False)


def rows(result):
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_seeds_of_a_setting_are_one_row(folder):
    found = rows(run(summary, folder, "--as", "csv"))
    assert [(row["setting"], row["seeds"]) for row in found] == [("lr=0.01", "3"), ("lr=0.1", "3")]
    assert all(float(row["last_low"]) < float(row["last"]) < float(row["last_high"]) for row in found)


def test_each_shows_runs_in_the_order_of_their_numbers(folder):
    found = rows(run(summary, folder, "--each", "--as", "csv"))
    assert [row["run"] for row in found] == [f"lr{lr}-s{seed}" for lr in ("0.01", "0.1") for seed in range(3)]


def test_rows_are_chosen_sorted_and_cut(folder):
    found = rows(run(summary, folder, "--each", "--where", "seed != 1", "--sort", "best", "--top", "2", "--as", "csv"))
    assert [row["run"] for row in found] == ["lr0.1-s2", "lr0.1-s0"]


def test_rows_are_chosen_by_what_the_table_shows(folder):
    options = ["--each", "--as", "csv", "--metric", "accuracy", "--split", "train", "--window", "1"]
    shown = rows(run(summary, folder, *options))
    wanted = [row["run"] for row in shown if float(row["slope_per_100"]) < 0 or int(row["meta_steps"]) > 6]
    where = ["--where", "slope_per_100 < 0 or meta_steps > 6"]
    assert [row["run"] for row in rows(run(summary, folder, *options, *where))] == wanted
    kept = rows(run(summary, folder, *options, "--where", "best == 0.5"))
    assert [row["run"] for row in kept] == [row["run"] for row in shown if float(row["best"]) == 0.5] != []


def test_settings_are_compared_with_the_same_seeds_paired(folder):
    (first, second) = json.loads(run(compare, folder, "--as", "json").stdout)
    assert first["difference"] is None
    assert second["paired"]
    assert second["difference"] == pytest.approx(second["last"] - first["last"])


def test_only_what_the_interval_says_is_bold(folder):
    table = run(compare, folder, "--as", "markdown", "--columns", "lr,last,difference").stdout.splitlines()
    assert table[0] == "| lr | last | difference |"
    assert ["**" in line for line in table[2:4]] == [False, True]
    assert "lr=0.1 is best" in "\n".join(table)
    assert "**" not in run(compare, folder, "--group-by", "seed", "--as", "markdown").stdout


def test_two_runs_say_nothing_of_their_settings(folder):
    result = run(compare, folder / "lr0.1-s0.txt", folder / "lr0.01-s0.txt")
    assert "These are runs, not settings" in " ".join(result.stdout.split())


def test_too_few_seeds_have_no_interval(folder):
    result = run(summary, folder, "--where", "seed < 2")
    assert "too few seeds" in result.stdout
    assert "±" not in result.stdout.split("\n\n")[0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--each", "--group-by", "lr"],
        ["--group-by", "nothing"],
        ["--where", "lr("],
        ["--where", ""],
        ["--where", "-" * 900 + "lr"],
        ["--sort", "nothing"],
        ["--columns", "nothing"],
        ["--each", "--digits", "2"],
        ["--group-name", "("],
    ],
)
def test_what_makes_no_sense_is_refused(folder, arguments):
    with pytest.raises(UsageError):
        run(summary, folder, *arguments)

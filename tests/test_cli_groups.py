"""``metalog summary`` and ``metalog compare`` of settings with several seeds."""

from __future__ import annotations

import csv
import io
import json
import re

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


def write(folder, steps=4, **config):
    name = "-".join(f"{entry}{value}" for entry, value in config.items())
    (folder / f"{name}.txt").write_text(meta_log(steps, config=config))


@pytest.mark.parametrize("each", [(), ("--each",)])
def test_settings_of_any_kinds_can_be_sorted(tmp_path, each):
    for lr in (10, "auto", 0.1, True, "run-10", "run-9"):
        write(tmp_path, lr=lr, seed=0)
    write(tmp_path, seed=0)
    found = rows(run(summary, tmp_path, "--sort", "lr", "--as", "csv", *each))
    assert [row["config.lr"] for row in found] == ["0.1", "True", "10", "auto", "run-9", "run-10", ""]
    falling = rows(run(summary, tmp_path, "--sort", "-lr", "--as", "csv", *each))
    assert [row["config.lr"] for row in falling] == ["run-10", "run-9", "auto", "10", "True", "0.1", ""]


def test_columns_go_by_their_headings_or_their_names_in_files(tmp_path):
    for seed in range(3):
        write(tmp_path, lr=1, seed=seed)
        write(tmp_path, steps=6, lr=2, seed=seed)
    for name, sort in (("meta_validation", "-last"), ("meta-validation", "-last_high")):
        lines = run(
            summary, tmp_path, "--columns", f"lr,{name}", "--sort", sort, "--as", "markdown"
        ).stdout.splitlines()
        assert lines[0] == "| lr | meta-validation |"
        assert [line.split("|")[1].strip() for line in lines[2:4]] == ["1", "2"]  # the loss of 1 ends higher


def test_a_setting_that_only_some_have_is_a_dash_and_whole_numbers_stay_whole(tmp_path):
    for seed in range(3):
        write(tmp_path, momentum=2, seed=seed)
        write(tmp_path, nesterov=True, seed=seed)
    cells = [line.split("|")[1:4] for line in run(summary, tmp_path, "--as", "markdown").stdout.splitlines()[2:4]]
    assert [[cell.strip() for cell in own] for own in cells] == [["2", "–", "3"], ["–", "True", "3"]]


def test_settings_that_nothing_tells_apart_have_their_runs_names(tmp_path):
    for seed in range(3):
        write(tmp_path, lr=1, seed=seed)
        write(tmp_path, seed=seed, lr=1)
        write(tmp_path, lr=2, seed=seed)
    assert "lr=1 (lr1-seed0)" in run(summary, tmp_path).stdout


def test_runs_of_one_seed_are_no_further_seeds(folder):
    found = rows(run(summary, folder, "--group-by", "seed", "--as", "csv"))
    assert [(row["seeds"], row["last_low"]) for row in found] == [("1", "nan")] * 3
    each = {row["run"]: float(row["last"]) for row in rows(run(summary, folder, "--each", "--as", "csv"))}
    assert float(found[0]["last"]) == pytest.approx((each["lr0.1-s0"] + each["lr0.01-s0"]) / 2)
    text = " ".join(run(compare, folder, "--group-by", "seed", "--as", "markdown").stdout.split())
    assert "**" not in text
    assert "Runs of the same seed count as one, by their mean: seed=0, seed=1, seed=2." in text


def test_the_table_tells_what_it_is_of_and_whose_numbers_are_not_finite(folder):
    broken = re.sub(r"(VALIDATION\], Loss: )[^,]+", r"\1nan", meta_log(6, config={"lr": 0.1, "seed": 3}))
    (folder / "lr0.1-s3.txt").write_text(broken.split(format_line("meta-validation begin"))[0])
    text = " ".join(run(summary, folder, "--center", "iqm").stdout.split())
    assert "First, best, last: of validation loss, single values of each run." in text
    assert "Not finite: first of 1, best of 1, last of 1 of 4 seeds of lr=0.1." in text
    assert "validation accuracy" in run(summary, folder, "--metric", "accuracy").stdout


def test_digits_are_those_of_the_difference_too(folder):
    assert re.search(r"[+-]0\.\d\d\d \[[+-]0\.\d\d\d, ", run(compare, folder, "--digits", "3").stdout)


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

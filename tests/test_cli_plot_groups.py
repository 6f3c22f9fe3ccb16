"""``metalog plot`` of settings with several seeds: which figures, which runs, for whom."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from click.testing import CliRunner

from metalog.cli.plot import plot
from metalog.errors import UsageError
from tests.declared import EPOCHS_TOML, epochs_text
from tests.plots.settings_runs import setting_log

PATTERN = r"(?P<setting>.*)-s(?P<seed>\d+)"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two settings of three seeds, in the current folder."""
    runs = tmp_path / "runs"
    runs.mkdir()
    for lr, level in ((0.1, 0.3), (0.01, 0.1)):
        for seed in range(3):
            (runs / f"lr{lr}-s{seed}.txt").write_text(setting_log(level, seed, config={"lr": lr}))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(plot, list(map(str, arguments)), catch_exceptions=False)


def svg(*arguments):
    result = run("runs", *arguments, "-o", "picture.svg")
    assert result.exit_code == 0, result.output
    return Path("picture.svg").read_text(encoding="utf-8")


def test_settings_are_lines_by_default_and_each_shows_runs(folder):
    assert "lr=0.01, n = 3" in svg("--curve")
    each = svg("--curve", "--each")
    assert "n = 3" not in each
    assert "seed=1" in each
    assert "Comparison of 2 settings" in svg()
    assert "Comparison" not in svg("--where", "lr == 0.1")  # one setting: its curve


@pytest.mark.parametrize("name", ["forest", "differences", "improvement", "profile"])
def test_figures_of_settings_have_names(folder, name):
    result = run("runs", f"--{name}")
    assert result.exit_code == 0
    assert result.stdout.endswith(f"-{name}.png\n")


def test_all_figures_of_settings_are_among_all(folder):
    result = run("runs", "--all", "-o", "all")
    names = {path.stem.split("-", 3)[3] for path in (folder / "all").glob("6-runs-*")}
    assert names == {
        *("compare", "curve", "differences", "forest", "improvement", "meta-validation", "profile", "train-curve")
    }
    assert result.exit_code == 0
    assert not any("forest" in path.name for path in _all_each(folder))


def _all_each(folder):
    assert run("runs", "--all", "--each", "--where", "seed == 0", "-o", "each").exit_code == 0
    return list((folder / "each").iterdir())


def test_settings_are_sorted_and_cut(folder):
    first = svg("--forest", "--sort", "best", "--top", "1")
    assert "lr=0.01" in first
    assert "lr=0.1<" not in first
    assert "lr=0.1" in svg("--forest", "--top", "2", "--sort", "last")
    one = svg("--curve", "--each", "--sort", "best", "--top", "2")
    assert "seed=" in one
    assert "lr=" not in one  # both are of the best setting


def test_groups_are_named_by_settings_or_names(folder):
    by_seed = svg("--curve", "--group-by", "seed")
    assert "seed=2, n = 1" in by_seed
    written = " ".join(re.findall(r">([^<>]+)</text>", by_seed))
    assert "Runs of one seed count as one, by their mean" in written
    assert "setting=lr0.1, n = 3" in svg("--curve", "--group-name", PATTERN)
    assert "Difference from lr=0.1" in svg("--differences", "--baseline", "lr0.1-s1")
    assert "Median over 3 seeds" in svg("--curve", "--center", "median")


def test_for_a_paper_there_is_a_pdf_and_words_for_the_caption(folder):
    result = run("runs", "--curve", "--style", "paper")
    assert result.exit_code == 0
    (name,) = result.stdout.split()
    assert (folder / name).read_bytes().startswith(b"%PDF")
    assert name.endswith("-curve.pdf")
    assert "for the caption: Mean over 3 seeds" in result.stderr
    run("runs", "--curve", "--style", "paper", "--width", "6.75", "--dpi", "100", "-o", "wide.png")
    assert struct.unpack(">I", (folder / "wide.png").read_bytes()[16:20]) == (675,)
    titled = svg("--curve", "--title", "Mine")
    assert ">Mine<" in titled
    assert "by meta-step" not in titled


def test_logs_of_another_format_are_grouped_by_names(folder):
    (folder / "epochs.toml").write_text(EPOCHS_TOML)
    for name, rate in (("a", 1.0), ("b", 2.0)):
        for seed in range(3):
            (folder / f"{name}-s{seed}.log").write_text(epochs_text(3, 4, rate=rate + seed / 9))
    logs = sorted(folder.glob("*.log"))
    options = ("--format", "epochs.toml", "--group-name", PATTERN)
    for more in ((), ("--forest",), ("--differences",), ("--profile", "--frame", "batches", "--y", "acc")):
        result = run(*logs, *options, *more, "-o", "other.svg")
        assert result.exit_code == 0, result.output
        text = (folder / "other.svg").read_text()
        assert "setting=" in text


def test_plain_learning_logs_are_one_picture_of_settings(folder):
    for name in "ab":
        for seed in range(3):
            lines = (
                f"Epoch {epoch}\nEpoch {epoch}, step     1], Loss: 0.{epoch}, Accuracy: 0.5\n"
                f"Epoch {epoch}, VALIDATION], Loss: 0.{epoch}{seed}, Accuracy: 0.5\n"
                for epoch in (3, 2, 1)
            )
            (folder / f"{name}-s{seed}.txt").write_text("".join(lines))
    result = run(*sorted(folder.glob("*-s?.txt")), "--group-name", PATTERN)
    assert result.exit_code == 0
    assert result.stdout.endswith("-learning-curve.png\n")
    assert result.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--each", "--group-by", "lr"], "--each shows runs one by one"),
        (["--compare", "--center", "iqm"], "--center means nothing for --compare"),
        (["--curve", "--baseline", "lr=0.1"], "--baseline means nothing for --curve; it goes with --differences"),
        (["--curve", "--where", "lr > 1"], "none of 6 runs"),
        (["--curve", "--sort", "nothing"], "no column is called"),
        (["--curve", "--width", "0"], "a width is from"),
        (["--differences", "--where", "lr == 0.1"], "two settings or more"),
    ],
)
def test_what_makes_no_sense_is_refused(folder, arguments, message):
    with pytest.raises(UsageError, match=message):
        run("runs", *arguments)

"""`metalog plot` as it is typed."""

import subprocess
import sys

import click
import matplotlib.pyplot as plt
import pytest

from metalog.cli import cli, main, recent
from tests import loggen
from tests.plots.runs import words

SMALL = loggen.Shape(meta_steps=3, problems=2, epochs=2, steps=2, meta_validate_every=2, meta_batches=10)
METALOG = [sys.executable, "-c", "from metalog.cli import main; main()"]
PLAIN = "".join(
    f"Epoch {epoch}\nEpoch {epoch}, step     1], Loss: 0.{epoch}, Accuracy: 0.5\n"
    f"Epoch {epoch}, VALIDATION], Loss: 0.{epoch}, Accuracy: 0.5\n"
    for epoch in (1, 2)
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with two runs and a plain learning log, which is the current one."""
    (tmp_path / "run.txt").write_text(loggen.text(SMALL))
    (tmp_path / "other.txt").write_text(loggen.text(SMALL, seed=1))
    (tmp_path / "plain.txt").write_text(PLAIN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def metalog(here, monkeypatch, capfd):
    """Run a command line; return exit code, the lines on stdout, and stderr."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["metalog", *map(str, arguments)])
        try:
            code = main()
        except SystemExit as ended:
            code = ended.code
        out, err = capfd.readouterr()
        return code or 0, out.splitlines(), err

    return call


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        ("run.txt", "run-curve.png"),
        ("run.txt --grid", "run-grid.png"),
        ("run.txt --grid --split validation --every 2 --smooth mean:2", "run-grid.png"),
        ("run.txt --heatmap --curve --smooth ema:0.9 --smooth gauss:2", "run-curve.png run-heatmap.png"),
        ("run.txt --problem 3 2", "run-learning-curve.png"),
        ("plain.txt", "plain-learning-curve.png"),
        ("run.txt other.txt", "run+other-compare.png"),
        ("run.txt other.txt --grid --curve", "other-grid.png run+other-curve.png run-grid.png"),
        ("run.txt --adaptation -o mine.svg", "mine.svg"),
        ("run.txt --adaptation --train-curve -o my.pdf", "my-run-adaptation.pdf my-run-train-curve.pdf"),
        ("run.txt -o new/folder/", "new/folder/run-curve.png"),
        ("plain.txt --all", "figures/plain-learning-curve.png"),
    ],
)
def test_what_is_asked_for_is_drawn_and_its_path_printed(here, metalog, arguments, paths):
    code, printed, err = metalog("plot", *arguments.split())
    assert (code, err) == (0, "")
    assert sorted(printed) == paths.split()
    assert all((here / path).stat().st_size > 1000 for path in printed)


def test_all_figures_fill_a_folder_and_what_cannot_be_drawn_is_said(here, metalog):
    (here / "bare.txt").write_text(loggen.text(loggen.Shape(meta_steps=2, problems=2, epochs=2, steps=1)))
    code, printed, err = metalog("plot", "bare.txt", "--all", "-o", "pictures")
    assert code == 0
    expected = {"grid", "curve", "train-curve", "heatmap", "adaptation", "learning-curve"}
    assert {path.name for path in (here / "pictures").iterdir()} == {f"bare-{name}.png" for name in expected}
    assert len(printed) == len(expected)
    assert "no meta-validation: bare logged no meta-validation" in err


def test_without_a_run_the_last_one_is_taken_and_named(here, metalog):
    code, _, err = metalog("plot", "--grid")
    assert code == 2
    assert "name one" in err
    recent.remember("run.txt")
    code, printed, err = metalog("plot", "--grid")
    assert (code, printed) == (0, ["run-grid.png"])
    assert "run.txt" in err


def test_a_log_comes_from_stdin_and_its_picture_goes_to_stdout(here):
    command = [*METALOG, "plot", "-", "--grid", "-o", "-", "--dpi", "30"]
    done = subprocess.run(command, input=(here / "run.txt").read_bytes(), capture_output=True, check=True)
    assert done.stdout.startswith(b"\x89PNG")
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plain.txt", "--grid"], "plain has no meta-steps"),
        (["plain.txt", "--problem", "1", "1"], "plain learning log"),
        (["run.txt", "--problem", "9", "1"], "only meta-steps 1 to 3 of problems 1 to 2"),
        (["run.txt", "--curve", "--every", "3"], "--every means nothing for --curve; it goes with --grid"),
        (["run.txt", "--grid", "--smooth", "mean:5", "--smooth", "mean:9"], "--smooth can be repeated for --curve"),
        (["run.txt", "--curve", "--smooth", "mean"], "'mean' is no smoothing"),
        (["run.txt", "--compare"], "two runs or more"),
        (["run.txt", "-o", "run.xyz"], "choose one of"),
        (["run.txt", "-o", "nowhere/run.png"], "can't be written"),
        (["run.txt", "--grid", "--curve", "-o", "-"], "single picture"),
        (["run.txt", "-o", "run.txt/"], "can't be made"),
        (["run.txt", "--show"], "no window can be opened here"),
        (["missing.txt"], "missing.txt"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(here, metalog, monkeypatch, arguments, message):
    monkeypatch.setenv("MPLBACKEND", "agg")
    code, printed, err = metalog("plot", *arguments)
    assert (code, printed) == (2, [])
    assert message in err
    assert len(err.splitlines()) == 1


def test_one_bad_log_does_not_stop_the_others(here, metalog):
    (here / "noise.txt").write_text("nothing of the format\n")
    code, printed, err = metalog("plot", "run.txt", "noise.txt", "other.txt", "--curve")
    assert (code, printed) == (1, ["run+other-curve.png"])
    assert "noise.txt" in err


def test_show_opens_a_window_for_each_figure_and_writes_nothing(here, metalog, monkeypatch):
    shown = []

    def show():
        shown.extend(words(plt.figure(number).canvas.figure) for number in plt.get_fignums())
        plt.close("all")

    monkeypatch.setattr(plt, "get_backend", lambda: "tkagg")  # where it then draws with Agg, no window opens
    monkeypatch.setattr(plt, "show", show)
    before = sorted(path.name for path in here.iterdir())
    assert metalog("plot", "run.txt", "--curve", "--grid", "--show") == (0, [], "")
    assert len(shown) == 2
    assert sorted(path.name for path in here.iterdir()) == before


def test_every_option_has_a_help_text():
    command = cli.get_command(click.Context(cli), "plot")
    assert all(option.help for option in command.params if isinstance(option, click.Option))

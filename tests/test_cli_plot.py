"""`metalog plot` as it is typed."""

import os
import shutil
import subprocess
import sys

import click
import matplotlib.pyplot as plt
import pytest

from metalog.cli import cli, main, recent
from metalog.plots import saving
from tests import loggen
from tests.conftest import ROOT
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
        (["run.txt", "--dpi", "inf"], "dpi must be from 10"),
        (["run.txt", "--dpi", "nan"], "dpi must be from 10"),
        (["run.txt", "--dpi", "1e308"], "dpi must be from 10"),
        (["run.txt", "--dpi", "2"], "dpi must be from 10"),
        (["run.txt", "--curve", "--smooth", "gauss:inf"], "no smoothing"),
        (["run.txt", "--problem", str(10**20), "1"], "only meta-steps 1 to 3"),
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
    windows = []

    def show():
        windows.extend(words(plt.figure(number).canvas.figure) for number in plt.get_fignums())
        plt.close("all")

    monkeypatch.setattr(plt, "get_backend", lambda: "tkagg")  # where it then draws with Agg, no window opens
    monkeypatch.setattr(plt, "show", show)
    before = sorted(path.name for path in here.iterdir())
    assert metalog("plot", "run.txt", "--curve", "--grid", "--show") == (0, [], "")
    assert len(windows) == 2
    assert sorted(path.name for path in here.iterdir()) == before


def test_every_option_has_a_help_text():
    command = cli.get_command(click.Context(cli), "plot")
    assert all(option.help for option in command.params if isinstance(option, click.Option))


@pytest.mark.parametrize(
    "names",
    [
        ["lr 1", "lr+1", "lr-1", "lr-1-2", "lr\n1"],  # what a file name can't hold becomes the same
        ["a", "a-train"],  # a's train-curve and a-train's curve
        ["x" * 240 + "1", "x" * 240 + "2"],  # too long for a name that a figure's is put behind
        ["学" * 80 + "1", "学" * 80 + "2"],
        ["..", "-", "run"],
    ],
)
def test_different_runs_never_share_a_picture_and_its_name_fits(here, metalog, names):
    for name in names:
        (here / f"{name}.txt").write_bytes((here / "run.txt").read_bytes())
    found = [f"./{name}.txt" for name in dict.fromkeys(names)]
    code, printed, err = metalog("plot", *found, "--curve", "--heatmap", "-o", "new/", "--dpi", 20)
    assert (code, err) == (0, "")
    assert len(set(printed)) == len(found) + 1
    singly = [metalog("plot", name, "--train-curve", "-o", "new/", "--dpi", 20)[1][0] for name in found]
    singly += [metalog("plot", name, "--curve", "-o", "new/", "--dpi", 20)[1][0] for name in found]
    assert len(set(singly) - set(printed)) == 2 * len(found)
    assert all(len(path.name.encode()) <= 200 for path in (here / "new").iterdir())


def test_many_names_are_counted_and_other_runs_get_another_name(here, metalog):
    for name in "abcde":
        (here / f"{name}.txt").write_bytes((here / "run.txt").read_bytes())
    first = metalog("plot", *(f"{name}.txt" for name in "abcd"), "--dpi", 20)[1]
    second = metalog("plot", *(f"{name}.txt" for name in "bcde"), "--dpi", 20)[1]
    assert first[0].startswith("4-runs-")
    assert first != second


def test_all_goes_on_where_one_figure_can_t_be_written(here, metalog, monkeypatch):
    monkeypatch.setattr(saving, "_MOST_PIXELS", 300)  # a grid of 60 rows is higher
    (here / "long.txt").write_text(loggen.text(loggen.Shape(meta_steps=60, problems=1, epochs=1, steps=1)))
    code, printed, err = metalog("plot", "long.txt", "--all", "--rows", "60", "--dpi", "25", "-o", "new/")
    assert code == 0
    assert "no grid: the picture would have" in err
    assert [path for path in printed if "heatmap" in path]


def test_all_goes_on_where_one_figure_fails_in_matplotlib(here, metalog, monkeypatch):
    from metalog import plots

    def fail(*_, **__):
        raise OverflowError("cannot convert float infinity to integer")

    monkeypatch.setattr(plots, "heatmap", fail)
    code, printed, err = metalog("plot", "run.txt", "--all", "-o", "new/", "--dpi", "20")
    assert code == 0
    assert "no heatmap: matplotlib can't draw the heatmap: cannot convert float infinity to integer" in err
    assert len(printed) == 6
    code, printed, err = metalog("plot", "run.txt", "--heatmap")
    assert (code, printed, len(err.splitlines())) == (2, [], 1)


SURROUNDINGS = {
    "an unknown backend": {"MPLBACKEND": "nonsense"},
    "TeX asked for": {"matplotlibrc": b"text.usetex: True\n"},
    "a cycle without colours": {"matplotlibrc": b"axes.prop_cycle: cycler('linestyle', ['-', '--'])\n"},
    "a notebook's backend": {"MPLBACKEND": "module://matplotlib_inline.backend_inline"},
}


def plot_in(folder, surroundings, *arguments):
    """Run ``metalog plot`` in a process of its own, where matplotlib is imported anew."""
    settings = {name: text for name, text in surroundings.items() if name != "matplotlibrc"}
    if "matplotlibrc" in surroundings:
        (folder / "matplotlibrc").write_bytes(surroundings["matplotlibrc"])
    environment = {**os.environ, "MPLBACKEND": "", "PYTHONPATH": str(ROOT), **settings}
    command = [*METALOG, "plot", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("surroundings", SURROUNDINGS.values(), ids=SURROUNDINGS)
def test_a_file_is_drawn_whatever_the_surroundings(here, surroundings):
    done = plot_in(
        here, surroundings, "run.txt", "other.txt", "--compare", "--log-y", "-o", "picture.png", "--dpi", "30"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "picture.png\n", "")


@pytest.mark.parametrize(
    ("surroundings", "arguments", "message"),
    [
        ({"matplotlibrc": b"font.size: 10 # \xff"}, [], "matplotlib's settings can't be read: Cannot decode"),
        ({"MPLBACKEND": "nonsense"}, ["--show"], "matplotlib's settings can't be read: Key backend: 'nonsense'"),
        (SURROUNDINGS["a notebook's backend"], ["--show"], "no window can be opened here"),
        ({"MPLBACKEND": "module://no_such_backend"}, ["--show"], "no window can be opened here"),
        ({"MPLBACKEND": "svg"}, ["--show"], "no window can be opened here"),
    ],
)
def test_surroundings_that_forbid_it_give_one_sentence(here, surroundings, arguments, message):
    done = plot_in(here, surroundings, "run.txt", *arguments)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert message in done.stderr
    assert not list(here.glob("*.png"))


@pytest.mark.parametrize("name", ["中文学习", "\udcff\udcfe", "a$b$c", "\x1b[31mred"])
def test_any_name_of_a_log_is_drawn_without_a_word(here, name):
    (here / f"{name}.txt").write_bytes((here / "run.txt").read_bytes())
    done = plot_in(here, {}, f"{name}.txt", "--curve", "--dpi", "30")
    assert (done.returncode, done.stderr) == (0, "")
    assert (here / done.stdout.rstrip("\n")).exists()


@pytest.mark.parametrize("smooth", ["gauss:1e308", "gauss:5e-324", "mean:1e308", "ema:0"])
def test_an_absurd_smoothing_or_row_is_drawn(here, metalog, smooth):
    arguments = ["--grid", "--every", str(10**20), "--columns", str(10**20), "--smooth", smooth, "--dpi", "20"]
    assert metalog("plot", "run.txt", *arguments) == (0, ["run-grid.png"], "")


@pytest.mark.skipif(shutil.which("xelatex") is not None, reason="there is LaTeX here")
def test_without_latex_a_pgf_is_refused_in_one_sentence(here, metalog):
    code, printed, err = metalog("plot", "run.txt", "-o", "picture.pgf")
    assert (code, printed, len(err.splitlines())) == (2, [], 1)
    assert "can't write a .pgf" in err
    assert not (here / "picture.pgf").exists()


def test_a_log_that_begins_in_mid_run_has_every_figure(here, metalog):
    log = (here / "run.txt").read_text()
    (here / "mid.txt").write_text(log[log.index("1 updates") :])
    code, printed, err = metalog("plot", "mid.txt", "--all", "-o", "new/", "--dpi", "20")
    assert (code, err, len(printed)) == (0, "", 7)

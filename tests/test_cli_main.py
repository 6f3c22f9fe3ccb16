"""What all commands share: help, version, lazy imports, exit codes."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import click
import pytest

import metalog
from metalog.cli import COMMANDS, cli, exit_code
from metalog.errors import Diagnostic, EmptyLogError, FormatError, MissingExtraError, SourceError, UsageError
from metalog.scan.engines import engine_name

WRITTEN = [name for name, (module, _) in COMMANDS.items() if find_spec(f"metalog.cli.{module}")]
FINDING = Diagnostic(1, 1, "noise", "warning", "not a line of the format")


def command(name):
    return cli.get_command(click.Context(cli), name)


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_every_command_that_the_help_lists_is_there():
    assert list(COMMANDS) == WRITTEN


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_the_help_lists_every_command_with_a_line(typed, option):
    result = typed(option)
    assert (result.code, result.stderr) == (0, "")
    listed = result.stdout.split("Read logs:\n")[1]
    for name, (_, line) in COMMANDS.items():
        assert f"  {name} " in listed
        assert line.split()[0] in listed


def test_without_a_command_there_is_help(typed):
    result = typed()
    assert result.code == 2
    assert "Read logs:" in result.stderr


@pytest.mark.parametrize("name", WRITTEN)
def test_every_command_has_help(typed, name):
    result = typed(name, "--help")
    assert (result.code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Usage: metalog {name} ")
    assert command(name).help
    assert command(name).name == name


@pytest.mark.parametrize("name", WRITTEN)
def test_every_option_has_help(name):
    options = [parameter for parameter in command(name).params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("name", WRITTEN)
def test_the_line_in_the_overview_is_a_sentence(name):
    line = COMMANDS[name][1]
    assert line[0].isupper()
    assert line.endswith(".")


def test_an_unknown_command_is_refused(typed):
    result = typed("prase")
    assert (result.code, result.data) == (2, b"")
    assert "no command 'prase'; did you mean 'parse'?" in result.stderr


def test_the_version_says_which_engine_is_in_use(typed, monkeypatch):
    monkeypatch.delenv("METALOG_ENGINE", raising=False)
    assert typed("--version").stdout == f"metalog {metalog.__version__} (scan engine: {engine_name()})\n"
    monkeypatch.setenv("METALOG_ENGINE", "portable")
    assert typed("--version").stdout == f"metalog {metalog.__version__} (scan engine: portable)\n"


def test_an_unknown_engine_is_refused_in_a_sentence(typed, monkeypatch):
    monkeypatch.setenv("METALOG_ENGINE", "quick")
    result = typed("--version")
    assert (result.code, result.stderr) == (2, "metalog: METALOG_ENGINE is 'quick'; it can be native or portable\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EmptyLogError("run.txt is empty"), 1),
        (FormatError("run.txt", FINDING), 1),
        (SourceError("run.txt: no such file"), 2),
        (UsageError("that makes no sense"), 2),
        (MissingExtraError("pyarrow", "parquet", "writing parquet"), 2),
    ],
)
def test_what_is_wrong_with_a_log_is_1_and_with_the_call_2(error, code):
    assert exit_code(error) == code


# Lazy imports

HEAVY = ("numpy", "pandas", "torch", "matplotlib", "seaborn", "tqdm", "asyncio", "concurrent.futures", "trainer")
#: Runs code that may exit, then fails if a heavy module was imported.
CHECKED = """
import sys
try:
    {code}
except SystemExit:
    pass
loaded = sorted(set({heavy!r}) & set(sys.modules))
assert not loaded, loaded
"""
SUMMARY = "import sys; sys.argv = ['metalog', 'parse', {path!r}]; from metalog.cli import main; main()"


def imports_none_of(heavy, code):
    return run(CHECKED.format(code=code, heavy=heavy))


@pytest.mark.parametrize(
    "code",
    [
        "import metalog",
        "import metalog.cli",
        "import metalog.errors, metalog.formats, metalog.formats.writer, metalog.cli.recent",
        "import sys; sys.argv = ['metalog', '--help']; from metalog.cli import main; main()",
        "import sys; sys.argv = ['metalog', 'parse', '--help']; from metalog.cli import main; main()",
        "import sys; sys.argv = ['metalog', 'check', '--help']; from metalog.cli import main; main()",
    ],
)
def test_what_must_be_instant_imports_nothing_heavy(code):
    result = imports_none_of(HEAVY, code)
    assert result.returncode == 0, result.stderr


def test_a_summary_needs_no_pandas(tmp_path):
    path = tmp_path / "run.txt"
    path.write_text("Epoch 1\nEpoch 1, step     1], Loss: 0.5, Accuracy: 0.5\n")
    code = f"import os; os.chdir({str(tmp_path)!r}); {SUMMARY.format(path=str(path))}"
    result = imports_none_of(("pandas", "matplotlib", "tqdm", "torch"), code)
    assert result.returncode == 0, result.stderr
    assert "1 inner step, 0 validations in 2 lines" in result.stdout


@pytest.mark.parametrize(
    ("code", "module"),
    [
        ("import metalog, pandas", "pandas"),
        ("import metalog; metalog.read", "numpy"),
    ],
)
def test_the_check_can_fail(code, module):
    result = imports_none_of(HEAVY, code)
    assert result.returncode == 1
    assert f"'{module}'" in result.stderr.splitlines()[-1]


def test_warnings_of_packages_are_not_shown(tmp_path):
    path = tmp_path / "run.txt"
    path.write_text("Epoch 1\nEpoch 1, step     1], Loss: 0.5, Accuracy: 0.5\n")
    warn = "import warnings, metalog.runs.describe as d; old = d.describe"
    warn += "; d.describe = lambda run: warnings.warn('inner matters') or old(run); "
    code = f"import os; os.chdir({str(tmp_path)!r}); {warn}{SUMMARY.format(path='run.txt')}"
    shown = run(code)
    assert (shown.returncode, shown.stderr) == (0, "next: metalog plot --curve run.txt\n")
    asked = subprocess.run([sys.executable, "-W", "default", "-c", code], capture_output=True, text=True, check=False)
    assert "inner matters" in asked.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["parse", "--fromat", "x"], "metalog: No such option"),
        (["summary", "--window", "0"], "metalog: Invalid value for '--window'"),
        (["compare"], "metalog: Missing argument"),
        (["parse", "run.txt", "--format", "csv"], "metalog: --as and --frame say what is written"),
    ],
)
def test_a_call_that_makes_no_sense_is_one_sentence_as_every_error(typed, arguments, said):
    result = typed(*arguments)
    assert (result.code, result.data, result.stderr.count("\n")) == (2, b"", 1)
    assert result.stderr.startswith(said)
    assert result.stderr.endswith(f"; see metalog {arguments[0]} --help\n")

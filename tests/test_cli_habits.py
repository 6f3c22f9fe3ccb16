"""Small things that users expect: hints, groups in the help, colours, JSON, completion, ``metalog doctor``."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from importlib import metadata

import pytest

import metalog
from metalog.cli import COMMANDS, SECTIONS, console
from metalog.cli.doctor import _packages
from metalog.scan.engines import engine_name
from tests.conftest import ROOT

LOG = ROOT / "fixtures" / "formats" / "nanogpt.log"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["plott"], "no command 'plott'; did you mean 'plot'?; see metalog --help"),
        (["sumary", "x.txt"], "no command 'sumary'; did you mean 'summary'?; see metalog --help"),
        (["formats", "tset"], "no command 'tset'; did you mean 'test'?; see metalog formats --help"),
        (["formats", "xyz"], "no command 'xyz'; there are draft, list, show, test; see metalog formats --help"),
    ],
)
def test_a_mistyped_command_is_answered_with_the_nearest(typed, words, hint):
    result = typed(*words)
    assert (result.code, result.stdout, result.stderr) == (2, "", f"metalog: {hint}\n")


def test_every_command_stands_in_one_group_of_the_help(typed):
    placed = [name for own in SECTIONS.values() for name in own if name in COMMANDS]
    assert sorted(placed) == sorted(COMMANDS)
    listed = typed("--help").stdout
    assert all(f"\n{heading}:\n" in listed for heading in SECTIONS)


TABLE = "run   loss\n────  ────\nmine   0.5\n"


@pytest.mark.parametrize(
    ("terminal", "environment", "bold"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"NO_COLOR": ""}, True),
    ],
)
def test_headings_are_bold_on_a_terminal_only(monkeypatch, terminal, environment, bold):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    for name, value in {"TERM": "xterm", "NO_COLOR": "", **environment}.items():
        monkeypatch.setenv(name, value)
    heading, rest = TABLE.split("\n", 1)
    assert console.emphasised(TABLE) == (f"\x1b[1m{heading}\x1b[0m\n{rest}" if bold else TABLE)


def test_json_is_what_as_json_is(typed):
    assert typed("summary", LOG, "--json").stdout == typed("summary", LOG, "--as", "json").stdout
    assert json.loads(typed("compare", LOG, LOG, "--json").stdout)


def test_the_list_of_formats_as_json(typed):
    listed = json.loads(typed("formats", "list", "--json").stdout)
    assert {"maml", "nanogpt", "keras"} <= {own["name"] for own in listed}
    assert {"name", "title", "from"} == {key for own in listed for key in own}


def test_the_doctor_tells_versions(typed):
    facts = json.loads(typed("doctor", "--json").stdout)
    assert facts["metalog"] == metalog.__version__
    assert facts["engine"].startswith(engine_name())
    assert facts["pandas"] == metadata.version("pandas")
    assert facts["cores"].isdigit()
    shown = typed("doctor").stdout
    assert all(value in shown for value in facts.values())
    assert "pytest" not in facts


def test_the_doctor_tells_how_to_get_an_extra(monkeypatch):
    def version(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    needs = ["click>=8", 'pyarrow>=18; extra == "parquet"', 'pytest; extra == "dev"']
    assert dict(_packages(needs)) == {
        "click": "missing: install metalog anew",
        "pyarrow [parquet]": 'not installed; pip install "metalog-toolkit[parquet]"',
    }


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_that_the_shell_can_read(typed, shell):
    result = typed("completion", shell)
    assert result.code == 0
    assert f"_METALOG_COMPLETE={shell}_complete" in result.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=result.data, check=True)


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
@pytest.mark.parametrize(
    ("begun", "completed"),
    [
        ("metalog summ", "metalog summary"),
        ("metalog parse bir", "metalog parse birds-of-may.txt"),
        ("metalog compare base=bir", "metalog compare base=birds-of-may.txt"),
        ("metalog plot birds-of-may.txt --meta-v", "metalog plot birds-of-may.txt --meta-validation"),
        ("metalog parse --format nanog", "metalog parse --format nanogpt"),
        ("metalog formats tes", "metalog formats test"),
    ],
)
def test_bash_completes(tmp_path, begun, completed):
    shim = tmp_path / "bin" / "metalog"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m metalog "$@"\n')
    shim.chmod(0o755)
    (tmp_path / "birds-of-may.txt").touch()
    (tmp_path / "rc").write_text("PS1='ready> '\nbind 'set bell-style none'\neval \"$(metalog completion bash)\"\n")
    environment = {
        "PATH": f"{shim.parent}{os.pathsep}{os.environ['PATH']}",
        "TERM": "dumb",
        "HOME": str(tmp_path),
        "INPUTRC": os.devnull,
        "LC_ALL": "C.UTF-8",
    }
    assert completed in _typed_into_bash(tmp_path, environment, f"{begun}\t", completed)


def _typed_into_bash(folder, environment, keys, awaited):
    """Press keys in an interactive bash; return what its terminal shows, once it shows what is awaited."""
    leader, follower = pty.openpty()
    call = ["bash", "--noprofile", "--rcfile", "rc", "-i"]
    with subprocess.Popen(
        call, cwd=folder, env=environment, stdin=follower, stdout=follower, stderr=follower, start_new_session=True
    ) as shell:
        os.close(follower)
        shown, pressed, until = "", False, time.monotonic() + 60
        while time.monotonic() < until and not (pressed and awaited in shown):
            if select.select([leader], [], [], 0.2)[0]:
                shown += os.read(leader, 4096).decode(errors="replace")
            if not pressed and shown.endswith("ready> "):
                os.write(leader, keys.encode())
                pressed, shown = True, ""
        shell.kill()
    os.close(leader)
    return shown

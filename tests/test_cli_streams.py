"""Standard output and error as callers leave them: closed, narrow, files, pipes; and what signals leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli_logs import meta_log

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shells and signals as on POSIX")
METALOG = f'"{sys.executable}" -m metalog'
PATIENCE = 60
PLOT = ("metalog plot r", 2)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.txt").write_text(meta_log())
    return tmp_path


def shell(line, **environment):
    """Have bash run a line in which `metalog` stands for the command."""
    env = {**os.environ, **environment}
    call = ["bash", "-c", line.replace("metalog ", METALOG + " ")]
    return subprocess.run(call, capture_output=True, env=env, timeout=PATIENCE, check=False)


@pytest.mark.parametrize("call", ["parse run.txt", "parse run.txt -o -", "summary run.txt", "summary run.txt -o -"])
def test_a_closed_standard_output_is_said_in_a_sentence(call):
    done = shell(f"metalog {call} >&-")
    assert done.returncode == 2
    assert done.stderr.startswith(b"metalog: standard output is closed")
    assert done.stderr.count(b"\n") == 1


def test_nothing_else_gets_what_belongs_to_a_closed_stream(here):
    shell("metalog summary run.txt -o table.csv >&- 2>&- <&-")
    assert (here / "table.csv").read_text().startswith("run,")
    assert (here / "run.txt").read_text() == meta_log()


def test_without_standard_error_all_works_and_failures_show_in_the_exit_code(here):
    done = shell("metalog parse run.txt -o out.csv 2>&-")
    assert done.returncode == 0
    assert done.stdout.startswith(b"Run 'run.txt'\n")
    assert (here / "out.csv").exists()
    assert shell("metalog parse missing.txt 2>&-").returncode == 2


@pytest.mark.parametrize("stderr", ["</dev/null", ">/dev/full"])
def test_a_standard_error_that_takes_nothing_is_as_none(here, stderr):
    assert shell(f"metalog parse run.txt -o out.csv 2{stderr}").returncode == 0
    assert (here / "out.csv").exists()
    assert shell(f"metalog parse missing.txt 2{stderr}").returncode == 2


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ascii:strict", "utf-8"])
@pytest.mark.parametrize("call", ["summary run.txt", "compare run.txt b.txt", "parse run.txt", "check odd-ü中.txt"])
def test_a_table_is_written_in_any_encoding(here, encoding, call):
    (here / "b.txt").write_text(meta_log(2))
    (here / "odd-ü中.txt").write_text("Epoch 1\nnoise\n")
    done = shell(f"metalog {call}", PYTHONIOENCODING=encoding)
    assert done.stderr == (b"next: metalog plot --curve run.txt\n" if call.startswith("parse") else b"")
    assert done.returncode == int(call.startswith("check"))
    if call.startswith("summary") and encoding in ("latin-1", "cp1252"):
        lines = done.stdout.decode(encoding).splitlines()
        assert set(lines[1]) == {"-", " "}
        assert len(lines[1]) == len(lines[0])
    if call.startswith("check") and encoding == "latin-1":
        assert done.stdout.startswith("odd-ü\\u4e2d.txt:".encode("latin-1"))


def test_outputs_may_be_streams_of_the_shell(here):
    expected = shell("metalog summary run.txt --format csv").stdout
    assert shell("metalog summary run.txt --format csv -o /dev/stdout").stdout == expected
    shell("metalog summary run.txt --format csv -o /dev/fd/3 3>three.csv")
    assert (here / "three.csv").read_bytes() == expected
    (here / "log.csv").write_text("before\n")
    shell("metalog summary run.txt --format csv -o /dev/stdout >> log.csv")
    assert (here / "log.csv").read_bytes() == b"before\n" + expected
    assert shell("metalog summary run.txt --format csv -o >(cat) | cat").stdout == expected


def test_frames_may_go_to_a_stream_of_the_shell():
    expected = shell("metalog parse run.txt --frame steps -o -").stdout
    assert expected.startswith(b"segment,")
    assert shell("metalog parse run.txt --frame steps -o /dev/fd/3 3>&1 >&2").stdout == expected


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_temporary_file(here, number):
    os.mkfifo("slow")
    call = [sys.executable, "-m", "metalog", "parse", "slow", "-o", "out.csv"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process, open("slow", "wb") as pipe:  # noqa: PTH123
        pipe.write(meta_log().encode())
        pipe.flush()
        end = time.monotonic() + PATIENCE
        while not list(here.glob(".out.csv.*")):
            assert time.monotonic() < end
            time.sleep(0.02)
        process.send_signal(number)
        assert process.wait(PATIENCE) == -number
        assert process.stderr.read() == b""
    assert sorted(path.name for path in here.iterdir()) == ["run.txt", "slow"]


def test_a_signal_ends_a_call_whose_threads_wait_for_a_pipe(here):
    os.mkfifo("slow")
    call = [sys.executable, "-m", "metalog", "summary", "run.txt", "slow"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process, open("slow", "wb") as pipe:  # noqa: PTH123
        pipe.write(b"Epoch 1\n")
        pipe.flush()
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM


def test_a_signal_that_the_caller_ignores_stays_ignored():
    code = "import signal, sys; from metalog.cli import _ended_by_signals\n"
    code += "with _ended_by_signals(): signal.raise_signal(signal.SIGHUP); print('on')"
    assert shell(f'trap \'\' HUP; "{sys.executable}" -c "{code}"').stdout == b"on\n"


def test_the_shell_completes_the_names_of_logs_and_outputs():
    for words, count in (
        ("metalog summary r", 2),
        ("metalog parse run.txt -o o", 4),
        ("metalog check --rejects o", 3),
        PLOT,
    ):
        done = shell("metalog ", _METALOG_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(count))
        assert done.stdout.splitlines() == [f"file,{words.split()[-1]}".encode()], done

"""``metalog parse`` as a process: pipes that break, full disks, Ctrl-C, a log that grows."""

from __future__ import annotations

import os
import re
import signal
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import loggen
from tests.cli_logs import meta_log

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes as on POSIX")
METALOG = [sys.executable, "-m", "metalog"]
PATIENCE = 60
FULL = Path("/dev/full")


@contextmanager
def started(*arguments, **options):
    """Start ``metalog``; whatever happens, it is gone in the end."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([*METALOG, *map(str, arguments)], **{**streams, **options}, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "run.txt"
    path.write_text(meta_log())
    return path


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_reader_that_goes_away_is_no_error_to_talk_about(path, form):
    path.write_text(loggen.text(loggen.Shape(meta_steps=20)))
    with started("parse", path, "-o", "-", "--format", form) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(PATIENCE) == 1


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("options", [[], ["-o", "-"], ["-o", "-", "--format", "feather"]])
def test_a_full_disk_behind_standard_output_is_said_in_a_sentence(path, options):
    with FULL.open("w") as full, started("parse", path, *options, stdout=full) as process:
        assert process.stderr.read() == "metalog: No space left on device\n"
        assert process.wait(PATIENCE) == 2


def test_ctrl_c_while_reading_leaves_no_traceback_and_no_file(path, tmp_path):
    slow = tmp_path / "slow.txt"
    os.mkfifo(slow)
    with started("parse", "slow.txt", "-o", "out.csv", cwd=tmp_path) as process, slow.open("w") as pipe:
        pipe.write(meta_log())
        pipe.flush()
        wait_for(lambda: list(tmp_path.glob(".out.csv.*")))
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    assert (output, errors.strip(), process.returncode) == ("", "metalog: aborted", 1)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["run.txt", "slow.txt"]


def test_follow_tells_each_meta_step_and_ends_with_a_summary(path):
    lines = meta_log(meta_steps=4).splitlines(keepends=True)
    second, third = (lines.index(f"{updates} updates at Meta-Level\n") for updates in (1, 2))
    path.write_text("".join(lines[: second + 2]))
    with started("parse", path, "--follow") as process:
        first = process.stderr.readline()
        with path.open("a") as log:
            log.write("".join(lines[second + 2 : third + 1]))
        again = process.stderr.readline()
        with path.open("a") as log:
            log.write("".join(lines[third + 1 :]))
        last = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    assert first.endswith("1 meta-step; meta-train loss last 0.3867, best 0.3867)\n")
    assert again.endswith("2 meta-steps; meta-train loss last 0.3555, best 0.3555)\n")
    assert "; 3 meta-steps; " in last
    assert (process.returncode, errors.count("\n")) == (0, 1)
    assert output == errors
    assert "meta-epoch 1, meta-step 4, batch 10, problem 2; 4 meta-steps; " in output


def test_follow_waits_for_a_log_that_is_not_there_yet(tmp_path):
    with started("parse", "later.txt", "--follow", cwd=tmp_path) as process:
        assert process.stderr.readline() == "later.txt is not there yet; waiting for it (Ctrl-C ends)\n"
        time.sleep(1)
        assert process.poll() is None
        lines = meta_log()
        (tmp_path / "later.txt").write_text(lines)
        assert "; 2 meta-steps; " in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "; 3 meta-steps; " in output


@pytest.mark.parametrize("columns", [60, 300])
def test_on_a_terminal_a_status_takes_the_place_of_the_one_before_and_is_cut_where_it_is_too_long(path, columns):
    import fcntl
    import pty
    import termios

    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    lines = meta_log().splitlines(keepends=True)
    path.write_text("".join(lines[:20]))
    with started("parse", path.name, "--follow", stdout=end, stderr=end) as process:
        shown = os.read(terminal, 4096).decode()
        with path.open("a") as log:
            log.write("".join(lines[20:]))
        while "loss 0.3555" not in shown:
            shown += os.read(terminal, 4096).decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        shown += os.read(terminal, 4096).decode()
    os.close(terminal)
    os.close(end)
    assert shown.count("run.txt: meta-train loss 0.") >= 3
    assert "".join(screen(shown, columns)).count("run.txt: meta-train loss 0.") == 1


def screen(shown, columns):
    """Return the rows of a terminal to which `shown` was written; it knows what a status line needs."""
    rows, row, column = [""], 0, 0
    for moved, up, erased, text in re.findall(r"([\r\n])|\x1b\[(\d+)A|(\x1b\[J)|(.)", shown):
        if moved:
            row, column = row + (moved == "\n"), column * (moved == "\n")
        elif up:
            row -= int(up)
        elif erased:
            rows[row:] = [rows[row][:column]]
        else:
            if column == columns:
                row, column = row + 1, 0
            rows += [""] * (row + 1 - len(rows))
            rows[row] = rows[row][:column].ljust(column) + text + rows[row][column + 1 :]
            column += 1
    return rows


def wait_for(there):
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)

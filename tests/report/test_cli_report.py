"""``metalog report``: where the file goes, and how it follows a log."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from metalog.cli.follow_report import LiveReport
from metalog.reading.follow import follow
from tests.cli_logs import meta_log
from tests.report.conftest import Show


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("run.txt").write_text(meta_log())
    return tmp_path


def is_page(path: Path) -> bool:
    return path.read_bytes().startswith(b"<!doctype html>") and path.read_bytes().endswith(b"</html>\n")


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["run.txt"], "run-report.html"),
        (["run.txt", "-o", "x.html"], "x.html"),
        (["run.txt", "-o", "."], "run-report.html"),
        (["run.txt", "other.txt"], "run+other-report.html"),
    ],
)
def test_it_is_written_and_named(typed, arguments, path):
    Path("other.txt").write_text(meta_log(2))
    result = typed("report", *arguments)
    assert (result.code, result.stdout, result.stderr) == (0, f"{path}\n", "")
    assert is_page(Path(path))


def test_it_goes_to_standard_output(typed):
    assert typed("report", "run.txt", "-o", "-").data.startswith(b"<!doctype html>")
    assert [path.name for path in Path().glob("*.html")] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run.txt", "-o", "run.txt"], "run.txt is read by this call"),
        (["run.txt", "--every", "2"], "--every means nothing without --follow"),
        (["run.txt", "-o", "no/"], "there is no folder no/"),
        (["run.txt", "run.txt", "--follow"], "--follow takes one log"),
        (["run.txt", "--follow", "-o", "-"], "--follow takes one log and writes a file"),
        (["missing.txt"], "no such file"),
    ],
)
def test_what_makes_no_sense_is_refused(typed, arguments, message):
    result = typed("report", *arguments)
    assert (result.code, result.data) == (2, b"")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert Path("run.txt").read_text() == meta_log()


def test_what_could_be_read_is_shown_and_what_could_not_is_said(typed):
    result = typed("report", "run.txt", "missing.txt", "-o", "x.html")
    assert result.code == 1
    assert "missing.txt" in result.stderr
    assert is_page(Path("x.html"))


def test_a_growing_log_is_shown_as_it_grows(show: Show) -> None:
    """The open page loads itself anew and keeps its view; in the end it stops."""
    log, page = meta_log(6), Path("live.html").resolve()
    Path("run.txt").write_text(meta_log(3))
    live = LiveReport(page, every=1.0)
    opened = []

    def over() -> bool:
        live.write_if_due()
        if opened:
            return page.read_bytes() != first
        if page.exists():
            opened.append(show(page, fragment="#at=2&problem=2"))
            opened[0].page.locator(".facts", has_text="2 (2 complete").wait_for()  # the third may still go on
            Path("run.txt").write_text(log)
        return False

    first = b""
    for update in follow("run.txt", poll=0.2, stop=over):
        live.add(update)
        first = first or page.read_bytes()
    live.write(reload=None)
    (one,) = opened
    one.page.locator(".facts", has_text="6 (6 complete").wait_for()
    one.page.locator(".live").wait_for(state="detached")
    one.page.wait_for_selector("html[data-ready]", state="attached")
    assert one.text("#section-problem h3") == "meta-step 2, problem 2: loss"


def test_ctrl_c_ends_with_a_page_that_stays(here):
    call = [sys.executable, "-m", "metalog", "report", "run.txt", "--follow", "--every", "0.2", "-o", "live.html"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + 60
        while not Path("live.html").exists() and time.monotonic() < end:
            time.sleep(0.1)
        assert b"data-reload" in Path("live.html").read_bytes()
        process.send_signal(2)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, b"live.html\n"), err
    assert b'data-reload="' not in Path("live.html").read_bytes()

"""``metalog watch`` as a user types it, and its screen."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import numpy as np
import pytest

import metalog
from metalog.cli.watch_screen import sparkline, table
from metalog.watching.watched import Watched
from tests.cli_logs import LEARNING, meta_log
from tests.test_verdict import TRACEBACK, log_of, noise

LONG_AGO = 3 * 3600


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, text, age=0.0):
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, (time.time() - age, time.time() - age))


RISING = (0.7 + 0.001 * np.abs(np.arange(200) - 60) + noise()).tolist()
CASES = {
    "diverged": log_of(RISING),
    "nan": log_of([0.5] * 20 + [float("nan")] * 3),
    "stalled": meta_log(),
    "killed": meta_log() + "Killed\n",
    "failed": meta_log() + TRACEBACK,
}


@pytest.mark.parametrize("word", CASES)
def test_a_scheduler_is_told_what_is_bad_by_the_exit_code(typed, word):
    write("run.txt", CASES[word], age=LONG_AGO if word == "stalled" else 0)
    result = typed("watch", "--once", "--fail-on", f"nan,{word}", "run.txt")
    assert (result.code, result.stderr) == (1, f"metalog: run.txt is {word} (--fail-on)\n")
    assert typed("watch", "--once", "run.txt").code == 0
    others = ",".join(other for other in CASES if other != word)
    assert typed("watch", "--once", "--fail-on", others, "run.txt").code == 0


@pytest.mark.parametrize("word", ["diverged", "nan", "killed", "failed"])
def test_it_is_told_while_it_is_watched(typed, word):
    write("run.txt", CASES[word])
    result = typed("watch", "--interval", "0.05", "--fail-on", word, "run.txt")
    assert (result.code, result.stderr) == (1, f"metalog: run.txt is {word} (--fail-on)\n")


def test_without_a_terminal_there_is_a_line_a_run(typed):
    write("runs/a.txt", meta_log(), age=LONG_AGO)
    write("runs/b.log", LEARNING)
    result = typed("watch", "--once", "runs")
    assert (result.code, result.stderr) == (0, "")
    first, second = result.stdout.splitlines()
    assert first.startswith(
        "runs/a.txt: meta-train loss 0.3242, too early to judge after 3 meta-steps; stalled: no line for"
    )
    assert "; 3 meta-steps; " in first
    assert second.startswith("runs/b.log: validation loss 0.5625, too early to judge after 2 epochs; ended (epoch 2; ")


def test_it_ends_when_all_runs_have_ended(typed):
    write("run.txt", LEARNING)
    result = typed("watch", "--interval", "0.05", "run.txt")
    assert result.code == 0
    assert "; ended (" in result.stdout


def test_it_waits_for_a_log_and_ends_at_the_first_bad_sign(typed, here):
    import threading

    timer = threading.Timer(0.5, lambda: write("run.txt", meta_log() + "Killed\n"))
    timer.start()
    result = typed("watch", "--interval", "0.05", "--fail-on", "killed", "run.txt")
    assert result.code == 1
    assert result.stderr.startswith("run.txt is not there yet; waiting for it (Ctrl-C ends)\n")
    assert "the program was ended: Killed" in result.stdout


def test_words_that_mean_nothing_are_refused(typed):
    result = typed("watch", "--fail-on", "sad", "run.txt")
    assert result.code == 2
    assert "sad is none of diverged, nan, stalled, killed, failed" in result.stderr


def test_after_a_resume_meta_steps_are_counted_once(tmp_path):
    text = meta_log(meta_steps=6)
    write("run.txt", text + text[text.index("3 updates at Meta-Level") :])
    with Watched("run.txt") as log:
        log.look()
        log.close()
    assert (log.live.turns, log.live.number) == (6, 6)
    assert len(metalog.read("run.txt").meta_steps) == 9


def test_pace_and_time_left_come_from_the_log():
    steps = [f'{text}# meta-step {{"seconds": 2.0}}\n' for text in _meta_steps(5)]
    write("run.txt", '# metalog log format 1\n# config {"meta_steps": 65}\n' + "".join(steps))
    with Watched("run.txt") as log:
        log.look()
        log.close()
    assert (log.live.pace, log.live.seconds_left) == (30, 120)
    assert "30 a minute, 2 minutes left" in log.live.status()
    with Path("run.txt").open("a") as stream:
        stream.write(TRACEBACK)
    with Watched("run.txt") as log:
        log.look()
        log.close()
    assert "30 a minute" in log.live.status()
    assert "left" not in log.live.status()  # it has failed


def _meta_steps(number):
    text = log_of([0.5] * number)
    begins = [text.index(f"{updates} updates") for updates in range(number)]
    begins[0] = 0
    return [text[begin:end] for begin, end in zip(begins, [*begins[1:], None], strict=True)]


def test_without_seconds_in_the_log_the_clock_tells_the_pace():
    text = _meta_steps(13)
    write("run.txt", "".join(text[:2]))
    now = time.time()
    with Watched("run.txt") as log:
        log.look(now)
        with Path("run.txt").open("a") as stream:
            stream.write("".join(text[2:]))
        log.look(now + 60)
    assert log.live.pace == pytest.approx(11)


def test_a_rise_that_begins_while_it_is_watched_must_last():
    text = log_of(RISING)
    write("run.txt", text[: text.index("61 updates")])
    with Watched("run.txt") as log:
        log.look()
        assert "diverged" not in log.bad(log.judge())
        seen = []
        for updates in range(64, 200, 4):
            write("run.txt", text[: text.index(f"{updates} updates")])
            log.look()
            judged = log.judge()
            seen.append((judged.course == "diverged", "diverged" in log.bad(judged)))
    rises, told = (column.index(True) for column in zip(*seen, strict=True))
    assert rises < told
    assert seen[-1] == (True, True)


@pytest.mark.parametrize("width", [80, 200])
def test_the_screen_shows_each_run_at_any_width(width):
    from rich.console import Console

    write("run.txt", CASES["diverged"], age=LONG_AGO)
    write("keep.txt", LEARNING)
    logs = [Watched(name) for name in ("run.txt", "keep.txt")]
    for log in logs:
        log.look()
        log.close()
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(table(logs, width))
    shown = console.file.getvalue()
    assert max(map(len, shown.splitlines())) <= width
    assert all(word in " ".join(shown.split()) for word in ("run.txt", "keep.txt", "ended", "diverging"))
    assert sparkline(logs[0].live, 24) in shown
    for log in logs:
        log.__exit__()


def test_the_curve_in_blocks_shows_what_is_not_finite():
    write("run.txt", log_of([3.0, 2.0, float("nan"), 1.0]))
    with Watched("run.txt") as log:
        log.look()
        log.close()
    assert sparkline(log.live, 24) == "█▅!▁"
    assert sparkline(log.live, 2) == "█▁"

"""Is it all right? What is said of a run that falls, turns up, ends with nan, or whose program came to its end."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest

import metalog
from metalog.runs.run import Run
from metalog.runs.verdict import Verdict, duration, verdict
from metalog.stats import divergence, summary
from tests.cli_logs import LEARNING, meta_log
from tests.declared import EPOCHS, epochs_text

TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\n    main()\nValueError: no\n'


def log_of(losses: list[float]) -> str:
    text = "===============================\n//           Meta-Epoch 1       //\n===============================\n"
    for updates, loss in enumerate(losses):
        text += f"{updates} updates at Meta-Level\n- Problem 1 -\nEpoch 1\n"
        text += f"Epoch 1, step     1], Loss: 0.5, Accuracy: 0.5\nEpoch 1, VALIDATION], Loss: {loss!r}, Accuracy: 0.5\n"
    return text


def read(text: str) -> Run:
    return metalog.read(io.BytesIO(text.encode()), name="run")


def judged(text: str, **how: float) -> Verdict:
    return verdict(read(text), **how)


def noise(number: int = 200) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 0.01, number)


def test_a_run_that_falls_falls() -> None:
    found = judged(log_of((0.7 - 0.001 * np.arange(200) + noise()).tolist()))
    assert (found.course, found.text, found.bad) == ("improving", "meta-train loss falling", ())


def test_a_run_that_stays_is_flat() -> None:
    assert judged(log_of((0.7 + noise()).tolist())).text == "meta-train loss flat in its later half"


def test_a_run_that_turns_up_says_since_when_as_its_statistics_do() -> None:
    run = read(log_of((0.7 + 0.001 * np.abs(np.arange(200) - 60) + noise()).tolist()))
    found, since = verdict(run), int(divergence(run)["turns_up"].item())
    assert abs(since - 61) < 10
    assert (found.course, found.since, found.bad) == ("diverged", since, ("diverged",))
    assert found.text == f"meta-train loss diverging since meta-step {since}"
    assert f"turns up at {since}" in repr(run)


def test_a_run_that_ends_with_nan_says_since_when() -> None:
    found = judged(log_of([0.7 - 0.01 * step for step in range(40)] + [math.nan] * 5))
    assert (found.course, found.since, found.text) == ("nan", 41, "meta-train loss nan since meta-step 41")
    assert judged(log_of([0.5, math.nan, 0.5])).course == "early"


def test_a_run_of_nothing_but_nan_is_said_so() -> None:
    run = read(log_of([math.nan] * 9))
    assert verdict(run).text == "meta-train loss nan since meta-step 1"
    assert run.diagnostics[["line", "code"]].to_numpy().tolist() == [[8, "not-finite"]]


def test_the_numbers_told_are_those_of_the_summary() -> None:
    losses = (0.7 - 0.001 * np.arange(120) + noise(120)).tolist()
    run = read(log_of(losses) + log_of(losses)[log_of(losses).index("100 updates") :])
    row = summary({"run": run}).iloc[0]
    told = f"first {row['first']:.4f}, best {row['best']:.4f} at meta-step {row['best_at']}, last {row['last']:.4f}"
    assert f"{told} (means over {row['window']} meta-steps)" in repr(run)


@pytest.mark.parametrize(
    ("text", "how", "life", "told"),
    [
        (LEARNING, {}, "ended", "ended"),
        (LEARNING[: LEARNING.index("Epoch 2, VAL")], {}, "cut", "the log ends in the middle (killed, or still going)"),
        (meta_log(), {}, "", ""),
        (meta_log(), {"idle": 5, "patience": 60}, "running", "running"),
        (meta_log(), {"idle": 250, "patience": 60}, "stalled", "stalled: no line for 4 minutes"),
        (meta_log() + TRACEBACK, {"idle": 250}, "failed", "the program failed: ValueError: no"),
        (meta_log() + TRACEBACK + "Killed\n", {}, "killed", "the program was ended: Killed"),
        (meta_log() + TRACEBACK + meta_log().replace("Epoch 1 ", "Epoch 2 "), {}, "", ""),
    ],
)
def test_how_it_lives(text: str, how: dict[str, float], life: str, told: str) -> None:
    found = judged(text, **how)
    assert found.life == life
    assert found.text.partition("; ")[2] == told


def test_any_format_has_a_verdict() -> None:
    run = metalog.read(io.BytesIO(epochs_text(30, 2).encode()), format=EPOCHS)
    assert verdict(run).text.startswith("val_loss ")


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 seconds"), (1, "1 second"), (250, "4 minutes"), (7300, "2 hours"), (2e5, "2 days")]
)
def test_a_duration_is_told_in_its_largest_unit(seconds: float, told: str) -> None:
    assert duration(seconds) == told

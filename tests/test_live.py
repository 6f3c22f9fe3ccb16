"""Where a followed run is, from the updates of its log."""

from __future__ import annotations

import itertools

import pytest

from metalog.reading.follow import Update, follow
from metalog.reading.parser import Parser
from metalog.watching.live import Live
from tests.cli_logs import LEARNING, meta_log, odd_log, spellings_log


def updates(text, pieces, generation=1):
    """Return what a parser hands out when the text comes in so many pieces."""
    parser = Parser("run")
    data = text.encode()
    cuts = [len(data) * k // pieces for k in range(pieces + 1)]
    for begin, end in itertools.pairwise(cuts):
        parser.feed(data[begin:end])
        yield Update(parser.take(), generation)
    yield Update(parser.close(), generation)


def live(*all_updates):
    live_run = Live("run")
    for update in itertools.chain(*all_updates):
        live_run.add(update)
    return live_run


def test_before_the_first_record_there_is_nothing_to_tell():
    assert Live("run").status() == "run: no record yet"
    assert live(updates("", 1)).status() == "run: no record yet"


@pytest.mark.parametrize("pieces", [1, 7, 100])
def test_the_end_is_told_whatever_the_pieces(pieces):
    status = live(updates(meta_log(), pieces)).status()
    assert status == (
        "run: meta-train loss 0.3242, too early to judge after 3 meta-steps "
        "(meta-epoch 1, meta-step 3, batch 10, problem 2; 3 meta-steps; meta-train loss last 0.3242, best 0.3242; "
        "meta-validation 0.6875)"
    )


def test_a_meta_step_is_told_when_it_is_done():
    live_run = Live("run")
    completed = [live_run.turns for update in updates(meta_log(), 100) if live_run.add(update)]
    assert completed == [1, 2, 3]


def test_one_is_a_meta_step_and_none_are_meta_steps():
    assert "; 1 meta-step; " in live(updates(meta_log(meta_steps=1), 1)).status()


def test_the_place_is_that_of_the_last_record():
    text = meta_log()
    cut = text.index("Epoch 2, VALIDATION") + len("Epoch 2, VALIDATION")
    live_run = Live("run")
    for update in itertools.islice(updates(text[:cut], 1), 1):
        live_run.add(update)
    assert live_run.place == "meta-epoch 1, meta-step 1, problem 1, epoch 2"


def test_a_learning_log_has_no_meta_level():
    assert live(updates(LEARNING, 1)).status() == (
        "run: validation loss 0.5625, too early to judge after 2 epochs; ended "
        "(epoch 2; 2 epochs; validation loss last 0.5625, best 0.5625)"
    )


def test_losses_that_are_not_finite_are_shown_but_not_the_best():
    status = live(updates(spellings_log(), 1)).status()
    assert "; 1 meta-step; meta-train loss last nan; 1 diagnostic)" in status


def test_oddities_are_counted():
    parser = Parser("run")
    parser.feed(odd_log().encode())
    live_run = live(updates(odd_log(), 5))
    assert live_run.diagnostics == len(parser.close().diagnostics)
    assert f"; {live_run.diagnostics} diagnostics)" in live_run.status()


def test_a_log_that_begins_anew_is_counted_anew():
    live_run = live(updates(meta_log(), 3), updates(LEARNING, 1, generation=2))
    assert live_run.status() == (
        "run: validation loss 0.5625, too early to judge after 2 epochs; ended "
        "(epoch 2; 2 epochs; validation loss last 0.5625, best 0.5625)"
    )
    assert live_run.generation == 2


def test_a_followed_file_is_told_like_its_updates(tmp_path):
    path = tmp_path / "run.txt"
    path.write_text(meta_log())
    assert live(follow(path, stop=lambda: True)).status() == live(updates(meta_log(), 1)).status()

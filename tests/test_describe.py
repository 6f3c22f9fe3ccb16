"""A run in a few lines: what is said, and that nothing is hidden."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

import metalog
from metalog.formats.writer import format_line
from metalog.runs.describe import describe, describe_html, facts
from tests.cli_logs import LEARNING, meta_log, odd_log, spellings_log


def read(text, **options):
    return metalog.read(io.BytesIO(text.encode()), name="run", **options)


def facts_of(text, **options):
    return dict(facts(read(text, **options)))


def test_a_meta_log_in_a_few_lines():
    assert facts_of(meta_log(meta_steps=4)) == {
        "verdict": "meta-train loss 0.2930, too early to judge after 4 meta-steps",
        "records": "32 inner steps, 16 validations in 84 lines",
        "meta-epochs": "1",
        "meta-steps": "4 (4 complete, 0 not)",
        "problems": "2 in a meta-step",
        "meta-train loss": "first 0.3867, best 0.2930 at meta-step 4, last 0.2930",
        "meta-validations": "1, mean loss first 0.6875, best 0.6875, last 0.6875",
        "diagnostics": "none",
    }


def test_a_learning_log_in_a_few_lines():
    assert facts_of(LEARNING + LEARNING) == {
        "verdict": "validation loss 0.5625, too early to judge after 4 epochs; ended",
        "records": "8 inner steps, 4 validations in 18 lines",
        "segments": "2: the log starts over once",
        "learning log": "2 runs without a meta level",
        "validation loss": "first 0.5625, best 0.5625, last 0.5625",
        "diagnostics": "1 restart",
    }


def test_the_numbers_are_those_of_the_frames():
    run = read(odd_log())
    steps = run.meta_steps
    complete = steps[steps["complete"]]
    best = complete.loc[complete["validation_loss"].idxmin()]
    found = dict(facts(run))
    assert found["meta-steps"] == f"{len(steps)} ({len(complete)} complete, {len(steps) - len(complete)} not)"
    assert f"best {best['validation_loss']:.4f} at meta-step {best['meta_step']}" in found["meta-train loss"]
    assert found["records"].startswith(f"{len(run.steps)} inner steps, {len(run.validations)} validations")
    codes = run.diagnostics["code"].value_counts()
    assert found["diagnostics"] == ", ".join(f"{number} {code}" for code, number in codes.items())


def test_meta_validations_are_means_in_the_order_of_the_log():
    run = read(meta_log() + meta_log(problems=3))
    keys = ["segment", "meta_epoch", "meta_step"]
    means = run.meta_validation.groupby(keys, dropna=False, sort=False)["loss"].mean()
    assert len(means) == 2
    assert dict(facts(run))["meta-validations"].startswith(
        f"2, mean loss first {means.iloc[0]:.4f}, best {means.min():.4f}, last {means.iloc[1]:.4f}"
    )


def test_losses_that_are_not_finite_are_counted():
    assert facts_of(spellings_log())["meta-train loss"] == "first nan, last nan (1 not finite)"


def test_restarts_are_counted_but_not_further_writers():
    lines = meta_log().splitlines(keepends=True)
    tagged = "".join(f"[rank{rank}]: {line}" for line in lines for rank in (0, 1))
    found = facts_of(tagged)
    assert found["writers"] == "rank0, rank1"
    assert "segments" not in found
    assert facts_of(meta_log() * 3)["segments"] == "3: the log starts over 2 times"


def test_problems_may_differ():
    again = meta_log(problems=3).replace("Meta-Epoch 1 ", "Meta-Epoch 2 ")
    found = facts_of(meta_log() + again + again.replace("Epoch 2 ", "Epoch 3 "))
    assert found["meta-epochs"] == "3"
    assert found["problems"] == "3 in a meta-step"


def test_without_a_complete_meta_step_no_level_is_claimed():
    text = format_line("rule") + format_line("meta-epoch", 1) + format_line("rule") + format_line("meta-step", 0)
    found = facts_of(text + format_line("problem", 1) + format_line("epoch", 1))
    assert found["meta-steps"] == "1 (0 complete, 1 not)"
    assert found["problems"] == "unknown in a meta-step"
    assert found["meta-train loss"] == "no complete meta-step"


def test_a_run_that_lost_its_records_to_a_choice_is_told_without_its_lines():
    log = meta_log(meta_steps=4)
    found = facts_of(log + log[log.index("2 updates") :], on_restart="last")
    assert found["records"] == "32 inner steps, 16 validations"


def test_an_empty_log_is_told_too():
    assert facts_of("") == {"records": "0 inner steps, 0 validations", "diagnostics": "none"}


def test_the_text_is_the_repr_and_aligned():
    run = read(meta_log())
    lines = repr(run).splitlines()
    assert repr(run) == describe(run)
    assert lines[0] == "Run 'run'"
    assert lines[1:] == [f"  {name:<16}  {text}" for name, text in facts(run)]


def test_the_html_shows_the_facts_and_the_first_meta_steps():
    page = read(meta_log(meta_steps=9))._repr_html_()
    assert "<strong>Run run</strong>" in page
    assert page.count("<tr") == len(facts(read(meta_log()))) + 1 + 5


def test_the_html_escapes_names():
    run = metalog.read(io.BytesIO(meta_log().encode()), name="<b>&run</b>")
    assert "<b>" not in describe_html(run)
    assert "&lt;b&gt;&amp;run&lt;/b&gt;" in describe_html(run)


@pytest.mark.parametrize("values", [[np.inf, -np.inf], [np.nan, 1.0]])
def test_infinite_meta_validations_raise_no_warning(values):
    begin = meta_log().split("META-VALIDATION STEP:")[0]
    results = "".join(format_line("meta-validation result", value, 0.5) for value in values)
    text = "META-VALIDATION STEP:\nValidation step 10\n" + results + "END OF META-VALIDATION STEP\n"
    assert facts_of(begin + text)["meta-validations"] == "1, mean loss first nan, last nan (1 not finite)"


def test_two_meta_tests_are_told_apart():
    result = {"initialisation": "random", "problems": 9, "accuracy_after": 0.5, "accuracy_after_ci95": 0.04}
    log = meta_log(meta_steps=1)
    for meta_steps in (5, 20):
        log += f"# meta-test {json.dumps({'meta_steps': meta_steps} | result)}\n"
    told = [fact for name, fact in facts(read(log)) if name == "meta-test"]
    assert [text.partition("problems")[2] for text in told] == [" after 5 meta-steps", " after 20 meta-steps"]


def test_the_meta_test_is_told_in_the_trainers_words_or_not_at_all():
    result = '{"initialisation": "random", "problems": 231, "accuracy_after": 0.5, "accuracy_after_ci95": 0.04}'
    log = meta_log(meta_steps=1) + f'# meta-test {result}\n# meta-test {{"accuracy_after": "high"}}\n'
    assert [fact for name, fact in facts(read(log)) if name == "meta-test"] == [
        "random: accuracy 0.5000 ± 0.0400 on 231 problems"
    ]

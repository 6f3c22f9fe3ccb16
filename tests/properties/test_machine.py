"""The vectorised state machine says what a plain one says that lets the walker visit every line."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from metalog.scan.portable import Row
from metalog.scan.tokens import Matches
from metalog.structure.machine import Machine
from metalog.structure.meta_steps import MetaSteps
from metalog.structure.survey import survey
from tests.properties import examples
from tests.properties.edits import SHAPES, sound
from tests.properties.plain_machine import PlainMachine
from tests.properties.tokens import TOKENS, tokens

LEVELS = ("segment", "meta_epoch", "meta_step")
COLUMNS = {
    "steps": (*LEVELS, "problem", "epoch", "step", "loss", "accuracy", "line"),
    "validations": (*LEVELS, "problem", "epoch", "loss", "accuracy", "line"),
    "meta_validation": (*LEVELS, "batch", "problem", "loss", "accuracy", "line"),
}
MEANS = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


def matches(rows: list[Row], first_line: int) -> Matches:
    kind, first, second, loss, accuracy = zip(*rows, strict=True) if rows else ((),) * 5
    lines = np.arange(first_line, first_line + len(rows), dtype=np.int32)
    counters = np.array(first, np.int32), np.array(second, np.int32)
    return Matches(
        np.array(kind, np.uint8), *counters, np.array(loss, float), np.array(accuracy, float), lines, lines * 0
    )


def told_apart(rows: list[Row]) -> list[Row]:
    """Give every token values of its own, so that none can be taken for another."""
    return [(*row[:3], float(place), place / 1000) for place, row in enumerate(rows)]


def plainly(rows: list[Row]) -> PlainMachine:
    machine = PlainMachine()
    for place, row in enumerate(rows):
        machine.push(place, (*row, place))
    return machine


def in_blocks(rows: list[Row], cuts: list[int]) -> tuple[Machine, dict[str, list[Any]], MetaSteps]:
    """Take the tokens block by block, through JSON in between; lines are numbered through."""
    machine, meta_steps = Machine(), MetaSteps()
    got: dict[str, list[Any]] = {name: [] for name in (*COLUMNS, "findings")}
    bounds = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for begin, end in pairwise(bounds):
        ordered = machine.order(survey(matches(rows[begin:end], begin)))
        block = machine.rows(ordered)
        for name, columns in COLUMNS.items():
            filled = getattr(block, name).columns
            got[name] += zip(*(filled[column].tolist() for column in columns), strict=True)
        got["findings"] += [(begin + token, code, message) for token, code, message in block.findings]
        meta_steps.add(block, begin + ordered.events.step_tokens())
        machine = Machine.restore(json.loads(json.dumps(machine.state())))
        meta_steps = MetaSteps.restore(json.loads(json.dumps(meta_steps.state())))
    return machine, got, meta_steps


def summed_up(machine: PlainMachine) -> list[tuple[Any, ...]]:
    """Return the plain machine's meta-steps with the means over their problems."""
    rows = []
    for number, meta_step in enumerate(machine.meta_steps):
        problems = [problem for problem in machine.problems if problem[2] == number]
        means: list[float] = []
        for records in zip(*(problem[:2] for problem in problems), strict=True) if problems else ((), ()):
            last = [own[-1] for own in records if own]
            means += np.mean(last, axis=0).tolist() if last else [np.nan, np.nan]
        rows.append((*meta_step, len(problems), *means))
    return rows


@examples(150)
@given(TOKENS, st.lists(st.integers(0, 60), max_size=5))
def test_machine_equals_a_plain_one_however_its_tokens_are_cut(drawn: list[Row], cuts: list[int]) -> None:
    rows = told_apart(drawn)
    plain = plainly(rows)
    machine, got, meta_steps = in_blocks(rows, cuts)
    for name in COLUMNS:
        assert got[name] == getattr(plain, name)
    assert got["findings"] == sorted(plain.walker.findings + plain.uneven, key=lambda finding: finding[0])
    assert asdict(machine.numbering) == asdict(plain.walker.numbering)
    fixed, _ = meta_steps.take(ended=True)
    columns = (*LEVELS, "global_meta_step", "line", "problems", *MEANS)
    taken = list(zip(*(fixed[name].tolist() for name in columns), strict=True)) if fixed else []
    np.testing.assert_allclose(np.array(taken), np.array(summed_up(plain)), rtol=1e-12)


def test_the_plain_machine_numbers_a_sound_log() -> None:
    """The oracle itself: what it says of a log without faults is known."""
    plain = plainly(told_apart(tokens(sound(SHAPES[1]))))
    assert plain.walker.findings == plain.uneven == []
    assert [row[:3] for row in plain.meta_steps] == [(0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2)]
    assert [row[3] for row in plain.meta_steps] == [1, 2, 3, 4]
    assert [row[:5] for row in plain.meta_validation] == [(0, 1, 2, 10, 1), (0, 2, 2, 10, 1)]

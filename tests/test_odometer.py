"""What is usual in a log, and which meta-steps can be compared; order and counters are in the corpus."""

from __future__ import annotations

import pytest

from metalog.formats.writer import format_line
from metalog.odometer.usual import Consensus
from metalog.reading.parser import Parser
from metalog.runs.run import Run


def problem(number: int, epochs: int = 2, steps: int = 2) -> str:
    text = format_line("problem", number)
    for epoch in range(1, epochs + 1):
        inner = "".join(format_line("step", epoch, step, number + epoch / 10, 0.5) for step in range(1, steps + 1))
        text += format_line("epoch", epoch) + inner + format_line("validation", epoch, number, 1.0)
    return text


def meta_step(updates: int, problems: int = 2, epochs: int = 2, steps: int = 2) -> str:
    return format_line("meta-step", updates) + "".join(problem(k, epochs, steps) for k in range(1, problems + 1))


def meta_validation(*batches: int) -> str:
    text = format_line("meta-validation begin")
    for place, results in enumerate(batches, 1):
        text += format_line("meta-validation batch", 10 * place)
        text += format_line("meta-validation result", 0.5, 0.5) * results
    return text + format_line("meta-validation end")


def read(*parts: str) -> Run:
    parser = Parser()
    parser.feed("".join([format_line("rule"), format_line("meta-epoch", 1), format_line("rule"), *parts]).encode())
    return parser.close()


STEP = format_line("step", 2, 3, 0.5, 0.5)


def told(run: Run) -> list[str]:
    return [message for code, message in run.diagnostics[["code", "message"]].to_numpy() if code == "uneven"]


@pytest.mark.parametrize(
    ("counts", "unusual"),
    [
        ([], []),
        ([3, 3, 3], []),
        ([3, 2, 3, 3], [(1, 3)]),
        ([2, 3, 3, 3], [(1, 2)]),
        ([3, 3, 4, 4, 4], [(2, 3)]),
        ([3, 2, 4, 3], [(1, 3), (2, 3)]),
        ([0, 0], []),
        ([1, 0, 1], [(1, 1)]),
    ],
)
def test_one_odd_count_is_told_once_and_a_lasting_change_too(counts: list[int], unusual: list[tuple[int, int]]) -> None:
    consensus, found = Consensus(), []
    for place, count in enumerate(counts):
        if (usual := consensus.differs(count)) is not None:
            found.append((place, usual))
    assert found == unusual


def test_an_even_log_is_told_nothing_of() -> None:
    assert read(meta_step(0), meta_validation(2, 2), meta_step(1), meta_validation(2, 2)).diagnostics.empty


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        (meta_step(1, steps=1), "steps in the epoch above: 1, usually 2"),
        (meta_step(1, epochs=3), "epochs in the problem above: 3, usually 2"),
        (meta_step(1, problems=3), "problems in the meta-step above: 3, usually 2"),
    ],
)
def test_a_different_shape_is_told_once(odd: str, message: str) -> None:
    assert message in told(read(meta_step(0), odd, meta_step(2), meta_step(3)))


def test_a_log_that_changes_for_good_is_told_once() -> None:
    changed = [meta_step(number, problems=3) for number in range(2, 6)]
    assert told(read(meta_step(0), meta_step(1), *changed)) == ["problems in the meta-step above: 3, usually 2"]


def test_a_batch_has_as_many_results_as_a_meta_step_has_problems() -> None:
    assert told(read(meta_step(0), meta_validation(1, 2, 2))) == ["problems in the batch above: 1, usually 2"]
    assert told(read(meta_step(0), meta_validation(2, 0, 2))) == ["problems in the batch above: 0, usually 2"]


def test_a_smaller_last_batch_is_told_once() -> None:
    run = read(*(meta_step(number) + meta_validation(2, 2, 1) for number in range(4)))
    assert told(run) == ["problems in the last batch above: 1, usually 2"]
    broken = read(*(meta_step(number) + meta_validation(2, 2, 2 if number == 3 else 1) for number in range(5)))
    assert len(told(broken)) == 2


@pytest.mark.parametrize(
    ("meta_steps", "complete"),
    [
        ([meta_step(0), meta_step(1)], [True, True]),
        ([meta_step(0), meta_step(1, problems=1), meta_step(2)], [True, False, True]),
        ([meta_step(0), meta_step(1) + STEP], [True, False]),  # an even shape counts for more than a large one
        ([meta_step(0, problems=1), meta_step(1)], [False, True]),  # and among even ones the largest
        ([format_line("meta-step", 0), meta_step(1)], [False, True]),
        ([meta_step(0, epochs=0)], [False]),
        ([meta_step(0), meta_step(1), meta_step(1)], [True, True, True]),  # its own segment, like the others
        ([meta_step(0), meta_step(1), meta_step(1, problems=1)], [True, True, False]),
    ],
)
def test_which_meta_steps_are_complete(meta_steps: list[str], complete: list[bool]) -> None:
    assert read(*meta_steps).meta_steps["complete"].tolist() == complete


def test_what_the_end_closes_is_compared_too() -> None:
    more = read(meta_step(0), meta_step(1), meta_step(2, problems=3))
    assert told(more) == ["problems in the meta-step above: 3, usually 2"]
    fewer = read(meta_step(0), meta_step(1), meta_step(2, problems=1))
    assert fewer.diagnostics["message"].tolist() == ["the log ends after problem 1 of the usual 2 of meta-step 3"]


def test_a_meta_step_that_the_end_cuts_is_not_complete_even_as_the_only_one() -> None:
    whole = meta_step(0)
    cut = whole[: whole.rindex("Epoch 2, VALIDATION")]
    assert read(whole).meta_steps["complete"].tolist() == [True]
    assert read(cut).meta_steps["complete"].tolist() == [False]


def test_means_are_of_each_problem_s_last_values() -> None:
    (row,) = read(meta_step(0)).meta_steps.to_dict("records")
    assert row["train_loss"] == pytest.approx((1.2 + 2.2) / 2)
    assert row["validation_loss"] == pytest.approx((1 + 2) / 2)
    assert (row["train_accuracy"], row["validation_accuracy"]) == (0.5, 1.0)

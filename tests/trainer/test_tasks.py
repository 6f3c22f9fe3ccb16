"""Splits, pairs and the random numbers of a task."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metalog.errors import UsageError
from tests.trainer.shapes import OMNIGLOT, drawings_of
from trainer.tasks.splits import SPLITS, TaskDistribution, make_splits
from trainer.tasks.task import Task, TaskOptions

BLOG = TaskOptions(pair_map=True, misaligned_alphabets=True, unstratified_split=True)
SOUND = TaskOptions()


def fields(problem: Task) -> list[list[float]]:
    return [np.asarray(getattr(problem, name)).tolist() for name in Task.__slots__]


def sorted_pairs(problems: TaskDistribution) -> np.ndarray:
    return np.sort(problems.pairs, axis=1)


@pytest.mark.parametrize("seed", range(5))
def test_alphabets_are_dealt_out_70_15_15_and_each_once(seed: int) -> None:
    drawings = drawings_of(OMNIGLOT)
    splits = make_splits(drawings, SOUND, seed)
    assert list(splits) == list(SPLITS)
    dealt = [splits[split].alphabets for split in SPLITS]
    assert sorted(np.concatenate(dealt).tolist()) == list(range(30))
    held = [drawings.alphabet_sizes[alphabets].sum() / 964 for alphabets in dealt]
    before_last = drawings.alphabet_sizes[dealt[0][:-1]].sum() / 964
    assert before_last < 0.70 <= held[0]
    ends = np.cumsum(drawings.alphabet_sizes[np.concatenate(dealt)]) / 964
    assert held[0] + held[1] == pytest.approx(ends[np.abs(ends - 0.85).argmin()])


def test_another_seed_deals_another_way() -> None:
    drawings = drawings_of(OMNIGLOT)
    assert make_splits(drawings, SOUND, 0)["meta-train"].alphabets.tolist() != (
        make_splits(drawings, SOUND, 1)["meta-train"].alphabets.tolist()
    )


def test_sound_problems_are_each_pair_of_an_alphabet_once() -> None:
    drawings = drawings_of(OMNIGLOT)
    for problems in make_splits(drawings, SOUND, 3).values():
        pairs = {tuple(pair) for pair in sorted_pairs(problems).tolist()}
        expected = {
            (a, b)
            for a in range(964)
            for b in range(a + 1, 964)
            if drawings.alphabet[a] == drawings.alphabet[b] and drawings.alphabet[a] in problems.alphabets
        }
        assert pairs == expected
        assert len(problems) == len(expected)


def test_the_pair_map_pairs_as_the_write_up_says() -> None:
    """2.8 % of the problems pair a character with itself, 24 % repeat another, 27 % of the true pairs never occur."""
    splits = make_splits(drawings_of(OMNIGLOT), TaskOptions(pair_map=True), 0)
    pairs = np.concatenate([sorted_pairs(problems) for problems in splits.values()])
    distinct = np.unique(pairs, axis=0)
    true = (distinct[:, 0] != distinct[:, 1]).sum()
    assert len(pairs) == 17_017
    assert (pairs[:, 0] == pairs[:, 1]).mean() == pytest.approx(0.028, abs=0.0005)
    assert 1 - len(distinct) / len(pairs) == pytest.approx(0.238, abs=0.0005)
    assert 1 - true / 17_017 == pytest.approx(0.266, abs=0.0005)


def test_misaligned_alphabets_cross_leak_and_waste_as_the_write_up_says() -> None:
    """Over shuffles: 39 % of the problems cross alphabets, 28 % of the data unused, held-out characters leak."""
    drawings = drawings_of(OMNIGLOT)
    crossing, unused = [], []
    for seed in range(40):
        splits = make_splits(drawings, BLOG, seed)
        pairs = np.concatenate([problems.pairs for problems in splits.values()])
        crossing.append((drawings.alphabet[pairs[:, 0]] != drawings.alphabet[pairs[:, 1]]).mean())
        used = {split: set(problems.pairs.ravel().tolist()) for split, problems in splits.items()}
        assert used["meta-validation"] <= used["meta-train"]
        assert used["meta-test"] <= used["meta-train"]
        assert used["meta-train"] == set(range(len(used["meta-train"])))
        unused.append(1 - len(used["meta-train"]) / 964)
    assert np.mean(crossing) == pytest.approx(0.39, abs=0.015)
    assert np.mean(unused) == pytest.approx(0.28, abs=0.01)


def test_a_problem_has_the_sizes_of_the_task() -> None:
    problem = make_splits(drawings_of(OMNIGLOT), SOUND, 0)["meta-train"].task(17, occasion=0)
    assert (problem.support.shape, problem.query.shape, problem.test.shape) == ((30,), (6,), (4,))
    assert problem.batches.shape == (15, 3, 8)
    assert {array.dtype for array in (problem.support, problem.query, problem.test, problem.batches)} == {
        np.dtype(np.int64)
    }
    assert problem.support_labels.dtype == np.int64


@pytest.mark.parametrize("options", [SOUND, BLOG, TaskOptions(batch_size=7, epochs=4, fractions=(0.5, 0.25, 0.25))])
def test_each_drawing_is_in_one_part_with_the_label_of_its_character(options: TaskOptions) -> None:
    for split, problems in make_splits(drawings_of(OMNIGLOT), options, 1).items():
        for number in range(1, len(problems), 97):  # pair 0 of the pair map is a self-pair
            problem = problems.task(number, occasion=0)
            if len(set(problem.characters)) == 1:
                continue
            parts = np.concatenate([problem.support, problem.query, problem.test])
            labels = np.concatenate([problem.support_labels, problem.query_labels, problem.test_labels])
            characters = np.array(problem.characters)[labels]
            assert len(set(parts.tolist())) == 40, split
            np.testing.assert_array_equal(parts // 20, characters)
            assert set(problem.characters) == set(problems.pairs[number].tolist())


def test_batches_are_reshuffled_and_drop_what_is_incomplete() -> None:
    problem = make_splits(drawings_of(OMNIGLOT), SOUND, 0)["meta-train"].task(5, occasion=2)
    epochs = problem.batches.reshape(15, 24)
    assert all(len(set(epoch.tolist())) == 24 and set(epoch.tolist()) <= set(range(30)) for epoch in epochs)
    assert len({tuple(epoch.tolist()) for epoch in epochs}) == 15


def test_stratified_parts_are_balanced_and_in_random_order() -> None:
    problems = make_splits(drawings_of(OMNIGLOT), SOUND, 0)["meta-validation"]
    made = [problems.task(number, occasion=0) for number in range(200)]
    assert {(p.support_labels.sum(), p.query_labels.sum(), p.test_labels.sum()) for p in made} == {(15, 3, 2)}
    last = np.mean([p.query_labels[-1] for p in made])
    assert 0.35 < last < 0.65  # else the last sample's label would be no luck


@given(drawings=st.integers(5, 30), train=st.integers(40, 80))
@settings(max_examples=30, deadline=None)
def test_stratified_parts_of_any_size_differ_by_at_most_one(drawings: int, train: int) -> None:
    rest = (1 - train / 100) / 2
    options = TaskOptions(batch_size=1, epochs=1, fractions=(train / 100, rest, rest))
    splits = make_splits(drawings_of({"A": 2, "B": 3, "C": 2}, drawings=drawings), options, 0)
    problem = splits["meta-train"].task(0, occasion=0)
    for labels in (problem.support_labels, problem.query_labels, problem.test_labels):
        assert abs(2 * labels.sum() - len(labels)) <= 1


def test_unstratified_validation_sets_are_balanced_by_luck_only() -> None:
    """Hypergeometric: 33.9 % of the sets of 6 are 3 + 3, 2.0 % hold one class."""
    problems = make_splits(drawings_of(OMNIGLOT), TaskOptions(unstratified_split=True, epochs=1), 0)["meta-train"]
    ones = np.array([problems.task(number, occasion=0).query_labels.sum() for number in range(4000)])
    assert (ones == 3).mean() == pytest.approx(0.339, abs=0.03)
    assert np.isin(ones, (0, 6)).mean() == pytest.approx(0.020, abs=0.009)


def test_the_reference_is_a_coin_toss() -> None:
    problems = make_splits(drawings_of(OMNIGLOT), SOUND, 0)["meta-train"]
    first = [problems.task(n, occasion=0).characters[-1] == problems.pairs[n, 0] for n in range(1000)]
    assert np.mean(first) == pytest.approx(0.5, abs=0.06)


def test_a_problem_depends_on_its_keys_alone() -> None:
    problems = make_splits(drawings_of(OMNIGLOT), SOUND, 0)["meta-train"]
    wanted = fields(problems.task(40, occasion=3))
    again = make_splits(drawings_of(OMNIGLOT), SOUND, 0)["meta-train"]
    again.task(7, occasion=1)
    assert fields(again.task(40, occasion=3)) == wanted
    assert fields(problems.task(40, occasion=4)) != wanted
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(remade, 40, 3).result() == wanted


def remade(number: int, occasion: int) -> list[list[float]]:
    return fields(make_splits(drawings_of(OMNIGLOT), SOUND, 0)["meta-train"].task(number, occasion=occasion))


def test_an_order_takes_each_problem_once_and_differs_by_meta_epoch() -> None:
    problems = make_splits(drawings_of(OMNIGLOT), SOUND, 0)["meta-test"]
    orders = [problems.order(meta_epoch) for meta_epoch in range(3)]
    assert all(sorted(order.tolist()) == list(range(len(problems))) for order in orders)
    assert len({tuple(order.tolist()) for order in orders}) == 3
    np.testing.assert_array_equal(orders[1], problems.order(1))


def test_three_alphabets_are_enough_and_two_are_not() -> None:
    splits = make_splits(drawings_of({"A": 90, "B": 2, "C": 2}), SOUND, 0)
    assert [len(problems.alphabets) for problems in splits.values()] == [1, 1, 1]
    with pytest.raises(UsageError, match=r"2 alphabets, but at least 3 are needed.*add another"):
        make_splits(drawings_of({"A": 5, "B": 5}), SOUND, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (TaskOptions(batch_size=31), "batch size must be from 1 to a task's 30 support drawings, not 31"),
        (TaskOptions(batch_size=0), "batch size"),
        (TaskOptions(epochs=0), "at least one epoch"),
        (TaskOptions(fractions=(0.9, 0.1, 0.1)), "add up to 1"),
        (TaskOptions(fractions=(0.99, 0.005, 0.005)), "each needs at least one"),
    ],
)
def test_impossible_options_are_refused(options: TaskOptions, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_splits(drawings_of(OMNIGLOT), options, 0)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(UsageError, match="seed must not be negative"):
        make_splits(drawings_of(OMNIGLOT), SOUND, -1)


FEW = TaskOptions(ways=5, shots=3, queries=6, inner_steps=2)


def test_a_few_shot_task_has_so_many_drawings_of_each_of_its_characters() -> None:
    tasks = make_splits(drawings_of(OMNIGLOT), FEW, 0)["meta-train"]
    for number in range(0, len(tasks), 997):
        task = tasks.task(number, occasion=1)
        alphabet = drawings_of(OMNIGLOT).alphabet[list(task.characters)]
        assert len(set(task.characters)) == 5
        assert len(set(alphabet.tolist())) == 1
        assert set(tasks.pairs[number].tolist()) <= set(task.characters)
        for drawings, labels, count in ((task.support, task.support_labels, 3), (task.query, task.query_labels, 6)):
            assert np.bincount(labels).tolist() == [count] * 5
            np.testing.assert_array_equal(drawings // 20, np.array(task.characters)[labels])
        assert len({*task.support.tolist(), *task.query.tolist()}) == 5 * 9
        assert task.batches.tolist() == [[list(range(15))]] * 2
        assert task.test is task.query


def test_alphabets_of_too_few_characters_are_left_out() -> None:
    splits = make_splits(drawings_of({"A": 4, "B": 9, "C": 6, "D": 7, "E": 5}), FEW, 0)
    assert not any((tasks.pairs < 4).any() for tasks in splits.values())
    with pytest.raises(UsageError, match=r"has 8 characters to tell apart: lower ways or add another"):
        make_splits(drawings_of({"A": 4, "B": 9, "C": 6}), TaskOptions(ways=8, shots=1), 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (TaskOptions(ways=1), "at least two characters, not 1"),
        (TaskOptions(shots=15, queries=6), "has 20 drawings, too few for 15 shots and 6 queries"),
        (TaskOptions(shots=5, unstratified_split=True), "take --shots all"),
    ],
)
def test_impossible_few_shot_tasks_are_refused(options: TaskOptions, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_splits(drawings_of(OMNIGLOT), options, 0)

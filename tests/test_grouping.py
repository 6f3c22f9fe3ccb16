"""Runs that differ in the seed alone belong together; a condition chooses runs and can do no harm."""

from __future__ import annotations

import io
from types import SimpleNamespace

import numpy as np
import pytest

import metalog
from metalog.errors import UsageError
from metalog.runs import grouping
from metalog.runs.grouping import chosen, groups
from metalog.runs.run_set import RunSet
from metalog.runs.where import Where
from metalog.sources.folders import natural
from metalog.stats.group_scores import paired_scores
from tests.cli_logs import meta_log
from tests.declared import EPOCHS, epochs_text, read


def runs(**configs):
    return {name: SimpleNamespace(config=config, beside={}) for name, config in configs.items()}


SIX = runs(**{f"r{lr}{seed}": {"lr": lr, "seed": seed, "output": f"{lr}-{seed}"} for lr in (1, 2) for seed in range(3)})


def members(found):
    return {group.label: list(group.runs) for group in found}


def test_runs_that_differ_in_the_seed_alone_are_one_group():
    assert members(groups(SIX)) == {"lr=1": ["r10", "r11", "r12"], "lr=2": ["r20", "r21", "r22"]}
    assert groups(SIX)[1].seeds == (0, 1, 2)


def test_another_machine_or_commit_makes_no_other_setting():
    told = [{"machine": {"cores": 2}, "commit": "a"}, {"machine": {"cores": 8}, "commit": "b+"}, {}]
    found = groups(runs(**{f"r{seed}": {"lr": 1, "seed": seed, **own} for seed, own in enumerate(told)}))
    assert [(group.settings, group.seeds) for group in found] == [({}, (0, 1, 2))]
    assert len(groups(runs(a={"seed": 0, "commit": "a"}, b={"seed": 1, "commit": "b"}), by="commit")) == 2


def test_equal_numbers_are_one_setting_and_a_truth_is_none():
    found = groups(runs(a={"lr": 1, "seed": 0}, b={"lr": 1.0, "seed": 1}, c={"lr": True, "seed": 0}))
    assert members(found) == {"lr=1": ["a", "b"], "lr=True": ["c"]}


def test_a_group_is_named_by_what_it_has_or_lacks():
    some = runs(a={"m": 0, "seed": 0}, b={"seed": 0, "w": 1}, c={"seed": 1, "w": 2})
    assert members(groups(some, by="m")) == {"m=0": ["a"], "without m": ["b", "c"]}
    assert members(groups(runs(a={"seed": 0}, b={"seed": 1}))) == {"all runs": ["a", "b"]}


def test_a_seed_counts_once_however_many_runs_have_it():
    (group,) = groups(runs(a={"seed": 0}, b={"seed": 1}, c={"seed": "0"}), name="(.)")[:1]
    assert group.distinct == ("a",)
    (group,) = groups(runs(a={"x": 1, "seed": 0}, b={"x": 1, "seed": 1}, c={"x": 1, "seed": "0"}), by="x")
    assert (group.distinct, group.of_seeds) == (("0", "1"), [[0, 2], [1]])


def test_a_setting_named_groups_by_it_alone_and_a_typo_is_told():
    assert members(groups(SIX, by="seed")) == {f"seed={seed}": [f"r1{seed}", f"r2{seed}"] for seed in range(3)}
    with pytest.raises(UsageError, match="did you mean lr"):
        groups(SIX, by="lrr")


def test_runs_without_configuration_stand_alone_unless_their_names_tell():
    bare = runs(**{"a-s1": {}, "a-s2": {}, "b-s1": {}, "odd": {}})
    assert [list(group.runs) for group in groups(bare)] == [["a-s1"], ["a-s2"], ["b-s1"], ["odd"]]
    found = groups(bare, name=r"(?P<setting>.*)-s(?P<seed>\d+)")
    assert members(found) == {"setting=a": ["a-s1", "a-s2"], "setting=b": ["b-s1"], "odd": ["odd"]}
    assert found[0].seeds == ("1", "2")


def test_runs_that_tell_no_seed_are_no_repetitions():
    assert len(groups(runs(a={"lr": 1}, b={"lr": 1}, c={"lr": 1, "seed": 0}))) == 3


def test_a_seed_that_comes_again_is_no_repetition():
    twice = runs(a={"lr": 1, "seed": 0}, b={"lr": 1, "seed": 1}, copy={"lr": 1, "seed": 0})
    assert members(groups(twice)) == {"a": ["a", "b"], "copy": ["copy"]}


@pytest.mark.parametrize("pattern", ["a(", "nothing"])
def test_a_pattern_that_groups_nothing_is_refused(pattern):
    with pytest.raises(UsageError, match="--group-name"):
        groups(SIX, name=pattern)


def test_a_pattern_that_matches_no_run_is_told_and_one_that_matches_some_is_not():
    with pytest.raises(UsageError, match=r"--group-name 'zzz\(\.\*\)' matches none of 6 runs, such as 'r10'"):
        groups(SIX, name="zzz(.*)")
    with pytest.raises(UsageError, match="matches not the run 'r10'"):
        groups({"r10": SIX["r10"]}, name="zzz(.*)")
    assert len(groups(SIX, name="r1(.*)")) == 6
    assert groups({}, name="zzz(.*)") == []


def test_seeds_are_the_same_whether_told_as_texts_or_as_numbers():
    own, other = groups(
        runs(a={"lr": 1, "seed": "0"}, b={"lr": 1, "seed": "1"}, c={"lr": 2, "seed": 1}, d={"lr": 2, "seed": 0})
    )
    reached = {own.label: np.array([5.0, 6.0]), other.label: np.array([7.0, 8.0])}
    a, b, paired = paired_scores(own, other, reached)
    assert (a.tolist(), b.tolist(), paired) == ([5, 6], [8, 7], True)


def test_folders_tell_the_settings_that_a_log_does_not():
    found = groups(runs(**{"x/lr=0.1,seed=0/run": {}, "x/lr=0.1,seed=1/run": {}, "x/lr=1e-3,seed=0/run": {}}))
    assert [(group.settings, group.seeds) for group in found] == [({"lr": 0.1}, (0, 1)), ({"lr": 0.001}, (0,))]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("lr<=1e-3 and order=='first'", True),
        ("not lr<1e-3", True),
        ("0 < lr < 1", True),
        ("order in ('first', 'second')", True),
        ("data.ways == 5", True),
        ("lr > 'word'", False),
        ("missing > 0", False),
        ("lr > 1 or first", True),
        ("lr == -1", False),
    ],
)
def test_a_condition_is_understood(text, holds):
    assert Where(text)({"lr": 1e-3, "order": "first", "data.ways": 5, "first": True}) is holds


@pytest.mark.parametrize(
    "text",
    [
        "lr =",
        "__import__('os')",
        "lr.__class__() == 1",
        "lr + 1 > 2",
        "[x for x in lr]",
        "lr if a else b",
        "lr == " + "1" * 2000,
        "lambda: 1",
        "lr is None",
    ],
)
def test_more_than_a_condition_is_refused(text):
    with pytest.raises(UsageError):
        Where(text)


@pytest.mark.parametrize(
    "text", ["-" * 900 + "lr", "~" * 900 + "lr", "not " * 240 + "lr", "(" * 900, "[" * 150 + "]" * 150 + " == lr",
             "lr" + ".a" * 450, "lr == " + "+".join("1" * 450), "lr == " + "-" * 900 + "1", "lr(" * 150 + ")" * 150]
)  # fmt: skip
def test_a_condition_too_deep_for_what_walks_it_is_refused(text):
    with pytest.raises(UsageError, match="too deeply nested"):
        Where(text)


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_an_empty_condition_is_refused_and_not_ignored(text):
    with pytest.raises(UsageError, match="the condition is empty"):
        chosen(SIX, text)


def test_a_condition_as_deep_as_people_write_them_is_understood():
    assert Where("not (" * 20 + "lr == 1" + ")" * 20)({"lr": 1})
    assert Where(" and ".join(["lr == 1"] * 60))({"lr": 1})


def logs(**told):
    """Runs that are read, of so many meta-steps and with such settings; the longer, the lower they end."""
    return RunSet({
        name: metalog.read(io.BytesIO(meta_log(steps, config=own).encode())) for name, (steps, own) in told.items()
    })  # fmt: skip


THREE = logs(a=(6, {"lr": 1}), b=(4, {"lr": 2}), c=(4, {"lr": 2, "errors": 7}))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("meta_steps > 5", ["a"]),
        ("lr == 2 and meta_validations == 1 and warnings < 100", ["b", "c"]),
        ("not meta_steps in (4, 5)", ["a"]),
        ("reason == '' and meta_steps == 4", ["b", "c"]),
        ("errors == 7", ["c"]),  # a setting of that name wins, though the summary has one for all
        ("turns_up > 0 or turns_up < 1 or turns_up == 0 or turns_up or lr == 1", ["a"]),  # there is none: nothing holds
        ("turns_up != 3 or turns_up not in (1, 2) or slope_low != 0 or lr == 1", ["a"]),
    ],
)
def test_what_no_setting_is_called_is_looked_for_in_the_summary(text, kept):
    assert list(THREE.where(text)) == kept


def test_the_summary_that_runs_are_chosen_by_is_that_which_was_asked_for():
    best = THREE.summary(metric="accuracy", window=1)["best"]
    assert best["a"] != THREE.summary()["best"]["a"]
    assert list(THREE.where(f"best == {best['a']}", metric="accuracy", window=1)) == ["a", "b", "c"]


def test_runs_of_other_formats_are_chosen_by_their_columns():
    several = RunSet({"a": read(epochs_text(), EPOCHS), "b": read(epochs_text(rate=2), EPOCHS)})
    last = several.summary()["val_loss.last"]
    assert last["a"] != last["b"]
    assert list(several.where(f"val_loss.last <= {last.min()} and format == 'epochs'")) == [last.idxmin()]
    with pytest.raises(UsageError, match=r"no run has a setting 'val_los\.last'; did you mean val_loss\.last"):
        several.where("val_los.last < 1")


def test_no_summary_is_made_of_runs_whose_settings_tell_all(monkeypatch):
    monkeypatch.setattr(grouping, "summary_rows", None)
    assert list(THREE.where("lr == 2")) == ["b", "c"]


def test_runs_without_a_summary_can_not_be_chosen_by_one():
    several = RunSet({"a": read(epochs_text(), EPOCHS)})
    with pytest.raises(UsageError, match=r"no run has a setting 'best'.*nor is there a summary: .*nowhere"):
        several.where("best < 1", frame="nowhere")


def test_a_condition_that_names_no_setting_or_no_run_says_so():
    with pytest.raises(UsageError, match="did you mean lr"):
        THREE.where("lrr == 1")
    with pytest.raises(UsageError, match="did you mean best"):
        THREE.where("bets < 1")
    with pytest.raises(UsageError, match="none of 6 runs"):
        chosen(SIX, "lr > 5")
    assert list(chosen(SIX, "lr == 2 and seed in (0, 2)")) == ["r20", "r22"]


def test_a_run_set_groups_itself():
    found = RunSet(SIX)
    assert {label: list(own) for label, own in found.groups().items()} == members(groups(SIX))
    assert found.configs.loc["r21"].to_dict() == {"lr": 2, "seed": 1}
    assert list(found.where("seed == 1")) == ["r11", "r21"]


def test_numbers_in_names_are_sorted_by_value():
    names = ["lr0.001-s0", "lr0.001-s1", "lr0.001-s10", "lr0.01-s0", "lr0.01-s1", "lr1.5", "run-2.txt", "run-10.txt"]
    assert sorted([*names[4:], *names[:4]], key=natural) == names
    assert sorted(["v1.10.2", "v1.9.3"], key=natural) == ["v1.9.3", "v1.10.2"]
    assert sorted(["lr1e-2", "lr1e-3"], key=natural) == ["lr1e-3", "lr1e-2"]

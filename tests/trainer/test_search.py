"""A search: what is searched, that nothing is lost when it is killed, two at once, both numbers of its best."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

import metalog
from metalog.cli import cli
from metalog.errors import MetalogError, UsageError
from tests.conftest import ROOT
from tests.trainer.tiny import SETTINGS, options, timeless
from trainer.search.jobs import carry_out
from trainer.search.space import space_of
from trainer.search.study import Search, best_trials, open_search
from trainer.search.trials import reached, run_trials
from trainer.search.work import Work

SPACE = ["--space=meta_lr=log:1e-4..1e-1", "--space=order=first,second"]
SPACE_OF_ORDER = ["order=first,second"]
MUCH = ["--trials=4", "--again=1", "--seeds=3", "--meta-steps=4", "--meta-test=2"]


def command(data: str, folder: str, *more: str) -> list[str]:
    return ["search", "-o", folder, *SPACE, *options(data), *MUCH, *more]


def started(arguments: list[str]) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    call = [sys.executable, "-m", "metalog", *arguments]
    return subprocess.Popen(call, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out


@pytest.fixture(scope="module")
def whole(data: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Search, str]:
    """A search that nobody disturbed, and its table."""
    folder = tmp_path_factory.mktemp("whole") / "search"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder.parent)
        result = CliRunner().invoke(cli, command(data, str(folder), "--as=json"), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return open_search(folder, (), []), result.stdout


def trials(search: Search) -> list[tuple[dict[str, object], str, float | None]]:
    return [(trial.params, trial.state.name, trial.value) for trial in search.study().trials]


def test_a_space_is_read() -> None:
    assert space_of(["meta-lr=log:1e-5..1e-1", "inner_steps=1..5", "order=first, second", "zero_head=true,false"]) == {
        "meta_lr": FloatDistribution(1e-5, 1e-1, log=True),
        "inner_steps": IntDistribution(1, 5),
        "order": CategoricalDistribution(["first", "second"]),
        "zero_head": CategoricalDistribution([True, False]),
    }


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("meta_lr", "can't be understood"),
        ("meta_rl=1..2", "did you mean meta_lr"),
        ("seed=0..9", "judged by"),
        ("device=cpu,cuda", "executed"),
        ("meta_lr=0.1..0.01", "less to more"),
        ("meta_lr=log:0.0..1.0", "above 0"),
        ("meta_lr=log:0.1", "comes a range"),
        ("order=first", "two different"),
        ("order=first,third", "first or second"),
        ("order=first..second", "only numbers"),
        ("inner_steps=1..2..3", "less to more"),
        ("inner_steps=a,b", "whole number"),
        ("channels=1,2", "lists"),
    ],
)
def test_what_can_not_be_searched_is_refused(spec: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        space_of([spec])


def test_trials_are_judged_by_the_loss_that_their_logs_tell(whole: tuple[Search, str]) -> None:
    search, _ = whole
    found = search.study().trials
    assert len(found) == 4
    assert {trial.state for trial in found} <= {TrialState.COMPLETE, TrialState.PRUNED}
    done = best_trials(search.study(), 9)
    for trial in done:
        config = search.settings(trial.params)
        assert trial.value == reached(search.folder / f"trial-{trial.number:04d}.txt", config)["loss"]
        assert sorted(trial.intermediate_values) == list(range(6))  # each problem of meta-validation once
    assert [trial.value for trial in done] == sorted(trial.value for trial in done)


def test_the_best_is_run_again_on_fresh_seeds_beside_what_the_search_claims(whole: tuple[Search, str]) -> None:
    search, table = whole
    best = best_trials(search.study(), 1)[0]
    (row,) = json.loads(table)
    assert (row["trial"], row["loss"]) == (best.number, best.value)
    again = metalog.read_many(sorted(search.folder.glob("again-*.txt")))
    assert [run.config["seed"] for run in again.values()] == [1, 2, 3]
    assert all(run.config["meta_lr"] == best.params["meta_lr"] for run in again.values())
    losses = [run.meta_steps["meta_validation_loss"].dropna().iloc[-1] for run in again.values()]
    assert row["fresh"] == pytest.approx(sum(losses) / 3)
    assert row["fresh_low"] < row["fresh"] < row["fresh_high"]
    assert row["differs"] == pytest.approx(row["fresh"] - row["loss"])
    assert row["accuracy"] == pytest.approx(sum(run.meta_test[0]["accuracy_after"] for run in again.values()) / 3)


@pytest.mark.parametrize(
    "arguments", [["summary"], ["compare", "--each"], ["parse"], ["report", "-o", "r.html"], ["plot", "--curve"]]
)
def test_other_commands_read_the_folder(whole: tuple[Search, str], arguments: list[str], here: Path) -> None:
    result = CliRunner().invoke(cli, [*arguments, str(whole[0].folder)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    if arguments[0] == "summary":
        assert "meta_lr" in result.stdout


def test_killed_and_called_again_it_finds_the_same(whole: tuple[Search, str], data: str, here: Path) -> None:
    first = started(command(data, "search"))
    log = here / "search" / "trial-0001.txt"
    while not (log.exists() and log.stat().st_size > 2000):
        assert first.poll() is None
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    left = open_search(here / "search", (), [])
    assert [trial.state.name for trial in left.study().trials][1:] == ["RUNNING"]
    table = ended(started(["search", "-o", "search", "--as=json"]))  # no need to say any of it again
    assert trials(left) == trials(whole[0])
    assert timeless(log) == timeless(whole[0].folder / log.name)
    assert json.loads(table) == json.loads(whole[1])


def test_how_much_is_done_is_remembered_until_it_is_said_otherwise(data: str, here: Path) -> None:
    search = small(data, here / "search", SPACE_OF_ORDER)
    assert search.work() == Work()  # as for searches from before it was remembered
    for asked, all_of_it in [
        ({"trials": 2, "again": 0, "seeds": None}, Work(2, 0)),
        ({}, Work(2, 0)),
        ({"trials": 4}, Work(4, 0)),
        ({"seeds": 2}, Work(4, 0, 2)),
    ]:
        open_search(search.folder, (), [], asked)
        assert open_search(search.folder, (), []).work() == all_of_it
    with pytest.raises(UsageError, match="meta_steps"):
        open_search(search.folder, (), [{"meta_steps": 7}], {"trials": 9})
    assert search.work() == Work(4, 0, 2)  # a call that is refused changes nothing


def test_a_call_with_its_folder_alone_does_no_more_than_was_asked_for(whole: tuple[Search, str]) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in whole[0].folder.glob("*.txt")}
    result = CliRunner().invoke(cli, ["search", "-o", str(whole[0].folder), "--as=json"], catch_exceptions=False)
    assert json.loads(result.stdout) == json.loads(whole[1])
    assert {path.name: path.stat().st_mtime_ns for path in whole[0].folder.glob("*.txt")} == before


def test_two_processes_share_one_study(data: str, here: Path) -> None:
    both = [started(command(data, "shared", "--as=json")) for _ in range(2)]
    tables = [json.loads(ended(process)) for process in both]
    assert tables[0] == tables[1]
    search = open_search(here / "shared", (), [])
    assert [trial.state.is_finished() for trial in search.study().trials] == [True] * 4
    assert len(list(search.folder.glob("trial-*.txt"))) == 4
    assert len(list(search.folder.glob("again-*.txt"))) == 3


def test_another_search_in_its_folder_is_refused(whole: tuple[Search, str]) -> None:
    folder = whole[0].folder
    with pytest.raises(UsageError, match="name another folder"):
        open_search(folder, ["meta_lr=0.1..0.2"], [])
    with pytest.raises(UsageError, match="meta_steps"):
        open_search(folder, (), [{"meta_steps": 7}])
    assert open_search(folder, (), [{"processes": 2}]).config.processes == 2


def test_what_can_not_begin_is_refused_and_leaves_nothing(here: Path) -> None:
    with pytest.raises(UsageError, match="--space"):
        open_search(here / "none", (), [])
    assert not (here / "none").exists()
    with pytest.raises(UsageError, match="validate-every"):
        open_search(here / "unjudged", ["order=first,second"], [{"validate_every": 0}])
    assert not (here / "unjudged").exists()
    (here / "file").touch()
    with pytest.raises(UsageError, match="file is a file"):
        open_search(here / "file", SPACE_OF_ORDER, [])


def test_data_that_can_not_be_read_binds_no_search(data: str, here: Path) -> None:
    layers = [{"recipe": "sound"}, SETTINGS]
    with pytest.raises(MetalogError, match=r"nothing\.zip"):
        open_search(here / "typo", SPACE_OF_ORDER, [*layers, {"data": ["nothing.zip"]}])
    assert not (here / "typo").exists()
    assert open_search(here / "typo", SPACE_OF_ORDER, [*layers, {"data": [data]}]).config.data == (data,)


def small(data: str, folder: Path, space: list[str], **changes: object) -> Search:
    layers = [{"recipe": "sound"}, SETTINGS, {"data": [data], "meta_steps": 2, "meta_test": 0}, changes]
    return open_search(folder, space, layers)


def test_a_trial_is_no_repetition_of_its_reruns(data: str, here: Path) -> None:
    search = small(data, here / "search", SPACE_OF_ORDER)
    carry_out(search, Work(trials=1, again=1, seeds=2), 1, list)
    groups = metalog.read_many(search.folder).groups()
    assert sorted(sorted(runs) for runs in groups.values()) == [
        ["again-0000-seed-1", "again-0000-seed-2"],
        ["trial-0000"],
    ]


def test_settings_that_do_not_go_together_end_their_trial_alone(data: str, here: Path) -> None:
    said: list[str] = []
    search = small(data, here / "search", ["network=conv4-bn,writeup"], ways=3, shots=2, queries=2)
    run_trials(search, 4, said.append)
    found = {(trial.params["network"], trial.state.name) for trial in search.study().trials}
    assert found == {("conv4-bn", "COMPLETE"), ("writeup", "PRUNED")}
    assert sum("impossible: 3 ways need a network" in one for one in said) == sum(
        trial.state == TrialState.PRUNED for trial in search.study().trials
    )

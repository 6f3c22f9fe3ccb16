from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
import torch

import metalog
import trainer.train
from metalog.cli.recent import recall
from metalog.errors import UsageError
from tests.trainer.tiny import few_shot, timeless, tiny
from trainer.checkpoint import load, path_of
from trainer.config import SWITCHES, Config
from trainer.model import initial_weights
from trainer.run_log import RunLog
from trainer.settings import read_settings, resolve
from trainer.tasks.prepare import prepare
from trainer.train import learn, mean_gradient, train

pytestmark = pytest.mark.usefixtures("here")
LOG = Path("run.txt")


def test_a_run_is_logged_in_full_and_parses_without_a_diagnostic(data: str) -> None:
    told: list[str] = []
    assert train(tiny(data), LOG, tell=told.append)
    run = metalog.read(LOG, strict=True)
    assert run.diagnostics.empty
    steps = run.meta_steps
    assert steps["meta_epoch"].tolist() == [1, 1, 1, 2, 2]
    assert steps["meta_step"].tolist() == [1, 2, 3, 1, 2]
    assert steps["problems"].tolist() == [4] * 5
    assert steps["complete"].all()
    assert len(run.steps) == 5 * 4 * 2 * 3
    assert len(run.validations) == 5 * 4 * 2
    checked = run.meta_validation
    assert checked.groupby(["meta_epoch", "meta_step", "batch"]).size().to_dict() == {
        (1, 2, 1): 4, (2, 1, 1): 4
    }  # fmt: skip
    assert (steps["meta_loss"] - steps["validation_loss"]).abs().max() < 1e-6
    assert (steps["grad_norm"] > 0).all()
    assert (steps["seconds"] >= 0).all()
    assert steps["meta_validation_loss"].notna().tolist() == [False, True, False, True, False]
    assert [result["initialisation"] for result in run.meta_test] == [
        "meta-learned", "random", "meta-learned minus random"
    ]  # fmt: skip
    assert "meta-test: 5 of the 6 problems of 1 held-out alphabet (" in told[0]
    assert recall() == LOG


def test_the_mean_over_all_problems_of_a_meta_validation_is_told(data: str) -> None:
    train(tiny(data, meta_batch_size=3, meta_steps=2, meta_test=0), LOG)
    run = metalog.read(LOG, strict=True)
    assert run.meta_validation["batch"].tolist() == [1] * 3 + [2] * 3
    for metric in ("loss", "accuracy"):
        told = run.meta_steps[f"meta_validation_{metric}"].iloc[-1]
        assert told == pytest.approx(run.meta_validation[metric].mean())


def test_the_log_tells_the_configuration_and_repeats_the_run(data: str) -> None:
    train(tiny(data, recipe="blog", seed=3), LOG, tell=list)
    config = metalog.read(LOG).config
    assert config["recipe"] == "blog"
    assert config["seed"] == 3
    assert config["machine"]["threads"] == 1
    assert set(config["versions"]) == {"metalog", "python", "torch", "numpy"}
    assert config["engine"]
    train(resolve(read_settings(LOG)), Path("again.txt"), tell=list)
    assert timeless(Path("again.txt")) == timeless(LOG)


def test_the_seed_decides_everything(data: str) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(tiny(data, seed=seed, meta_test=0), Path(name), tell=list)
    assert timeless(Path("a")) == timeless(Path("b"))
    losses = [metalog.read(name).steps["loss"].tolist() for name in "ac"]
    assert losses[0] != losses[1]


def test_one_and_two_processes_write_the_same_log(data: str) -> None:
    for name, processes in (("one", 1), ("two", 2)):
        train(tiny(data, processes=processes), Path(name), tell=list)
    assert timeless(Path("one")) == timeless(Path("two"))


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_switch_changes_the_results(data: str, switch: str) -> None:
    for name, on in (("off", False), ("on", True)):
        train(tiny(data, meta_steps=2, meta_test=0, **{switch: on}), Path(name), tell=list)
    off, on = (metalog.read(name) for name in ("off", "on"))
    assert on.config == off.config | {switch: True}
    if switch == "unadapted_meta_validation":
        assert on.steps.equals(off.steps)
        assert not on.meta_validation.equals(off.meta_validation)
    elif switch == "last_sample_meta_loss":
        assert on.meta_steps["meta_loss"].iloc[0] != off.meta_steps["meta_loss"].iloc[0]
        assert on.meta_steps["validation_loss"].iloc[0] == off.meta_steps["validation_loss"].iloc[0]
    else:
        assert on.steps["loss"].tolist() != off.steps["loss"].tolist()


@pytest.mark.parametrize("changes", [{"meta_optimizer": "sgd"}, {"order": "second"}, {"algorithm": "reptile"}])
def test_the_meta_learner_decides_only_what_comes_after_the_first_meta_step(data: str, changes: dict[str, str]) -> None:
    train(tiny(data, meta_steps=2, meta_test=0), Path("base"), tell=list)
    train(tiny(data, meta_steps=2, meta_test=0, **changes), Path("other"), tell=list)
    base, other = (metalog.read(name).steps for name in ("base", "other"))
    first = base["meta_step"] == 1
    assert base[first].equals(other[first])
    assert base[~first]["loss"].tolist() != other[~first]["loss"].tolist()


def test_meta_learning_lowers_the_loss_of_the_problems_it_learns_from(data: str) -> None:
    train(tiny(data, meta_steps=60, validate_every=0, meta_test=0, inner_lr=0.1), LOG, tell=list)
    steps = metalog.read(LOG).meta_steps
    assert steps["meta_loss"].tail(12).mean() < steps["meta_loss"].head(12).mean() - 0.01


def test_a_meta_epoch_takes_each_problem_once(data: str) -> None:
    problems = prepare(tiny(data), progress=False).splits["meta-train"]
    met = [tuple(sorted(task.characters)) for updates in range(3) for task in problems.meta_batch(4, 0, updates)]
    assert len(set(met)) == len(met) == len(problems)


def test_the_meta_gradient_is_the_mean_over_the_problems(data: str) -> None:
    class Some:
        def __init__(self, *values: float) -> None:
            self.gradient = torch.tensor(values)

    assert mean_gradient([Some(1, 2), Some(3, 6)]).tolist() == [2, 4]  # type: ignore[list-item]


def test_an_existing_log_is_neither_overwritten_nor_resumed_unasked(data: str) -> None:
    LOG.write_text("precious\n")
    with pytest.raises(UsageError, match=r"the log run.txt exists already: .* -o, .* --resume, or --overwrite"):
        train(tiny(data), LOG)
    with pytest.raises(UsageError, match=r"run.txt can't be resumed: its checkpoint run.txt.checkpoint is missing"):
        train(tiny(data), LOG, resume=True)
    assert LOG.read_text() == "precious\n"
    train(tiny(data, meta_test=0), LOG, overwrite=True)
    assert "precious" not in LOG.read_text()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"side": 15}, "images of 15x15 pixels are too small for 2 convolutions"),
        ({"meta_batch_size": 13}, "a meta-batch of 13 problems can't be drawn from the 12 problems of meta-train"),
        ({"batch_size": 31}, "batch size must be from 1 to a task's 30 support drawings"),
        ({"log_every_batch": 2}, "a meta-validation has 1 meta-batches, none of which is logged"),
        ({"data": ["nowhere"]}, "no folder or zip of drawings called nowhere"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_written(
    data: str, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(metalog.errors.MetalogError, match=message):
        train(tiny(data, **changes), LOG)
    assert list(Path().iterdir()) == []


def test_a_sound_run_refuses_data_that_leaks(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = trainer.tasks.prepare.load

    def copied(*args: object, **options: object) -> object:
        drawings = read(*args, **options)  # type: ignore[arg-type]
        drawings.images[:] = drawings.images[0, 0]
        return drawings

    monkeypatch.setattr("trainer.tasks.prepare.load", copied)
    with pytest.raises(UsageError, match="leak"):
        train(tiny(data), LOG)
    assert not LOG.exists()
    assert train(tiny(data, misaligned_alphabets=True, meta_steps=1, meta_test=0), LOG)


def test_a_log_on_a_full_disk_keeps_what_it_has(data: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("/dev/full, which stands for a full disk, is absent")
    LOG.symlink_to("/dev/full")
    with pytest.raises(UsageError, match=r"run.txt can't be written: No space left on device; what is in it stays"):
        train(tiny(data), LOG, overwrite=True)


def test_a_folder_that_cannot_be_made_is_named(data: str) -> None:
    Path("file").touch()
    with pytest.raises(UsageError, match=r"the folder file can't be made: File exists|file/run.txt"):
        train(tiny(data), Path("file/run.txt"))


def test_a_folder_is_no_log(data: str, here: Path) -> None:
    for path in (Path(), here):
        with pytest.raises(UsageError, match="is a folder: name a file for the log"):
            train(tiny(data), path, overwrite=True)


def test_ctrl_c_stops_between_meta_steps_and_resuming_gives_the_same_log(
    data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(tiny(data), Path("whole"), tell=list)
    write = RunLog.meta_step
    calls = []

    def interrupting(*arguments: object) -> None:
        calls.append(0)
        if len(calls) in (1, 3):
            signal.raise_signal(signal.SIGINT if len(calls) == 1 else signal.SIGTERM)
        write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(RunLog, "meta_step", interrupting)
    before = signal.getsignal(signal.SIGINT)
    assert not train(tiny(data, checkpoint_every=100), LOG, tell=list)
    assert metalog.read(LOG).meta_steps["complete"].tolist() == [True]
    assert signal.getsignal(signal.SIGINT) is before
    assert not train(tiny(data, checkpoint_every=100), LOG, resume=True, tell=list)
    assert train(tiny(data), LOG, resume=True, tell=list)
    assert timeless(LOG) == timeless(Path("whole"))


def test_the_second_order_says_beforehand_what_memory_it_needs(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    train(tiny(data, meta_steps=1, meta_test=0, order="second"), LOG)
    assert "second order: each process keeps the 6 inner steps of a problem, up to" in capsys.readouterr().err


def test_a_learning_log_has_no_meta_level(data: str) -> None:
    learn(tiny(data), LOG)
    run = metalog.read(LOG, strict=True)
    assert run.steps["meta_step"].isna().all()
    assert (len(run.steps), len(run.validations)) == (6, 2)
    assert LOG.read_text().endswith("\nFinished Training\n")
    with pytest.raises(UsageError, match="exists already"):
        learn(tiny(data), LOG)


def form(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [re.sub(r"\d+\.\d+(e-\d+)?", "<float>", line) for line in lines]


def test_the_blog_recipe_writes_what_the_original_code_wrote(shared: Path) -> None:
    zipped = shared / "data" / "images_background_small1.zip"
    config = resolve(
        {"recipe": "blog", "data": [str(zipped)], "side": 28, "channels": [2, 2], "meta_test": 0},
        {"meta_steps": 4, "validate_every": 2, "meta_validation": 160, "processes": 1, "device": "cpu"},
    )
    train(config, LOG)
    assert form(LOG.read_text()) == form((shared / "data" / "blog-run.txt").read_text())


def test_the_recommended_recipe_is_logged_in_full_and_parses_without_a_diagnostic(data: str) -> None:
    told: list[str] = []
    assert train(few_shot(data), LOG, tell=told.append)
    run = metalog.read(LOG, strict=True)
    assert run.diagnostics.empty
    assert (len(run.steps), len(run.validations)) == (5 * 4 * 2, 5 * 4 * 2)
    assert run.steps["step"].unique().tolist() == [1]
    assert "nearest mean" in told[0]


def test_one_and_two_processes_write_the_same_log_of_the_recommended_recipe(
    data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for steps in (1, 2):  # a single one is computed otherwise
        for name, processes in (("one", 1), ("two", 2)):
            config = few_shot(data, processes=processes, meta_batch_size=6, inner_steps=steps, meta_steps=3)
            train(config, Path(name), overwrite=True, tell=list)
        assert timeless(Path("one")) == timeless(Path("two"))
    assert "keep 1 busy" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "changes",
    [
        {"ways": 3},
        {"network": "conv4"},
        {"norm_statistics": "query"},
        {"zero_head": False},
        {"algorithm": "anil"},
        {"clip": 1e-6},
    ],
    ids=str,
)
def test_every_option_of_the_recommended_recipe_changes_the_results(data: str, changes: dict[str, object]) -> None:
    base, other = Path("base"), Path("other")
    for log, settings in ((base, {}), (other, changes)):
        train(few_shot(data, meta_steps=3, meta_test=0, **settings), log, tell=list)
    losses = [metalog.read(log).validations["loss"].tolist() for log in (base, other)]
    assert losses[0] != losses[1]


def test_a_clipped_meta_gradient_is_logged_as_it_was(data: str) -> None:
    train(few_shot(data, meta_steps=1, meta_test=0, clip=1e-2, meta_optimizer="sgd", validate_every=0), LOG)
    weights = load(path_of(LOG)).theta
    assert (metalog.read(LOG).meta_steps["grad_norm"] > 1e-2).all()
    moved = (weights - initial_weights(few_shot(data))).norm().item()
    assert moved == pytest.approx(1e-2 * 0.01, rel=1e-2)


def rising(data: str, **changes: object) -> Config:
    return tiny(data, meta_steps=12, validate_every=4, meta_test=2, **changes)


def test_a_loss_that_turns_up_is_told_once_and_ends_the_run_if_asked(
    data: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("trainer.train.turned_up", lambda losses, every: 3 if len(losses) == 8 else None)
    train(rising(data), LOG, tell=list)
    assert capsys.readouterr().err.count("turns up for good at meta-step 3: what usually helps is") == 1
    assert len(metalog.read(LOG).meta_steps) == 12
    train(rising(data, stop_when_rising=True), Path("stopped"), tell=list)
    stopped = metalog.read("stopped")
    assert len(stopped.meta_steps) == 8
    assert stopped.meta_test
    before = Path("stopped").read_bytes()
    train(rising(data, stop_when_rising=True), Path("stopped"), resume=True, tell=list)
    assert Path("stopped").read_bytes() == before

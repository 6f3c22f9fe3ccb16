from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

import metalog
from tests.trainer.pngs import png
from tests.trainer.tiny import few_shot, tiny
from trainer.checkpoint import load, path_of
from trainer.engines.choose import engine_for
from trainer.engines.ranks import Ranks
from trainer.evaluate import MEASURES, evaluate, meta_test, work_of
from trainer.model import initial_weights
from trainer.tasks.prepare import evaluation_tasks, prepare
from trainer.train import train

pytestmark = pytest.mark.usefixtures("here")
LOG = Path("run.txt")


def test_every_initialisation_is_tried_on_the_same_problems_and_told_before_and_after_each_step(data: str) -> None:
    config = few_shot(data, meta_test="all")
    prepared = prepare(config, progress=False)
    weights = initial_weights(config)
    done: list[int] = []
    with engine_for(config, prepared.images, Ranks()) as engine:
        learnt, random, *others = meta_test(engine, weights * 0.5, config, prepared, Ranks(), done.append)
        tasks = evaluation_tasks(prepared.splits["meta-test"], "all")
        outcomes = engine.run(weights, tasks, gradient=False, judged="test")
    assert sum(done) == work_of(config, prepared) == 3 * 6 + 3
    assert [each["initialisation"] for each in others] == [
        "supervised features", "nearest mean", "meta-learned minus random", "meta-learned minus supervised features",
        "meta-learned minus nearest mean",
    ]  # fmt: skip
    queries = np.array([outcome.queries for outcome in outcomes])
    for name, values in (("losses", queries[..., 0]), ("accuracies", queries[..., 1])):
        assert [mean for mean, _, _ in random[name]] == pytest.approx(values.mean(0).tolist())
        assert len(learnt[name]) == 3
    gain = others[2]
    assert gain["accuracy_after"] == pytest.approx(learnt["accuracy_after"] - random["accuracy_after"])
    assert gain["loss_before_ci95"] >= 0
    assert "losses" not in others[1]


def test_the_difference_is_paired(data: str) -> None:
    config = tiny(data, meta_test="all")
    prepared = prepare(config, progress=False)
    with engine_for(config, prepared.images, Ranks()) as engine:
        *_, difference = meta_test(engine, initial_weights(config), config, prepared, Ranks(), lambda _: None)
    assert all(difference[name] == difference[f"{name}_ci95"] == 0 for name in MEASURES)


def test_the_best_weights_are_tested_and_the_last_if_asked_for(data: str) -> None:
    train(few_shot(data, meta_lr=0.5), LOG, tell=list)
    found = load(path_of(LOG))
    losses = metalog.read(LOG).meta_steps["meta_validation_loss"].dropna()
    assert found.best_loss == losses.min()
    assert not torch.equal(found.best, found.theta)
    tested = [evaluate(path_of(LOG), progress=False, last=last, tell=list) for last in (False, True)]
    assert tested[0] == metalog.read(LOG).meta_test
    assert tested[0][0] != tested[1][0]


def test_a_checkpoint_gives_what_its_run_told(data: str) -> None:
    told: list[str] = []
    train(tiny(data), LOG, tell=told.append)
    results = evaluate(path_of(LOG), progress=False, tell=told.append)
    assert results == metalog.read(LOG).meta_test
    assert told[0] == told[1]
    assert told[0].splitlines()[-1].startswith("Meta-learning ")


def test_other_data_and_more_problems_can_be_asked_for(data: str) -> None:
    train(tiny(data, meta_steps=1, meta_test=0), LOG)
    (learnt, *_) = evaluate(path_of(LOG), {"meta_test": "all", "data": [data]}, progress=False, tell=list)
    assert learnt["problems"] == 6


#: New names, in an order that holds out Alpha, which was trained on, in place of Beta.
OTHERWISE = {"Beta": "New1", "Alpha": "New2", "Delta": "New3", "Gamma": "New4"}


@pytest.mark.parametrize(
    ("renamed", "mirrored", "told"),
    [
        ({}, False, ""),
        ({}, True, ""),
        (OTHERWISE, True, ""),
        (OTHERWISE, False, "trained on 4 of the 4 characters: "),
        ({"Beta": "A"}, True, "trained on the alphabet Alpha: "),
        ({"Beta": "A"}, False, "trained on 4 of the 4 characters and on the alphabet Alpha: "),
    ],
)
def test_a_meta_test_with_what_was_trained_on_is_told(
    data: str, capsys: pytest.CaptureFixture[str], renamed: dict[str, str], mirrored: bool, told: str
) -> None:
    train(tiny(data, meta_steps=1, meta_test=0), LOG)
    with ZipFile(data) as source, ZipFile("other.zip", "w") as other:
        for name in source.namelist():
            alphabet, _, rest = name.partition("/")
            image = Image.open(BytesIO(source.read(name)))
            other.writestr(
                f"{renamed.get(alphabet, alphabet)}/{rest}", png(ImageOps.mirror(image) if mirrored else image)
            )
    evaluate(path_of(LOG), {"meta_test": 1, "data": ["other.zip"]}, progress=False, tell=list)
    errors = capsys.readouterr().err
    assert told in errors
    assert bool(told) == bool(errors)


def test_data_that_was_trained_on_and_is_gone_cannot_be_compared(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(data, "trained.zip")
    train(tiny("trained.zip", meta_steps=1, meta_test=0), LOG)
    Path("trained.zip").unlink()
    evaluate(path_of(LOG), {"meta_test": 1, "data": [data]}, progress=False, tell=list)
    assert "could not be checked: there is no folder or zip of drawings called trained.zip" in capsys.readouterr().err

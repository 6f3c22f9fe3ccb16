from __future__ import annotations

import math
import shutil
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import scipy.stats
from PIL import Image, ImageOps

import metalog
from tests.trainer.pngs import png
from tests.trainer.tiny import tiny
from trainer.checkpoint import path_of
from trainer.engines.ranks import Ranks
from trainer.evaluate import MEASURES, evaluate, interval, meta_test
from trainer.tasks.prepare import engine_for, evaluated, initial_weights, prepare
from trainer.train import train

pytestmark = pytest.mark.usefixtures("here")
LOG = Path("run.txt")


def test_the_interval_is_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(0).normal(size=50)
    mean, half = interval(values)
    low, high = scipy.stats.norm.interval(0.95, values.mean(), scipy.stats.sem(values))
    assert (mean - half, mean + half) == pytest.approx((low, high))
    assert math.isnan(interval(np.array([1.0]))[1])


def test_it_measures_each_problem_before_and_after_adaptation_from_both_initialisations(data: str) -> None:
    config = tiny(data, inner_lr=0.1)
    task = prepare(config, progress=False)
    weights = initial_weights(config)
    done: list[int] = []
    with engine_for(config, task, Ranks()) as engine:
        learnt, random, difference = meta_test(engine, weights * 0.5, config, task, "all", done.append)
        problems = evaluated(task.splits["meta-test"], "all")
        outcomes = engine.run(weights, problems, gradient=False, judged="test")
    assert sum(done) == 2 * len(problems) == 12
    assert learnt["problems"] == 6
    for measure, values in zip(
        MEASURES, zip(*((*o.before, *o.validations[-1]) for o in outcomes), strict=True), strict=True
    ):
        assert random[measure] == pytest.approx(np.mean(values))
        assert difference[measure] == pytest.approx(learnt[measure] - random[measure])
    assert random["loss_after"] != random["loss_before"]
    assert learnt["loss_before"] != random["loss_before"]


def test_the_difference_is_paired(data: str) -> None:
    config = tiny(data)
    task = prepare(config, progress=False)
    with engine_for(config, task, Ranks()) as engine:
        *_, difference = meta_test(engine, initial_weights(config), config, task, "all", lambda _: None)
    assert all(difference[name] == difference[f"{name}_ci95"] == 0 for name in MEASURES)


def test_a_checkpoint_gives_what_its_run_told(data: str) -> None:
    told: list[str] = []
    train(tiny(data), LOG, tell=told.append)
    results = evaluate(path_of(LOG), progress=False, tell=told.append)
    assert results == metalog.read(LOG).meta_test
    assert told[0] == told[1]
    assert len({line.rfind("±") for line in told[0].splitlines()[-3:]}) == 1


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

"""The study's design against what it promises, its runs against being stopped, its page against its numbers."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from metalog.errors import UsageError
from tests.conftest import ROOT
from tests.trainer.tiny import FEW_SHOT, SETTINGS
from trainer.ablation.design import arms, effects
from trainer.ablation.page import overview, write_page
from trainer.ablation.study import Study, read_study, run_one, run_study, summarise

pytestmark = pytest.mark.usefixtures("here")


@pytest.mark.parametrize("factors", range(1, 9))
def test_main_effects_are_mixed_with_no_other_and_no_two_way_effect(factors: int) -> None:
    signs = 2 * arms(factors) - 1
    assert len(signs) == 2 ** min(factors, 4)
    assert not arms(factors)[0].any()
    assert arms(factors)[-1].all()
    assert (signs.T @ signs == len(signs) * np.eye(factors)).all()
    for column in range(factors):
        for pair in combinations(range(factors), 2):
            if factors > 4 and column not in pair:
                assert signs[:, column] @ signs[:, pair].prod(axis=1) == 0


def test_effects_are_those_that_made_the_responses() -> None:
    names, levels = "abcdefgh", arms(8)
    worth = np.array([0.1, -0.2, 0, 0.05, 0, 0, 0, 0])
    both = 0.04 * (2 * levels[:, 0] - 1) * (2 * levels[:, 1] - 1)
    noise = np.random.default_rng(0).normal(0, 0.01, (5, 1))  # the same in all arms of a seed
    main, two_way = effects(names, levels @ worth + both / 2 + noise)
    assert [each.mean for each in main] == pytest.approx(worth.tolist())
    found = {name: each.mean for each in two_way for name in each.names}
    assert len(two_way) == 7
    assert found["a x b"] == pytest.approx(0.04)
    assert sum(abs(each.mean) > 1e-9 for each in two_way) == 1


def test_a_study_cannot_have_more_factors_than_its_design() -> None:
    with pytest.raises(ValueError, match="1 to 8 factors, not 9"):
        arms(9)


def study(data: str, **changes: object) -> Study:
    base = SETTINGS | FEW_SHOT | {"data": [data], "meta_steps": 2, "validate_every": 0, "select": "last"} | changes
    factors = {"first order": {"order": "first"}, "learnt output layer": {"zero_head": False}}
    return Study(base, factors, [0, 1, 2], [str(Path("judge.zip"))], 6)


@pytest.fixture
def judged(data: str, here: Path) -> None:
    """Drawings of alphabets of other names."""
    from zipfile import ZipFile

    with ZipFile(data) as source, ZipFile("judge.zip", "w") as other:
        for name in source.namelist():
            alphabet, _, rest = name.partition("/")
            other.writestr(f"{alphabet if alphabet == 'Alpha' else 'New' + alphabet}/{rest}", source.read(name))


@pytest.mark.usefixtures("judged")
def test_a_study_goes_on_where_it_was_and_writes_its_page(data: str) -> None:
    wanted, folder, told = study(data), Path("runs"), []
    folder.mkdir()
    for arm, seed in wanted.runs()[:-1]:
        run_one(wanted, folder, arm, seed)
    assert summarise(wanted, folder)["seeds"] == [0, 1]
    summary = run_study(wanted, folder, 1, told.append)
    assert len(told) == 1
    assert told[0].startswith("1 of 1: arm 4, seed 2: accuracy 0.")
    assert np.shape(summary["measures"]["accuracy"]) == (3, 4)
    assert summary["seeds"] == [0, 1, 2]
    assert "first order" in overview(summary)
    paths = write_page(summary, Path("page.md"))
    assert all(path.stat().st_size for path in paths)
    assert json.loads(Path("page/summary.json").read_text())["measures"] == summary["measures"]
    text = Path("page.md").read_text()
    assert f"{np.mean(summary['measures']['accuracy'], axis=0)[3]:.3f}" in text
    assert "12 runs: 4 arms, 3 seeds each" in text


def test_nothing_is_summarised_before_a_seed_is_whole(data: str) -> None:
    with pytest.raises(UsageError, match="no seed of the study"):
        summarise(study(data), Path())


def test_the_study_of_the_write_up_can_be_read_and_others_are_refused() -> None:
    found = read_study(ROOT / "docs" / "ablation" / "study.toml", data=("a.zip",), judge=("b.zip",))
    assert len(found.factors) == 8
    assert (found.base["data"], found.judge) == (["a.zip"], ["b.zip"])
    for text, message in (("seeds = [0]", "is no study"), ("x = ", "is no study")):
        Path("study.toml").write_text(text)
        with pytest.raises(UsageError, match=message):
            read_study(Path("study.toml"))

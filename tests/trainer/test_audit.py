"""The audit finds what is wrong, counts it right, and calls a sound set-up clean."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from metalog.cli import cli
from metalog.errors import UsageError
from tests.trainer.shapes import OMNIGLOT, drawings_of
from trainer.tasks.audit import Audit, audit, refuse_leaks
from trainer.tasks.data.drawings import Drawings
from trainer.tasks.splits import TaskDistribution, make_splits
from trainer.tasks.task import TaskOptions

BLOG = TaskOptions(pair_map=True, misaligned_alphabets=True, unstratified_split=True)


def distinct(drawings: Drawings) -> Drawings:
    """Give each drawing pixels of its own."""
    count = drawings.images.shape[0] * drawings.images.shape[1]
    images = np.arange(count, dtype="<u4").view(np.uint8).reshape(*drawings.images.shape[:2], 2, 2)
    return replace(drawings, images=images)


@pytest.fixture(scope="module")
def omniglot() -> Drawings:
    return distinct(drawings_of(OMNIGLOT))


def audited(drawings: Drawings, **switches: bool) -> Audit:
    return audit(drawings, make_splits(drawings, TaskOptions(**switches), 0))  # type: ignore[arg-type]


def test_sound_is_clean(omniglot: Drawings) -> None:
    found = audited(omniglot)
    assert found.findings() == []
    assert not found.leaks
    assert found.total("problems") == found.total("true_pairs") == 17_017
    assert found.total("characters") == found.characters == 964
    assert found.total("balanced") == found.total("sampled") == 3000
    assert found.total("one_class") == 0
    refuse_leaks(found)


def test_blog_shows_every_fault(omniglot: Drawings) -> None:
    found = audit(omniglot, make_splits(omniglot, BLOG, 0))
    train, validation, test = found.splits
    assert found.leaks
    assert len(found.findings()) == 8
    for split in (validation, test):
        assert split.shared_characters == split.characters
        assert split.shared_drawings == split.drawings == 20 * split.characters
    assert train.shared_characters == max(validation.characters, test.characters)
    assert found.total("identical_pairs") / 17_017 == pytest.approx(0.028, abs=0.0005)
    assert found.total("repeated_pairs") / 17_017 == pytest.approx(0.238, abs=0.0005)
    assert found.total("cross_alphabet_pairs") / 17_017 == pytest.approx(0.39, abs=0.07)
    assert found.unused_characters / 964 == pytest.approx(0.28, abs=0.03)
    assert found.total("balanced") / found.total("sampled") == pytest.approx(0.339, abs=0.03)
    assert found.total("one_class") / found.total("sampled") == pytest.approx(0.020, abs=0.01)


def test_the_pair_map_alone_leaks_nothing_but_misses_pairs(omniglot: Drawings) -> None:
    found = audited(omniglot, pair_map=True)
    assert not found.leaks
    assert found.total("cross_alphabet_pairs") == 0
    assert found.total("missing_pairs") / 17_017 == pytest.approx(0.266, abs=0.0005)
    assert len(found.findings()) == 3
    refuse_leaks(found)


def test_the_unstratified_split_alone_is_no_wrong_pair(omniglot: Drawings) -> None:
    found = audited(omniglot, unstratified_split=True)
    assert found.findings() == []
    assert found.total("balanced") / found.total("sampled") == pytest.approx(0.339, abs=0.03)


def test_counts_are_right_where_they_can_be_counted_by_hand() -> None:
    drawings = distinct(drawings_of({"A": 2, "B": 3, "C": 2}, drawings=6))
    options = TaskOptions(batch_size=1)

    def split(name: str, alphabets: list[int], pairs: list[tuple[int, int]]) -> TaskDistribution:
        around = np.zeros((len(pairs), 2), np.int64)
        return TaskDistribution(name, np.array(alphabets), np.array(pairs), around, 6, options, 0)

    found = audit(
        drawings,
        {
            "meta-train": split("meta-train", [1], [(2, 3), (3, 2), (2, 2), (3, 5)]),
            "meta-validation": split("meta-validation", [0], [(0, 1)]),
            "meta-test": split("meta-test", [2], [(5, 5), (5, 5)]),
        },
    )
    train, validation, test = found.splits
    assert (train.alphabets, train.characters, train.drawings, train.problems) == (1, 3, 18, 4)
    assert (train.identical_pairs, train.repeated_pairs, train.cross_alphabet_pairs) == (1, 1, 1)
    assert (train.true_pairs, train.missing_pairs) == (3, 2)
    assert (train.shared_characters, train.shared_drawings, train.shared_examples) == (1, 6, ("C/character01",))
    assert (validation.shared_drawings, validation.missing_pairs, validation.repeated_pairs) == (0, 0, 0)
    assert (test.identical_pairs, test.repeated_pairs, test.missing_pairs) == (2, 1, 1)
    assert found.unused_characters == 2  # B/character03 and C/character02


def test_a_drawing_copied_under_another_name_is_a_leak() -> None:
    drawings = distinct(drawings_of({"A": 8, "B": 2, "C": 2}, drawings=10))
    splits = make_splits(drawings, TaskOptions(), 0)
    one, other = splits["meta-train"].pairs[0, 0], splits["meta-test"].pairs[0, 0]
    drawings.images[other, 3] = drawings.images[one, 7]
    found = audit(drawings, splits)
    assert found.leaks
    assert [split.shared_characters for split in found.splits] == [0, 0, 0]
    assert [split.shared_drawings for split in found.splits] == [1, 0, 1]
    with pytest.raises(UsageError, match=r"meta-test shares 0 of its .* and 1 of its .* drawings.*remove the copies"):
        refuse_leaks(found)


def test_a_leak_is_refused_with_what_leaked(omniglot: Drawings) -> None:
    with pytest.raises(UsageError, match=r"meta-validation shares \d+ of its \d+ characters.*misaligned alphabets off"):
        refuse_leaks(audited(omniglot, misaligned_alphabets=True))


class TestCommand:
    @pytest.fixture
    def data(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        drawings = distinct(drawings_of({"A": 6, "B": 7, "C": 5, "D": 9}))
        monkeypatch.setattr("trainer.tasks.data.load", lambda *_, **__: drawings)

    def test_both_recipes_stand_side_by_side_and_sound_decides(self, data: None) -> None:
        result = CliRunner().invoke(cli, ["audit"])
        assert result.exit_code == 0
        lines = result.stdout.splitlines()
        assert lines[0] == "blanks: 27 characters in 4 alphabets; seed 0"
        assert lines[2].replace("-", "").split() == ["blog", "sound"]
        assert lines[3].split() == ["train", "valid.", "test", "all"] * 2
        rows = {line[:20].strip(): line[20:] for line in lines[4:15]}
        assert rows["identical pairs"].split()[-4:] == ["0"] * 4
        assert rows["shared characters"].count("100.0 %") == 2
        assert "blog (pair map, misaligned alphabets, unstratified split):" in lines
        assert lines[-2:] == ["sound (no switch on):", "  nothing wrong was found"]

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["--recipe", "sound"], 0),
            (["--recipe", "blog"], 1),
            (["--recipe", "sound", "--pair-map"], 1),
            (["--recipe", "blog", "--no-pair-map", "--no-misaligned-alphabets"], 0),
            (["--misaligned-alphabets"], 1),
            (["--recipe", "sound", "--unstratified-split"], 0),
        ],
    )
    def test_the_exit_code_tells_of_leaks_and_wrong_pairs(self, data: None, arguments: list[str], code: int) -> None:
        assert CliRunner().invoke(cli, ["audit", *arguments]).exit_code == code

    def test_json_holds_the_counts(self, data: None) -> None:
        result = CliRunner().invoke(cli, ["audit", "--recipe", "blog", "--format", "json", "--seed", "3"])
        (found,) = json.loads(result.stdout).values()
        assert found["leaks"] is True
        assert found["seed"] == 3
        assert found["options"]["pair_map"] is True
        assert [split["split"] for split in found["splits"]] == ["meta-train", "meta-validation", "meta-test"]
        assert len(found["findings"]) >= 5

    def test_a_missing_folder_is_one_sentence(self) -> None:
        result = CliRunner().invoke(cli, ["audit", "--data", "nowhere"])
        assert isinstance(result.exception, OSError)
        assert "no folder or zip of drawings called nowhere" in str(result.exception)

    def test_the_real_drawings_are_clean_when_sound(self, shared: Path) -> None:
        zips = [str(shared / "data" / f"images_background_small{number}.zip") for number in (1, 2)]
        result = CliRunner().invoke(cli, ["audit", *(f"--data={each}" for each in zips), "--format", "json"])
        assert result.exit_code == 0
        blog, sound = json.loads(result.stdout).values()
        assert sound["findings"] == []
        assert sum(split["problems"] for split in sound["splits"]) == 3966
        assert sum(split["identical_pairs"] for split in blog["splits"]) == 120
        assert sum(split["repeated_pairs"] for split in blog["splits"]) == 946

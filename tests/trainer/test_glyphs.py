"""The embedded data set: real letters, each whole, each its own shape, by hands that differ."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import unicodedata
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest

from trainer.tasks.data import Drawings, load
from trainer.tasks.data.fonts import FACES, letters_of
from trainer.tasks.data.glyphs import ALPHABETS, draw


@pytest.fixture(scope="module")
def glyphs() -> Drawings:
    return load(["glyphs"])


def test_it_is_as_large_as_it_says(glyphs: Drawings) -> None:
    assert len(glyphs.alphabets) == 14
    assert glyphs.images.shape == (469, 20, 105, 105)
    assert glyphs.alphabet_sizes.min() >= 25
    assert {tuple(name.split("/")) for name in glyphs.characters} == {
        (name, unicodedata.name(letter)) for name, letters in ALPHABETS.items() for letter in letters
    }


def test_every_drawing_has_ink_and_none_is_clipped(glyphs: Drawings) -> None:
    ink = (glyphs.images > 127).mean(axis=(2, 3))
    assert ink.min() > 0.002
    assert ink.max() < 0.30
    for edge in (glyphs.images[..., 0, :], glyphs.images[..., -1, :], glyphs.images[..., 0], glyphs.images[..., -1]):
        assert edge.max() == 0


def test_ink_weighs_what_it_does_in_omniglot(glyphs: Drawings) -> None:
    """0.0806 of the pixels over the 4,840 real drawings of the two small background sets."""
    assert (glyphs.images > 127).mean() == pytest.approx(0.0806, abs=0.008)


def test_they_are_the_same_for_everyone(glyphs: Drawings) -> None:
    """Shares of ink measured with matplotlib 3.10 and 3.11, whose versions of FreeType differ; all bytes agreed."""
    ink = [(glyphs.images[glyphs.alphabet == number] > 127).mean() for number in (0, 8, 13)]
    assert ink == pytest.approx([0.063911, 0.087830, 0.080588], abs=5e-6)


def test_every_hand_draws_a_character_differently(glyphs: Drawings) -> None:
    for drawings in glyphs.images:
        assert len({drawing.tobytes() for drawing in drawings}) == 20


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_a_face_holds_every_letter_so_none_is_an_empty_box(alphabet: str) -> None:
    faces = letters_of(ALPHABETS[alphabet])
    assert 1 <= len(faces) <= len(FACES)
    assert len(set(ALPHABETS[alphabet])) == len(ALPHABETS[alphabet])
    for letters in faces:
        assert letters.count == len(ALPHABETS[alphabet])
        assert set(letters.letter.tolist()) == set(range(letters.count))
        assert np.abs(letters.points).max() <= 0.5


def hausdorff(one: np.ndarray, other: np.ndarray) -> float:
    distances = np.linalg.norm(one[:, None] - other, axis=2)
    return float(max(distances.min(axis=0).max(), distances.min(axis=1).max()))


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_no_two_letters_of_an_alphabet_have_one_shape(alphabet: str) -> None:
    """Even scaled to one size, some stroke or dot of one lies apart from the other: 5 percent of the longer side."""
    for letters in letters_of(ALPHABETS[alphabet]):
        shapes = [letters.points[letters.letter == number] for number in range(letters.count)]
        shapes = [(points - points.min(axis=0)) / np.ptp(points, axis=0).max() for points in shapes]
        for (one, a), (other, b) in combinations(zip(ALPHABETS[alphabet], shapes, strict=True), 2):
            assert hausdorff(a, b) > 0.05, (one, other)


@pytest.mark.parametrize(("letter", "arm_is_up"), [("L", False), ("F", True)])
def test_letters_are_the_right_way_round(letter: str, arm_is_up: bool) -> None:
    points = letters_of(letter)[0].points
    arm = points[points[:, 0] > points[:, 0].min() + 0.1]  # right of the stem
    assert bool(arm[:, 1].mean() > 0) == arm_is_up


def test_a_seed_gives_the_same_drawings_in_another_process_whatever_the_settings(glyphs: Drawings) -> None:
    code = (
        "import hashlib, matplotlib; from trainer.tasks.data import load;"
        "matplotlib.rcParams.update({'path.simplify': False, 'path.snap': False, 'text.hinting': 'force_autohint'});"
        "print(hashlib.sha256(load(['glyphs']).images.tobytes()).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert hashlib.sha256(glyphs.images.tobytes()).hexdigest() == other.strip()


def test_another_seed_gives_other_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.tasks.data.glyphs.ALPHABETS", {"Ogham": ALPHABETS["Ogham"]})
    one, other = draw(0, 35), draw(1, 35)
    assert one.keys() == other.keys()
    assert not any(np.array_equal(one[key], other[key]) for key in one)


def test_smaller_drawings_are_the_same_drawings(glyphs: Drawings) -> None:
    small = load(["glyphs"], side=35).images
    reduced = glyphs.images.reshape(469, 20, 35, 3, 35, 3).mean(axis=(3, 5))
    assert np.abs(small - reduced).mean() < 2  # of 255


def test_the_users_settings_are_left_alone() -> None:
    before = dict(mpl.rcParams)
    letters_of("LF")
    assert dict(mpl.rcParams) == before

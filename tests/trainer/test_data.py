"""Reading drawings from folders and zips."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from metalog.errors import MetalogError, SourceError, UsageError
from tests.trainer.pngs import as_folder, as_zip, drawing, layout, png
from tests.trainer.shapes import OMNIGLOT
from trainer.tasks.data import load

STORES = pytest.mark.parametrize("store", [as_folder, as_zip])
Store = Callable[[Path, dict[str, bytes]], str]


@STORES
@pytest.mark.parametrize("depth", ["", "images/", "a/b/c/"])
def test_each_drawing_is_where_its_name_says(tmp_path: Path, store: Store, depth: str) -> None:
    files = {depth + name: content for name, content in layout({"B": 3, "A": 2}).items()}
    source = store(tmp_path / "data", files)
    data = load([source], side=6)
    assert data.alphabets == ("A", "B")
    assert data.alphabet.tolist() == [0, 0, 1, 1, 1]
    assert data.characters == ("A/character00", "A/character01", "B/character00", "B/character01", "B/character02")
    assert data.images.shape == (5, 2, 6, 6)
    assert [array.dtype.name for array in (data.images, data.alphabet)] == ["uint8", "int32"]
    expected = np.zeros((5, 2, 6, 6), np.uint8)
    for character, number in enumerate([0, 1, 0, 1, 2]):
        for d in range(2):
            expected[character, d].flat[number * 2 + d] = 255
    np.testing.assert_array_equal(data.images, expected)
    assert data.source == source


def test_sources_are_merged_and_the_first_copy_of_a_character_counts(tmp_path: Path) -> None:
    one = layout({"A": 2, "B": 2})
    two = layout({"B": 3, "C": 2})
    two["B/character00/00.png"] = png(drawing(20))
    data = load([as_folder(tmp_path / "one", one), as_zip(tmp_path / "two.zip", two)], side=6)
    assert data.alphabet_sizes.tolist() == [2, 3, 2]
    assert data.images[2, 0, 0, 0] == 255  # B/character00 is that of the first


def test_an_alphabet_may_be_spread_over_sources(tmp_path: Path) -> None:
    files = layout({"A": 2})
    parts = [{name: content} for name, content in files.items()]
    parts = [parts[0] | parts[1], parts[2] | parts[3]]
    data = load([as_folder(tmp_path / str(i), part) for i, part in enumerate(parts)], side=6)
    assert data.characters == ("A/character00", "A/character01")


def test_a_character_that_occurs_twice_in_a_folder_is_taken_once(tmp_path: Path) -> None:
    files = {top + name: content for top in ("small1/", "small2/") for name, content in layout({"A": 2}).items()}
    assert load([as_folder(tmp_path, files)], side=6).images.shape == (2, 2, 6, 6)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P", "LA", "RGBA"])
def test_ink_is_255_in_every_mode_of_image(tmp_path: Path, mode: str) -> None:
    files = {name: png(Image.open(io.BytesIO(png_)).convert(mode)) for name, png_ in layout({"A": 2}).items()}
    np.testing.assert_array_equal(
        load([as_folder(tmp_path / "x", files)], side=6).images,
        load([as_folder(tmp_path / "y", layout({"A": 2}))], side=6).images,
    )


def test_ink_on_transparent_paper_is_read_as_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((6, 6, 4), np.uint8)
    pixels[0, 0, 3] = 255
    files = dict.fromkeys(layout({"A": 2}), png(Image.fromarray(pixels)))
    assert load([as_folder(tmp_path, files)], side=6).images[0, 0].sum() == 255


def test_drawings_of_other_sizes_are_resized(tmp_path: Path) -> None:
    files = layout({"A": 2})
    big = np.full((210, 210), 255, np.uint8)
    big[:105] = 0
    files["A/character00/00.png"] = png(Image.fromarray(big))
    image = load([as_zip(tmp_path / "x.zip", files)], side=28).images[0, 0]
    assert image.shape == (28, 28)
    assert image[:13].min() == 255
    assert image[15:].max() == 0


def test_what_operating_systems_leave_behind_is_ignored(tmp_path: Path) -> None:
    files = layout({"A": 2})
    junk = {
        "__MACOSX/A/character00/._00.png": b"x",
        "A/.DS_Store": b"x",
        "A/character00/._00.png": b"x",
        "note.txt": b"",
    }
    assert load([as_zip(tmp_path / "x.zip", files | junk)], side=6).images.shape == (2, 2, 6, 6)


@STORES
def test_a_corrupt_drawing_is_named(tmp_path: Path, store: Store) -> None:
    files = layout({"A": 2})
    files["A/character01/00.png"] = files["A/character01/00.png"][:40]
    source = store(tmp_path / "data", files)
    with pytest.raises(SourceError, match=r"A/character01/00\.png of .*data is no intact PNG: restore it"):
        load([source])


def test_a_drawing_that_is_damaged_within_a_zip_is_named(tmp_path: Path) -> None:
    source = Path(as_zip(tmp_path / "x.zip", layout({"A": 2})))
    content = bytearray(source.read_bytes())
    with zipfile.ZipFile(source) as archive:
        start = archive.getinfo("A/character01/01.png").header_offset
    content[start + 60] ^= 0xFF
    source.write_bytes(content)
    with pytest.raises(SourceError, match=r"A/character01/01\.png of .*x\.zip can't be decoded"):
        load([str(source)])


def without(files: dict[str, bytes], prefix: str) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if not name.startswith(prefix)}


WHOLE = layout({"A": 3, "B": 2})


@STORES
@pytest.mark.parametrize(
    ("files", "message"),
    [
        (without(WHOLE, "A/character01/01"), r"character A/character01 of .* has 1 drawings where most have 2"),
        (WHOLE | {"A/character00/09.png": png(drawing(3))}, r"character A/character00 of .* has 3 drawings"),
        (without(WHOLE, "B/character00"), r"alphabet B of .* has a single character"),
        ({"notes.txt": b"nothing"}, r"data holds no drawings: give"),
        (
            {"character01/01.png": png(drawing(1))},
            r"drawing character01/01\.png of .* doesn't lie in alphabet/character/",
        ),
    ],
)
def test_an_incomplete_data_set_is_refused(tmp_path: Path, store: Store, files: dict[str, bytes], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load([store(tmp_path / "data", files)], side=6)


def test_a_character_without_drawings_is_refused(tmp_path: Path) -> None:
    source = as_folder(tmp_path, WHOLE)
    (tmp_path / "A/character07").mkdir()
    with pytest.raises(UsageError, match=r"character A/character07 of .* has no drawings"):
        load([source])


def test_an_empty_zip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"empty\.zip holds no drawings"):
        load([as_zip(tmp_path / "empty.zip", {})])


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    with pytest.raises(SourceError, match=r"x\.zip can't be read as a zip"):
        load([str(tmp_path / "x.zip")])


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no folder or zip of drawings called .*nowhere: give"):
        load([str(tmp_path / "nowhere")])


@pytest.mark.parametrize(
    ("data", "side", "seed", "message"),
    [([], 105, 0, "name at least one"), (["glyphs"], 0, 0, "at least one pixel"), (["glyphs"], 9, -1, "negative")],
)
def test_a_senseless_call_is_refused(data: list[str], side: int, seed: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load(data, side=side, seed=seed)


def test_a_single_name_needs_no_list(tmp_path: Path) -> None:
    assert load(as_folder(tmp_path, WHOLE), side=6).alphabets == ("A", "B")


def test_the_real_zips_hold_242_characters_once(shared: Path) -> None:
    zips = [str(shared / "data" / f"images_background_small{number}.zip") for number in (1, 2)]
    data = load(zips)
    assert data.images.shape == (242, 20, 105, 105)
    assert len(set(data.characters)) == 242
    assert data.alphabets == (
        "Balinese",
        "Early_Aramaic",
        "Greek",
        "Japanese_(katakana)",
        "Korean",
        "Latin",
        "Sanskrit",
        "Tagalog",
    )
    assert data.alphabet_sizes.tolist() == [OMNIGLOT[name] for name in data.alphabets]
    assert set(np.unique(data.images).tolist()) == {0, 255}
    assert 0.03 < (data.images == 255).mean() < 0.15  # ink on paper, not paper on ink


def test_every_message_is_one_sentence_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(MetalogError) as caught:
        load([str(tmp_path)])
    assert "\n" not in str(caught.value)

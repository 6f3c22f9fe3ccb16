"""Which formats are known, where from, and which one a name means."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import metalog
from metalog import FormatWarning, SourceError, UsageError
from metalog.formats import native
from metalog.formats.shapes import most_frequent, shape
from metalog.reading import known
from metalog.reading.known import find, known_formats, load, resolve, usable_formats, user_folder
from tests.declared_formats import CYCLES, LOOSE, ROUNDS, declare_in


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the user a folder of their own, and forget what was told."""
    monkeypatch.setattr(known, "_told", set())
    monkeypatch.setattr(known, "user_folder", lambda: tmp_path / "home" / "formats")
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "home" / "formats"


def origins(beside: Path | None = None) -> dict[str, str]:
    return {one.name: one.origin for one in known_formats(beside)}


def project(folder: Path) -> Path:
    return folder / ".metalog" / "formats"


def package(folder: Path, entry_points: str, code: str) -> None:
    """Install a package that registers formats, as far as Python can tell."""
    metadata = folder / "other-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[metalog.formats]\n{entry_points}")
    (folder / "other_formats.py").write_text(code)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield tmp_path / "site"
    sys.modules.pop("other_formats", None)


def test_the_users_folder_is_where_click_says() -> None:
    assert user_folder() == Path(click.get_app_dir("metalog")) / "formats"


def test_metalogs_own_is_the_first() -> None:
    first = known_formats()[0]
    assert (first.name, first.origin, first.title) == ("maml", "bundled", native().title)
    assert first.format is native()
    assert first.text is not None
    assert first.text.startswith("# The log format")


def test_what_is_nearest_to_the_user_is_meant(tmp_path: Path, user: Path, site: Path) -> None:
    def others(beside: Path | None = None) -> str | None:
        return origins(beside).get("rounds")

    package(site, "rounds = other_formats:TEXT\n", f"TEXT = {ROUNDS!r}")
    assert others() == "package other"
    (in_user,) = declare_in(user, ROUNDS)
    assert others() == str(in_user)
    (above,) = declare_in(project(tmp_path / "project"), ROUNDS)
    log = tmp_path / "project" / "runs" / "a.log"
    log.parent.mkdir()
    log.touch()
    assert others(log) == others() == str(above)
    (beside,) = declare_in(project(log.parent), ROUNDS)
    assert others(log) == str(beside)
    assert others() == str(above)
    assert others(tmp_path) == str(in_user)


def test_metalogs_own_format_can_not_be_replaced(user: Path) -> None:
    (path,) = declare_in(user, ROUNDS.replace("rounds", "maml"))
    with pytest.warns(FormatWarning, match=rf"{path}: the name maml is that of metalog's own format"):
        known_formats()
    assert known_formats()[0].format is native()  # told once
    assert resolve("maml") is native()


def test_a_broken_declaration_is_told_once_and_left_out(user: Path) -> None:
    declare_in(user, ROUNDS, CYCLES)
    broken = user / "broken.toml"
    broken.write_text('name = "broken"\n[[line]\n')
    (user / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.warns(FormatWarning) as told:
        names = [form.name for form in usable_formats()]
    assert {"rounds", "cycles"} <= set(names)
    assert "broken" not in names
    messages = sorted(str(one.message) for one in told)
    assert len(messages) == 2
    assert messages[0].startswith(str(broken))
    assert "broken.toml:2:" in messages[0]
    assert messages[1] == f"{user / 'latin.toml'}: no TOML: it is not UTF-8"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [form.name for form in usable_formats()] == names


def test_a_changed_declaration_is_read_anew(user: Path) -> None:
    (path,) = declare_in(user, ROUNDS)
    before = load(path)
    assert load(path) is before
    path.write_text(ROUNDS.replace("cost", "expense"))
    assert "expense" in load(path).frames["scores"]


@pytest.mark.parametrize(
    "value",
    ["declare(TEXT)", "Path(__file__).with_name('x.toml')", "str(FILE)", "TEXT", "lambda: TEXT", "lambda: FILE"],
)
def test_a_package_may_give_a_format_a_path_or_toml(site: Path, value: str) -> None:
    code = f"""
from pathlib import Path
from metalog.formats import declare
TEXT, FILE = {ROUNDS!r}, Path(__file__).with_name('x.toml')
GIVEN = {value}
"""
    package(site, "rounds = other_formats:GIVEN\n", code)
    (site / "x.toml").write_text(ROUNDS)
    assert origins()["rounds"] == "package other"
    assert resolve("rounds").frames == load(site / "x.toml").frames


@pytest.mark.parametrize("value", ["1", "lambda: 1 / 0", "'missing.toml'", "'name = 1\\n'"])
def test_a_package_that_fails_does_not_stop_the_others(site: Path, value: str) -> None:
    package(site, "rounds = other_formats:GIVEN\nnone = other_formats:NONE\n", f"GIVEN = {value}")
    with pytest.warns(FormatWarning) as told:
        assert "maml" in [form.name for form in usable_formats()]
    assert len(told) == 2
    assert all(str(one.message).startswith("package other:") for one in told)


def test_an_unknown_name_is_answered_with_the_nearest(user: Path) -> None:
    declare_in(user, ROUNDS)
    with pytest.raises(UsageError, match=r"no format is known by the name ruonds; did you mean rounds\?"):
        find("ruonds")
    with pytest.raises(UsageError, match="metalog formats list shows"):
        find("xyz")


def test_a_format_is_given_by_name_by_file_or_itself(tmp_path: Path, user: Path) -> None:
    declare_in(user, ROUNDS)
    (path,) = declare_in(tmp_path / "elsewhere", CYCLES)
    form = metalog.Format.load(path)
    assert form.name == "cycles"
    assert resolve(path) is resolve(str(path)) is form
    assert resolve(form) is form
    assert resolve("rounds").name == "rounds"
    with pytest.raises(SourceError, match=r"none.toml: no such file; check the path"):
        resolve("none.toml")
    with pytest.raises(SourceError, match="can't be read"):
        resolve(tmp_path)


def test_a_declaration_that_says_nonsense_is_an_error_where_it_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(LOOSE + "\n[level.nothing]\n")
    with pytest.raises(UsageError, match=rf"{path}:.*\[level.nothing\] is no level"):
        load(path)


# Shapes of lines


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Epoch 12, step     3], Loss: 0.73e-5, Accuracy: -.5", "Epoch #, step #], Loss: #, Accuracy: #"),
        ("2024-05-06 07:08:09,123:INFO: Epoch 1/30", "#-#-# #:#:#,#:INFO: Epoch #/#"),
        ("step: 0 \ttraining acc: [0.213 0.28       0.31  ]", "step: # training acc: [# …]"),
        ("step: 0 \ttraining acc: [0.213, 0.28, 0.31, 1, 5]", "step: # training acc: [# …]"),
        ("loss nan, best -inf, banana", "loss #, best #, banana"),
        ("\x1b[32mT0\x1b[0m +- 1.62%", "T# +- #%"),
        ("no number", "no number"),
    ],
)
def test_the_shape_of_a_line_is_what_its_numbers_leave(line: str, expected: str) -> None:
    assert shape(line) == expected


def test_the_most_frequent_shapes_have_numbers() -> None:
    lines = ["a 1", "words"] * 3 + ["b 1.5", "b nan", "c 3", "# 4 comments"]
    assert most_frequent(lines, 2) == [("a #", 3), ("b #", 2)]


def test_long_lines_are_cut() -> None:
    assert most_frequent(["x 1 " * 10**6], 1)[0][0].startswith("x # x #")
    assert len(shape("x 1 " * 10**6)) <= 400

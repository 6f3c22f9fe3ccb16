"""The note of the run last worked on."""

from __future__ import annotations

from pathlib import Path

import pytest

from metalog import UsageError
from metalog.cli.inputs import as_path, names_or_recent
from metalog.cli.recent import NOTE, recall, remember
from metalog.sources import expand


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("name", ["run.txt", "runs/a/run 1.txt", "läuft.log"])
def test_a_run_below_the_directory_is_recalled_relative_to_it(here: Path, name: str) -> None:
    path = here / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    remember(path)
    assert recall() == (Path(name),)


def test_a_run_elsewhere_is_recalled_by_its_whole_path(tmp_path: Path) -> None:
    (tmp_path / "run.txt").touch()
    remember("../run.txt")
    assert recall() == (tmp_path / "run.txt",)


def test_the_last_one_counts_and_nothing_else_is_left_behind(here: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (here / name).touch()
        remember(name)
    assert recall() == (Path("b.txt"),)
    assert [path.name for path in NOTE.parent.iterdir()] == ["last-run"]


def test_a_folder_a_pattern_and_several_runs_are_recalled_too(here: Path) -> None:
    (here / "runs").mkdir()
    for name in ("runs/a.txt", "runs/b.txt"):
        (here / name).touch()
    for names in (["runs"], ["runs/*.txt"], ["runs/b.txt", "runs/a.txt"]):
        remember(*names)
        assert recall() == tuple(map(Path, names))
        assert len(expand(names_or_recent([]))) == 2
    (here / "runs/a.txt").unlink()
    with pytest.raises(UsageError, match=r"a\.txt, is gone"):
        recall()


def test_with_no_note_the_error_says_what_to_do() -> None:
    with pytest.raises(UsageError, match=r"name one: metalog plot RUN\.txt"):
        recall()


def test_a_run_that_is_gone_is_named(here: Path) -> None:
    (here / "run.txt").touch()
    remember("run.txt")
    (here / "run.txt").unlink()
    with pytest.raises(UsageError, match=r"run\.txt, is gone; name another"):
        recall()


def test_a_directory_that_cannot_be_written_is_no_error(here: Path) -> None:
    (here / ".metalog").write_text("a file where the folder should be")
    remember("run.txt")
    with pytest.raises(UsageError, match="yet"):
        recall()
    assert [path.name for path in here.iterdir()] == [".metalog"]


@pytest.mark.parametrize(
    "name", ["-", "~", "~/run.txt", "~root", "-/run.txt", "run[1].txt", "s3:/x/run.txt", "a\nb.txt"]
)
def test_a_run_is_recalled_as_the_file_that_it_is_whatever_its_name(here: Path, name: str) -> None:
    path = here / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    remember(path)
    (source,) = expand(names_or_recent([]))
    assert source.path is not None
    assert source.path.absolute() == path


def test_a_name_that_is_given_is_taken_as_it_is() -> None:
    assert names_or_recent(["-", "~"]) == ["-", "~"]
    assert as_path(Path("http://x")) == "http:/x"

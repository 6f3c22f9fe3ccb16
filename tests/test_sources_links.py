"""Links, loops, pipes, depths and odd names: each real file is found once, and nothing blocks or breaks."""

from __future__ import annotations

import gzip
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import metalog
from metalog import SourceError
from metalog.sources import expand, open_source
from tests.test_sources import names, put

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
NOT_UTF8 = os.fsdecode(b"b\xe9.txt")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def link(name: str, target: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).symlink_to(target)


def test_linked_folders_are_followed() -> None:
    put("store/one/run.txt", "store/two/run.txt")
    link("named/sgd", "../store/two")
    link("named/adam", "../store/one")
    assert names("named") == ["named/adam/run.txt", "named/sgd/run.txt"]
    assert names("**/run.txt") == ["store/one/run.txt", "store/two/run.txt"]


def test_a_file_is_found_by_its_real_path_where_there_is_one() -> None:
    put("runs/b/run.txt")
    link("runs/a-latest", "b")
    link("runs/a-latest.txt", "b/run.txt")
    assert names("runs") == ["runs/b/run.txt"]
    assert names("runs/a-latest") == ["runs/a-latest/run.txt"]
    assert names("runs/*") == ["runs/b/run.txt"]


def test_hard_links_are_one_file() -> None:
    put("a.txt")
    os.link("a.txt", "b.txt")
    assert len(names("a.txt", "b.txt")) == 1


def test_loops_of_links_do_no_harm() -> None:
    put("runs/a/run.txt", "runs/b/run.txt")
    for folder in ("a", "b"):
        for loop in ("up", "up2"):
            link(f"runs/{folder}/{loop}", "..")
    expected = ["runs/a/run.txt", "runs/b/run.txt"]
    assert names("runs") == names("**/run.txt") == names("runs/**/*.txt") == expected


@pytest.mark.parametrize("pattern", ["**/*.csv", "runs/**/x.csv", "**/c/*", "r*/**/c/x.*", "**/**/x.csv"])
def test_globs_of_any_depth_find_what_they_match(pattern: str) -> None:
    put("runs/b/c/x.csv", "runs/.hidden/x.csv", "other/x.txt")
    assert names(pattern) == ["runs/b/c/x.csv"]


@contextmanager
def folders_in_one_another(number: int, name: str = "d") -> Iterator[None]:
    """Be in a folder so deep; it is gone afterwards, as what tidies up behind the tests recurses."""
    for _ in range(number):
        Path(name).mkdir()
        os.chdir(name)
    yield
    for _ in range(number):
        os.chdir("..")
        Path(name).rmdir()


def test_a_folder_may_be_deep(here: Path) -> None:
    put("run.txt")
    with folders_in_one_another(1000):
        put("run.txt")
        deepest = Path.cwd()
        os.chdir(here)
        assert names(here) == [str(here / "run.txt"), str(deepest / "run.txt")]
        os.chdir(deepest)
        Path("run.txt").unlink()


def test_what_is_too_deep_to_name_is_told_in_a_short_sentence(here: Path) -> None:
    put("run.txt")
    with folders_in_one_another(25, "d" * 200):
        bottom = os.open(".", os.O_RDONLY)
        os.chdir(here)
        good, closed = expand(["run.txt", "d" * 200])
        os.chdir(bottom)
        os.close(bottom)
    good.open().close()
    with pytest.raises(SourceError, match=r"is too deep to be read \(\d+ folders\); move it up") as failure:
        closed.open()
    assert len(str(failure.value)) < 200


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_in_a_folder_is_skipped() -> None:
    put("runs/run.txt")
    os.mkfifo("runs/pipe.txt")
    assert names("runs") == names("runs/*") == names("**/*.txt") == ["runs/run.txt"]
    with pytest.raises(SourceError, match=r"no log matches runs/pipe\*"):
        expand(["runs/pipe*"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_read_once_it_is_opened_and_not_before() -> None:
    os.mkfifo("pipe")
    (source,) = expand(["pipe"])
    writer = threading.Thread(target=Path("pipe").write_bytes, args=(gzip.compress(b"Epoch 1\n"),))
    writer.start()
    with source.open() as stream:
        assert stream.read() == b"Epoch 1\n"
    writer.join()


def test_a_broken_link_is_found_and_fails_when_it_is_opened() -> None:
    put("runs/run.txt")
    Path("runs/gone.txt").symlink_to("nowhere")
    Path("runs/loop.txt").symlink_to("loop.txt")
    gone, loop, good = expand(["runs"])
    good.open().close()
    with pytest.raises(SourceError, match=r"^runs/gone\.txt: no such file"):
        gone.open()
    with pytest.raises(SourceError, match=r"^runs/loop\.txt can't be read: Too many levels"):
        loop.open()


# Names


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (NOT_UTF8, r"b\xe9.txt"),
        ("a\nb.txt", r"a\nb.txt"),
        ("e\x1b]0;title\x07.txt", r"e\x1b]0;title\x07.txt"),
        ("c\x9b31m.txt", r"c\x9b31m.txt"),
        ("right\u202eto-left.txt", r"right\u202eto-left.txt"),
        ("中文 äö.txt", "中文 äö.txt"),
    ],
)
def test_a_name_is_shown_so_that_it_can_not_act(name: str, shown: str) -> None:
    put(f"runs/{name}", content=b"Epoch 1\nEpoch 1, step     1], Loss: 0.5, Accuracy: 0.5\n")
    assert names("runs") == names(f"runs/{name}") == [f"runs/{shown}"]
    with open_source(f"runs/{name}") as stream:
        assert (stream.name, len(stream.read())) == (f"runs/{shown}", 55)
    put("runs/other.txt", content=b"Epoch 1\nEpoch 1, step     1], Loss: 0.5, Accuracy: 0.5\n")
    runs = metalog.read_many("runs")
    assert set(runs) == {shown.removesuffix(".txt"), "other"}
    assert runs.steps["run"].nunique() == 2


def test_two_names_that_look_the_same_are_two_runs() -> None:
    put("a\\x1b.txt", "a\x1b.txt", content=b"Epoch 1\nEpoch 1, step     1], Loss: 0.5, Accuracy: 0.5\n")
    assert len(metalog.read_many(["a\\x1b.txt", "a\x1b.txt"])) == 2

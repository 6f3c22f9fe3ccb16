"""What a user may name, and the logs that are found for it."""

from __future__ import annotations

import gzip
import io
import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metalog import SourceError, UsageError
from metalog.sources import expand, open_source
from metalog.sources.streams import Stream


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(*names: str, content: bytes = b"Epoch 1\n") -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def names(*specs: str | Path) -> list[str]:
    return [source.name for source in expand(specs)]


# --- files, folders, globs


def test_a_named_file_is_a_log_whatever_its_name() -> None:
    put("run", "table.csv", "run.txt")
    assert names("run", Path("table.csv"), "run.txt") == ["run", "table.csv", "run.txt"]
    (source,) = expand(["run"])
    assert (source.path, source.size) == (Path("run"), 8)
    for _ in range(2):
        with source.open() as stream:
            assert stream.read() == b"Epoch 1\n"


def test_a_folder_holds_the_logs_below_it_in_natural_order() -> None:
    put("runs/run-10.txt", "runs/run-2.txt", "runs/b/x.log", "runs/b/y.OUT", "runs/a.txt.gz", "runs/c/d/e.log.zst")
    put("runs/notes.md", "runs/model.pt", "runs/.hidden.txt", "runs/.git/x.txt", "runs/run.tar.gz")
    expected = ["a.txt.gz", "run-2.txt", "run-10.txt", "b/x.log", "b/y.OUT", "c/d/e.log.zst"]
    assert names("runs") == [f"runs/{name}" for name in expected]


def test_a_folder_without_logs_says_what_would_count() -> None:
    put("runs/model.pt")
    with pytest.raises(SourceError, match=r"runs: no log in this folder \(names end in .txt, .log or .out"):
        expand(["runs"])


@pytest.mark.parametrize("archive", ["runs.zip", "runs.tar.gz", "old/runs.tgz"])
def test_a_folder_with_nothing_but_an_archive_says_to_name_it(archive: str) -> None:
    put(f"runs/{archive}")
    with pytest.raises(SourceError, match=rf"no log in this folder .*; it holds an archive: name runs/{archive}$"):
        expand(["runs"])


def test_a_glob_that_no_shell_expanded_finds_files_and_folders() -> None:
    put("runs/a/run.txt", "runs/b/run.txt", "runs/empty/model.pt", "runs/c.csv")
    assert names("runs/*") == ["runs/a/run.txt", "runs/b/run.txt", "runs/c.csv"]
    assert names("**/run.txt") == ["runs/a/run.txt", "runs/b/run.txt"]
    assert names("runs/[a]/*.txt") == ["runs/a/run.txt"]
    with pytest.raises(SourceError, match=r"no log matches \*\.log; check the pattern"):
        expand(["*.log"])


def test_a_name_with_the_signs_of_a_glob_is_a_name_where_it_exists() -> None:
    put("run[1].txt", "run1.txt")
    assert names("run[1].txt") == ["run[1].txt"]


def test_home_is_understood(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("run.txt")
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.setenv("USERPROFILE", str(here))
    assert names("~/run.txt") == [str(here / "run.txt")]


def test_a_log_that_is_named_twice_is_found_once(here: Path) -> None:
    put("runs/a.txt", "runs/b.txt")
    assert names("runs/b.txt", "runs", here / "runs/a.txt") == ["runs/b.txt", str(here / "runs/a.txt")]


@pytest.mark.parametrize("name", ["no\0such", "x" * 5000, "~nosuchuser/run.txt"])
def test_names_that_no_file_can_have_are_just_missing(name: str) -> None:
    with pytest.raises(SourceError, match="no such file or folder; check the path"):
        expand([name])


def test_an_empty_name_is_not_the_current_directory() -> None:
    put("run.txt")
    with pytest.raises(SourceError, match="the name of a log is empty"):
        expand([""])


def test_a_missing_file_is_named_and_a_similar_one_suggested() -> None:
    put("runs/run-001.txt")
    with pytest.raises(
        SourceError, match=r"^runs/run-01\.txt: no such file or folder; did you mean runs/run-001\.txt\?$"
    ):
        expand(["runs/run-01.txt"])
    with pytest.raises(SourceError, match=r"^nowhere/run\.txt: no such file or folder; check the path$"):
        expand(["nowhere/run.txt"])


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_says_so_when_it_is_opened() -> None:
    put("run.txt", "runs/x/run.txt")
    Path("run.txt").chmod(0)
    Path("runs/x").chmod(0)
    try:
        for source in expand(["run.txt", "runs"]):
            with pytest.raises(SourceError, match=r"can't be read: permission denied; make it readable"):
                source.open()
        with pytest.raises(SourceError, match=r"runs/x/run\.txt can't be read: permission denied"):
            expand(["runs/x/run.txt"])
    finally:
        Path("runs/x").chmod(0o700)


def test_a_folder_that_cannot_be_listed_is_reported_beside_the_logs_that_can(monkeypatch: pytest.MonkeyPatch) -> None:
    put("runs/a/run.txt", "runs/closed/run.txt")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    good, closed = expand(["runs"])
    good.open().close()
    with pytest.raises(SourceError, match=r"^runs/closed can't be read: permission denied"):
        closed.open()


# --- one source


def test_one_log_is_opened_from_a_path_or_an_open_stream() -> None:
    put("run.txt")
    with open_source("run.txt") as stream:
        assert (stream.name, stream.read()) == ("run.txt", b"Epoch 1\n")
    raw = io.BytesIO(gzip.compress(b"Epoch 1\n"))
    with open_source(raw, name="buffer") as stream:
        assert (stream.name, stream.read()) == ("buffer", b"Epoch 1\n")
    assert not raw.closed


def test_several_logs_or_a_text_stream_are_refused() -> None:
    put("runs/a.txt", "runs/b.txt")
    with pytest.raises(SourceError, match=r"runs holds 2 logs; read them with metalog\.read_many"):
        open_source("runs")
    with pytest.raises(UsageError, match=r"binary stream \(mode 'rb'\), not StringIO"):
        open_source(io.StringIO("Epoch 1"))  # type: ignore[arg-type]  # the error is what is tested
    with pytest.raises(UsageError, match="not int"):
        open_source(3)  # type: ignore[arg-type]  # the same


def test_a_text_in_place_of_a_name_is_not_repeated() -> None:
    with pytest.raises(SourceError, match=r"^this is a text of several lines, not the name of a log; read it from io"):
        open_source("Epoch 1\n" * 1000)
    with pytest.raises(SourceError, match="no such file or folder") as failure:
        open_source("x" * 5000)
    assert len(str(failure.value)) < 300


def test_a_stream_without_a_name_is_not_called_none() -> None:
    with tempfile.SpooledTemporaryFile() as spooled:
        spooled.write(b"Epoch 1\n")
        spooled.seek(0)
        assert open_source(spooled).name == "<stream>"


def test_standard_input_is_read_from_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"Epoch 1\n"))))
    (source,) = expand(["-", "-"])
    assert (source.name, source.path, source.size) == ("<stdin>", None, None)
    with source.open() as stream:
        assert stream.read() == b"Epoch 1\n"
    assert not sys.stdin.closed


def test_no_standard_input_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SourceError, match="no standard input"):
        open_source("-")


# --- streams that fail


class Failing(io.RawIOBase):
    """Yields its data, then fails as a broken disk does."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        if not self._data:
            raise OSError(5, "Input/output error")
        count = min(len(buffer), len(self._data))
        buffer[:count], self._data = self._data[:count], self._data[count:]
        return count


def test_a_source_that_fails_on_the_way_keeps_what_came_before() -> None:
    stream = Stream(Failing(b"Epoch 1\n" * 3), "disk")
    assert stream.read() == b"Epoch 1\n" * 3
    assert stream.failure == "reading it failed: Input/output error"
    assert stream.read() == b""


def test_a_source_that_fails_at_once_is_an_error() -> None:
    with pytest.raises(SourceError, match=r"^disk can't be read: Input/output error$"):
        Stream(Failing(b""), "disk")


def test_a_stream_without_data_just_now_is_not_taken_for_its_end() -> None:
    class Waiting(io.RawIOBase):
        def readinto(self, buffer: bytearray) -> None:
            return None

        def readable(self) -> bool:
            return True

    with pytest.raises(SourceError, match="non-blocking"):
        Stream(Waiting(), "pipe")


def test_a_stream_that_can_only_read_will_do() -> None:
    class Minimal:
        def __init__(self) -> None:
            self._data = io.BytesIO(b"Epoch 1\n" * 5)

        def read(self, size: int) -> bytes:
            return self._data.read(min(size, 3))

    with Stream(Minimal(), "minimal", owned=False) as stream:
        assert stream.read() == b"Epoch 1\n" * 5


@given(skips=st.lists(st.integers(0, 50), max_size=6), packed=st.booleans(), read=st.integers(0, 20))
def test_skipping_is_reading_and_forgetting(skips: list[int], packed: bool, read: int) -> None:
    data = bytes(range(150))
    with Stream(io.BytesIO(gzip.compress(data) if packed else data), "log") as stream:
        done = len(stream.read(read))
        for size in skips:
            stream.skip(size)
            done += size
        assert stream.read() == data[done:]
        if done <= len(data):
            assert stream.position == len(data)

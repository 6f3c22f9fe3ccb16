"""The bytes of a growing file: every byte once, whatever happens to the file."""

from __future__ import annotations

import errno
import gzip
import io
import os
import random
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metalog import SourceError, UsageError
from metalog.sources import tail
from metalog.sources.tail import Tail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.txt"


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def replace(path: Path, data: bytes) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(data)
    new.replace(path)


def read(followed: Tail) -> tuple[int, bytes]:
    data = followed.read()
    return followed.generation, data


def test_added_bytes_come_once(path: Path) -> None:
    path.write_bytes(b"one\n")
    with Tail(path) as followed:
        assert read(followed) == (1, b"one\n")
        assert read(followed) == (1, b"")
        append(path, b"tw")
        assert read(followed) == (1, b"tw")
        append(path, b"o\nthree\n")
        assert read(followed) == (1, b"o\nthree\n")
        assert followed.position == path.stat().st_size


def test_a_file_that_does_not_exist_yet_is_waited_for(path: Path) -> None:
    with Tail(path) as followed:
        assert read(followed) == (1, b"")
        path.write_bytes(b"")
        assert read(followed) == (1, b"")
        append(path, b"one\n")
        assert read(followed) == (1, b"one\n")


def test_a_long_file_comes_in_pieces(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "_BLOCK", 1000)
    content = os.urandom(4321)
    path.write_bytes(content)
    with Tail(path) as followed:
        pieces = list(iter(followed.read, b""))
    assert [len(piece) for piece in pieces] == [1000] * 4 + [321]
    assert b"".join(pieces) == content


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 100_000])
def test_a_file_that_is_rewritten_in_place_begins_anew(path: Path, length: int) -> None:
    path.write_bytes(b"one\ntwo\n")
    with Tail(path) as followed:
        read(followed)
        content = (b"new\n" * 25_000)[:length]
        path.write_bytes(content)
        assert read(followed) == (2, content)
        append(path, b"more\n")
        assert read(followed) == (2, b"more\n")


def test_a_file_that_is_rewritten_with_the_same_end_begins_anew(path: Path) -> None:
    path.write_bytes(b"one\n" + b"same\n" * 2000)
    with Tail(path) as followed:
        read(followed)
        path.write_bytes(b"two\n" + b"same\n" * 2001)
        assert read(followed) == (2, b"two\n" + b"same\n" * 2001)


def test_a_truncation_is_seen_also_where_nothing_follows_it(path: Path) -> None:
    path.write_bytes(b"one\ntwo\n")
    with Tail(path) as followed:
        read(followed)
        os.truncate(path, 4)
        assert read(followed) == (2, b"one\n")


def test_a_writer_that_goes_on_behind_a_truncation_leaves_a_hole_of_zeros(path: Path) -> None:
    with path.open("wb", buffering=0) as writer, Tail(path) as followed:
        writer.write(b"one\ntwo\n")
        read(followed)
        os.truncate(path, 0)
        writer.write(b"three\n")
        assert read(followed) == (2, bytes(8) + b"three\n")


def test_the_rest_of_a_rotated_file_comes_before_the_new_one(path: Path) -> None:
    path.write_bytes(b"one\n")
    with Tail(path) as followed:
        read(followed)
        rotated = path.rename(path.with_suffix(".1"))
        append(rotated, b"two\n")
        assert read(followed) == (1, b"two\n")
        assert read(followed) == (1, b"")
        append(rotated, b"three\n")
        path.write_bytes(b"four\n")
        assert read(followed) == (1, b"three\n")
        assert read(followed) == (2, b"four\n")


def test_what_is_added_to_the_old_file_just_before_the_new_one_appears_is_not_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"one\n")
    with Tail(path) as followed:
        read(followed)
        rotated = path.rename(path.with_suffix(".1"))
        was_replaced = followed._replaced

        def between_the_read_and_the_look() -> bool:
            append(rotated, b"two\n")
            path.write_bytes(b"three\n")
            return was_replaced()

        monkeypatch.setattr(followed, "_replaced", between_the_read_and_the_look)
        assert read(followed) == (1, b"two\n")
        monkeypatch.undo()
        assert read(followed) == (2, b"three\n")


def test_a_new_file_that_is_still_empty_does_not_end_the_old_one(path: Path) -> None:
    path.write_bytes(b"one\n")
    with Tail(path) as followed:
        read(followed)
        rotated = path.rename(path.with_suffix(".1"))
        path.touch()
        assert read(followed) == (1, b"")
        append(rotated, b"two\n")
        assert read(followed) == (1, b"two\n")
        append(path, b"three\n")
        assert read(followed) == (2, b"three\n")


def test_another_file_in_its_place_begins_anew(path: Path) -> None:
    path.write_bytes(b"one\n")
    with Tail(path) as followed:
        read(followed)
        replace(path, b"another and longer\n")
        assert read(followed) == (2, b"another and longer\n")


def test_a_fresh_copy_of_the_same_log_goes_on(path: Path) -> None:
    with Tail(path) as followed:
        got = b""
        for size in (0, 3, 10_000, 10_000, 30_000):
            replace(path, bytes(range(200)) * (size // 200) + b"end" * (size == 3))
            got += followed.read()
            if size == 3:
                path.write_bytes(bytes(range(200)))
                got = followed.read()
        assert followed.generation == 2
        assert got == path.read_bytes()


def test_a_deleted_file_may_come_back(path: Path) -> None:
    path.write_bytes(b"one\n")
    with Tail(path) as followed:
        read(followed)
        path.unlink()
        assert read(followed) == (1, b"")
        path.write_bytes(b"two\n")
        assert read(followed) == (2, b"two\n")


def test_a_stale_handle_of_a_network_file_system_is_opened_anew(path: Path) -> None:
    class Stale(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.ESTALE, "Stale file handle")

    path.write_bytes(b"one\n")
    with Tail(path) as followed:
        read(followed)
        followed._close()
        followed._file = Stale(path)
        append(path, b"two\n")
        assert read(followed) == (1, b"")
        assert read(followed) == (1, b"two\n")


def test_a_disk_that_fails_is_an_error(path: Path) -> None:
    class Failing(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    path.touch()
    with Tail(path) as followed:
        followed._file = Failing(path)
        with pytest.raises(SourceError, match=r"run\.txt can't be read: Input/output error"):
            followed.read()


def test_what_cannot_be_followed_is_refused(tmp_path: Path, path: Path) -> None:
    path.write_bytes(gzip.compress(b"one\n"))
    with (
        Tail(path) as followed,
        pytest.raises(UsageError, match=r"run\.txt is compressed \(gz\), so it can't be followed"),
    ):
        followed.read()
    with Tail(tmp_path) as followed, pytest.raises(SourceError, match="is a folder, not a log"):
        followed.read()
    if sys.platform != "win32":
        with Tail("/dev/null") as followed, pytest.raises(UsageError, match="/dev/null is no regular file"):
            followed.read()


PIECES = st.binary(max_size=12) | st.integers(0, 99).map(lambda seed: random.Random(seed).randbytes(5000 + seed))
ACTIONS = st.lists(
    st.tuples(st.sampled_from(["append", "append", "rewrite", "replace", "rotate", "copy"]), PIECES), max_size=12
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS, looks=st.lists(st.booleans(), min_size=12, max_size=12))
def test_the_last_generation_read_is_always_the_file(
    path: Path, actions: list[tuple[str, bytes]], looks: list[bool]
) -> None:
    path.unlink(missing_ok=True)
    path.touch()
    generation, got = 1, b""
    with Tail(path) as followed:
        for (action, piece), look in zip([*actions, ("append", b"end")], [*looks, True], strict=False):
            if action == "append":
                append(path, piece)
            elif action == "rewrite":
                path.write_bytes(piece)
            elif action == "rotate":
                path.replace(path.with_suffix(".1"))
                path.write_bytes(piece)
            else:
                replace(path, piece + path.read_bytes() if action == "replace" else path.read_bytes() + piece)
            while look and (data := followed.read()):
                got = got + data if followed.generation == generation else data
                generation = followed.generation
        append(path, b"end")
        while data := followed.read():
            got = got + data if followed.generation == generation else data
            generation = followed.generation
    assert got == path.read_bytes()

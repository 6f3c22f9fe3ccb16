"""A stream that hands out whole lines loses none, and says why it can't go on."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metalog.sources import open_source
from metalog.sources.streams import Stream


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


CONTENTS = st.lists(st.binary(max_size=30) | st.just(b"\n"), max_size=40).map(b"".join)


@given(CONTENTS.filter(lambda content: not content.startswith(b"PK")), st.integers(1, 60))
def test_a_file_is_read_in_lines_without_loss(content: bytes, size: int) -> None:
    Path("run.txt").write_bytes(content)
    with pytest.MonkeyPatch.context() as patch, open_source("run.txt") as stream:
        patch.setattr("metalog.sources.raw_input._LAST_FEW", 8)
        pieces = [bytes(piece) for piece in iter(lambda: stream.read_lines(size), b"")]
    assert b"".join(pieces) == content
    assert stream.position == stream.consumed == len(content)
    assert all(len(piece) <= size for piece in pieces)
    assert all(piece.endswith(b"\n") or b"\n" not in piece[-8:] for piece in pieces[1:-1] if size >= 8)


def test_lines_come_from_compressed_files_too() -> None:
    Path("run.txt.gz").write_bytes(gzip.compress(b"Epoch 1\nEpoch 2\n"))
    with open_source("run.txt.gz") as stream:
        assert b"".join(iter(lambda: stream.read_lines(1 << 16), b"")) == b"Epoch 1\nEpoch 2\n"


class _FailingDisk(io.FileIO):
    """A file that can be read up to a place, and no further."""

    def readinto(self, buffer: Any, /) -> int | None:
        if self.tell() >= 12_000:
            raise OSError(5, "Input/output error")
        return super().readinto(memoryview(buffer)[: 12_000 - self.tell()])


@pytest.mark.parametrize("size", [1000, 6000, 12_000, 1 << 16])
def test_what_could_be_read_before_a_disk_failed_is_handed_out(size: int) -> None:
    content = b"Epoch 1\n- Problem 2 -\n" * 1000
    Path("run.txt").write_bytes(content)
    stream = Stream(_FailingDisk("run.txt"), "run.txt")
    assert b"".join(iter(lambda: stream.read_lines(size), b"")) == content[:12_000]
    assert stream.failure == "reading it failed: Input/output error"
    assert stream.position == stream.consumed == 12_000


def test_a_disk_that_fails_on_the_way_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("run.txt").write_bytes(b"Epoch 1\n" * 2000)
    with open_source("run.txt") as stream:
        while stream.position < 16:  # beyond what was looked at to tell whether it is compressed
            stream.read_lines(8)
        monkeypatch.setattr(stream._input, "read_lines", Mock(side_effect=OSError(5, "Input/output error")))
        assert stream.read_lines(1 << 16) == b""
        assert stream.failure == "reading it failed: Input/output error"

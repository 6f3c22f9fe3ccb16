"""Compressed logs: told by their first bytes, concatenated, cut, damaged, dense."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import tracemalloc
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from metalog import MissingExtraError, SourceError
from metalog.sources.streams import Stream
from tests.loggen import Shape, text

LOG = text(Shape(meta_steps=3)).encode()
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
}
every_codec = pytest.mark.parametrize("codec", COMPRESS)


def read(data: bytes, size: int = 1 << 16) -> tuple[bytes, str | None]:
    """What a stream yields in reads of `size`, and its failure."""
    with Stream(io.BytesIO(data), "log") as stream:
        pieces = list(iter(lambda: stream.read(size), b""))
        assert stream.position == sum(map(len, pieces))
        return b"".join(pieces), stream.failure


@every_codec
@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_compressed_bytes_are_read_as_the_plain_ones(codec: str, size: int) -> None:
    assert read(COMPRESS[codec](LOG), size) == (LOG, None)


@every_codec
def test_an_empty_file_compressed_is_empty(codec: str) -> None:
    assert read(COMPRESS[codec](b"")) == (b"", None)


@every_codec
def test_streams_behind_one_another_are_one_text(codec: str) -> None:
    compress = COMPRESS[codec]
    padded = compress(LOG) + compress(b"") + bytes(512) + compress(LOG[:1000]) + bytes(8192)
    assert read(padded) == (LOG + LOG[:1000], None)


def test_a_zst_file_may_begin_with_a_frame_to_skip() -> None:
    assert read(b"\x50\x2a\x4d\x18\x04\0\0\0abcd" + zstandard.compress(LOG)) == (LOG, None)


@every_codec
def test_consumed_counts_the_compressed_bytes(codec: str) -> None:
    data = COMPRESS[codec](LOG)
    with Stream(io.BytesIO(data), "log") as stream:
        assert stream.consumed == 0
        stream.read(1)
        assert 0 < stream.consumed <= len(data)
        while stream.read(1 << 20):
            pass
        assert stream.consumed == len(data)


@given(cut=st.integers(0, 10_000), codec=st.sampled_from(sorted(COMPRESS)))
def test_a_cut_stream_yields_a_beginning_and_says_that_it_is_cut(cut: int, codec: str) -> None:
    data = COMPRESS[codec](LOG)
    cut = min(10 + cut, len(data) - 1)
    expected = f"its compressed ({codec}) data end in the middle"
    try:
        got, failure = read(data[:cut])
    except SourceError as error:
        got, failure = b"", str(error).removeprefix("log can't be read: ")
    assert LOG.startswith(got)
    assert failure == expected


def test_a_cut_gz_file_loses_only_what_comes_after_the_cut() -> None:
    whole = gzip.compress(LOG)
    got, _ = read(whole[: len(whole) // 2])
    assert len(got) > 0.4 * len(LOG)
    assert read(whole[:-8]) == (LOG, "its compressed (gz) data end in the middle")


@every_codec
def test_a_damaged_stream_yields_what_comes_before_the_damage(codec: str) -> None:
    first, second = COMPRESS[codec](LOG), bytearray(COMPRESS[codec](LOG))
    second[len(second) // 2] ^= 0xFF
    second[len(second) // 2 + 1] ^= 0xFF
    got, failure = read(first + second)
    assert got.startswith(LOG)  # behind it stands what a codec made of the damaged part before its checksum told
    assert failure is not None
    assert failure.startswith(f"its compressed ({codec}) data are damaged")


@every_codec
def test_what_follows_the_compressed_data_and_is_none_is_trouble(codec: str) -> None:
    got, failure = read(COMPRESS[codec](LOG) + b"not compressed")
    assert got == LOG
    assert failure is not None


@every_codec
def test_nothing_but_a_damaged_beginning_is_an_error(codec: str) -> None:
    with pytest.raises(SourceError, match=r"log can't be read: its compressed"):
        read(COMPRESS[codec](LOG)[:10] + bytes([0x07] * 20))


@pytest.mark.parametrize("data", [b"", b"B", b"BZh9 is how this text begins", b"\x1f", b"Epoch 1\n", b"\xfd7zX"])
def test_what_only_looks_a_little_compressed_is_plain(data: bytes) -> None:
    assert read(data) == (data, None)


# xz keeps a dictionary of 8 MiB; the zstandard package can't limit its output: 1024 bytes give up to 32 MiB, twice.
@pytest.mark.parametrize(("codec", "size", "limit"), [("gz", 20, 4), ("bz2", 20, 8), ("xz", 20, 12), ("zst", 80, 68)])
def test_a_dense_file_is_read_in_bounded_memory(codec: str, size: int, limit: int) -> None:
    packed = COMPRESS[codec](bytes(size << 20))
    length = 0
    tracemalloc.start()
    try:
        with Stream(io.BytesIO(packed), "log") as stream:
            while data := stream.read(1 << 18):
                length += len(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert length == size << 20
    assert peak < limit << 20


def test_without_the_extra_a_zst_file_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(
        MissingExtraError, match=r"reading a zst file needs zstandard: pip install 'metalog-toolkit\[zstd\]'"
    ):
        read(zstandard.compress(LOG))


@given(codec=st.sampled_from(sorted(COMPRESS)), rest=st.binary(max_size=200), kept=st.integers(0, 60))
def test_any_bytes_at_all_are_read_or_refused_with_a_sentence(codec: str, rest: bytes, kept: int) -> None:
    try:
        read(COMPRESS[codec](LOG[:1000])[: 10 + kept] + rest)
    except SourceError as error:
        assert str(error).startswith("log can't be read: ")  # noqa: PT017 - most inputs raise nothing

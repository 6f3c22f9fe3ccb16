"""Logs in zip archives."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

import metalog
from metalog import SourceError
from metalog.sources import expand, open_source
from tests.loggen import Shape, text
from tests.test_sources_archives import LOGS, contents, written


def zip_of(files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        archive.writestr("folder.txt/", b"")
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("name", ["runs.zip", "runs.bin"])
def test_each_member_is_a_log(tmp_path: Path, how: int, name: str) -> None:
    path = written(tmp_path / name, zip_of(LOGS, how))
    sources = expand([path])
    assert [(source.name, source.path, source.size, source.member) for source in sources] == [
        (f"{path}/{member}", path, len(log), member) for member, log in LOGS.items()
    ]
    assert contents(sources, path) == contents(sources[::-1], path) == LOGS


def test_members_count_as_in_a_tar(tmp_path: Path) -> None:
    path = written(tmp_path / "runs.zip", zip_of({"run.txt": b"1", "model.pt": b"2", "__MACOSX/._run.txt": b"3"}))
    assert [source.name for source in expand([path])] == [f"{path}/run.txt"]
    written(path, zip_of({"run": b"1"}))
    assert [source.name for source in expand([path])] == [f"{path}/run"]
    written(path, zip_of({}))
    with pytest.raises(SourceError, match=r"runs\.zip: no log in this archive"):
        expand([path])


def test_members_are_read_at_the_same_time(tmp_path: Path) -> None:
    logs = {f"{seed}.txt": text(Shape(meta_steps=3), seed).encode() for seed in range(8)}
    runs = metalog.read_many(written(tmp_path / "runs.zip", zip_of(logs)), workers=4)
    assert not runs.failures
    for seed in range(8):
        expected = metalog.read(io.BytesIO(logs[f"{seed}.txt"]))
        assert runs[str(seed)].steps.equals(expected.steps)


def test_a_member_may_be_compressed_itself(tmp_path: Path) -> None:
    path = written(tmp_path / "runs.zip", zip_of({"run.txt.gz": gzip.compress(b"Epoch 1\n" * 99)}))
    with open_source(path) as stream:
        assert stream.read() == b"Epoch 1\n" * 99


@pytest.mark.parametrize("cut", [5, 50, 300])
def test_a_cut_archive_is_an_error_of_one_sentence(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path / "runs.zip", zip_of(LOGS)[:-cut])
    with pytest.raises(SourceError, match=r"runs\.zip is a zip archive that was cut or damaged .*; fetch it again"):
        expand([path])


def test_a_damaged_member_keeps_what_came_before_and_spares_the_others(tmp_path: Path) -> None:
    data = bytearray(zip_of({"a.txt": b"Epoch 1\n" * 50_000, "b.txt": b"Epoch 2\n"}, zipfile.ZIP_STORED))
    place = data.index(b"Epoch 1\n" * 100) + 399_990
    data[place] ^= 1
    damaged, good = expand([written(tmp_path / "runs.zip", bytes(data))])
    with damaged.open() as stream:
        assert len(stream.read()) > 300_000
        assert stream.failure
        assert stream.failure.startswith("its data in the zip archive are damaged")
    with good.open() as stream:
        assert stream.read() == b"Epoch 2\n"


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", b"Epoch 1\n")
    data = bytearray(buffer.getvalue())
    data[6] |= 1  # the flag in the member's header and in the table of contents
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (source,) = expand([written(tmp_path / "runs.zip", bytes(data))])
    with pytest.raises(SourceError, match=r"a\.txt can't be read: it is encrypted; unpack the archive"):
        source.open()


def test_a_zip_on_standard_input_or_in_a_tar_is_told() -> None:
    with pytest.raises(SourceError, match="<stdin> is a zip archive, which is read from disk only"):
        open_source(io.BytesIO(zip_of(LOGS)), "<stdin>")

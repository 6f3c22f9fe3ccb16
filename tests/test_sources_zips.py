"""Logs in zip archives."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

import metalog
from metalog import SourceError
from metalog.sources import expand, incoming, open_source
from tests.loggen import Shape, text
from tests.test_sources_archives import LOGS, contents, tar_of, written, zip_of


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


def test_a_zip_or_tar_in_a_stream_is_told_by_its_first_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    for packed in (zip_of(LOGS), tar_of(LOGS), gzip.compress(tar_of(LOGS))):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(packed)))
        runs = metalog.read_many("-")
        assert (len(runs), runs.failures) == (len(LOGS), {})
        assert runs["0"].steps.equals(metalog.read(io.BytesIO(LOGS["runs/0/run.txt"])).steps)
        with pytest.raises(SourceError, match=f"<stream> holds {len(LOGS)} logs; read them with metalog.read_many"):
            open_source(io.BytesIO(packed))
    with open_source(io.BytesIO(zip_of({"run.txt": b"Epoch 1\n"}))) as stream:
        assert stream.read() == b"Epoch 1\n"


def test_a_large_archive_in_a_stream_is_kept_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(incoming, "IN_MEMORY", 1000)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(tar_of(LOGS))))
    runs = metalog.read_many("-", workers=3)
    assert (len(runs), runs.failures) == (len(LOGS), {})
    assert [*tmp_path.iterdir()] == []


def test_a_zip_in_a_tar_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "runs.tar", tar_of({"runs.zip": zip_of(LOGS)}))
    (failure,) = metalog.read_many(path).failures.values()
    assert "is a zip archive inside of something else; take it out and name the file" in str(failure)

"""Logs in tar archives."""

from __future__ import annotations

import gzip
import io
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
import zstandard

import metalog
from metalog import SourceError
from metalog.sources import Source, expand, open_source
from metalog.sources.streams import Stream, open_file
from metalog.sources.tars import TarArchive
from tests.loggen import Shape, text

LOGS = {f"runs/{seed}/run.txt": text(Shape(meta_steps=1, problems=2), seed).encode() for seed in range(5)}


def tar_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        folder = tarfile.TarInfo("folder.txt")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    return buffer.getvalue()


def zip_of(files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        archive.writestr("folder.txt/", b"")
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def contents(sources: Sequence[Source], archive: Path) -> dict[str, bytes]:
    found = {}
    for source in sources:
        with source.open() as stream:
            found[source.name.removeprefix(f"{archive}/")] = stream.read()
            assert stream.failure is None
    return found


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tgz", "tar.zst", "bin"])
def test_each_member_is_a_log(tmp_path: Path, ending: str) -> None:
    data = tar_of(LOGS)
    path = tmp_path / f"runs.{ending}"
    path.write_bytes(
        zstandard.compress(data) if ending == "tar.zst" else data if ending == "tar" else gzip.compress(data)
    )
    sources = expand([path])
    assert [(source.name, source.path, source.size) for source in sources] == [
        (f"{path}/{name}", path, len(log)) for name, log in LOGS.items()
    ]
    assert contents(sources, path) == LOGS
    assert contents(sources[::-1], path) == LOGS


def test_a_member_may_be_compressed_itself(tmp_path: Path) -> None:
    path = tmp_path / "runs.tar"
    path.write_bytes(tar_of({"run.txt.gz": gzip.compress(LOGS["runs/0/run.txt"])}))
    with open_source(path) as stream:
        assert stream.read() == LOGS["runs/0/run.txt"]


def test_members_that_are_no_logs_count_only_where_no_name_is_a_logs(tmp_path: Path) -> None:
    path = tmp_path / "runs.tar"
    path.write_bytes(tar_of({"run.txt": b"1", "model.pt": b"2", "._run.txt": b"3"}))
    assert [source.name for source in expand([path])] == [f"{path}/run.txt"]
    path.write_bytes(tar_of({"run": b"1", ".run": b"3"}))
    assert [source.name for source in expand([path])] == [f"{path}/run"]


def test_an_archive_without_files_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "runs.tar"
    path.write_bytes(tar_of({}))
    with pytest.raises(SourceError, match=r"runs\.tar: no log in this archive"):
        expand([path])


def test_members_read_in_order_cost_one_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "runs.tgz"
    path.write_bytes(gzip.compress(tar_of(LOGS)))
    sources = expand([path])
    opened = []

    def count(self: Stream, raw: object, name: str, **options: bool) -> None:
        opened.append(name)
        initialise(self, raw, name, **options)

    initialise = Stream.__init__
    monkeypatch.setattr(Stream, "__init__", count)
    assert contents(sources, path) == LOGS
    assert opened.count(str(path)) == 1


def test_members_can_be_open_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "runs.tgz"
    path.write_bytes(gzip.compress(tar_of(LOGS)))
    streams = [source.open() for source in expand([path])]
    beginnings = [stream.read(100) for stream in streams]
    rests = [stream.read() for stream in streams]
    for stream in streams:
        stream.close()
    assert [a + b for a, b in zip(beginnings, rests, strict=True)] == list(LOGS.values())


@pytest.mark.parametrize("packed", [False, True])
def test_wherever_an_archive_is_cut_the_members_before_are_kept_and_the_cut_is_told(
    tmp_path: Path, packed: bool
) -> None:
    path = tmp_path / "runs.tar"
    files = {f"{number}.txt": bytes([65 + number]) * 700 for number in range(3)}
    data = tar_of(files)
    end_of_last = TarArchive(str(path), partial(open_file, written(path, data))).members[-1].offset_data + 700
    for cut in range(512, end_of_last, 64):
        written(path, gzip.compress(data[:cut])[:-8] if packed else data[:cut])
        failures, got = [], b""
        for source in expand([path]):
            try:
                with source.open() as stream:
                    got += stream.read() or b""
                    failures.append(stream.failure)
            except SourceError as error:
                failures.append(str(error))
        assert b"".join(files.values()).startswith(got)
        assert len(got) >= 700 * (cut // 1536)
        assert [failure is None for failure in failures] == [True] * (len(failures) - 1) + [False]


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_sparse_member_is_refused_not_misread(tmp_path: Path) -> None:
    path = tmp_path / "runs.tar"
    path.write_bytes(tar_of(LOGS))
    archive = TarArchive(str(path), partial(open_file, path))
    archive.members[0].sparse = [(0, 10)]
    with pytest.raises(SourceError, match="sparse file; unpack"):
        archive.open(archive.members[0])


@pytest.mark.parametrize("size", ["99999999999999999999", "999999999999999999999999", "-1000"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_member_that_claims_more_than_the_archive_has_is_read_as_far_as_it_goes(
    tmp_path: Path, size: str, packed: bool
) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("a.txt")
        info.size = 100
        info.pax_headers = {"size": size}
        tar.addfile(info, io.BytesIO(b"Epoch 1\n" * 12 + b"Epo\n"))
    path = written(tmp_path / "runs.tar", gzip.compress(buffer.getvalue()) if packed else buffer.getvalue())
    begun = time.monotonic()
    failures = []
    for source in expand([path]):
        try:
            with source.open() as stream:
                got = stream.read() or b""
                failures.append(stream.failure)
                assert size.startswith("-") or got.startswith(b"Epoch 1\n" * 12)
        except SourceError as error:
            failures.append(str(error))
    assert any(failures)
    assert time.monotonic() - begun < 5


def test_a_member_of_100_gb_in_a_cut_archive_ends_at_once(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a.txt")
    info.size = 100 * 10**9
    path = written(tmp_path / "runs.tar", info.tobuf(tarfile.GNU_FORMAT) + b"Epoch 1\n" * 5000)
    begun = time.process_time()
    (source,) = expand([path])
    with source.open() as stream:
        assert stream.read() == b"Epoch 1\n" * 5000
        assert stream.failure == "the archive ends in the middle of it"
    assert time.process_time() - begun < 1


def test_a_header_can_not_fill_the_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a.txt")
    info.type, info.size = tarfile.XHDTYPE, 1 << 28
    path = written(tmp_path / "runs.tar.gz", gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 28), 1))
    tracemalloc.start()
    (failing,) = expand([path])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 24
    with pytest.raises(SourceError, match="may be lost: a header claims to be larger than any is"):
        failing.open()


SHUFFLED = ["b/run-10.txt", "run-2.txt", "a/lr0.01/run.txt", "run-10.txt", "b/run-9.txt", "a/lr0.001/run.txt"]


@pytest.mark.parametrize("name", ["runs.tgz", "runs.zip", "-"])
def test_runs_of_an_archive_stand_as_those_of_a_folder_and_are_read_in_its_own_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    files = {member: text(Shape(meta_steps=1, problems=1)).encode() for member in SHUFFLED}
    for member, content in files.items():
        (tmp_path / "runs" / member).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "runs" / member).write_bytes(content)
    data = zip_of(files) if name == "runs.zip" else gzip.compress(tar_of(files))
    (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    sources = expand([name])
    assert [source.member for source in sources] == SHUFFLED
    found, same = metalog.read_many(sources), metalog.read_many("runs")
    assert [*found] == [*same]
    assert [run.name for run in found.values()] == [*same]
    assert found.meta_steps["run"].cat.categories.tolist() == [*same]


def test_members_stand_where_their_archive_was_named(tmp_path: Path) -> None:
    log = text(Shape(meta_steps=1, problems=1)).encode()
    for name in ("z", "a"):
        (tmp_path / f"{name}.tar").write_bytes(tar_of({f"{name}10.txt": log, f"{name}9.txt": log}))
    (tmp_path / "first.txt").write_bytes(log)
    found = metalog.read_many([tmp_path / "z.tar", tmp_path / "first.txt", tmp_path / "a.tar"])
    assert [*found] == ["z9", "z10", "first", "a9", "a10"]


def test_an_archive_may_be_a_url() -> None:
    fsspec = pytest.importorskip("fsspec")
    fsspec.filesystem("memory").pipe("/logs/runs.tar.gz", gzip.compress(tar_of(LOGS)))
    url = "memory://logs/runs.tar.gz"
    sources = expand([url])
    assert [source.path for source in sources] == [None] * len(LOGS)
    assert {name.removeprefix(f"{url}/"): log for name, log in contents(sources, Path()).items()} == LOGS
    (gone,) = expand(["memory://logs/gone.tar"])
    with pytest.raises(SourceError, match="nothing found there"):
        gone.open()

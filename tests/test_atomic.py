"""Files appear whole or not at all; what is no plain file is written to as it is."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from metalog.errors import UsageError
from metalog.output import atomic
from metalog.output.atomic import replacing, write_bytes

posix = pytest.mark.skipif(sys.platform == "win32", reason="links, modes, pipes and descriptors as on POSIX")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_that_fails_leaves_the_older_one_and_nothing_else(here: Path) -> None:
    def fail() -> None:
        with replacing("out.csv") as stream:
            stream.write(b"new")
            raise KeyboardInterrupt

    write_bytes("out.csv", b"old")
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [(path.name, path.read_bytes()) for path in here.iterdir()] == [("out.csv", b"old")]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_a_file_that_is_replaced_keeps_its_mode(mode: int) -> None:
    write_bytes("out.csv", b"old")
    Path("out.csv").chmod(mode)
    write_bytes("out.csv", b"new")
    assert stat.S_IMODE(Path("out.csv").stat().st_mode) == mode
    assert Path("out.csv").read_bytes() == b"new"


@posix
def test_links_stay_and_what_they_lead_to_is_written(here: Path) -> None:
    (here / "far").mkdir()
    write_bytes("far/out.csv", b"old")
    Path("link.csv").symlink_to("far/out.csv")
    Path("new.csv").symlink_to("far/new.csv")
    Path("again.csv").symlink_to("link.csv")
    for name in ("link.csv", "new.csv", "again.csv"):
        write_bytes(name, name.encode())
        assert Path(name).is_symlink()
    assert {path.name: path.read_bytes() for path in Path("far").iterdir()} == {
        "out.csv": b"again.csv",
        "new.csv": b"new.csv",
    }


@posix
def test_a_link_that_leads_to_itself_is_said() -> None:
    Path("loop.csv").symlink_to("loop.csv")
    with pytest.raises(UsageError, match=r"loop\.csv can't be written: Too many levels of symbolic links"):
        write_bytes("loop.csv", b"new")


@posix
def test_a_pipe_is_written_to_as_it_is() -> None:
    os.mkfifo("pipe.csv")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(Path("pipe.csv").read_bytes()))
    reader.start()
    write_bytes("pipe.csv", b"data")
    reader.join()
    assert got == [b"data"]
    assert stat.S_ISFIFO(Path("pipe.csv").stat().st_mode)


@posix
def test_a_device_is_written_to_as_it_is() -> None:
    write_bytes("/dev/null", b"data")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@posix
@pytest.mark.parametrize("name", ["/dev/fd/{}", "/proc/self/fd/{}", "link.csv"])
def test_a_descriptor_is_written_to_where_it_stands(name: str) -> None:
    if name.startswith("/proc") and not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc")
    with Path("out.csv").open("wb", buffering=0) as file:
        file.write(b"before ")
        if name == "link.csv":
            Path(name).symlink_to(f"/dev/fd/{file.fileno()}")
        write_bytes(name.format(file.fileno()), b"data")
        file.write(b" after")
    assert Path("out.csv").read_bytes() == b"before data after"


@posix
def test_a_descriptor_that_is_not_open_is_said() -> None:
    with pytest.raises(UsageError, match="/dev/fd/999 can't be written: Bad file descriptor"):
        write_bytes("/dev/fd/999", b"data")


@pytest.mark.parametrize("name", ["x" * 251 + ".csv", "ü" * 125 + ".csv", "中" * 83 + ".csv"])
def test_every_name_that_the_file_system_takes_can_be_written(here: Path, name: str) -> None:
    (here / name).touch()
    write_bytes(name, b"new")
    assert [(path.name, path.read_bytes()) for path in here.iterdir()] == [(name, b"new")]


def test_a_file_is_on_the_disk_before_it_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    sync, rename = os.fsync, Path.replace

    def note_sync(number: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file")
        sync(number)

    def note_rename(path: Path, target: Path) -> Path:
        done.append("rename")
        return rename(path, target)

    monkeypatch.setattr(atomic.os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_rename)
    write_bytes("out.csv", b"new")
    assert done[:2] == ["file", "rename"]
    assert sys.platform == "win32" or done[2:] == ["folder"]

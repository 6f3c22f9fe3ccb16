"""The real logs, and the same ones wrapped as other tools do."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import metalog
from metalog.formats import native
from metalog.reading.parser import Parser
from metalog.runs.run import Run

FRAMES = ("steps", "validations", "meta_validation", "meta_steps")


@pytest.fixture(scope="module")
def blog(shared: Path) -> bytes:
    return (shared / "data/blog-run.txt").read_bytes()


@pytest.fixture(scope="module")
def plain(blog: bytes) -> Run:
    return metalog.read(io.BytesIO(blog))


def equal(run: Run, other: Run, *, lines: bool = True) -> None:
    for name in FRAMES:
        mine, theirs = getattr(run, name), getattr(other, name)
        if not lines and "line" in mine:
            mine, theirs = mine.drop(columns="line"), theirs.drop(columns="line")
        pd.testing.assert_frame_equal(mine, theirs, check_exact=True)
    assert run.diagnostics.empty


def test_the_blog_run(plain: Run) -> None:
    assert len(plain.steps) == 4 * 8 * 15 * 3
    assert len(plain.validations) == 4 * 8 * 15
    keys = plain.steps.groupby(["segment", "meta_epoch", "meta_step", "problem", "epoch"])["step"].agg(list)
    assert len(keys) == 4 * 8 * 15
    assert all(steps == [1, 2, 3] for steps in keys)
    assert plain.steps[["segment", "meta_epoch"]].drop_duplicates().to_numpy().tolist() == [[0, 1]]
    assert plain.steps["line"].is_monotonic_increasing
    batches = plain.meta_validation.groupby(["meta_step", "batch"])["problem"].agg(list)
    assert batches.index.tolist() == [(2, 10), (2, 20), (4, 10), (4, 20)]
    assert all(problems == list(range(1, 9)) for problems in batches)
    assert plain.meta_steps["meta_step"].tolist() == plain.meta_steps["global_meta_step"].tolist() == [1, 2, 3, 4]
    assert plain.meta_steps["problems"].tolist() == [8] * 4
    assert plain.meta_steps["complete"].all()
    assert plain.diagnostics.empty
    assert plain.config == {}


@pytest.mark.parametrize(
    ("frame", "kind", "counters"),
    [
        ("steps", "step", ("epoch", "step")),
        ("validations", "validation", ("epoch",)),
        ("meta_validation", "meta-validation result", ()),
    ],
)
def test_every_value_is_in_its_line(frame: str, kind: str, counters: tuple[str, ...], plain: Run, blog: bytes) -> None:
    lines = blog.decode().splitlines()
    columns = plain.columns(frame)
    for line, *values in zip(*(columns[n].tolist() for n in ("line", *counters, "loss", "accuracy")), strict=True):
        assert lines[line - 1] == native().by_name[kind].render(*values)


def test_a_meta_step_s_numbers_are_means_over_its_problems(plain: Run) -> None:
    last_step = plain.steps.groupby(["meta_step", "problem"]).last().groupby("meta_step")
    last_validation = plain.validations.groupby(["meta_step", "problem"]).last().groupby("meta_step")
    for value in ("loss", "accuracy"):
        pd.testing.assert_series_equal(
            plain.meta_steps.set_index("meta_step")[f"train_{value}"],
            last_step[value].mean(),
            check_names=False,
            check_index_type=False,
        )
        pd.testing.assert_series_equal(
            plain.meta_steps.set_index("meta_step")[f"validation_{value}"],
            last_validation[value].mean(),
            check_names=False,
            check_index_type=False,
        )


def test_the_console_s_copy(plain: Run, shared: Path) -> None:
    equal(metalog.read(shared / "data/blog-run-console.txt"), plain, lines=False)


def test_the_learning_log(shared: Path) -> None:
    run = metalog.read(shared / "data/learning-run.txt", strict=True)
    assert (len(run.steps), len(run.validations), len(run.meta_validation)) == (45, 15, 0)
    for column in ("meta_epoch", "meta_step", "problem"):
        assert run.steps[column].isna().all()
    assert run.meta_steps["global_meta_step"].isna().all()
    assert run.meta_steps["complete"].tolist() == [True]
    assert run.diagnostics.empty


def each_line(wrap: Callable[[int, bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: b"\n".join(wrap(place, line) for place, line in enumerate(data.splitlines())) + b"\n"


WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "CR": lambda data: data.replace(b"\n", b"\r"),
    "BOM": lambda data: b"\xef\xbb\xbf" + data,
    "UTF-16": lambda data: data.decode().replace("\n", "\r\n").encode("utf-16"),
    "UTF-16 LE": lambda data: data.decode().encode("utf-16-le"),
    "UTF-16 BE": lambda data: data.decode().encode("utf-16-be"),
    "colours": each_line(lambda place, line: b"\x1b[%dm%s\x1b[0m" % (31 + place % 7, line)),
    "times": each_line(lambda place, line: b"2026-11-23 08:%02d:%02d,123 INFO: " % (place // 60, place % 60) + line),
    "seconds": each_line(lambda place, line: b"[%9.3f] " % (place / 7) + line),
    "rank": each_line(lambda place, line: b"[rank0]: " + line),
    "docker": each_line(lambda place, line: b"trainer-1  | " + line),
    "grep": each_line(lambda place, line: b"run.txt:%d:" % (place + 1) + line),
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_wrapped(name: str, plain: Run, blog: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.txt"
    path.write_bytes(WRAPPINGS[name](blog))
    equal(metalog.read(path), plain)


def test_zst(plain: Run, blog: bytes, tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard", reason="the extra zstd is not installed")
    path = tmp_path / "run.txt.zst"
    path.write_bytes(zstandard.compress(blog))
    equal(metalog.read(path), plain)


def test_a_tar_s_member(plain: Run, blog: bytes, tmp_path: Path) -> None:
    path = tmp_path / "runs.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("runs/run.txt")
        member.size = len(blog)
        archive.addfile(member, io.BytesIO(blog))
    equal(metalog.read(path), plain)


@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
def test_in_pieces(size: int, plain: Run, blog: bytes) -> None:
    parser = Parser()
    for place in range(0, len(blog), size):
        parser.feed(blog[place : place + size])
    equal(parser.close(), plain)


def test_by_the_portable_engine(plain: Run, blog: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METALOG_ENGINE", "portable")
    equal(metalog.read(io.BytesIO(blog)), plain)


def test_two_of_them_interleaved(plain: Run, blog: bytes) -> None:
    lines = blog.splitlines(keepends=True)
    both = b"".join(b"[rank0]: " + line + b"[rank1]: " + line for line in lines)
    runs = metalog.read(io.BytesIO(both)).by_writer()
    assert list(runs) == ["rank0", "rank1"]
    for run in runs.values():
        equal(run, plain, lines=False)

"""Logs cut into several files are one run, read oldest first."""

from __future__ import annotations

import bz2
import gzip
import itertools
from pathlib import Path

import pytest

import metalog
from metalog.cli.outputs import refuse_overwriting
from metalog.errors import UsageError
from metalog.sources import expand
from tests.cli_logs import meta_log


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pieces(number: int = 3) -> list[bytes]:
    data = meta_log(meta_steps=6).encode()
    cuts = [len(data) * place // number for place in range(number + 1)]  # anywhere, in the middle of lines too
    return [data[begin:end] for begin, end in itertools.pairwise(cuts)]


def rotate(*names: str) -> None:
    for name, piece in zip(names, pieces(len(names)), strict=True):
        packed = gzip.compress(piece) if name.endswith(".gz") else bz2.compress(piece) if ".bz2" in name else piece
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(packed)


@pytest.mark.parametrize(
    "names",
    [
        ("run.txt.2.gz", "run.txt.1", "run.txt"),
        ("run.log.10", "run.log.9", "run.log"),
        ("run.out-20260102.bz2", "run.out-20260103", "run.out"),
        ("run.log.2026-01-02", "run.log.2026-01-03", "run.log"),
        ("run.txt.3", "run.txt.2", "run.txt.1"),
    ],
)
@pytest.mark.parametrize("spec", [".", "run*", "all"])
def test_the_members_of_a_rotation_are_one_run(names: tuple[str, ...], spec: str) -> None:
    rotate(*names)
    runs = metalog.read_many(list(reversed(names)) if spec == "all" else spec)
    assert list(runs) == ["run"]
    (run,) = runs.values()
    assert (len(run.meta_steps), run.counts["lines"], len(run.diagnostics)) == (6, 122, 0)


def test_other_logs_stay_what_they_are() -> None:
    for name in ("a.txt", "b.txt", "b.txt.gz", "c.log.1", "run-1.txt", "run-2.txt"):
        Path(name).write_text(meta_log())
    assert [source.name for source in expand(["."])] == [
        "a.txt",
        "b.txt",
        "b.txt.gz",
        "c.log.1",
        "run-1.txt",
        "run-2.txt",
    ]
    assert not any(source.parts for source in expand(["."]))


def test_rotations_of_several_folders_are_told_apart() -> None:
    for folder in ("a", "b"):
        rotate(f"{folder}/run.txt.1", f"{folder}/run.txt")
    assert [source.name for source in expand(["."])] == ["a/run.txt", "b/run.txt"]


def test_a_member_that_is_named_alone_is_read_alone() -> None:
    rotate("run.txt.1", "run.txt")
    assert metalog.read("run.txt.1").counts["lines"] < 122


def test_what_is_joined_is_one_log_in_the_order_named() -> None:
    rotate("first.txt", "then.txt", "last.txt")
    (run,) = metalog.read_many(["first.txt", "then.txt", "last.txt"], join=True).values()
    assert (len(run.meta_steps), len(run.diagnostics)) == (6, 0)


def test_a_piece_that_is_cut_is_told_and_the_rest_is_read() -> None:
    rotate("run.txt.1.gz", "run.txt")
    Path("run.txt.1.gz").write_bytes(Path("run.txt.1.gz").read_bytes()[:-20])
    (run,) = metalog.read_many(".").values()
    assert run.diagnostics["code"].tolist().count("truncated-stream") == 1
    assert "run.txt.1.gz" in run.diagnostics.query("code == 'truncated-stream'")["message"].item()
    assert len(run.meta_steps) > 2


def test_no_piece_is_written_over() -> None:
    rotate("run.txt.1", "run.txt")
    with pytest.raises(UsageError, match=r"run\.txt\.1 is read by this call"):
        refuse_overwriting(["run.txt.1"], expand(["."]))


def test_commands_say_what_they_joined(typed) -> None:
    rotate("run.txt.1", "run.txt")
    told = "run.txt: 2 files read as one log, line numbers go through all: run.txt.1, run.txt\n"
    result = typed("parse", ".")
    assert (result.code, result.stderr) == (0, f"{told}next: metalog plot --curve .\n")
    assert typed("check").stderr == f"runs: run.txt.1, run.txt, the ones last worked on here\n{told}"
    assert "6 (6 complete, 0 not)" in typed("parse", "--join", "run.txt.1", "run.txt").stdout

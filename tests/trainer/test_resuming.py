"""A run is resumed behind its own log and with its own settings, or nothing is cut or written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import metalog
from metalog.errors import MetalogError, UsageError
from tests.trainer.tiny import timeless, tiny
from trainer.checkpoint import load, packed, path_of, previous_of
from trainer.config import Config
from trainer.evaluate import evaluate
from trainer.log_file import hash_of
from trainer.train import train

pytestmark = pytest.mark.usefixtures("here")
LOG = Path("run.txt")


@pytest.fixture(scope="module")
def finished(data: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of five meta-steps."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        train(tiny(data), LOG, tell=list)
    return folder


@pytest.fixture
def run(here: Path, finished: Path) -> Path:
    for path in finished.glob("run*"):
        shutil.copy(path, here)
    return here


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def refused(config: Config, message: str, folder: Path, **options: bool) -> None:
    before = contents(folder)
    with pytest.raises(MetalogError, match=message) as caught:
        train(config, LOG, progress=False, **(options or {"resume": True}))
    assert "\n" not in str(caught.value)
    assert contents(folder) == before


def edit(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda log: log.replace(old, new, 1)


CHANGED: dict[str, Callable[[bytes], bytes]] = {
    "a value": edit(b"Loss: 0.", b"Loss: 9."),
    "a byte more": edit(b"Loss: 0.", b"Loss: 10."),
    "a line fewer, others more": lambda log: b"".join(log.splitlines(True)[1:]) + log,
    "another log": lambda log: b"precious\n" * len(log),
    "a short other log": lambda log: b"precious\n",
    "shorter, and edited": lambda log: edit(b"Loss: 0.", b"Loss: 9.")(log)[:-1],
    "shorter than both": lambda log: log[: len(log) // 4],
    "none": lambda log: b"",
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_run_is_not_resumed_behind_another_log_than_its_own(
    data: str, run: Path, change: Callable[[bytes], bytes]
) -> None:
    LOG.write_bytes(change(LOG.read_bytes()))
    refused(
        tiny(data, meta_steps=9), r"run\.txt can't be resumed: (it was changed|run.txt has \d+ bytes, but had)", run
    )


def test_no_log_of_another_is_cut_where_a_run_has_no_line_yet(data: str, run: Path) -> None:
    """Its checkpoint vouches for no byte: then the first lines must be the run's own, as far as they go."""
    own = LOG.read_bytes()
    previous_of(LOG).unlink()
    changed = load(path_of(LOG))
    start = type(changed).first(tiny(data), changed.best)
    path_of(LOG).write_bytes(packed(start))
    others = [b"precious\n", own.replace(b'"seed": 0', b'"seed": 1'), own[:30] + b"\n", own.partition(b"\n")[2]]
    for other in others:
        LOG.write_bytes(other)
        refused(tiny(data), "it was changed, or is not the log", run)
    for size in (0, 5, 30, 50, len(own) // 2):
        LOG.write_bytes(own[:size])
        assert train(tiny(data), LOG, resume=True, tell=list)
        assert timeless(LOG) == timeless(Path("run.txt"))
        path_of(LOG).write_bytes(packed(start))


def test_a_run_is_not_resumed_in_the_middle_of_a_line(data: str, run: Path) -> None:
    found = load(path_of(LOG))
    offset = found.offset - 3
    path_of(LOG).write_bytes(packed(replace(found, offset=offset, log_hash=hash_of(LOG, offset).hexdigest())))
    refused(tiny(data), "ends no line", run)


def test_a_log_that_lost_its_end_goes_on_from_the_checkpoint_before_the_last_and_says_so(
    data: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = timeless(LOG)
    last, before = load(path_of(LOG)), load(previous_of(LOG))
    assert (last.tested, before.tested) == (True, False)
    LOG.write_bytes(LOG.read_bytes()[: before.offset + 10])
    assert train(tiny(data), LOG, resume=True, tell=list)
    assert "going on from the checkpoint before it, of 5 meta-steps" in capsys.readouterr().err
    assert timeless(LOG) == whole
    assert load(path_of(LOG)).tested
    assert load(previous_of(LOG)).offset == before.offset


def test_a_lost_end_without_an_earlier_checkpoint_is_refused(data: str, run: Path) -> None:
    LOG.write_bytes(LOG.read_bytes()[:-1])
    previous_of(LOG).write_bytes(b"damaged")
    refused(tiny(data), r"had \d+ when run.txt.checkpoint was written, and there is no earlier checkpoint", run)


@pytest.mark.parametrize("lost", [b"damaged", None], ids=["damaged", "missing"])
def test_a_lost_checkpoint_is_told_with_the_way_back_to_the_one_before_it(
    data: str, run: Path, lost: bytes | None
) -> None:
    last, before = path_of(LOG), previous_of(LOG)
    whole = timeless(LOG)
    path_of(LOG).unlink()
    if lost:
        last.write_bytes(lost)
    way = r"; the one before it, of 5 meta-steps, is whole: `mv run.txt.checkpoint.previous run.txt.checkpoint` puts"
    refused(tiny(data), way, run)
    if lost:
        with pytest.raises(MetalogError, match=way):
            evaluate(last)
    before.rename(last)
    assert train(tiny(data), LOG, resume=True, tell=list)
    assert timeless(LOG) == whole
    last.write_bytes(b"damaged")
    before.write_bytes(b"damaged")
    refused(tiny(data), r"or of an older version of the trainer$", run)


def test_a_new_run_leaves_no_earlier_checkpoint_of_another(data: str, run: Path) -> None:
    train(tiny(data, seed=1, meta_steps=1, checkpoint_every=10, meta_test=0), LOG, overwrite=True)
    assert load(previous_of(LOG)).config["seed"] == 1


def test_the_log_is_on_the_disk_before_the_checkpoint_that_tells_its_length(
    data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    fsync = os.fsync

    def noting(number: int) -> None:
        synced.append(Path(f"/proc/self/fd/{number}").readlink().name)
        fsync(number)

    if not Path("/proc/self/fd").exists():
        pytest.skip("looks up what is synced under /proc")
    monkeypatch.setattr(os, "fsync", noting)
    train(tiny(data, meta_steps=2, meta_test=0), LOG)
    files = [name for name in synced if name.startswith((".run", "run"))]
    assert [name if name == "run.txt" else name.rpartition(".")[0] for name in files] == [
        "run.txt", ".run.txt.checkpoint", "run.txt", ".run.txt.checkpoint.previous", ".run.txt.checkpoint"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"meta_steps": 3}, "can't be resumed with meta_steps = 3: 5 are done"),
        ({"preset": "quick"}, "can't be resumed with preset = 'quick': it was trained with 'full'"),
        ({"recipe": "blog"}, "can't be resumed with recipe = 'blog'"),
        ({"meta_test": 0}, "can't be resumed with meta_test = 0"),
    ],
)
def test_a_finished_run_is_not_resumed_as_another(data: str, run: Path, changes: dict[str, Any], message: str) -> None:
    refused(tiny(data, **changes), message, run)


def test_a_meta_test_tells_after_how_many_meta_steps_it_was_made(data: str, run: Path) -> None:
    assert train(tiny(data, meta_steps=6), LOG, resume=True, tell=list)
    found = metalog.read(LOG)
    assert [each["meta_steps"] for each in found.meta_test] == [5] * 3 + [6] * 3
    assert found.config["meta_steps"] == 6
    assert load(path_of(LOG)).config["meta_steps"] == 6


def test_a_run_that_is_ended_early_stays_ended(data: str) -> None:
    train(tiny(data, meta_steps=2, meta_test=0), LOG)
    train(tiny(data, meta_steps=4, meta_test=0), LOG, resume=True)
    before = LOG.read_bytes()
    assert train(tiny(data, meta_steps=4, meta_test=0), LOG, resume=True)
    assert LOG.read_bytes() == before


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst", ".GZ", ".tar.gz", ".zip"])
def test_a_log_is_not_called_compressed(data: str, here: Path, ending: str) -> None:
    with pytest.raises(UsageError, match=r"the log run\.txt.* would be plain text, in spite of"):
        train(tiny(data), Path(f"run.txt{ending}"))
    assert contents(here) == {}


def test_standard_output_is_no_log(data: str, here: Path) -> None:
    with pytest.raises(UsageError, match="can't go to standard output"):
        train(tiny(data), Path("-"), overwrite=True)
    assert contents(here) == {}


def test_the_checkpoint_of_a_log_that_is_gone_is_not_overwritten_unasked(data: str, run: Path) -> None:
    LOG.unlink()
    refused(tiny(data), "the checkpoint run.txt.checkpoint exists already", run, resume=False)


def test_a_run_that_diverged_is_not_gone_on_with(data: str, run: Path) -> None:
    found = load(path_of(LOG))
    found.theta[3] = float("nan")
    path_of(LOG).write_bytes(packed(found))
    refused(tiny(data), "are not all finite numbers: the run diverged", run)

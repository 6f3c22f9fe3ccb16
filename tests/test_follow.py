"""The rows of a growing log: in the end those of one read, none twice, whatever happened to the file."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import metalog
from metalog import FormatError, UsageError
from metalog.formats import native
from metalog.reading.follow import Update, follow, so_far, until_interrupted
from metalog.runs.run import Run
from tests.loggen import Shape, text

LOG = text(Shape(meta_epochs=2, meta_steps=2, problems=2, epochs=2, meta_validate_every=1)).encode()
OTHER = text(Shape(meta_steps=3, problems=3, epochs=1), seed=1).encode()
Action = Callable[[], object]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.txt"


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def between_looks(actions: Sequence[Action]) -> Callable[[], bool]:
    """Do one of `actions` before each look, then ask to end."""
    remaining = iter(actions)

    def stop() -> bool:
        for action in remaining:
            action()
            return False
        return True

    return stop


def rows_of(updates: Sequence[Update], frame: str, generation: int) -> pd.DataFrame:
    return pd.concat(
        [getattr(update.rows, frame) for update in updates if update.generation == generation], ignore_index=True
    )


def assert_same(updates: Sequence[Update], run: Run, generation: int = 1) -> None:
    for frame in native().frames:
        pd.testing.assert_frame_equal(rows_of(updates, frame, generation), getattr(run, frame), obj=frame)


def pieces_of(data: bytes, seed: int, count: int = 30) -> Iterator[bytes]:
    cuts = sorted(random.Random(seed).choices(range(len(data)), k=count))
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        yield data[start:end]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_rows_of_a_growing_file_are_those_of_one_read(path: Path, encoding: str) -> None:
    content = LOG.decode().encode(encoding)
    pieces = list(pieces_of(content, seed=0))
    updates = list(follow(path, poll=0, stop=between_looks([lambda p=p: append(path, p) for p in pieces])))
    assert_same(updates, metalog.read(path))
    assert 10 < len(updates) < 32


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(seed=st.integers(0, 1000), cut=st.integers(1, len(LOG)))
def test_a_log_that_ends_anywhere_gives_what_one_read_gives(path: Path, seed: int, cut: int) -> None:
    path.unlink(missing_ok=True)
    pieces = list(pieces_of(LOG[:cut], seed, count=5))
    updates = list(follow(path, poll=0, stop=between_looks([lambda p=p: append(path, p) for p in pieces])))
    if updates:
        assert_same(updates, metalog.read(path))


def test_the_run_so_far_is_in_the_end_what_a_read_gives(path: Path) -> None:
    actions = [*[lambda p=p: append(path, p) for p in pieces_of(LOG, seed=3, count=8)], lambda: replace(path, OTHER)]
    updates = list(follow(path, poll=0, stop=between_looks(actions)))
    runs = list(so_far(updates))
    assert len(runs) == len(updates)
    last = {update.generation: run for update, run in zip(updates, runs, strict=True)}
    for generation, log in ((1, LOG), (2, OTHER)):
        expected = metalog.read(io.BytesIO(log), name=str(path))
        for frame in native().frames:
            pd.testing.assert_frame_equal(getattr(last[generation], frame), getattr(expected, frame), obj=frame)
        assert repr(last[generation]) == repr(expected)


def test_a_look_without_news_gives_no_update(path: Path) -> None:
    path.write_bytes(LOG)
    updates = list(follow(path, poll=0, stop=between_looks([lambda: None] * 5)))
    assert 1 <= len(updates) <= 2
    assert list(follow(path.with_name("none.txt"), poll=0, stop=between_looks([lambda: None] * 3))) == []


def test_without_the_start_only_what_comes_later_is_told_but_in_its_context(path: Path) -> None:
    half = LOG.index(b"- Problem 2 -", len(LOG) // 2)
    path.write_bytes(LOG[:half])
    stop = between_looks([lambda: None, lambda: append(path, LOG[half:])])
    updates = list(follow(path, poll=0, stop=stop, from_start=False))
    steps = metalog.read(path).steps
    later = steps[steps["line"] > LOG[:half].count(b"\n")].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows_of(updates, "steps", 1), later)
    assert not len(rows_of(updates, "diagnostics", 1))


def rotate(path: Path, rest: bytes, new: bytes) -> None:
    old = path.rename(path.with_suffix(".1"))
    append(old, rest)
    path.write_bytes(new)


def replace(path: Path, data: bytes) -> None:
    path.with_suffix(".new").write_bytes(data)
    path.with_suffix(".new").replace(path)


def test_after_a_rotation_the_old_file_is_whole_and_the_new_one_another_generation(path: Path) -> None:
    path.write_bytes(LOG[:1000])
    stop = between_looks(
        [lambda: None, lambda: rotate(path, LOG[1000:], OTHER[:500]), lambda: append(path, OTHER[500:])]
    )
    updates = list(follow(path, poll=0, stop=stop))
    assert_same(updates, metalog.read(path.with_suffix(".1")), generation=1)
    assert_same(updates, metalog.read(path), generation=2)


@pytest.mark.parametrize("change", [Path.write_bytes, replace])
def test_a_rewritten_or_replaced_file_is_another_generation(
    path: Path, change: Callable[[Path, bytes], object]
) -> None:
    path.write_bytes(LOG[:1000])
    stop = between_looks([lambda: None, lambda: change(path, OTHER[:2000]), lambda: append(path, OTHER[2000:])])
    updates = list(follow(path, poll=0, stop=stop))
    path.with_suffix(".1").write_bytes(LOG[:1000])
    assert_same(updates, metalog.read(path.with_suffix(".1")), generation=1)
    assert_same(updates, metalog.read(path), generation=2)


def test_a_log_that_is_copied_anew_again_and_again_goes_on(path: Path) -> None:
    sizes = [100, 1000, 1000, 5000, len(LOG)]
    updates = list(follow(path, poll=0, stop=between_looks([lambda n=n: replace(path, LOG[:n]) for n in sizes])))
    assert {update.generation for update in updates} == {1}
    assert_same(updates, metalog.read(path))


def test_strict_following_raises_the_first_oddity(path: Path) -> None:
    path.write_bytes(LOG.replace(b"- Problem 1 -\n", b"", 1))
    with pytest.raises(FormatError, match=r"run\.txt:5:"):
        list(follow(path, poll=0, stop=between_looks([lambda: None]), strict=True))


@pytest.mark.parametrize("name", ["-", "https://example.org/run.txt"])
def test_what_is_no_file_on_disk_is_refused_at_once(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} can't be followed, only a file on disk can"):
        follow(name)


def test_an_event_ends_the_waiting(path: Path) -> None:
    path.write_bytes(LOG)
    stop = threading.Event()
    updates = []
    for update in follow(path, poll=3600, stop=stop):
        updates.append(update)
        stop.set()
    assert_same(updates, metalog.read(path))


def test_another_process_may_write_while_it_is_followed(path: Path) -> None:
    program = (
        "import sys; out = open(sys.argv[1], 'ab', 0); [out.write(sys.stdin.buffer.read(97)) for _ in range(10**4)]"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE) as writer:
        feeder = threading.Thread(target=lambda: writer.communicate(LOG * 3))
        feeder.start()
        updates = list(follow(path, poll=0.001, stop=lambda: writer.poll() is not None))
        feeder.join()
    assert path.read_bytes() == LOG * 3
    assert_same(updates, metalog.read(path))


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_the_first_interruption_ends_it_with_all_rows(path: Path) -> None:
    path.write_bytes(LOG[:-5])
    updates = []
    with until_interrupted() as stop:
        for update in follow(path, poll=3600, stop=stop):
            updates.append(update)
            if len(updates) == 1:
                os.kill(os.getpid(), signal.SIGINT)
    assert_same(updates, metalog.read(path))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_following_is_a_public_name_also_after_its_module_was_imported() -> None:
    assert metalog.follow is follow

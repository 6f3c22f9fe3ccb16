"""Logs read by executors: threads, processes, a Dask cluster."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import metalog
from metalog import EmptyLogError, UsageError
from metalog.formats import native
from metalog.runs.run_set import RunSet
from tests.loggen import Shape, text

SHAPE = Shape(meta_steps=2, problems=2, epochs=2, meta_validate_every=1)
NUMBER = 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    for seed in range(NUMBER):
        (folder / f"run-{seed}.txt").write_text(text(SHAPE, seed))
    (folder / "notes.txt").write_text("buy milk\n")
    return folder


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        yield executor


class Counting(Executor):
    """Runs what it gets at once, and counts it."""

    def __init__(self) -> None:
        self.tasks = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.tasks += 1
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def assert_same(runs: RunSet, expected: RunSet) -> None:
    assert list(runs) == list(expected)
    assert {name: str(error) for name, error in runs.failures.items()} == {
        name: str(error) for name, error in expected.failures.items()
    }
    for frame in native().frames:
        pd.testing.assert_frame_equal(getattr(runs, frame), getattr(expected, frame))


def test_processes_read_what_threads_read(folder: Path, processes: Executor) -> None:
    expected = metalog.read_many(folder)
    assert len(expected) == NUMBER
    runs = metalog.read_many(folder, executor=processes)
    assert_same(runs, expected)
    assert [type(error) for error in runs.failures.values()] == [EmptyLogError]


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "zip"])
def test_processes_read_members_of_archives(folder: Path, tmp_path: Path, processes: Executor, ending: str) -> None:
    archive = tmp_path / f"runs.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted(folder.glob("run-*.txt")):
                packed.write(path, path.name)
    else:
        with tarfile.open(archive, "w:gz" if ending.endswith("gz") else "w") as tar:
            for path in sorted(folder.glob("run-*.txt")):
                tar.add(path, path.name)
    runs = metalog.read_many(archive, executor=processes)
    assert len(runs) == NUMBER
    assert_same(runs, metalog.read_many(archive))


def test_the_executor_gets_the_work_and_stays_open(folder: Path) -> None:
    executor = Counting()
    metalog.read_many(folder, executor=executor)
    assert executor.tasks == NUMBER + 1
    with ThreadPoolExecutor(1) as threads:
        metalog.read_many(folder, executor=threads)
        assert threads.submit(int, "7").result() == 7


def test_of_many_logs_a_task_is_several(tmp_path: Path) -> None:
    for number in range(1100):
        (tmp_path / f"{number}.txt").write_text("Epoch 1\nEpoch 1, step     1], Loss: 0.5, Accuracy: 0.5\n")
    executor = Counting()
    runs = metalog.read_many(tmp_path, executor=executor)
    assert executor.tasks == 1100 / 4
    assert list(runs) == [str(number) for number in range(1100)]


def test_standard_input_is_read_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text(SHAPE).encode())))
    executor = Counting()
    runs = metalog.read_many(["-", folder / "run-0.txt"], executor=executor)
    assert (list(runs), executor.tasks) == (["stdin", "run-0"], 1)


def test_a_wrong_call_is_one_wherever_logs_are_read(folder: Path, processes: Executor) -> None:
    with pytest.raises(UsageError, match="no format is known by the name nosuch"):
        metalog.read_many(folder, executor=processes, format="nosuch")
    with pytest.raises(UsageError, match="executor= or workers=, not both"):
        metalog.read_many(folder, executor=processes, workers=2)
    with pytest.raises(UsageError, match=r"executor is a int, which has no submit\(\)"):
        metalog.read_many(folder, executor=2)  # type: ignore[arg-type]


@pytest.mark.filterwarnings("default")  # a cluster that ends warns of what it still has open
def test_a_dask_cluster_of_two_workers_reads_what_threads_read(folder: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'dask[distributed]'")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        runs = metalog.read_many(folder, executor=client.get_executor(pure=False))
        busy = {address for address, keys in client.run(_logs_read).items() if keys}
    assert_same(runs, metalog.read_many(folder))
    assert len(busy) == 2


def _logs_read() -> bool:
    """Tell whether metalog has read something in this process."""
    import sys

    return "metalog.reading.parser" in sys.modules

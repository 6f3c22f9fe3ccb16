"""Piles of logs as a data set of Parquet files: what is in it, what is read again, and who can read it."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import metalog
from metalog import UsageError
from metalog.formats import native
from metalog.output import dataset
from metalog.output.dataset import write_dataset
from tests.loggen import Shape, text

SHAPE = Shape(meta_steps=2, problems=2, epochs=2, meta_validate_every=1)
FRAMES = ("steps", "validations", "meta_validation", "meta_steps")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    for seed, name in enumerate(("a", "b", "c d é", "007")):
        (folder / name).mkdir(parents=True)
        (folder / name / "run.txt").write_text(text(SHAPE, seed))
    return folder


def rows(folder: Path, frame: str, name: str) -> pd.DataFrame:
    from urllib.parse import quote

    path = folder / frame / f"run={quote(name, safe='')}" / "part.parquet"
    return pd.read_parquet(path, dtype_backend="numpy_nullable", partitioning=None)


def assert_rows(folder: Path, runs: metalog.RunSet) -> None:
    for name, run in runs.items():
        for frame in FRAMES:
            found = rows(folder, frame, name)
            assert list(found.columns) == list(run[frame].columns)
            pd.testing.assert_frame_equal(found, run[frame].convert_dtypes(), check_dtype=False)


def touch(path: Path) -> None:
    """Give a file another time, as if it had been written again."""
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1_000_000))


def test_each_frame_of_each_run_is_a_file(logs: Path, tmp_path: Path) -> None:
    outcome = write_dataset(logs, tmp_path / "out")
    runs = metalog.read_many(logs)
    assert sorted(outcome.written) == sorted(runs)
    assert (outcome.unchanged, outcome.failures) == ([], {})
    assert_rows(tmp_path / "out", runs)
    assert not (tmp_path / "out" / "diagnostics").exists()  # no run has any


def test_types_are_those_of_the_frames(logs: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    write_dataset(logs, tmp_path / "out")
    schema = pq.read_schema(tmp_path / "out/meta_steps/run=a/part.parquet")
    assert {field.name: str(field.type) for field in schema} == {
        "segment": "int32",
        **dict.fromkeys(["meta_epoch", "meta_step", "problems"], "int32"),
        "global_meta_step": "int64",
        "complete": "bool",
        **dict.fromkeys(["train_loss", "train_accuracy", "validation_loss", "validation_accuracy"], "double"),
    }


def test_missing_numbers_diagnostics_and_what_comments_tell_are_kept(tmp_path: Path) -> None:
    log = text(SHAPE).replace("- Problem 1 -\n", "", 1).replace("Loss: 0", "Loss: nan", 1)
    log += '# meta-step {"seconds": 1.5}\nEpoch 9, step\n'
    (tmp_path / "run.txt").write_text(log)
    write_dataset(tmp_path / "run.txt", tmp_path / "out")
    run = metalog.read(tmp_path / "run.txt")
    assert run.steps["problem"].isna().any()
    steps = pd.read_parquet(tmp_path / "out/steps/run=run/part.parquet", partitioning=None)
    assert steps["problem"].isna().tolist() == run.steps["problem"].isna().tolist()
    assert steps["loss"].isna().sum() == run.steps["loss"].isna().sum()
    summary = rows(tmp_path / "out", "meta_steps", "run")
    assert summary["seconds"].dropna().tolist() == [1.5]
    found = rows(tmp_path / "out", "diagnostics", "run")
    assert found["message"].tolist() == run.diagnostics["message"].tolist()
    assert len(found)


def test_a_log_in_batches_is_one_file(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from metalog.output import export
    from metalog.reading import read as reader

    monkeypatch.setattr(export, "BATCH", 4)
    monkeypatch.setattr(reader, "FIRST_CHUNK", 300)
    monkeypatch.setattr(reader, "CHUNK", 300)
    write_dataset(logs / "a", tmp_path / "out")
    expected = metalog.read(logs / "a" / "run.txt")
    pd.testing.assert_frame_equal(
        rows(tmp_path / "out", "steps", "run")[["loss"]], expected.steps[["loss"]], check_dtype=False
    )


# What is read again


def test_what_has_not_changed_is_not_read(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    write_dataset(logs, out)
    read: list[str] = []
    write_rows = dataset._write_rows
    monkeypatch.setattr(
        dataset,
        "_write_rows",
        lambda ledger, source, name, *rest, **how: read.append(name) or write_rows(ledger, source, name, *rest, **how),
    )
    outcome = write_dataset(logs, out)
    assert (sorted(outcome.unchanged), read) == (["007", "a", "b", "c d é"], [])
    touch(logs / "a" / "run.txt")
    assert write_dataset(logs, out).written == []  # the checksum is the same
    with (logs / "b" / "run.txt").open("a") as stream:
        stream.write("# more\n")
    assert write_dataset(logs, out).written == read == ["b"]
    log = (logs / "a" / "run.txt").read_text().replace("Loss: 0", "Loss: 1", 1)
    (logs / "a" / "run.txt").write_text(log)
    touch(logs / "a" / "run.txt")
    assert write_dataset(logs, out).written == ["a"]  # as large as before
    assert_rows(out, metalog.read_many(logs))


@pytest.mark.parametrize("damage", ["cut", "gone", "entry"])
def test_what_was_damaged_is_written_again(logs: Path, tmp_path: Path, damage: str) -> None:
    out = tmp_path / "out"
    write_dataset(logs, out)
    part = out / "steps/run=a/part.parquet"
    if damage == "cut":
        part.write_bytes(part.read_bytes()[:-9])
    elif damage == "gone":
        part.unlink()
    else:
        (out / "_runs" / "a.json").write_text("{")
    assert write_dataset(logs, out).written == ["a"]
    assert_rows(out, metalog.read_many(logs))


def test_other_options_read_again(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    write_dataset(logs / "a", out)
    assert write_dataset(logs / "a", out, on_restart="last").written == ["run"]
    assert write_dataset(logs / "a", out, on_restart="last", format="maml").written == ["run"]
    assert write_dataset(logs / "a", out, on_restart="last", format="maml").unchanged == ["run"]
    monkeypatch.setattr(metalog, "__version__", "99")
    assert write_dataset(logs / "a", out, on_restart="last", format="maml").written == ["run"]


def test_another_declaration_of_its_format_reads_again(tmp_path: Path) -> None:
    declared = tmp_path / ".metalog" / "formats" / "rounds.toml"
    declared.parent.mkdir(parents=True)
    declaration = (
        'name = "rounds"\nlevels = ["round"]\n'
        '[[line]]\ntemplate = "round {round}: risk <risk> of <most>"\nrow = "rounds"\n'
    )
    declared.write_text(declaration)
    (tmp_path / "run.log").write_text("".join(f"round {n}: risk 0.5 of 9\n" for n in range(1, 20)))
    write_dataset(tmp_path / "run.log", tmp_path / "out")
    assert list(rows(tmp_path / "out", "rounds", "run")) == ["segment", "round", "risk", "most", "line"]
    assert write_dataset(tmp_path / "run.log", tmp_path / "out").unchanged == ["run"]
    declared.write_text(declaration.replace("<most>", "<limit>"))
    dataset._known.cache_clear()  # as in another process
    assert write_dataset(tmp_path / "run.log", tmp_path / "out").written == ["run"]
    assert list(rows(tmp_path / "out", "rounds", "run")) == ["segment", "round", "risk", "limit", "line"]


def test_a_frame_that_has_no_rows_any_more_is_gone(logs: Path, tmp_path: Path) -> None:
    out, log = tmp_path / "out", logs / "a" / "run.txt"
    log.write_text(log.read_text() + "Epoch 9, step\n")
    write_dataset(log, out)
    assert (out / "diagnostics/run=run/part.parquet").exists()
    log.write_text(text(SHAPE))
    write_dataset(log, out)
    assert not (out / "diagnostics/run=run/part.parquet").exists()


# Names


def test_a_run_keeps_its_name_and_takes_nobodys(logs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert write_dataset(logs / "a", out).written == ["run"]
    (other,) = write_dataset(logs / "b", out).written
    assert other.startswith("run-")
    assert write_dataset(logs / "b", out).unchanged == [other]
    outcome = write_dataset(logs, out)
    assert (sorted(outcome.unchanged), sorted(outcome.written)) == (sorted(["run", other]), ["007", "c d é"])
    expected = metalog.read(logs / "b" / "run.txt").steps
    assert rows(out, "steps", other)["loss"].tolist() == expected["loss"].tolist()


def test_a_log_that_was_renamed_or_packed_takes_its_runs_place(logs: Path, tmp_path: Path) -> None:
    out, log = tmp_path / "out", logs / "a" / "run.txt"
    write_dataset(log, out)
    (logs / "a" / "run.txt.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    assert write_dataset(logs / "a", out).written == ["run"]
    assert [path.name for path in (out / "steps").iterdir()] == ["run=run"]


def test_logs_and_data_set_can_be_moved_together(logs: Path, tmp_path: Path) -> None:
    write_dataset(logs, tmp_path / "out")
    (tmp_path / "there").mkdir()
    shutil.move(logs, tmp_path / "there" / "logs")
    shutil.move(tmp_path / "out", tmp_path / "there" / "out")
    assert write_dataset(tmp_path / "there" / "logs", tmp_path / "there" / "out").written == []


def test_a_name_of_any_length_is_written(tmp_path: Path) -> None:
    names = ["é" * 100, "é" * 101]
    for name in names:
        (tmp_path / f"{name}.txt").write_text(text(SHAPE))
    write_dataset(tmp_path, tmp_path / "out")
    assert len([*(tmp_path / "out" / "steps").iterdir()]) == 2
    assert len(write_dataset(tmp_path, tmp_path / "out").unchanged) == 2


# Many, and wrong ones


def test_what_is_no_log_does_not_stop_the_others(logs: Path, tmp_path: Path) -> None:
    (logs / "notes.txt").write_text("buy milk\n")
    outcome = write_dataset([logs, tmp_path / "nowhere"], tmp_path / "out")
    assert len(outcome.written) == 4
    assert [str(error) for error in outcome.failures.values()] == [
        f"{tmp_path}/nowhere: no such file or folder; check the path",
        f"{logs}/notes.txt has no line of a known format; name the log of a run",
    ]


def test_strict_writes_nothing_of_a_log_with_a_diagnostic(logs: Path, tmp_path: Path) -> None:
    with (logs / "a" / "run.txt").open("a") as stream:
        stream.write("Epoch 9, step\n")
    outcome = write_dataset(logs, tmp_path / "out", strict=True)
    assert len(outcome.written) == 3
    assert not [*(tmp_path / "out" / "steps").glob("run=a/*")]


def test_processes_write_what_threads_write(logs: Path, tmp_path: Path) -> None:
    executor: Executor
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        assert len(write_dataset(logs, tmp_path / "out", executor=executor).written) == 4
        assert len(write_dataset(logs, tmp_path / "out", executor=executor).unchanged) == 4
    assert_rows(tmp_path / "out", metalog.read_many(logs))


def test_a_large_log_goes_alone(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "LARGE", 0)
    assert sorted(write_dataset(logs, tmp_path / "out").written) == ["007", "a", "b", "c d é"]
    assert_rows(tmp_path / "out", metalog.read_many(logs))


def test_a_folder_that_cannot_be_made_is_one_sentence(logs: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match=r"out can't be made a folder"):
        write_dataset(logs, tmp_path / "out")


# Those who read it


def expected_means(logs: Path) -> dict[str, float]:
    steps = metalog.read_many(logs).steps
    return steps.groupby("run", observed=True)["loss"].mean().to_dict()


def close(found: dict[str, float], logs: Path) -> None:
    assert found == pytest.approx(expected_means(logs))
    assert set(found) == {"a", "b", "c d é", "007"}


def test_duckdb_reads_it(logs: Path, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: pip install duckdb")
    write_dataset(logs, tmp_path / "out")
    found = duckdb.sql(
        f"""SELECT run, avg(loss) FROM read_parquet('{tmp_path}/out/steps/*/part.parquet',
        hive_partitioning = true, hive_types = {{'run': VARCHAR}}, union_by_name = true) GROUP BY run"""
    ).fetchall()
    close(dict(found), logs)


def test_polars_reads_it(logs: Path, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars", reason="Polars is not installed: pip install polars")
    write_dataset(logs, tmp_path / "out")
    lazy = polars.scan_parquet(tmp_path / "out" / "steps", hive_schema={"run": polars.String})
    found = lazy.group_by("run").agg(polars.col("loss").mean()).collect()
    close(dict(found.iter_rows()), logs)


def test_pyarrow_reads_it(logs: Path, tmp_path: Path) -> None:
    import pyarrow.dataset as ds

    write_dataset(logs, tmp_path / "out")
    partitioning = ds.partitioning(pa.schema([("run", pa.string())]), flavor="hive")
    table = ds.dataset(tmp_path / "out" / "steps", partitioning=partitioning).to_table(columns=["run", "loss"])
    close(table.to_pandas().groupby("run")["loss"].mean().to_dict(), logs)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of pandas, for Dask
def test_dask_reads_it(logs: Path, tmp_path: Path) -> None:
    dask = pytest.importorskip("dask.dataframe", reason="Dask is not installed: pip install 'dask[dataframe]'")
    write_dataset(logs, tmp_path / "out")
    texts = {"partitioning": {"flavor": "hive", "schema": pa.schema([("run", pa.string())])}}  # else 007 is a 7
    steps = dask.read_parquet(tmp_path / "out" / "steps", columns=["run", "loss"], dataset=texts)
    means = steps.groupby("run")["loss"].mean().compute(scheduler="synchronous")
    close(means.to_dict(), logs)


# The command


def test_the_command_writes_it_and_says_how_many(logs: Path, tmp_path: Path, typed: Callable[..., object]) -> None:
    out = tmp_path / "out"
    done = typed("parse", logs, "-o", out, "--partition")
    assert (done.code, done.stdout, done.stderr) == (  # type: ignore[attr-defined]
        0,
        "runs  4 written, 0 unchanged, 0 not read\n",
        f"written: {out}\n",
    )
    (logs / "notes.txt").write_text("buy milk\n")
    done = typed("parse", logs, "-o", out, "--partition", "--as", "parquet")
    assert done.code == 1  # type: ignore[attr-defined]
    assert done.stdout == "runs  0 written, 4 unchanged, 1 not read\n"  # type: ignore[attr-defined]
    assert "notes.txt has no line of a known format" in done.stderr  # type: ignore[attr-defined]
    assert json.loads((out / "_runs" / "a.json").read_text())["source"] == "../logs/a/run.txt"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "--partition writes a folder; name it with -o"),
        (("-o", "-"), "--partition writes a folder; name it with -o"),
        (("-o", "out.parquet"), "--partition writes a folder; name it with -o"),
        (("-o", "out", "--as", "csv"), "--partition says what is written; leave out --as and --frame"),
        (("-o", "out", "--frame", "steps"), "--partition says what is written; leave out --as and --frame"),
    ],
)
def test_options_that_do_not_fit_are_told(
    options: tuple[str, ...], message: str, logs: Path, typed: Callable[..., object]
) -> None:
    done = typed("parse", logs, "--partition", *options)
    assert done.code == 2  # type: ignore[attr-defined]
    assert message in done.stderr  # type: ignore[attr-defined]


def test_all_frames_of_the_format_are_meant() -> None:
    assert {*FRAMES, "diagnostics"} == {*native().frames}

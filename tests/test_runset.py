"""Many logs at once."""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import tarfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import metalog
from metalog import EmptyLogError, FormatError, SourceError, UsageError
from metalog.formats import native
from metalog.reading import read_many as runset
from metalog.reading import sharing
from metalog.reading.read_many import read_many
from metalog.runs.frames import COLUMNS
from metalog.runs.run_set import RunSet
from metalog.runs.verdict import verdict
from metalog.sources import Source
from tests.loggen import Shape, text

SHAPE = Shape(meta_steps=2, problems=2, epochs=2, meta_validate_every=1)
LOGS = {name: text(SHAPE, seed) for seed, name in enumerate(["a", "b", "c"])}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, log in LOGS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.txt").write_text(log)
    return tmp_path


def test_each_log_is_a_run_called_what_tells_it_from_the_others(folder: Path) -> None:
    runs = read_many([folder])
    assert list(runs) == ["a", "b", "c"]
    assert runs.failures == {}
    for name, run in runs.items():
        alone = metalog.read(folder / name / "run.txt")
        assert run.name == name
        for frame in native().frames:
            pd.testing.assert_frame_equal(getattr(run, frame), getattr(alone, frame))


@pytest.mark.parametrize("workers", [None, 1, 5])
def test_frames_are_the_runs_one_after_the_other(folder: Path, workers: int | None) -> None:
    runs = read_many(folder, workers=workers)
    for frame in native().frames:
        joined = getattr(runs, frame)
        assert tuple(joined.columns[: 1 + len(native().frames[frame])]) == ("run", *native().frames[frame])
        for name, run in runs.items():
            part = joined[joined["run"] == name].drop(columns="run").reset_index(drop=True)
            pd.testing.assert_frame_equal(part, getattr(run, frame))
        assert len(joined) == sum(len(getattr(run, frame)) for run in runs.values())


@pytest.mark.parametrize("logs", [{}, {"learning": "Epoch 1\n"}])
def test_frames_have_the_same_columns_and_dtypes_also_when_they_are_empty(tmp_path: Path, logs: dict[str, str]) -> None:
    for name, log in logs.items():
        (tmp_path / f"{name}.txt").write_text(log)
    runs = read_many([tmp_path] if logs else [])
    for frame in native().frames:
        joined = getattr(runs, frame)
        whole = dict.fromkeys(name for name in joined if not joined[name].isna().any())
        assert joined.dtypes.drop("run").astype(str).to_dict() == {
            column: dtype.lower() if column in whole else dtype
            for column, dtype in ((column, COLUMNS[column][0]) for column in native().frames[frame])
        }
        assert list(joined["run"].cat.categories) == list(logs)


def test_what_cannot_be_read_stops_nothing_and_is_told(folder: Path) -> None:
    (folder / "empty.txt").touch()
    (folder / "notes.txt").write_text("no line of the format\n")
    (folder / "cut.txt.gz").write_bytes(gzip.compress(LOGS["a"].encode())[:12])
    gone = folder / "gone.txt"
    runs = read_many([gone, folder, "nosuch://url"])
    assert list(runs) == ["a", "b", "c"]
    kinds = {name: type(error) for name, error in runs.failures.items()}
    assert kinds == {
        str(gone): SourceError,
        "nosuch://url": SourceError,
        str(folder / "empty.txt"): EmptyLogError,
        str(folder / "notes.txt"): EmptyLogError,
        str(folder / "cut.txt.gz"): SourceError,
    }
    assert all(name in str(error) for name, error in runs.failures.items())


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["typo"], "typo: no such file or folder; check the path$"),
        (["no*"], "no log matches .*no"),
        ([""], "no log in this folder"),
        (["typo", "misspelt"], "none of what was named is there: .*typo: no such file.*; .*misspelt: no such file"),
    ],
)
def test_what_names_nothing_at_all_is_an_error_that_says_why(tmp_path: Path, names: list[str], told: str) -> None:
    with pytest.raises(SourceError, match=told):
        read_many([tmp_path / name for name in names])


def test_no_name_is_an_empty_set_and_a_log_without_records_a_failure(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    assert len(read_many([])) == 0
    assert list(read_many(tmp_path).failures) == [str(tmp_path / "empty.txt")]


def test_strict_reading_fails_only_where_there_are_oddities(folder: Path) -> None:
    (folder / "b" / "run.txt").write_text(LOGS["b"].replace("- Problem 1 -\n", "", 1))
    runs = read_many([folder], strict=True)
    assert list(runs) == ["a", "c"]
    (error,) = runs.failures.values()
    assert isinstance(error, FormatError)


def test_repeated_meta_steps_are_chosen_as_asked(tmp_path: Path) -> None:
    (tmp_path / "run.txt").write_text(LOGS["a"] + LOGS["b"])
    assert len(read_many([tmp_path]).steps) == 2 * len(read_many([tmp_path], on_restart="last").steps)


def test_a_wrong_call_is_no_failure_of_the_logs(folder: Path) -> None:
    with pytest.raises(UsageError, match="on_restart is 'newest'"):
        read_many([folder], on_restart="newest")  # type: ignore[arg-type]  # the error is what is tested


def test_each_writer_of_a_log_is_a_run(tmp_path: Path) -> None:
    lines = [[f"[rank{rank}]: {line}" for line in LOGS[name].splitlines()] for rank, name in enumerate("ab")]
    (tmp_path / "run.txt").write_text("\n".join(line for pair in zip(*lines, strict=True) for line in pair) + "\n")
    runs = read_many([tmp_path])
    assert list(runs) == ["run[rank0]", "run[rank1]"]
    place = ["line", "segment"]  # those of the file
    for name, writer in zip("ab", runs, strict=True):
        alone = metalog.read(io.BytesIO(LOGS[name].encode()))
        pd.testing.assert_frame_equal(runs[writer].steps.drop(columns=place), alone.steps.drop(columns=place))
        assert runs[writer].name == writer


def test_members_of_an_archive_are_runs(folder: Path) -> None:
    with tarfile.open(folder / "runs.tgz", "w:gz") as tar:
        for name in LOGS:
            tar.add(folder / name / "run.txt", f"runs/{name}/run.txt")
    packed, plain = read_many([folder / "runs.tgz"]), read_many([folder])
    assert list(packed) == list(plain)
    for frame in native().frames:
        pd.testing.assert_frame_equal(getattr(packed, frame), getattr(plain, frame))


def test_further_columns_of_some_runs_are_missing_in_the_others(folder: Path) -> None:
    record = '# meta-step {"meta_loss": 0.5}\n'
    cut = LOGS["b"].index("META-VALIDATION STEP:")
    (folder / "b" / "run.txt").write_text(LOGS["b"][:cut] + record + LOGS["b"][cut:])
    meta_loss = read_many([folder]).meta_steps.set_index("run")["meta_loss"]
    assert meta_loss.dropna().to_dict() == {"b": 0.5}


def test_any_name_stands_in_frames_also_one_that_is_not_utf_8(folder: Path) -> None:
    run = metalog.read(folder / "a" / "run.txt")
    runs = RunSet({"\udcff": run, "\\xff": run, "a": run})
    assert runs.steps["run"].cat.categories.tolist() == ["\\xff", "\\xff#2", "a"]
    repr(runs).encode()
    runs._repr_html_().encode()


def test_configurations_are_told_by_run(folder: Path) -> None:
    for seed, name in enumerate(LOGS):
        (folder / name / "run.txt").write_text(f"# config {json.dumps({'seed': seed})}\n{LOGS[name]}")
    assert read_many([folder]).config == {"a": {"seed": 0}, "b": {"seed": 1}, "c": {"seed": 2}}


def test_a_set_shows_its_runs_and_what_is_missing(folder: Path) -> None:
    runs = read_many([folder, folder / "<gone>.txt"])
    heading, columns, *rows, failure = repr(runs).splitlines()
    assert heading == "RunSet of 3 runs: meta-train loss"
    assert columns.split() == ["meta-steps", "last", "best", "at", "verdict"]
    assert [row.split()[:2] for row in rows] == [["a", "2"], ["b", "2"], ["c", "2"]]
    assert failure.startswith("not read: ")
    assert failure.endswith("<gone>.txt: no such file or folder; check the path")
    html = runs._repr_html_()
    assert html.count("<tr") == 4
    assert "meta-train loss" in html
    assert "&lt;gone&gt;.txt: no such file" in html
    assert repr(RunSet({})) == "RunSet of 0 runs"


def test_a_set_shows_results_as_metalog_summary_tells_them_and_the_verdict() -> None:
    shape = Shape(meta_steps=40, problems=2, epochs=1, steps=1)
    texts = {"sound": text(shape), "broken": re.sub(r"(VALIDATION\], Loss: )\S+,", r"\1nan,", text(shape, 1))}
    runs = RunSet({name: metalog.read(io.BytesIO(log.encode()), name=name) for name, log in texts.items()})
    heading, _, *rows = repr(runs).splitlines()
    summary = metalog.stats.summary(runs)
    window = summary["window"].iloc[0]
    assert heading == f"RunSet of 2 runs: meta-train loss, means over {window} meta-steps"
    last, best, at = (summary[name].iloc[0] for name in ("last", "best", "best_at"))
    assert rows[0].split() == ["sound", "40", f"{last:.4f}", f"{best:.4f}", "meta-step", str(at), *rows[0].split()[6:]]
    assert [row.endswith(verdict(run).text) for row, run in zip(rows, runs.values(), strict=True)] == [True, True]
    assert "nan since meta-step 1" in rows[1]


def test_figures_are_methods_of_runs_and_sets(folder: Path) -> None:
    from metalog import plots

    runs = read_many([folder])
    run = runs["a"]
    assert dir(run.plot) == dir(runs.plot) == [name for name in plots.__all__ if name not in ("save", "styled")]
    assert run.plot.curve(smooth="none").axes[0].get_ylabel() == plots.curve(run).axes[0].get_ylabel()
    assert runs.plot.compare(metric="accuracy").axes
    ax = plots.grid(run).axes[0]
    assert run.plot.heatmap(ax=ax) is ax
    assert "meta-train curve" in run.plot.curve.__doc__
    with pytest.raises(AttributeError, match=r"there is no figure 'curv'; there are .*curve"):
        run.plot.curv  # noqa: B018 - the access is what is tested


def test_frames_go_into_a_folder_of_parquet_files(folder: Path, tmp_path: Path) -> None:
    runs = read_many([folder])
    one, many = tmp_path / "one.run", tmp_path / "sub" / "many"
    for data, target in ((runs["a"], one), (runs, many)):
        assert data.to_parquet(target) == [target / f"{name}.parquet" for name in data.frames]
        for name, frame in data.frames.items():
            again = pd.read_parquet(target / f"{name}.parquet")
            pd.testing.assert_frame_equal(again, frame, check_categorical=bool(len(frame)))  # Arrow drops those unused
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="file can't be made a folder"):
        runs.to_parquet(tmp_path / "file")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("progress", "terminal", "shown"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_the_bar_is_shown_on_a_terminal_where_wanted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, progress: bool, terminal: bool, shown: bool
) -> None:
    stderr = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    read_many([folder], progress=progress)
    assert ("/3 [" in stderr.getvalue()) is shown


def test_an_interruption_ends_after_what_has_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        (tmp_path / f"{number}.txt").touch()
    done = []

    def read_slowly(source: Source, name: str, **_: object) -> dict[str, Any]:
        done.append(name)
        time.sleep(0.02)
        return {}

    def interrupted(tasks: Iterable[Any]) -> Iterator[Any]:
        yield next(as_completed(tasks))
        raise KeyboardInterrupt

    monkeypatch.setattr(sharing, "as_completed", interrupted)
    monkeypatch.setattr(runset, "_read_source", read_slowly)
    with pytest.raises(KeyboardInterrupt):
        read_many([tmp_path], workers=1)
    assert 1 <= len(done) < 50

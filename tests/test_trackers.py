"""TensorBoard and Weights & Biases: what is written for them, and what is read of theirs."""

from __future__ import annotations

import io
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import metalog
from metalog import EmptyLogError, FormatError, MissingExtraError
from metalog.output.scalars import flat, scalars
from metalog.output.tensorboard import FILE, write_tensorboard
from tests.loggen import Shape, text

pytest.importorskip("tensorboard", reason="TensorBoard is not installed: pip install tensorboard")
COLUMNS = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
CONFIG = '# config {"seed": 3, "data": {"ways": 5, "name": "glyphs"}, "lr": 0.1, "deep": true, "sizes": [1, 2]}\n'


def log(seed: int = 0) -> str:
    return text(Shape(meta_epochs=2, meta_steps=3, problems=2, epochs=2, meta_validate_every=2), seed)


def read(content: str) -> metalog.Run:
    return metalog.read(io.BytesIO(content.encode()), name="run.txt")


def event_file(*events: Any, whole: bool = True) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    stream = io.BytesIO()
    writer = RecordWriter(stream)
    for event in (Event(file_version="brain.Event:2"), *events):
        writer.write(event.SerializeToString())
    return stream.getvalue()


def simple(tag: str, step: int, value: float) -> Any:
    """Return an event as most trainers write it."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Event(step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]))


# There and back


def test_what_was_written_reads_back_equal(tmp_path: Path) -> None:
    run = read(CONFIG + log())
    write_tensorboard({"run": run}, tmp_path)
    back = metalog.read(tmp_path)
    assert back.meta_steps["meta_step"].tolist() == run.meta_steps["global_meta_step"].tolist()
    for column in COLUMNS:
        assert back.meta_steps[column].tolist() == run.meta_steps[column].tolist()  # to the last bit
    means = run.steps.groupby(["meta_epoch", "meta_step"])["loss"].mean()
    assert back.steps["loss"].tolist() == pytest.approx(means.tolist(), rel=1e-15)
    means = run.meta_validation.groupby(["meta_epoch", "meta_step"])["loss"].mean()
    assert back.meta_validation["loss"].tolist() == pytest.approx(means.tolist(), rel=1e-15)
    assert back.config == {"seed": 3, "data.ways": 5, "data.name": "glyphs", "lr": 0.1, "deep": True, "sizes": "[1, 2]"}
    assert list(back.diagnostics["code"]) == []


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of pandas, for tbparse
def test_tbparse_reads_back_what_was_written(tmp_path: Path) -> None:
    tbparse = pytest.importorskip("tbparse", reason="tbparse is not installed: pip install tbparse")
    run = read(CONFIG + log())
    write_tensorboard({"run": run}, tmp_path)
    found = tbparse.SummaryReader(str(tmp_path / "run"))
    for column in COLUMNS:
        own = found.scalars[found.scalars["tag"] == f"meta_steps/{column}"]
        assert own["step"].tolist() == run.meta_steps["global_meta_step"].tolist()
        assert own["value"].tolist() == run.meta_steps[column].astype("float32").tolist()  # what TensorBoard shows
        (exact,) = found.tensors.loc[found.tensors["tag"] == f"metalog/meta_steps/{column}", "value"]
        assert list(exact) == run.meta_steps[column].tolist()
    hparams = dict(found.hparams[["tag", "value"]].itertuples(index=False))
    assert (hparams["seed"], hparams["data.name"], hparams["deep"]) == (3.0, "glyphs", True)


def test_values_that_are_not_finite_come_back(tmp_path: Path) -> None:
    content = log().replace("Loss: 0", "Loss: nan", 40).replace("Loss: 0", "Loss: 1e300", 40)
    run = read(content)
    write_tensorboard({"run": run}, tmp_path)
    back = metalog.read(tmp_path)
    np.testing.assert_array_equal(back.meta_steps["train_loss"], run.meta_steps["train_loss"])
    assert run.meta_steps["train_loss"].isna().any()


def test_a_log_that_starts_over_is_a_run_a_segment(tmp_path: Path) -> None:
    run = read(log() + log(1))
    write_tensorboard({"run": run}, tmp_path)
    runs = metalog.read_many(tmp_path)
    assert list(runs) == ["segment-0", "segment-1"]
    for number, name in enumerate(runs):
        own = run.meta_steps[run.meta_steps["segment"] == number]
        assert runs[name].meta_steps["train_loss"].tolist() == own["train_loss"].tolist()


def test_writing_again_replaces(tmp_path: Path) -> None:
    write_tensorboard({"run": read(log())}, tmp_path)
    before = (tmp_path / "run" / FILE).read_bytes()
    write_tensorboard({"run": read(log())}, tmp_path)
    assert [path.name for path in (tmp_path / "run").iterdir()] == [FILE]
    assert (tmp_path / "run" / FILE).read_bytes() == before


def test_statistics_and_figures_are_those_of_the_log(tmp_path: Path, typed: Callable[..., Any]) -> None:
    run = read(log())
    write_tensorboard({"run": run}, tmp_path)
    back = metalog.read(tmp_path)
    axes = metalog.plots.curve(back).axes[0]
    drawn = [[value for value in line.get_ydata() if not np.isnan(value)] for line in axes.get_lines()]
    assert run.meta_steps["validation_loss"].tolist() in drawn
    done = typed("summary", tmp_path)
    assert (done.code, f"{run.meta_steps['validation_loss'].iloc[-1]:.4f}" in done.stdout) == (0, True)


def test_a_format_without_summaries_keeps_its_own_steps(tmp_path: Path) -> None:
    content = (
        "".join(f"epoch {epoch} step {step} loss {epoch + step / 10}\n" for epoch in (1, 2) for step in (1, 2, 3))
        + "epoch 2: accuracy 0.5\n"
    )
    form = metalog.formats.declare(
        'name = "own"\nlevels = ["epoch > step"]\n'
        '[[line]]\ntemplate = "epoch {epoch} step {step} loss <loss>"\nrow = "train"\n'
        '[[line]]\ntemplate = "epoch {epoch}: accuracy <accuracy>"\nrow = "valid"\n'
    )
    run = metalog.read(io.BytesIO(content.encode()), format=form)
    found = {one.tag: one for one in scalars(run)}
    assert (found["train/loss"].level, found["train/loss"].step.tolist()) == ("row", [1, 2, 3, 4, 5, 6])
    assert (found["valid/accuracy"].level, found["valid/accuracy"].step.tolist()) == ("epoch", [2])
    write_tensorboard({"run": run}, tmp_path)
    back = metalog.read(tmp_path)
    assert back["train"]["loss"].tolist() == run["train"]["loss"].tolist()
    assert back["valid"]["epoch"].tolist() == [2]


def test_a_configuration_is_made_flat() -> None:
    assert flat({"a": {"b": 1, "c": {"d": None}}, "e": "x"}) == {"a.b": 1, "a.c.d": "None", "e": "x"}


# Other programs' event files


def test_scalars_of_other_programs_are_a_frame(tmp_path: Path) -> None:
    events = [simple("train/loss", step, 1 / (1 + step)) for step in (0, 10, 20)]
    events += [simple("val/accuracy", step, step / 20) for step in (10, 20)]
    (tmp_path / "events.out.tfevents.1.host").write_bytes(event_file(*events))
    run = metalog.read(tmp_path)
    assert run.format.name == "tensorboard"
    expected = pd.DataFrame({"step": [0, 10, 20], "train/loss": [1.0, np.float32(1 / 11), np.float32(1 / 21)]})
    assert run.steps["step"].tolist() == expected["step"].tolist()
    assert run.steps["train/loss"].tolist() == expected["train/loss"].tolist()
    np.testing.assert_array_equal(run.steps["val/accuracy"], [np.nan, 0.5, 1.0])


def test_the_same_step_twice_is_two_rows(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(event_file(simple("loss", 1, 0.5), simple("loss", 1, 0.25)))
    assert metalog.read(path).steps["loss"].tolist() == [0.5, 0.25]


def test_a_file_that_goes_on_is_the_same_segment_and_one_that_goes_back_another(tmp_path: Path) -> None:
    for number, steps in enumerate([(1, 2), (3, 4), (3, 4, 5)]):
        content = event_file(*(simple("loss", step, 0.5) for step in steps))
        (tmp_path / f"events.out.tfevents.{number}.host").write_bytes(content)
    steps = metalog.read(tmp_path).steps
    assert steps["segment"].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert steps["step"].tolist() == [1, 2, 3, 4, 3, 4, 5]


def test_each_folder_is_a_run_beside_logs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "events.out.tfevents.1.host").write_bytes(event_file(simple("loss", 1, 0.5)))
    (tmp_path / "c.txt").write_text(log())
    assert sorted(metalog.read_many(tmp_path)) == ["a", "b", "c"]


def test_an_event_file_in_an_archive_is_read(tmp_path: Path) -> None:
    content = event_file(simple("loss", 1, 0.5))
    with tarfile.open(tmp_path / "runs.tar", "w") as tar:
        info = tarfile.TarInfo("events.out.tfevents.1.host")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    assert metalog.read(tmp_path / "runs.tar").steps["loss"].tolist() == [0.5]


@pytest.mark.parametrize(("cut", "message"), [(3, "in the middle of an event"), (-1, "an event is damaged")])
def test_a_cut_or_damaged_file_keeps_what_came_before(tmp_path: Path, cut: int, message: str) -> None:
    content = bytearray(event_file(simple("loss", 1, 0.5), simple("loss", 2, 0.25)))
    if cut > 0:
        del content[-cut:]
    else:
        content[-6] ^= 1
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(content)
    run = metalog.read(path)
    assert run.steps["loss"].tolist() == [0.5]
    assert run.diagnostics["code"].tolist() == ["truncated-stream"]
    assert message in run.diagnostics["message"][0]
    with pytest.raises(FormatError, match=message):
        metalog.read(path, strict=True)


def test_a_length_that_is_no_length_does_not_fill_the_memory(tmp_path: Path) -> None:
    content = event_file(simple("loss", 1, 0.5)) + struct.pack("<QI", 1 << 60, 7)
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(content)
    assert "the length of an event is damaged" in metalog.read(path).diagnostics["message"][0]


def test_a_step_beyond_what_a_level_holds_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(event_file(simple("loss", 1 << 40, 0.5)))
    steps = metalog.read(path).steps
    assert steps["step"].isna().all()
    assert steps["loss"].tolist() == [0.5]


def test_a_file_without_scalars_is_told(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(event_file())
    runs = metalog.read_many(path)
    (failure,) = runs.failures.values()
    assert isinstance(failure, EmptyLogError)
    assert str(failure).endswith("has no scalar; name an event file, or the folder of one, that has")


def test_without_tensorboard_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(event_file(simple("loss", 1, 0.5)))
    monkeypatch.setitem(__import__("sys").modules, "tensorboard", None)
    with pytest.raises(MissingExtraError, match=r"reading event files needs tensorboard: .*\[tensorboard\]"):
        metalog.read(path)
    with pytest.raises(MissingExtraError, match=r"writing event files needs tensorboard"):
        write_tensorboard({"run": read(log())}, tmp_path)


# Commands


def test_commands_write_and_read_event_files(tmp_path: Path, typed: Callable[..., Any]) -> None:
    (tmp_path / "run.txt").write_text(log())
    folder = tmp_path / "tb"
    done = typed("parse", tmp_path / "run.txt", "-o", folder, "--to", "tensorboard")
    assert (done.code, done.stderr) == (0, f"written: {folder}\n")
    assert typed("check", folder).code == 0
    done = typed("parse", folder, "-o", "-", "--frame", "meta_steps")
    assert done.stdout.splitlines()[0].startswith("segment,meta_step,train_loss")
    assert typed("parse", folder, "-o", tmp_path / "set", "--partition").code == 0
    steps = pd.read_parquet(next((tmp_path / "set/meta_steps").glob("*/part.parquet")), partitioning=None)
    assert steps["train_loss"].tolist() == read(log()).meta_steps["train_loss"].tolist()
    assert "unchanged" in typed("parse", folder, "-o", tmp_path / "set", "--partition").stdout
    done = typed("parse", folder, "-o", folder, "--to", "tensorboard", "--as", "csv")
    assert (done.code, "--to says what is written" in done.stderr) == (2, True)


def test_offline_runs_of_wandb_hold_the_values(tmp_path: Path, typed: Callable[..., Any]) -> None:
    pytest.importorskip("wandb", reason="wandb is not installed: pip install wandb")
    import subprocess
    import sys

    (tmp_path / "run.txt").write_text(CONFIG + log())
    command = [sys.executable, "-m", "metalog", "parse", "run.txt", "-o", "wb", "--to", "wandb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "written: wb\n")
    (content,) = (path.read_bytes() for path in tmp_path.glob("wb/wandb/offline-run-*/run-*.wandb"))
    for word in (b"meta_steps/validation_loss", b"meta_steps/meta_step", b"data.ways"):
        assert word in content
    for value in read(log()).meta_steps["validation_loss"].tolist():
        assert repr(value).encode() in content

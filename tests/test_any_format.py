"""Runs of other programs' logs: frames, dtypes, the long frame, restarts, several runs."""

from __future__ import annotations

import io
import math
import pickle

import numpy as np
import pandas as pd
import pytest

import metalog
from metalog.columns import merged_order
from metalog.errors import NoFrameError, UsageError
from metalog.formats.model import Format, Line
from metalog.runs.frames import dtypes
from metalog.runs.parts import concat_rows
from metalog.runs.run import OnRestart, Run, Segment
from metalog.runs.run_set import RunSet
from tests.cli_logs import meta_log
from tests.declared import EPOCHS, FLAT, epochs_text, flat_text, phased, read


def test_what_only_the_log_tells_has_the_dtype_of_its_values() -> None:
    columns = phased().records["batches"]
    columns |= {"memory": np.full(18, 3000.5), "seen": np.arange(18), "id": np.append(np.arange(17.0), math.nan)}
    run = Run("more", EPOCHS, {"batches": columns})
    frame = run["batches"]
    assert list(frame) == ["segment", "epoch", "batch", "loss", "acc", "phase", "memory", "seen", "id", "line"]
    assert frame.dtypes.astype(str).tolist() == [
        *("int32", "int32", "int32", "float64", "float64", "category", "float64", "int64", "float64", "int64")
    ]
    assert frame["phase"].cat.categories.tolist() == ["train", "val"]
    assert dtypes(EPOCHS, "batches", columns)["phase"] == "category"


def test_a_word_that_is_missing_is_missing_in_the_frame() -> None:
    run = phased()
    run.records["batches"]["phase"][0] = None
    assert run["batches"]["phase"].isna().tolist() == [True] + [False] * 17
    assert run.long()["phase"].isna().sum() == 2  # both values of that row


def test_a_frame_that_is_not_there_is_told_with_those_that_are() -> None:
    run = read(flat_text(), FLAT)
    with pytest.raises(KeyError):
        run["meta_steps"]
    with pytest.raises(NoFrameError, match="no frame 'step'; those of its format, flat, are steps, evaluations, diagn"):
        run["step"]
    assert not hasattr(run, "meta_steps")
    assert str(pickle.loads(pickle.dumps(NoFrameError("as it is")))) == "as it is"


def test_the_long_frame_holds_every_value_once() -> None:
    run = read(epochs_text(2, 2), EPOCHS)
    long = run.long()
    assert list(long) == ["frame", "segment", "epoch", "batch", "variable", "value", "line"]
    assert long["line"].is_monotonic_increasing
    assert str(long["batch"].dtype) == "Int32"
    for name, levels in (("batches", ["epoch", "batch"]), ("epochs", ["epoch"])):
        own = long[long["frame"] == name]
        wide = own.pivot(index="line", columns="variable", values="value")  # noqa: PD010 - nothing to average
        frame = run[name].set_index("line")
        values = frame.drop(columns=["segment", *levels])
        np.testing.assert_array_equal(wide[list(values)], values)
        assert own["batch"].isna().all() == (name == "epochs")
    assert len(long) == 4 * 2 + 2 * 3


def test_the_long_frame_of_metalogs_own_format_has_its_summaries_too() -> None:
    run = metalog.read(_bytes(meta_log()))
    long = run.long()
    losses = long[(long["frame"] == "meta_steps") & (long["variable"] == "validation_loss")]["value"]
    assert losses.tolist() == run.meta_steps["validation_loss"].tolist()
    assert list(long)[2:8] == ["meta_epoch", "meta_step", "batch", "problem", "epoch", "step"]


def test_the_long_frame_of_an_empty_log_has_its_columns() -> None:
    long = read("nothing\n", FLAT).long()
    assert list(long) == ["frame", "segment", "iter", "eval_iter", "variable", "value", "line"]
    assert len(long) == 0


def test_parts_of_a_log_that_bring_columns_of_their_own() -> None:
    first = phased(1).records["batches"]
    second = {**phased(1).records["batches"], "memory": np.ones(6)}
    del second["phase"]
    joined = concat_rows([first, second], EPOCHS, "batches")
    assert np.isnan(joined["memory"][:6]).all()
    assert joined["phase"].tolist() == [*first["phase"], *([None] * 6)]


# What a restart repeats


def restarted(name: str, keep: OnRestart) -> list[tuple[int, int]]:
    text = epochs_text(3, 2) + epochs_text(2, 2)
    frame = read(text, EPOCHS).choose(keep)[name]
    return list(dict.fromkeys(zip(frame["segment"], frame["epoch"], strict=True)))


@pytest.mark.parametrize("name", ["batches", "epochs"])
def test_what_counts_is_told_by_the_outermost_level(name: str) -> None:
    assert restarted(name, "all") == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2)]
    assert restarted(name, "first") == [(0, 1), (0, 2), (0, 3)]
    assert restarted(name, "last") == [(1, 1), (1, 2)]


def test_a_flat_log_that_starts_over_loses_what_it_repeats() -> None:
    run = read(flat_text(6, 9) + flat_text(3, 9), FLAT)
    assert run.choose("last")["steps"]["iter"].tolist() == [0, 1, 2]
    assert run.choose("first")["steps"]["iter"].tolist() == [0, 1, 2, 3, 4, 5]


# Several runs


def test_runs_of_one_format_stack() -> None:
    runs = RunSet({"a": read(epochs_text(), EPOCHS), "b": read(epochs_text(1), EPOCHS)})
    assert list(runs.frames) == ["batches", "epochs", "diagnostics"]
    assert runs.frames["epochs"]["run"].tolist() == ["a", "a", "a", "b"]
    assert runs.frames["epochs"]["run"].dtype == "category"
    assert list(runs.long())[:3] == ["run", "frame", "segment"]
    assert len(runs.long()) == len(runs["a"].long()) + len(runs["b"].long())
    with pytest.raises(NoFrameError, match="the runs have no frame 'steps'; they have batches, epochs, diagnostics"):
        _ = runs.steps
    with pytest.raises(KeyError, match=r"no run is called 'epochs'; the frame of all runs is \.frames\['epochs'\]"):
        runs["epochs"]


def test_words_stay_categories_when_runs_stack() -> None:
    runs = RunSet({"a": phased(), "b": phased(phases=[("test", 2)]), "c": read(epochs_text(), EPOCHS)})
    phase = runs.frames["batches"]["phase"]
    assert phase.dtype == "category"
    assert phase.cat.categories.tolist() == ["train", "val", "test"]
    assert phase.isna().sum() == len(runs["c"]["batches"])


def test_runs_of_several_formats_have_in_common_what_they_have() -> None:
    runs = RunSet({"a": read(flat_text(), FLAT), "b": metalog.read(_bytes(meta_log()))})
    assert list(runs.frames) == ["steps", "diagnostics"]
    steps = runs.frames["steps"]
    assert len(steps) == len(runs["a"]["steps"]) + len(runs["b"].steps)
    assert str(steps["meta_step"].dtype) == "Int32"
    assert steps.loc[steps["run"] == "a", "meta_step"].isna().all()
    told = r"not all runs have a frame 'evaluations' \(flat: a; maml: b\); in common they have steps, diagnostics"
    with pytest.raises(NoFrameError, match=told):
        runs.frames["evaluations"]
    assert "format" in repr(runs)


def test_a_run_tells_what_it_holds_in_words_of_its_format() -> None:
    assert repr(read(epochs_text(2, 2, rate=0) + epochs_text(1, 2), EPOCHS, "other.log")).splitlines() == [
        "Run 'other.log'",
        "  verdict      val_loss 0.9665, too early to judge after 1 value",
        "  epoch        1 to 2",
        "  loss         first 0.7788, best 0.6065 at epoch 1, last 0.6065",
        "  acc          first 0.3935, best 0.6321 at epoch 1, last 0.6321",
        "  val_loss     first 0.9665, best 0.9665 at epoch 1, last 0.9665",
        "  val_acc      first 0.3161, best 0.3161 at epoch 1, last 0.3161",
        "  ppl          first 262.8810, best 262.8810 at epoch 1, last 262.8810",
        "  format       epochs: Epochs of batches",
        "  rows         6 of batches, 3 of epochs in 12 lines",
        "  segments     2: the log starts over once",
        "  diagnostics  1 restart",
    ]
    assert "<th>val_loss</th>" not in phased()._repr_html_()  # the first frame's rows
    assert "<th>batch</th>" in phased()._repr_html_()


def test_a_choice_that_no_number_tells_is_refused() -> None:
    bare = Format("bare", "", "", (), (Line("value", "loss <loss>", row="values"),))
    columns = {"segment": np.array([0, 1], np.int32), "loss": np.ones(2), "line": np.arange(1, 3)}
    run = Run("bare.log", bare, {"values": columns})
    run.segments = (Segment(0, "", 1),)
    assert len(run.choose("last")["values"]) == 2
    run.segments = (Segment(0, "", 1), Segment(1, "", 2))
    with pytest.raises(UsageError, match=r"bare\.log starts over, and no number in its lines tells which copy"):
        run.choose("last")
    with pytest.raises(UsageError, match="on_restart is 'none'"):
        run.choose("none")  # type: ignore[arg-type]


def test_columns_are_merged_in_an_order_that_suits_all() -> None:
    assert merged_order(["ace", "abc", "de"]) == tuple("abcde")
    assert merged_order(["ab", "ba"]) == ("a", "b")  # where they disagree, the first one's
    assert merged_order([]) == ()


def _bytes(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())


def test_pandas_keeps_an_int_that_is_missing() -> None:
    columns = {**phased(1).records["batches"], "seen": np.array([1, -1, 2, 3, 4, 5])}
    assert Run("x", EPOCHS, {"batches": columns})["batches"]["seen"][1] is pd.NA

"""First, best and last of any log's columns."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest

import metalog
from metalog import plots
from metalog.errors import UsageError
from metalog.output.tables import render
from metalog.runs.run_set import RunSet
from metalog.stats import course_reports, courses
from tests.cli_logs import meta_log
from tests.declared import EPOCHS, FLAT, epochs_text, flat_text, phased, read


def test_a_loss_is_best_low_and_an_accuracy_high() -> None:
    run = read(epochs_text(4), EPOCHS)
    table = courses.courses(run).set_index("series")
    for name in ("val_loss", "val_acc"):
        values = run["epochs"][name]
        best = values.min() if name == "val_loss" else values.max()
        assert table.loc[name, ["first", "best", "last"]].tolist() == [values.iloc[0], best, values.iloc[-1]]
    assert table.loc["val_loss", "best_at"] == 3
    assert table.loc["val_loss", "level"] == "epoch"
    assert table.loc["loss", "values"] == 16


def test_a_column_of_no_known_direction_has_no_best() -> None:
    (row,) = courses.courses(read(flat_text(), FLAT), y=["lr"]).to_dict("records")
    assert (row["first"], row["last"]) == (0.5, 0.5)
    assert math.isnan(row["best"])


def test_means_over_a_window() -> None:
    run = read(flat_text(8, 9), FLAT)
    losses = run["steps"]["loss"].to_numpy()
    (row,) = courses.courses(run, y=["loss"], window=4).to_dict("records")
    assert row["first"] == pytest.approx(losses[:4].mean())
    assert row["best"] == row["last"] == pytest.approx(losses[4:].mean())
    assert row["best_at"] == 6


def test_what_a_restart_repeats_counts_once() -> None:
    run = read(flat_text(6, 9) + flat_text(4, 9), FLAT)
    (row,) = courses.courses(run, y=["loss"]).to_dict("records")
    assert row["values"] == 4


def test_values_that_are_not_finite_are_counted_and_never_best() -> None:
    run = phased(1, [("train", 4)])
    run.records["batches"]["loss"][1:] = -np.inf, np.nan, np.nan
    (row,) = courses.courses(run).to_dict("records")
    assert row["not_finite"] == 3
    assert row["best"] == row["first"] == 1 / 1.25
    assert math.isnan(row["last"])


def test_the_metric_leaves_the_other_columns_out() -> None:
    run = read(epochs_text(), EPOCHS)
    assert courses.courses(run, metric="accuracy")["series"].tolist() == ["acc", "val_acc"]
    with pytest.raises(UsageError, match=r"flat\.log has no accuracy among loss, train_loss, val_loss; --y names"):
        courses.courses(read(flat_text(), FLAT, "flat.log"), metric="accuracy")


def test_a_summary_has_one_row_a_run_whatever_their_formats() -> None:
    runs = {"flat": read(flat_text(), FLAT), "epochs": read(epochs_text(), EPOCHS), "phased": phased()}
    runs["meta"] = metalog.read(io.BytesIO(meta_log().encode()))
    table, _ = courses.summary(runs)
    assert table["run"].tolist() == list(runs)
    assert table["format"].tolist() == ["flat", "epochs", "epochs", "maml"]
    meta = runs["meta"]
    assert table["rows"].tolist() == [24, 15, 18, len(meta.steps) + len(meta.validations) + len(meta.meta_validation)]
    assert table["val_loss.last"].notna().tolist() == [True, True, False, False]
    assert table["train loss.last"].notna().tolist() == [False, False, True, False]
    report = course_reports.summary(runs)
    text = render(report.frame, report.columns, "markdown", notes=report.notes)
    assert "| run | format | rows |" in text
    assert "Not shown: " in text


def test_runs_are_compared_by_what_tells_most() -> None:
    runs = {"a": read(epochs_text(), EPOCHS), "b": read(epochs_text(rate=2), EPOCHS)}
    table = courses.compare(runs)
    assert table["series"].tolist() == ["val_loss"] * 2
    assert math.isnan(table["last_difference"][0])
    assert table["last_difference"][1] == table["last"][1] - table["last"][0]
    assert courses.compare(runs, baseline="b")["best_difference"][0] == table["best"][0] - table["best"][1]
    assert courses.compare(runs, metric="accuracy")["series"][0] == "val_acc"
    assert courses.compare(runs, y=["loss"])["values"].tolist() == [12, 12]


def test_of_several_formats_what_they_share_is_compared() -> None:
    runs = {"a": read(epochs_text(), EPOCHS), "b": read(flat_text(), FLAT)}
    table = courses.compare(runs)
    assert table["series"].tolist() == ["val_loss"] * 2
    report = course_reports.comparison(runs)
    assert [column.heading for column in report.columns][:6] == ["run", "values", "first", "best", "best at", "last"]
    runs["c"] = phased()
    told = (
        r"no series is in all runs \(epochs: a, c; flat: b\): a has loss, .*; c has train loss, val loss; --frame and"
    )
    with pytest.raises(UsageError, match=told):
        courses.compare(runs)


def test_a_comparison_that_makes_no_sense_is_refused() -> None:
    runs = {"a": read(epochs_text(), EPOCHS)}
    with pytest.raises(UsageError, match="no run is named 'z'; there are 'a'"):
        courses.compare(runs, baseline="z")
    with pytest.raises(UsageError, match="compared by one column, not by acc and loss"):
        courses.compare(runs, y=["acc", "loss"])
    with pytest.raises(UsageError, match="there is no run to compare"):
        courses.compare({})
    with pytest.raises(UsageError, match="there is no run to sum up"):
        courses.summary({})


def test_runs_of_any_format_are_told_not_to_be_settings() -> None:
    runs = RunSet({"a": read(epochs_text(), EPOCHS), "b": read(epochs_text(rate=2), EPOCHS)})
    report = course_reports.comparison(runs)
    for form in ("table", "markdown", "latex"):
        text = " ".join(render(report.frame, report.columns, form, notes=report.notes).replace("%", "").split())
        assert "These are runs, not settings: another seed alone makes such differences" in text
    assert "These are runs, not settings" in plots.curve(runs).notes
    alone = RunSet({"a": runs["a"]})
    assert not any("not settings" in note for note in course_reports.comparison(alone).notes)
    assert "not settings" not in plots.curve(alone).notes

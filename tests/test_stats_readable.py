"""The words of tables of runs."""

from __future__ import annotations

import pytest

from metalog.errors import UsageError
from metalog.stats.readable import comparison, summary, with_interval
from tests.stats_runs import noisy_run


def cells(report):
    return [[column.cell(row) for column in report.columns] for row in report.frame.to_dict("records")]


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.5, 0.25, 0.75), "+0.50 [+0.25, +0.75]"),
        ((-12.0, -13.0, -11.0), "-12.0 [-13.0, -11.0]"),
        ((1e300, 0.9e300, 1.1e300), "+1e+300 [+9e+299, +1.1e+300]"),
        ((1e-300, 0.0, 2e-300), "+1e-300 [+0, +2e-300]"),
        ((0.0, 0.0, 0.0), "+0.000000 [+0.000000, +0.000000]"),
        ((0.125, float("nan"), float("nan")), "+0.125"),
        ((float("nan"), 0.0, 1.0), "–"),
    ],
)
def test_a_number_and_its_interval_are_short_however_large_they_are(numbers, text):
    assert with_interval(*numbers) == text


def test_a_name_that_is_not_utf_8_stands_escaped_in_rows_and_notes():
    runs = {"\udcff": noisy_run(4, incomplete=[3], seed=1), "other": noisy_run(4, seed=2)}
    assert cells(summary(runs))[0][0] == r"\xff"
    report = comparison(runs)
    assert [row[0] for row in cells(report)] == [r"\xff", "other"]
    assert cells(report)[0][-1] == "baseline"
    assert any(r"Difference from \xff over" in note for note in report.notes)
    assert r"Meta-steps of \xff: 1 left out as incomplete." in report.notes


def test_a_comparison_of_one_run_is_refused():
    with pytest.raises(UsageError, match="two runs or more; there is one"):
        comparison({"one": noisy_run(4)})

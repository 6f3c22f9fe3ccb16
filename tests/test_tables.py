"""Tables as text."""

from __future__ import annotations

import csv
import io
import json
import math

import numpy as np
import pandas as pd
import pytest

from metalog.errors import UsageError
from metalog.output.tables import FORMATS, format_for, render
from metalog.runs.words import rounded
from metalog.stats.readable import NONE, Column, count, with_interval

FRAME = pd.DataFrame(
    {
        "run": ["a|b_1", "50 % & more"],
        "loss": [0.12345678901234568, math.nan],
        "at": pd.array([3, None], dtype="Int64"),
    }
)
COLUMNS = (
    Column("run", lambda row: row["run"], is_text=True),
    Column("loss", lambda row: rounded(row["loss"])),
    Column("at", lambda row: count(row["at"])),
)


def table(form, **options):
    return render(FRAME, COLUMNS, form, **options)


def test_the_terminals_table_is_aligned():
    assert table("table", notes=["A note."]) == (
        "run            loss  at\n"
        "───────────  ──────  ──\n"
        "a|b_1        0.1235   3\n"
        "50 % & more     nan   –\n"
        "\n"
        "A note.\n"
    )


def test_a_table_too_wide_is_turned():
    frame = FRAME.iloc[[0]]
    assert render(frame, COLUMNS, width=15) == "run    a|b_1\n────  ──────\nloss  0.1235\nat         3\n"


def test_a_table_too_wide_either_way_is_broken_at_columns():
    lines = table("table", width=22).splitlines()
    assert lines[0] == "run            loss"
    assert lines[5] == "run          at"
    assert max(map(len, lines)) <= 22


def test_a_column_wider_than_the_page_still_shows():
    assert "50 % & more" in table("table", width=3)


def test_markdown_keeps_a_bar_inside_its_cell():
    lines = table("markdown", notes=["A note."]).splitlines()
    assert lines[:3] == ["| run | loss | at |", "| --- | ---: | ---: |", "| a\\|b_1 | 0.1235 | 3 |"]
    assert lines[-2:] == ["", "A note."]


def test_latex_escapes_what_means_something_to_it():
    text = table("latex", notes=["A note."])
    assert r"a|b\_1 & 0.1235 & 3 \\" in text
    assert r"50 \% \& more & nan & -- \\" in text
    assert text.startswith("% A note.\n")
    assert text.count("{tabular}") == 2


def test_latex_sets_signs_as_mathematics():
    columns = [Column("x", lambda row: with_interval(-0.5, -0.625, -0.375))]
    assert r"$-0.50$ [$-0.62$, $-0.38$] \\" in render(FRAME.iloc[[0]], columns, "latex")


def test_csv_holds_every_column_exactly():
    rows = list(csv.reader(io.StringIO(table("csv"))))
    assert rows == [["run", "loss", "at"], ["a|b_1", "0.12345678901234568", "3"], ["50 % & more", "nan", ""]]


def test_json_holds_every_column_exactly_and_is_legal():
    def refuse(token):
        raise AssertionError(token)

    rows = json.loads(table("json"), parse_constant=refuse)
    assert rows == [
        {"run": "a|b_1", "loss": 0.12345678901234568, "at": 3},
        {"run": "50 % & more", "loss": None, "at": None},
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_a_frame_without_rows_is_a_table_without_rows(form):
    text = render(FRAME.iloc[:0], COLUMNS, form)
    assert text.endswith("\n")
    assert "a|b" not in text


def test_the_ending_decides_the_format():
    assert [format_for(f"x/y{ending}") for ending in FORMATS.values()] == list(FORMATS)
    assert format_for("TABLE.CSV") == "csv"
    with pytest.raises(UsageError, match=r"x\.docx: can't tell .* from \.docx; use \.txt, \.md"):
        format_for("x.docx")


def test_an_unknown_format_is_refused():
    with pytest.raises(UsageError, match="there are table, markdown, latex, csv, json"):
        table("html")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.65, "0.6500"),
        (0, "0.0000"),
        (3e-7, "3e-07"),
        (1234.5, "1234.5000"),
        (2e9, "2e+09"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
    ],
)
def test_numbers_have_four_decimals_unless_these_would_hide_them(value, written):
    assert rounded(value) == written


@pytest.mark.parametrize(
    ("numbers", "written"),
    [
        ((0.0015383, 0.0012658, 0.0018108), "+0.00154 [+0.00127, +0.00181]"),
        ((-12.0, -40.0, 16.0), "-12 [-40, +16]"),
        ((1.0, 1.0, 1.0), "+1.000000 [+1.000000, +1.000000]"),
        ((-0.959, math.nan, math.nan), "-0.959"),
        ((math.nan, math.nan, math.nan), NONE),
    ],
)
def test_an_interval_decides_how_many_digits_are_worth_showing(numbers, written):
    assert with_interval(*numbers) == written


def test_counts_may_be_missing():
    assert [count(value) for value in (7, np.int64(7), pd.NA, None, math.nan)] == ["7", "7", NONE, NONE, NONE]
